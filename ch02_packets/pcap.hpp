// pcap.hpp - the frames in a file that tcpdump or tshark -F pcap wrote.
//
// The format: a header of 24 bytes, then before each frame one of 16, all numbers in the
// byte order of the machine that wrote it, which the first of them shows.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>

namespace packet {

class PcapReader {
public:
    // Throws std::runtime_error for what is no such file, or holds no Ethernet frames.
    explicit PcapReader(std::span<const std::byte> file) : rest_{file} {
        const auto header = take(24, "no pcap file: it has less than 24 bytes");
        const auto magic = number(header, 0);
        if (magic != microseconds && magic != nanoseconds) {
            big_endian_ = true;
            const auto again = number(header, 0);
            if (again != microseconds && again != nanoseconds) {
                throw std::runtime_error{"no pcap file (pcapng is another format: tshark -F pcap)"};
            }
        }
        if (number(header, 20) != ethernet) {
            throw std::runtime_error{"not captured from an Ethernet interface"};
        }
    }

    // The next frame, perhaps only its beginning, or no value at the end of the file.
    // Throws std::runtime_error where the file ends too early.
    std::optional<std::span<const std::byte>> next() {
        if (rest_.empty()) {
            return std::nullopt;
        }
        const auto header = take(16, "the file ends within the header of a frame");
        return take(number(header, 8), "the file ends within a frame");
    }

private:
    static constexpr unsigned microseconds = 0xa1b2c3d4;
    static constexpr unsigned nanoseconds = 0xa1b23c4d;
    static constexpr unsigned ethernet = 1;

    std::span<const std::byte> take(std::size_t size, const char* otherwise) {
        if (size > rest_.size()) {
            throw std::runtime_error{otherwise};
        }
        const auto taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }

    [[nodiscard]] unsigned number(std::span<const std::byte> header, std::size_t at) const {
        unsigned value = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const auto byte = static_cast<unsigned>(header[at + i]);
            value |= byte << 8U * static_cast<unsigned>(big_endian_ ? 3 - i : i);
        }
        return value;
    }

    std::span<const std::byte> rest_;
    bool big_endian_ = false;
};

}  // namespace packet
