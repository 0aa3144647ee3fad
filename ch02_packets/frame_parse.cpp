// frame_parse.cpp - takes frames apart, one line a header: from hex digits, a file, an interface.
//
// Look for
//   [1] decode() in packet.hpp: each header says what comes next, and nothing else does; what
//       a length says is compared with what is there before it is used;
//   [2] describe() in packet_text.hpp: the sum of a segment with its checksum is 0. In a capture
//       of what this machine sends, the network card has often yet to make it;
//   [3] a live interface shows every frame that passes, whoever it is for.
//
// Usage:   frame_parse [hex | file PCAP | live INTERFACE [COUNT [SECONDS]]]
// Manual:  packet(7) pcap-savefile(5)
// Next:    ch02_packets/arp_query
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <ios>
#include <iterator>

#include "ch02_packets/packet_socket.hpp"
#include "ch02_packets/packet_text.hpp"
#include "ch02_packets/pcap.hpp"
#include "common/check.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"

namespace {

void show(packet::Bytes bytes) {
    static int count = 0;
    app::say("frame ", ++count, ": ", bytes.size(), " bytes");
    for (const auto& line : packet::describe(packet::decode(bytes))) {  // [1] [2]
        app::say("  ", line);
    }
}

void show_lines() {
    net::LineReader lines{STDIN_FILENO, 200'000};
    while (const auto line = lines.next()) {
        const auto bytes = packet::from_hex(line->text);
        if (!bytes) {
            throw std::runtime_error{"a line that is not pairs of hexadecimal digits"};
        }
        show(*bytes);
    }
}

void show_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        sys::fail("open", path);
    }
    const std::string content{std::istreambuf_iterator<char>{file}, {}};
    packet::PcapReader frames{std::as_bytes(std::span{content})};
    while (const auto frame = frames.next()) {
        show(*frame);
    }
}

void show_live(const std::string& name, long count, long seconds) {
    const auto socket = packet::open_socket(packet::interface(name));  // [3]
    app::say("ready");
    packet::Buffer buffer(70'000);
    for (; count > 0; --count) {
        const auto size =
            packet::receive_until(socket, buffer, packet::deadline(std::chrono::seconds{seconds}));
        if (!size) {
            return app::note("no more frames within ", seconds, " seconds");
        }
        show(packet::Bytes{buffer}.first(*size));
    }
}

void parse(app::Args args) {
    const auto from = app::choice(args, 0, {"hex", "file", "live"}, 0);
    if (from == 0 ? args.size() > 1 : args.size() < 2 || (from == 1 && args.size() > 2)) {
        throw app::UsageError{"file wants a name, live an interface, hex nothing"};
    }
    if (from == 0) {
        show_lines();
    } else if (from == 1) {
        show_file(args[1]);
    } else {
        show_live(args[1], app::number(args, 2, "COUNT", 1, 1'000'000, 10),
                  app::number(args, 3, "SECONDS", 1, 1'000'000, 10));
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[hex | file PCAP | live INTERFACE [COUNT [SECONDS]]]", 4}, parse);
}
