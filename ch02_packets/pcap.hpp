// pcap.hpp - the frames in a file that tcpdump or tshark -F pcap wrote: of Ethernet, or raw IP.
//
// The format: a header of 24 bytes, then the frames, each after a header of 16 bytes. Numbers are in
// the byte order of the machine that wrote the file; the first one, the magic number, shows which.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace packet {

struct CapturedFrame {
    std::span<const std::byte> bytes{};
    std::size_t size = 0;  // on the wire; the capture may have cut the frame (tcpdump -s)
    std::chrono::nanoseconds time{};  // since 1970
    bool is_checked = false;          // the kernel vouches for the checksums
};

class PcapReader {
public:
    // Throws std::runtime_error if it is not such a file, or if its frames come from another link.
    explicit PcapReader(std::span<const std::byte> file) : rest_{file} {
        const auto header = take(24, "not a pcap file: it has less than 24 bytes");
        big_endian_ = header[0] == std::byte{0xa1};
        const auto magic = number(header, 0);
        if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) {  // times in micro- or nanoseconds
            throw std::runtime_error{
                "not a pcap file (pcapng, compressed? tshark -r FILE -F pcap -w NEW)"};
        }
        unit_ = std::chrono::nanoseconds{magic == 0xa1b2c3d4 ? 1000 : 1};
        // The high bits may say that each frame ends with its CRC, which is read as padding.
        const auto link = number(header, 20) & 0x3ffffffU;
        is_raw_ = link == 101 || link == 228 || link == 229 || link == 12 || link == 14;
        if (!is_raw_ && link != 1) {
            throw std::runtime_error{
                "link type " + std::to_string(link) + " (" + name_of(link) +
                "): only Ethernet (1) and raw IP (101, 228, 229) are read here"};
        }
    }

    // Whether the frames are IP packets without a header of the link.
    [[nodiscard]] bool is_raw() const { return is_raw_; }

    // The next frame; no value at the end of the file.
    // Throws std::runtime_error if the file ends in the middle of a frame.
    std::optional<CapturedFrame> next() {
        if (rest_.empty()) {
            return std::nullopt;
        }
        const auto header = take(16, "the file ends within the header of a frame");
        const auto bytes = take(number(header, 8), "the file ends within a frame");
        const auto time = std::chrono::seconds{number(header, 0)} + number(header, 4) * unit_;
        return CapturedFrame{bytes, std::max<std::size_t>(bytes.size(), number(header, 12)), time,
                             false};
    }

private:
    static std::string name_of(unsigned link) {
        static const std::map<unsigned, std::string> names{
            {0, "NULL, a loopback of BSD"},         {9, "PPP"},
            {105, "IEEE802_11, wireless"},          {113, "LINUX_SLL, from the interface 'any'"},
            {127, "IEEE802_11_RADIOTAP, wireless"}, {276, "LINUX_SLL2, from the interface 'any'"}};
        const auto found = names.find(link);
        return found != names.end() ? found->second : "see www.tcpdump.org/linktypes.html";
    }

    // The next bytes of the file; throws error if they are not there.
    std::span<const std::byte> take(std::size_t size, const char* error) {
        if (size > rest_.size()) {
            throw std::runtime_error{error};
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
    bool is_raw_ = false;
    std::chrono::nanoseconds unit_{};  // of the fractions of a second
};

}  // namespace packet
