// segment_sizes.cpp - how many bytes go into one frame: MTU, MSS, segments and fragments, calculated.
//
// Look for
//   [1] the MTU is for the IP packet; the frame has 14 bytes more in front, and 4 behind;
//   [2] MSS, what TCP says in its SYN, is the MTU without two headers of 20 bytes;
//   [3] with timestamps, on by default, each segment has 12 bytes less for data;
//   [4] UDP does not cut: IP does, and every piece but the last is a multiple of 8.
//
// Usage:   segment_sizes BYTES [MTU]
// Manual:  tcp(7) ip(7) udp(7)
// Next:    ch02_packets/internet_checksum
#include "common/program.hpp"

namespace {

constexpr long ip_header = 20;
constexpr long tcp_header = 20;
constexpr long udp_header = 8;
constexpr long timestamps = 12;

// "1460 + 540", or "1460 (3 times) + 20"
std::string pieces(long bytes, long most) {
    const long whole = bytes / most;
    const long rest = bytes % most;
    std::string text;
    if (whole > 0) {
        text = std::to_string(most) + (whole > 1 ? " (" + std::to_string(whole) + " times)" : "");
    }
    if (rest > 0 || whole == 0) {
        text += (text.empty() ? "" : " + ") + std::to_string(rest);
    }
    return text;
}

void show_sizes(app::Args args) {
    if (args.empty()) {
        throw app::UsageError{"how many bytes?"};
    }
    const long bytes = app::number(args, 0, "BYTES", 1, 1000000000, 0);
    const long mtu = app::number(args, 1, "MTU", 68, 65535, 1500);
    const long mss = mtu - ip_header - tcp_header;                           // [2]
    const long fragment = (mtu - ip_header) / 8 * 8;                         // [4]
    app::say("MTU ", mtu, ": frame at most ", mtu + 14 + 4, ", MSS ", mss);  // [1]
    app::say("TCP without timestamps: ", pieces(bytes, mss));
    app::say("TCP with timestamps: ", pieces(bytes, mss - timestamps));  // [3]
    if (bytes > 65535 - ip_header - udp_header) {
        app::say("UDP: more than a datagram takes (65507)");
    } else {
        app::say("UDP, its header with the first: ", pieces(bytes + udp_header, fragment));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"BYTES [MTU]", 2}, show_sizes);
}
