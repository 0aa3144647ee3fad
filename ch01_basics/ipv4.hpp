// ipv4.hpp - IPv4 addresses and masks as numbers, from text and back.
//
// All numbers are in host byte order, so that programs can count and compare.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>

#include <bit>
#include <bitset>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include "common/program.hpp"

namespace ipv4 {

// "10.1.1.2": four decimal numbers from 0 to 255, and nothing else; inet_pton(3).
inline std::optional<std::uint32_t> parse_address(const std::string& text) {
    in_addr address{};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1) {
        return {};
    }
    return ntohl(address.s_addr);
}

// The same for an argument of a program: anything else is an app::UsageError.
inline std::uint32_t address_from(const std::string& argument) {
    if (const auto address = parse_address(argument)) {
        return *address;
    }
    throw app::UsageError{"'" + app::printable(argument) + "' is not an IPv4 address"};
}

inline std::string to_text(std::uint32_t address) {
    char text[INET_ADDRSTRLEN] = {};
    const in_addr network_order{htonl(address)};
    return inet_ntop(AF_INET, &network_order, text, sizeof text);
}

// "00001010 00000001 00000001 00000010"
inline std::string to_binary(std::uint32_t address) {
    auto text = std::bitset<32>{address}.to_string();
    for (const auto position : {24U, 16U, 8U}) {
        text.insert(position, " ");
    }
    return text;
}

// The mask with that many ones, 0 to 32: 255.255.255.0 for 24.
constexpr std::uint32_t mask_of(int ones) {
    // To shift a number of 32 bits by 32 is undefined.
    return ones == 0 ? 0 : ~std::uint32_t{} << (32 - ones);
}

// How many ones the mask has; no value if a one comes after a zero.
constexpr std::optional<int> ones_of(std::uint32_t mask) {
    const int ones = std::countl_one(mask);
    return mask == mask_of(ones) ? std::optional{ones} : std::nullopt;
}

// "24" or "255.255.255.0"; no value for anything else.
inline std::optional<int> parse_mask(const std::string& text) {
    if (const auto mask = parse_address(text)) {
        return ones_of(*mask);
    }
    int ones = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, ones);
    const bool good = error == std::errc{} && stop == end && ones >= 0 && ones <= 32;
    return good ? std::optional{ones} : std::nullopt;
}

}  // namespace ipv4
