// frame_parse.cpp - takes frames apart, a line for each header: from hex, a file or an interface.
//
// Look for
//   [1] decode (packet.cpp): each header says which header is next, and each length is compared
//       with the bytes that are there before it is used;
//   [2] describe (packet_text.cpp): with a right checksum everything sums up to 0. Often the network
//       card fills it in, so a capture of what this host sends may show it unfinished;
//   [3] an interface shows every frame that passes, also those for other hosts.
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
#include "common/bytes.hpp"
#include "common/check.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"

namespace {

void show(const packet::CapturedFrame& frame, bool is_raw = false) {
    static int count = 0;
    const auto size = frame.bytes.size();
    app::say("frame ", ++count, ": ", size, " bytes",
             size < frame.size ? " of " + std::to_string(frame.size) + ", cut by the capture" : "");
    const auto decode = is_raw ? packet::decode_ip : packet::decode;
    for (const auto& line : packet::describe(decode(frame.bytes, frame.size))) {  // [1] [2]
        app::say("  ", line);
    }
}

// The bytes on the next line, in hex; no value at the end. An error names the line.
std::optional<packet::Buffer> next_bytes(net::LineReader& lines, int number) try {
    const auto line = lines.next();
    if (!line) {
        return std::nullopt;
    }
    auto bytes = packet::from_hex(line->text);
    if (!bytes) {
        throw std::runtime_error{"not pairs of hexadecimal digits"};
    }
    return bytes;
} catch (const std::runtime_error& error) {
    throw std::runtime_error{"line " + std::to_string(number) + ": " + error.what()};
}

// From standard input, a frame on each line that is not blank.
void show_lines() {
    net::LineReader lines{STDIN_FILENO, 200'000};
    for (int number = 1; const auto bytes = next_bytes(lines, number); ++number) {
        if (!bytes->empty()) {
            show({*bytes});
        }
    }
}

void show_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        sys::fail("open", path);
    }
    file.peek();  // opening a folder works, but reading it does not
    if (file.bad()) {
        sys::fail("read", path);
    }
    const std::string content{std::istreambuf_iterator<char>{file}, {}};
    packet::PcapReader frames{net::bytes(content)};
    while (const auto frame = frames.next()) {
        show(*frame, frames.is_raw());
    }
}

void show_live(const std::string& interface, long count, long seconds) {
    const auto socket = packet::open_socket(packet::interface(interface));  // [3]
    app::say("ready");
    packet::Buffer buffer(600'000);  // TCP leaves up to 8 * 65535 bytes at once to the card
    for (; count > 0; --count) {
        const auto deadline = packet::deadline(std::chrono::seconds{seconds});
        const auto size = packet::receive_until(socket, buffer, deadline);
        if (!size) {
            app::note("no more frames within ", seconds, " seconds");
            return;
        }
        show({packet::Bytes{buffer}.first(*size)});
    }
}

void parse(app::Args args) {
    const std::string source = args.empty() ? "hex" : args[0];
    if (source == "hex" && args.size() <= 1) {
        show_lines();
    } else if (source == "file" && args.size() == 2) {
        show_file(args[1]);
    } else if (source == "live" && args.size() >= 2) {
        show_live(args[1], app::number(args, 2, "COUNT", 1, 1'000'000, 10),
                  app::number(args, 3, "SECONDS", 1, 1'000'000, 10));
    } else {
        throw app::UsageError{"hex takes nothing more, file one path, live an interface"};
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"[hex | file PCAP | live INTERFACE [COUNT [SECONDS]]]", 4}, parse);
}
