// packet_fuzz.cpp - for libFuzzer: whatever the bytes are, nothing is read beyond their end, and
// a frame that was taken apart can be put together to the same bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <stdexcept>

#include "ch02_packets/packet_text.hpp"
#include "ch02_packets/pcap.hpp"

namespace {

void check_frame(packet::Bytes frame, std::size_t size = 0) {
    for (const auto decode : {packet::decode, packet::decode_ip}) {
        const auto packet = decode(frame, size);
        if (!std::ranges::equal(packet::encode(packet), frame)) {
            std::abort();
        }
        (void)packet::describe(packet);
    }
}

void check_file(packet::Bytes file) try {
    packet::PcapReader frames{file};
    while (const auto frame = frames.next()) {
        check_frame(frame->bytes, frame->size);
    }
} catch (const std::runtime_error&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span{data, size});
    check_frame(bytes);
    check_file(bytes);
    return 0;
}
