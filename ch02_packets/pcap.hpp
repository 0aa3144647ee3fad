// pcap.hpp - the frames in a file that tcpdump or tshark -F pcap wrote.
//
// The format: a header of 24 bytes, then the frames, each after a header of 16 bytes. Numbers are in
// the byte order of the machine that wrote the file; the first one, the magic number, shows which.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>

namespace packet {

class PcapReader {
public:
    // Throws std::runtime_error if it is not such a file, or does not hold Ethernet frames.
    explicit PcapReader(std::span<const std::byte> file) : rest_{file} {
        const auto header = take(24, "not a pcap file: it has less than 24 bytes");
        big_endian_ = header[0] == std::byte{0xa1};
        const auto magic = number(header, 0);
        if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) {  // times in micro- or nanoseconds
            throw std::runtime_error{"not a pcap file (pcapng is another format: tshark -F pcap)"};
        }
        if (number(header, 20) != ethernet) {
            throw std::runtime_error{"not captured from an Ethernet interface"};
        }
    }

    // The next frame, or its beginning if the capture cut it off; no value at the end of the file.
    // Throws std::runtime_error if the file ends in the middle of a frame.
    std::optional<std::span<const std::byte>> next() {
        if (rest_.empty()) {
            return std::nullopt;
        }
        const auto header = take(16, "the file ends within the header of a frame");
        return take(number(header, 8), "the file ends within a frame");
    }

private:
    static constexpr unsigned ethernet = 1;

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
};

}  // namespace packet
