// segment_sizes.cpp - how many bytes fit into one frame: MTU, MSS, segments and fragments, calculated.
//
// Look for
//   [1] the MTU counts the IP packet; the frame has 14 bytes more before it, and 4 after it;
//   [2] the MSS, which TCP announces in its SYN, is the MTU minus two headers of 20 bytes;
//   [3] with timestamps, which are usual, each segment carries 12 bytes less;
//   [4] UDP does not cut: IP does, and every fragment but the last is a multiple of 8.
//
// Usage:   segment_sizes BYTES [MTU]
// Manual:  tcp(7) ip(7) udp(7)
// Next:    ch02_packets/internet_checksum
#include "common/program.hpp"

namespace {

constexpr long frame_header = 14;
constexpr long frame_checksum = 4;
constexpr long ip_header = 20;
constexpr long tcp_header = 20;
constexpr long udp_header = 8;
constexpr long timestamps = 12;
constexpr long largest_datagram = 65535 - ip_header - udp_header;

// How bytes are cut: "1460 + 540", or "1460 (3 times) + 20".
std::string pieces(long bytes, long largest_piece) {
    const long whole = bytes / largest_piece;
    const long rest = bytes % largest_piece;
    if (whole == 0) {
        return std::to_string(rest);
    }
    std::string text = std::to_string(largest_piece);
    if (whole > 1) {
        text += " (" + std::to_string(whole) + " times)";
    }
    if (rest > 0) {
        text += " + " + std::to_string(rest);
    }
    return text;
}

void show_sizes(app::Args args) {
    if (args.empty()) {
        throw app::UsageError{"how many bytes?"};
    }
    const long bytes = app::number(args, 0, "BYTES", 1, 1000000000, 0);
    const long mtu = app::number(args, 1, "MTU", 68, 65535, 1500);
    const long largest_frame = mtu + frame_header + frame_checksum;  // [1]
    const long mss = mtu - ip_header - tcp_header;                   // [2]
    const long fragment = (mtu - ip_header) / 8 * 8;                 // [4]
    app::say("MTU ", mtu, ": frame at most ", largest_frame, ", MSS ", mss);
    app::say("TCP without timestamps: ", pieces(bytes, mss));
    app::say("TCP with timestamps: ", pieces(bytes, mss - timestamps));  // [3]
    if (bytes > largest_datagram) {
        app::say("UDP: too large for a datagram (at most ", largest_datagram, ")");
    } else {
        app::say("UDP, with its header in front: ", pieces(udp_header + bytes, fragment));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"BYTES [MTU]", 2}, show_sizes);
}
