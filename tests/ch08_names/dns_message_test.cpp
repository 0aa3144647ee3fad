// dns_message_test.cpp - DNS messages are encoded and decoded; broken ones are malformed.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "ch08_names/dns_message.hpp"
#include "ch08_names/zone.hpp"
#include "common/bytes.hpp"
#include "common/program.hpp"

namespace {

dns::Message example_reply() {
    dns::Message message{.id = 0x1234, .qr = true, .aa = true, .rd = true};
    message.question = {{"web.example.test", dns::A}};
    message.answer = {{"web.example.test", dns::CNAME, dns::IN, 300, "www.example.test"},
                      {"www.example.test", dns::A, dns::IN, 300, "192.0.2.1"},
                      {"www.example.test", dns::AAAA, dns::IN, 300, "2001:db8::1"}};
    message.authority = {{"example.test", dns::SOA, dns::IN, 60, "ns.test me.test 1 2 3 4 5"}};
    message.additional = {{".", dns::NS, dns::IN, 1, "ns.example.test"}};
    return message;
}

// The bytes are a message or Malformed, never anything else.
void try_to_decode(std::span<const std::byte> bytes) {
    try {
        (void)dns::decode(bytes);
    } catch (const dns::Malformed&) {
    }
}

}  // namespace

TEST_CASE("an encoded message is decoded to the same message") {
    const auto message = example_reply();
    const auto copy = dns::decode(dns::encode(message));
    CHECK(copy.id == message.id);
    CHECK((copy.qr && copy.aa && copy.rd && !copy.tc && !copy.ra));
    CHECK(copy.question == message.question);
    REQUIRE(copy.answer.size() == 3);
    CHECK(to_text(copy.answer[0]) == "web.example.test 300 CNAME www.example.test");
    CHECK(to_text(copy.answer[1]) == "www.example.test 300 A 192.0.2.1");
    CHECK(to_text(copy.answer[2]) == "www.example.test 300 AAAA 2001:db8::1");
    CHECK(to_text(copy.authority.at(0)) == "example.test 60 SOA ns.test me.test 1 2 3 4 5");
    CHECK(to_text(copy.additional.at(0)) == ". 1 NS ns.example.test");
}

TEST_CASE("a question has exactly these bytes") {
    const auto bytes = dns::encode({.id = 0x1234, .rd = true, .question = {{"a.bc", dns::PTR}}});
    const std::string expected{
        "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01"
        "a\x02"
        "bc\x00\x00\x0c\x00\x01",
        22};
    CHECK(net::text(bytes) == expected);
}

TEST_CASE("a name that is in the message already becomes a pointer") {
    dns::Message message{.question = {{"www.example.test", dns::A}}};
    const auto alone = dns::encode(message).size();
    message.answer = {{"www.example.test", dns::A, dns::IN, 300, "192.0.2.1"}};
    CHECK(dns::encode(message).size() == alone + 2 + 10 + 4);
}

TEST_CASE("a name keeps its capitals and a pointer leads to it without them") {
    dns::Message message{.question = {{"WWW.Example.TEST", dns::A}}};
    message.answer = {{"www.example.test", dns::A, dns::IN, 300, "192.0.2.1"}};
    const auto copy = dns::decode(dns::encode(message));
    CHECK(copy.question.at(0).qname == "WWW.Example.TEST");
    CHECK(copy.answer.at(0).name == "WWW.Example.TEST");
}

// RFC 2181, section 11: any bytes; RFC 1035, section 5.1: how a text has them.
TEST_CASE("a label may have any byte and each has one form in text") {
    const auto question = [](const std::string& name) {
        return dns::encode({.question = {{name}}});
    };
    for (int byte = 0; byte < 256; ++byte) {
        const auto bytes = question("a\\" + std::to_string(1000 + byte).substr(1) + ".test");
        CHECK(std::to_integer<int>(bytes.at(14)) == byte);
        CHECK(question(dns::decode(bytes).question.at(0).qname) == bytes);
    }
    const auto name = [&](const char* text) {
        return dns::decode(question(text)).question.at(0).qname;
    };
    CHECK(name("My\\032Printer.test.") == "My\\032Printer.test");
    CHECK(name("\\a\\.\\\\\\;b\\097") == "a\\046\\092\\059ba");
    CHECK(name(".") == ".");
    for (const char* const wrong :
         {"..", "a..", ".a", "a\\", "a\\1", "a\\12.", "a\\256", "a\\1x2"}) {
        CHECK_THROWS_AS((void)name(wrong), app::UsageError);
    }
}

// RFC 2181, section 8: a TTL has 31 bits; one with the first bit set means 0.
TEST_CASE("a time to live of more than 31 bits is none") {
    const auto received = [](std::uint32_t ttl) {
        const auto bytes = dns::encode({.answer = {{".", dns::A, dns::IN, ttl, "192.0.2.1"}}});
        return dns::decode(bytes).answer.at(0).ttl;
    };
    CHECK(received(0x7fffffff) == 0x7fffffff);
    CHECK(received(0x80000000) == 0);
}

TEST_CASE("bytes after a message are malformed") {
    auto bytes = dns::encode(example_reply());
    bytes.push_back({});
    CHECK_THROWS_AS((void)dns::decode(bytes), dns::Malformed);
}

// RFC 2181, section 9: a client does not use the records of a truncated reply.
TEST_CASE("a truncated reply may be cut inside a record but not inside the question") {
    auto message = example_reply();
    message.tc = true;
    const auto bytes = dns::encode(message);
    const auto question = dns::encode({.question = message.question}).size();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto cut = std::span{bytes}.first(size);
        if (size < question) {
            CHECK_THROWS_AS((void)dns::decode(cut), dns::Malformed);
        } else {
            CHECK(dns::decode(cut).question == message.question);
        }
    }
}

TEST_CASE("a message cut off anywhere is malformed") {
    const auto bytes = dns::encode(example_reply());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_THROWS_AS((void)dns::decode(std::span{bytes}.first(size)), dns::Malformed);
    }
}

TEST_CASE("a message with changed bytes is never read beyond its end") {
    const auto bytes = dns::encode(example_reply());
    std::minstd_rand random{9190};
    for (int round = 0; round < 20000; ++round) {
        auto changed = bytes;
        for (auto changes = random() % 4 + 1; changes > 0; --changes) {
            changed[random() % changed.size()] = std::byte(random());
        }
        try_to_decode(changed);
    }
    for (std::size_t at = 0; at + 1 < bytes.size();
         ++at) {  // a pointer at every place, to every place
        for (unsigned target = 0; target < bytes.size() + 3; ++target) {
            auto changed = bytes;
            changed[at] = std::byte(0xc0 | target >> 8);
            changed[at + 1] = std::byte(target);
            try_to_decode(changed);
        }
    }
}

TEST_CASE("a loop of pointers is malformed") {
    const std::array<unsigned char, 20> bytes{0, 1, 0, 0,   0,    1,  0, 0, 0, 0,
                                              0, 0, 1, 'a', 0xc0, 12, 0, 1, 0, 1};
    CHECK_THROWS_AS((void)dns::decode(std::as_bytes(std::span{bytes})), dns::Malformed);
}

TEST_CASE("data longer or shorter than its length says is malformed") {
    auto bytes = dns::encode({.answer = {{".", dns::A, dns::IN, 1, "192.0.2.1"}}});
    bytes[12 + 1 + 8 + 1] = std::byte{3};
    CHECK_THROWS_AS((void)dns::decode(bytes), dns::Malformed);
    bytes.push_back({});
    bytes[12 + 1 + 8 + 1] = std::byte{5};
    CHECK_THROWS_AS((void)dns::decode(bytes), dns::Malformed);
}

TEST_CASE("a name has at most 253 characters and a label at most 63") {
    const std::string label(63, 'a');
    const auto name = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
    CHECK(dns::decode(dns::encode({.question = {{name}}})).question.at(0).qname == name);
    CHECK_THROWS_AS((void)dns::encode({.question = {{name + 'a'}}}), app::UsageError);
    CHECK_THROWS_AS((void)dns::encode({.question = {{label + 'a'}}}), app::UsageError);
    CHECK_THROWS_AS((void)dns::encode({.question = {{"a..b"}}}), app::UsageError);
}

TEST_CASE("the name of an address has its bytes in reverse order") {
    CHECK(dns::reverse_name("192.0.2.1") == "1.2.0.192.in-addr.arpa");
    CHECK(dns::reverse_name("2001:db8::1") ==
          "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    CHECK(dns::reverse_name("www.example.test") == "www.example.test");
}

TEST_CASE("a circle of aliases ends") {
    dns::Zones zones;
    zones.add("test 60 SOA ns.test me.test 1 1 1 1 1");
    zones.add("a.test 60 CNAME b.test");
    zones.add("b.test 60 CNAME a.test");
    dns::Message reply{.question = {{"a.test", dns::A}}};
    zones.answer(reply);
    CHECK(reply.answer.size() == 2);
    CHECK(reply.authority.empty());
}

TEST_CASE("a chain of too many pointers is malformed") {
    // Two records. The first has an unknown type and 200 pointers as its data, each to the one
    // before it; the name of the second is a pointer to the last of them.
    constexpr std::size_t chain = 12 + 11;
    std::vector<std::byte> bytes(chain + 2 * 200 + 12);
    bytes[7] = std::byte{2};
    bytes[14] = std::byte{99};
    bytes[21] = std::byte{400 >> 8};
    bytes[22] = std::byte{400 & 255};
    for (std::size_t at = chain; at <= chain + 2 * 200; at += 2) {
        const auto earlier = at == chain ? 12 : at - 2;
        bytes[at] = std::byte(0xc0 | earlier >> 8);
        bytes[at + 1] = std::byte(earlier & 255);
    }
    CHECK_THROWS_WITH_AS((void)dns::decode(bytes), "a name made of pointers only", dns::Malformed);
}
