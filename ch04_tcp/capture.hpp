// capture.hpp - the frames that pass an interface, and files of them; packet(7), pcap-savefile(5).
#pragma once

// IWYU pragma: begin_exports
#include <chrono>
#include <cstddef>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>

#include "ch02_packets/pcap.hpp"
#include "common/fd.hpp"
// IWYU pragma: end_exports

#include <cstdint>
#include <vector>

namespace wire {

// Bytes of a file or of the kernel that are seen as memory; mmap(2).
class Mapping {
public:
    Mapping() noexcept = default;
    // Throws std::system_error.
    Mapping(const net::Fd& fd, std::size_t size, int protection, int flags);
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping();

    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

private:
    std::span<std::byte> bytes_{};
};

// The frames of an interface, in their order. The kernel puts them into a ring of memory that it shares with
// this process, so that a burst waits there. Needs CAP_NET_RAW.
class LiveCapture {
public:
    // Throws std::system_error.
    explicit LiveCapture(const std::string& interface);

    // Readable when a frame is there; poll(2).
    [[nodiscard]] const net::Fd& socket() const { return socket_; }

    // The next frame; no value if none is there now. Its bytes are valid until the next call. (Linux takes
    // the first VLAN tag off: here it is in its place again.)
    [[nodiscard]] std::optional<packet::CapturedFrame> next();

    // How many frames had no room in the ring since the last call.
    [[nodiscard]] std::size_t lost() const;

    // Whether the interface no longer exists. If it is only down, frames may come again.
    [[nodiscard]] bool is_gone() const;

private:
    [[nodiscard]] std::span<std::byte> slot() const;

    std::string name_;
    net::Fd socket_{};
    int index_ = 0;
    Mapping ring_{};
    std::size_t position_ = 0;  // the slot that comes next
    bool is_held_ = false;      // the slot before it is still ours
    std::vector<std::byte> tagged_{};
};

// A file of frames. If it is pcapng, tshark converts it first.
class CaptureFile {
public:
    // Throws std::system_error if it cannot be read, std::runtime_error if it is no such file.
    explicit CaptureFile(const std::string& path);

    [[nodiscard]] bool is_raw() const { return reader_->is_raw(); }
    [[nodiscard]] std::optional<packet::CapturedFrame> next() { return reader_->next(); }

private:
    net::Fd file_{};
    Mapping content_{};
    std::optional<packet::PcapReader> reader_{};
};

// Writes frames of Ethernet into a new file, with times in nanoseconds.
class CaptureWriter {
public:
    // Throws std::system_error.
    explicit CaptureWriter(const std::string& path);

    void write(const packet::CapturedFrame& frame);
    // What was written is in the file. Throws std::system_error if that failed.
    void flush();

private:
    void write_numbers(std::initializer_list<std::uint32_t> numbers);

    std::string path_;
    std::ofstream file_;
};

}  // namespace wire
