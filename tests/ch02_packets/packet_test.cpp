// packet_test.cpp - frames taken apart and put together, whole ones and broken ones.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ch02_packets/packet_text.hpp"
#include "ch02_packets/pcap.hpp"
#include "common/program.hpp"

namespace {

packet::Buffer bytes_of(std::string_view hex) {
    return packet::from_hex(hex).value();
}

// Captured from an interface of Linux: a SYN, which has options.
const std::string_view captured_syn{
    "020000000101020000000102080045000034a5a840004006 7f190a0001020a000202a0aa23f0"
    "5e1fbd0b00000000 8002faf0c33a0000 020405b40101040201030307"};

packet::Packet example(auto packet::Packet::*transport) {
    packet::Packet frame;
    frame.ethernet.emplace().ether_type = packet::IPV4;
    frame.ipv4.emplace().source_ip = {192, 0, 2, 1};
    (frame.*transport).emplace();
    frame.ipv4->protocol = frame.udp ? packet::UDP : frame.tcp ? packet::TCP : packet::ICMP;
    packet::set(frame, "data=hello");
    packet::complete(frame);
    return frame;
}

packet::Packet example6(auto packet::Packet::*upper, packet::Protocol protocol) {
    packet::Packet frame;
    frame.ethernet.emplace().ether_type = packet::IPV6;
    frame.ipv6 = {.next_header = protocol, .source_ip = {0x20, 0x01, 0x0d, 0xb8}};
    (frame.*upper).emplace();
    packet::set(frame, "data=hello");
    packet::complete(frame);
    return frame;
}

packet::Packet advertisement() {
    auto frame = example6(&packet::Packet::icmpv6, packet::ICMPV6);
    frame.icmpv6->type = packet::NEIGHBOUR_ADVERTISEMENT;
    frame.neighbour_options = {
        {.type = packet::NeighbourOption::TARGET_LINK_ADDRESS, .link_address = {2, 0, 0, 0, 1, 2}}};
    frame.data.clear();
    packet::complete(frame);
    return frame;
}

packet::Packet extended() {
    auto frame = example6(&packet::Packet::udp, packet::UDP);
    frame.ipv6->next_header = 0;
    packet::Extension padding{.name = "hop_by_hop",
                              .next_header = packet::Fragment::number,
                              .options = bytes_of("010400000000")};
    frame.extensions = {padding, packet::Fragment{.next_header = packet::UDP, .identification = 7}};
    packet::complete(frame);
    return frame;
}

packet::Buffer tagged() {
    auto frame = example(&packet::Packet::udp);
    frame.ethernet->ether_type = packet::VLAN;
    frame.tags = {{.priority = 5, .vlan_id = 200, .inner_type = packet::IPV4}};
    packet::complete(frame);
    return encode(frame);
}

std::vector<packet::Buffer> examples() {
    packet::Packet arp;
    arp.ethernet.emplace().ether_type = packet::ARP;
    arp.arp.emplace();
    packet::complete(arp);
    return {encode(example(&packet::Packet::udp)),
            encode(example(&packet::Packet::tcp)),
            encode(example(&packet::Packet::icmp)),
            encode(arp),
            bytes_of(captured_syn),
            tagged(),
            encode(example6(&packet::Packet::udp, packet::UDP)),
            encode(example6(&packet::Packet::tcp, packet::TCP)),
            encode(example6(&packet::Packet::icmpv6, packet::ICMPV6)),
            encode(advertisement()),
            encode(extended())};
}

// Taken apart and put together it is the same, and it can be described; also if the capture has cut
// some bytes off it.
void check_round_trip(packet::Bytes bytes) {
    for (const auto size : {bytes.size(), bytes.size() + 7}) {
        for (const auto decode : {packet::decode, packet::decode_ip}) {
            const auto frame = decode(bytes, size);
            CHECK(std::ranges::equal(packet::encode(frame), bytes));
            (void)packet::describe(frame);
        }
    }
}

packet::Buffer changed(packet::Buffer bytes, std::size_t at, unsigned value) {
    bytes.at(at) = std::byte(value);
    return bytes;
}

std::string trouble(const packet::Buffer& bytes) {
    check_round_trip(bytes);
    return packet::decode(bytes).trouble;
}

}  // namespace

TEST_CASE("a captured frame is rebuilt bit for bit") {
    const auto bytes = bytes_of(captured_syn);
    const auto frame = packet::decode(bytes);
    CHECK(frame.trouble.empty());
    CHECK(frame.tcp.value().flags == 2);
    CHECK(frame.tcp->header_length == 8);
    CHECK(frame.tcp->options.size() == 12);
    CHECK(packet::encode(frame) == bytes);
}

TEST_CASE("sizes grow layer by layer and a short frame is padded to 60 bytes") {
    const auto frame = example(&packet::Packet::udp);
    CHECK(frame.udp->length == 13);
    CHECK(frame.ipv4->total_length == 33);
    CHECK(frame.trailer.size() == 60 - 47);
    CHECK(packet::encode(frame).size() == 60);
}

TEST_CASE("the words of a header make the same header again") {
    for (const auto& bytes : examples()) {
        const auto frame = packet::decode(bytes);
        auto copy = frame;
        packet::for_each_header(copy, [](auto& header) { header = {}; });
        for (const auto& header : packet::headers(frame)) {
            const auto words = packet::line(header);
            std::string_view rest{words};
            packet::cut(rest, ' ');
            while (!rest.empty()) {
                packet::set(copy, packet::cut(rest, ' '));
            }
        }
        CHECK(packet::encode(copy) == bytes);
    }
}

TEST_CASE("a word that is not a field or not a value is refused") {
    auto frame = example(&packet::Packet::tcp);
    for (const auto* word : {"",
                             "=",
                             "window",
                             "window=",
                             "window=x",
                             "window=-1",
                             "window=65536",
                             "window=0x10000",
                             "reserved=16",
                             "flags=SYM",
                             "flags=SYN,,ACK",
                             "source_ip=1.2.3",
                             "source_ip=300.1.1.1",
                             "source_mac=1:2:3:4:5:6",
                             "source_mac=02:00:00:00:00:0g",
                             "source_mac=02:00:00:00:00:01x",
                             "operation=1",
                             "tcp_options=02",
                             "tcp_options=0z000000",
                             "header_length=16"}) {
        CAPTURE(word);
        CHECK_THROWS_AS(packet::set(frame, word), app::UsageError);
    }
}

TEST_CASE("the example of RFC 1071 has the right checksum") {
    CHECK(packet::checksum(bytes_of("0001 f203 f4f5 f6f7")) == 0x220d);
    CHECK(packet::checksum(bytes_of("0001f2")) == static_cast<std::uint16_t>(~0xf201));
    CHECK(packet::checksum({}) == 0xffff);
}

TEST_CASE("one flipped bit makes a checksum wrong") {
    const auto bytes = encode(example(&packet::Packet::udp));
    for (std::size_t bit = 8 * 42; bit < 8 * 47; ++bit) {
        const auto flipped = static_cast<unsigned>(bytes[bit / 8]) ^ 1U << bit % 8;
        const auto frame = packet::decode(changed(bytes, bit / 8, flipped));
        CHECK(packet::checksum(packet::covered(frame)) != 0);
    }
}

TEST_CASE("a UDP checksum of 0 is sent as ffff") {
    auto frame = example(&packet::Packet::udp);
    const auto sum = frame.udp->checksum;
    frame.udp->source_port = sum;  // it was 0; now all words together sum up to ffff
    packet::complete(frame);
    CHECK(frame.udp->checksum == 0xffff);
    CHECK(packet::checksum(packet::covered(frame)) == 0);
}

TEST_CASE("a frame that is cut off anywhere is read up to there") {
    for (const auto& bytes : examples()) {
        const auto whole = bytes.size() - packet::decode(bytes).trailer.size();
        for (std::size_t size = 0; size < whole; ++size) {
            const auto part =
                packet::Buffer(bytes.begin(), bytes.begin() + static_cast<long>(size));
            CHECK_FALSE(trouble(part).empty());
        }
    }
}

TEST_CASE("what the capture has cut off does not make a length false") {
    const auto bytes = encode(example(&packet::Packet::udp));  // 47 bytes and padding
    for (std::size_t size = 42; size < bytes.size(); ++size) {
        const auto frame = packet::decode(std::span{bytes}.first(size), bytes.size());
        CHECK(frame.trouble.empty());
        CHECK(frame.missing == (size < 47 ? 47 - size : 0));
    }
}

TEST_CASE("one tag or two are between the Ethernet header and the packet") {
    auto frame = packet::decode(tagged());
    CHECK(frame.tags.at(0).vlan_id == 200);
    CHECK(frame.udp.value().length == 13);
    CHECK(frame.ipv4.value().total_length == 33);
    frame.ethernet->ether_type = 0x88a8;
    frame.tags.insert(frame.tags.begin(), {.vlan_id = 7, .inner_type = packet::VLAN});
    const auto bytes = encode(frame);
    check_round_trip(bytes);
    CHECK(packet::decode(bytes).tags.size() == 2);
    CHECK(packet::decode(bytes).udp);
    CHECK(trouble(packet::Buffer(bytes.begin(), bytes.begin() + 21)) ==
          "vlan: only 3 of 4 bytes are there");
}

TEST_CASE("a length of 0 is that of the frame") {
    const auto tcp = encode(example(&packet::Packet::tcp));
    const auto frame = packet::decode(changed({tcp.begin(), tcp.begin() + 59}, 17, 0));
    CHECK(frame.trouble.empty());
    CHECK(frame.data.size() == 5);
}

TEST_CASE("false lengths are noticed") {
    const auto udp = encode(example(&packet::Packet::udp));
    const auto tcp = encode(example(&packet::Packet::tcp));
    CHECK(trouble(changed(udp, 14, 0x44)) == "ipv4: its header cannot have 16 bytes");
    CHECK(trouble(changed(udp, 14, 0x4f)) == "ipv4: its header cannot have 60 bytes");
    CHECK(trouble(changed(udp, 14, 0x65)) == "ipv4: its version is 6");
    CHECK(trouble(changed(udp, 17, 19)) == "ipv4: its length is 19, less than its header");
    CHECK(trouble(changed(udp, 17, 47)) == "ipv4: its length is 47, but only 46 bytes are there");
    CHECK(trouble(changed(udp, 17, 27)) == "udp: only 7 of 8 bytes are there");
    CHECK(trouble(changed(udp, 39, 7)) == "udp: its length is 7, less than its header");
    CHECK(trouble(changed(udp, 39, 14)) == "udp: its length is 14, but only 13 bytes are there");
    CHECK(trouble(changed(udp, 39, 12)).empty());
    CHECK(trouble(changed(tcp, 46, 0x40)) == "tcp: its header cannot have 16 bytes");
    CHECK(trouble(changed(tcp, 46, 0x70)) == "tcp: its header cannot have 28 bytes");
    CHECK(trouble(changed(encode(packet::decode(examples()[3])), 18, 7)) ==
          "arp: its addresses are not those of Ethernet and IPv4");
}

TEST_CASE("extension headers of IPv6 keep their order and the next layer follows them") {
    const auto frame = packet::decode(encode(extended()));
    CHECK(frame.trouble.empty());
    REQUIRE(frame.extensions.size() == 2);
    CHECK(std::get<packet::Extension>(frame.extensions[0]).name == "hop_by_hop");
    CHECK(std::get<packet::Fragment>(frame.extensions[1]).identification == 7);
    CHECK(packet::next_header(frame) == packet::UDP);
    CHECK(frame.udp.value().length == 13);
    CHECK_FALSE(packet::has_more_fragments(frame));
    CHECK(packet::checksum(packet::covered(frame)) == 0);
    // The first fragment, and a later one: bytes 62 to 69 are the fragment header.
    const auto bytes = encode(frame);
    CHECK(packet::has_more_fragments(packet::decode(changed(bytes, 65, 1))));
    CHECK(packet::decode(changed(bytes, 65, 1)).udp);
    CHECK_FALSE(packet::decode(changed(bytes, 65, 8)).udp);
}

TEST_CASE("false lengths of IPv6 are noticed") {
    const auto bytes = encode(extended());
    CHECK(trouble(changed(bytes, 14, 0x40)) == "ipv6: its version is 4");
    CHECK(trouble(changed(bytes, 19, 30)) == "ipv6: its length is 30, but only 29 bytes are there");
    CHECK(trouble(changed(bytes, 19, 15)) == "fragment: only 7 of 8 bytes are there");
    CHECK(trouble(changed(bytes, 55, 3)) == "hop_by_hop: its header cannot have 32 bytes");
    const auto neighbour = encode(advertisement());
    CHECK(trouble(neighbour).empty());
    CHECK(trouble(changed(neighbour, 79, 0)) == "option: its header cannot have 0 bytes");
    CHECK(trouble(changed(neighbour, 79, 2)) == "option: its header cannot have 16 bytes");
    CHECK(trouble(changed(neighbour, 19, 31)) == "option: only 7 of 8 bytes are there");
}

TEST_CASE("options of IPv6 fill up eight bytes") {
    auto frame = extended();
    CHECK_NOTHROW(packet::set(frame, "extension_options=010400000000"));
    CHECK_THROWS_AS(packet::set(frame, "extension_options=01020000"), app::UsageError);
    CHECK_THROWS_AS(packet::set(frame, "source_ip=192.0.2.1"), app::UsageError);
}

TEST_CASE("a later fragment has no transport header and the first one not all the data") {
    const auto udp = encode(example(&packet::Packet::udp));
    CHECK_FALSE(packet::decode(changed(udp, 21, 1)).udp);
    const auto first = changed(changed(udp, 20, 0x20), 38, 9);
    CHECK(packet::decode(first).udp.value().length == 0x090d);
    CHECK(trouble(first).empty());
}

TEST_CASE("a frame with changed bytes is never read beyond its end") {
    std::minstd_rand random{9190};
    for (const auto& bytes : examples()) {
        for (int round = 0; round < 1500; ++round) {
            auto copy = bytes;
            for (auto changes = random() % 4 + 1; changes > 0; --changes) {
                copy[random() % copy.size()] = std::byte(random());
            }
            copy.resize(copy.size() - random() % 3);
            check_round_trip(copy);
        }
    }
}

TEST_CASE("a pcap file of either byte order is read but not one that ends too early") {
    const std::string frame_header{"00000000 00000000"};
    const auto little = bytes_of("d4c3b2a1 02000400 00000000 00000000 00000400 01000000" +
                                 frame_header + "02000000 09000000 abcd");
    const auto big = bytes_of("a1b2c3d4 00020004 00000000 00000000 00040000 00000001" +
                              frame_header + "00000002 00000009 abcd");
    for (const auto& file : {little, big}) {
        packet::PcapReader reader{file};
        CHECK(std::ranges::equal(reader.next().value().bytes, bytes_of("abcd")));
        CHECK_FALSE(reader.next());
        for (std::size_t size = 0; size < file.size(); ++size) {
            const auto part = std::span{file}.first(size);
            if (size < 24) {
                CHECK_THROWS_AS(packet::PcapReader{part}, std::runtime_error);
            } else if (size > 24) {
                CHECK_THROWS_AS((void)packet::PcapReader{part}.next(), std::runtime_error);
            }
        }
        CHECK_THROWS_AS((void)packet::PcapReader{changed(file, 33, 0xff)}.next(),
                        std::runtime_error);
        CHECK_THROWS_AS(packet::PcapReader{changed(file, 20, 9)}, std::runtime_error);
        CHECK_THROWS_AS(packet::PcapReader{changed(file, 0, 9)}, std::runtime_error);
    }
}
