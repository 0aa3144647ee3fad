// http_request.hpp - what a request in HTTP/1.1 must look like. Each rule has its section of RFC 9112
// in parentheses, or of another RFC, which it then names.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace http {

// The head is everything before the body: a request line, then fields. Each of the two may have this
// many bytes.
constexpr std::size_t longest = 8192;

// Thrown if a request breaks a rule: the status of the answer.
struct Refusal {
    const char* status;
};

inline void require(bool good, const char* status = "400 Bad Request") {
    if (!good) {
        throw Refusal{status};
    }
}

struct Request {
    std::string method;
    std::string target;
    std::string version;
    std::map<std::string, std::string> fields;  // names in small letters
};

inline std::string lower(std::string_view text) {
    std::string result{text};
    std::ranges::transform(text, result.begin(), [](unsigned char c) { return std::tolower(c); });
    return result;
}

// Letters, digits and these signs.
inline bool is_made_of(std::string_view text, std::string_view signs) {
    return std::ranges::all_of(text, [&](unsigned char c) {
        return std::isalnum(c) != 0 || signs.find(static_cast<char>(c)) != std::string_view::npos;
    });
}

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline bool is_token(std::string_view text) {  // RFC 9110, 5.6.2
    return !text.empty() && is_made_of(text, "!#$%&'*+-.^_`|~");
}

inline std::string trimmed(std::string_view text) {
    const auto first = std::min(text.find_first_not_of(" \t"), text.size());
    return std::string{text.substr(first, text.find_last_not_of(" \t") + 1 - first)};
}

// The elements of a list: empty ones between the commas do not count (RFC 9110, 5.6.1.2).
inline std::vector<std::string> elements_of(std::string_view list) {
    std::vector<std::string> elements;
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        elements.push_back(trimmed(list.substr(0, end)));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    std::erase(elements, "");
    return elements;
}

// Empty lines before the request are skipped (2.2).
inline void skip_empty_lines(std::string& head) {
    while (head.starts_with("\n") || head.starts_with("\r\n")) {
        head.erase(0, head.find('\n') + 1);
    }
}

// The place of the empty line that ends the head; npos if it has not come yet.
inline std::size_t end_of(const std::string& head) {
    const auto end = std::min(head.find("\n\n"), head.find("\n\r\n"));
    return end == std::string::npos ? end : end + 1;
}

// The head may not be complete yet. Before a blank has come, the long word is the method (3).
inline void check_length(const std::string& head) {
    auto line = std::string_view{head}.substr(0, head.find('\n'));
    const auto rest = std::min(end_of(head), head.size()) - line.size();
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    const bool has_target = line.find(' ') != std::string_view::npos;
    require(line.size() <= longest, has_target ? "414 URI Too Long" : "501 Not Implemented");
    require(rest <= longest, "431 Request Header Fields Too Large");  // RFC 6585, 5
}

// The next line, without its CR LF or LF (2.2).
inline std::string_view take_line(std::string_view& head) {
    auto line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    require(line.find('\r') == std::string_view::npos &&
            line.find('\0') == std::string_view::npos);  // RFC 9110, 5.5
    return line;
}

// Two hexadecimal digits after each '%' (RFC 3986, 2.1).
inline bool has_good_codes(std::string_view text) {
    for (auto i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
        const auto end = text.find_first_not_of("0123456789ABCDEFabcdef", i + 1);
        if (std::min(end, text.size()) < i + 3) {
            return false;
        }
    }
    return true;
}

// No blank, no control character, no '#'. Simplified: signs that browsers send as they are, although a
// URI has codes for them (RFC 3986), such as '|' and '{', may pass.
inline void check_target(std::string_view target) {
    require(!target.empty());
    require(std::ranges::all_of(target, [](char c) { return c > ' ' && c <= '~' && c != '#'; }));
    require(has_good_codes(target));
}

// "GET / HTTP/1.1": three words with one blank between them (3), and a version (2.3).
inline void read_request_line(std::string_view line, Request& request) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    require(first != last);
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    request.version = line.substr(last + 1);
    const auto& version = request.version;
    require(is_token(request.method));
    check_target(request.target);
    require(version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.');
    require(is_digit(version[5]) && is_digit(version[7]));
    require(version[5] == '1', "505 HTTP Version Not Supported");
}

// "Host: 127.0.0.1:9190". No blank may be before the colon (5.1), or before the name, where it
// once continued the line before it (5.2). A field that comes twice is a list (RFC 9110, 5.3).
inline void read_field(std::string_view line, Request& request) {
    const auto colon = line.find(':');
    require(colon != std::string_view::npos && is_token(line.substr(0, colon)));
    const auto value = trimmed(line.substr(colon + 1));
    const auto [field, is_new] = request.fields.emplace(lower(line.substr(0, colon)), value);
    if (!is_new) {
        field->second += ", " + value;
    }
}

// "v1.a": what an address of a later version of IP looks like (RFC 3986, 3.2.2).
inline bool is_later_ip(std::string_view text) {
    const auto dot = std::min(text.find_first_not_of("0123456789ABCDEFabcdef", 1), text.size());
    return (text.starts_with('v') || text.starts_with('V')) && dot > 1 && text.size() > dot + 1 &&
           text[dot] == '.' && is_made_of(text.substr(dot + 1), "-._~!$&'()*+,;=:");
}

// "here", "127.0.0.1:9190", "[::1]:9190", or nothing (RFC 3986, 3.2.2).
inline bool is_host(std::string_view text) {
    const auto colon = text.find_last_not_of("0123456789");
    if (colon != std::string_view::npos && text[colon] == ':') {
        text = text.substr(0, colon);
    }
    if (text.starts_with('[') && text.ends_with(']')) {
        const std::string inside{text.substr(1, text.size() - 2)};
        in6_addr address{};
        return is_later_ip(inside) || inet_pton(AF_INET6, inside.c_str(), &address) == 1;
    }
    return is_made_of(text, "-._~%!$&'()*+,;=") && has_good_codes(text);
}

// One server may serve several names, so HTTP/1.1 demands the name, once (3.2).
inline void check_host(const Request& request) {
    const auto& fields = request.fields;  // two hosts are a list, with a blank in it
    require(fields.contains("host") ? is_host(fields.at("host")) : request.version == "HTTP/1.0");
}

// The end of the body must be clear (6.1, 6.3), although we do not use the body: a proxy in front of us
// might take a part of it for the next request.
inline void check_body(const Request& request) {
    const auto& fields = request.fields;
    const bool has_length = fields.contains("content-length");
    if (has_length) {
        const auto& length = fields.at("content-length");  // two lengths are a list, with a comma
        require(!length.empty() && std::ranges::all_of(length, is_digit));
    }
    if (fields.contains("transfer-encoding")) {
        const auto codings = elements_of(lower(fields.at("transfer-encoding")));
        require(!has_length && request.version != "HTTP/1.0");
        require(!codings.empty() && codings.back() == "chunked");
        require(std::ranges::count(codings, "chunked") == 1);
        require(codings.size() == 1, "501 Not Implemented");
    }
}

// "http": a letter, then letters, digits and three signs (RFC 3986, 3.1).
inline bool is_scheme(std::string_view text) {
    return !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
           is_made_of(text, "+-.");
}

// The path in the target, without the query after '?'. The target may be the path itself (3.2.1) or,
// as for a proxy, a whole address (3.2.2). The other forms, "host:port" and "*", have no path.
inline std::string path_of(std::string target) {
    if (!target.starts_with('/')) {
        const auto colon = target.find(':');
        require(colon != std::string::npos && is_scheme(target.substr(0, colon)));
        const auto rest = target.substr(colon + 1);
        require(!std::ranges::all_of(rest, is_digit));
        require(lower(target.substr(0, colon)) == "http", "421 Misdirected Request");
        require(rest.starts_with("//"));
        target = rest.substr(2);
        const auto host = target.substr(0, target.find_first_of("/?"));
        require(!host.empty() && host[0] != ':' && is_host(host));  // RFC 9110, 4.2.1
        target.erase(0, host.size());
    }
    const auto path = target.substr(0, target.find('?'));
    return path.empty() ? "/" : path;
}

// Reads the head into request, or throws a Refusal.
inline void read_head(const std::string& head, Request& request) {
    const auto end = end_of(head);
    std::string_view rest{head.data(), std::min(end, head.size())};
    read_request_line(take_line(rest), request);
    require(end != std::string::npos);  // 8
    while (!rest.empty()) {
        read_field(take_line(rest), request);
    }
    check_host(request);
    check_body(request);
}

// There is one page, and it can only be read (RFC 9110, 9.1, 15.5.6, 15.6.2). Only CONNECT and OPTIONS may
// have a target without a path (3.2.3, 3.2.4).
inline void check_page(const Request& request) {
    constexpr std::array known{"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                               "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    const auto& method = request.method;
    require(std::ranges::find(known, method) != known.end(), "501 Not Implemented");
    const bool has_path = method != "CONNECT" && (method != "OPTIONS" || request.target != "*");
    const auto path = has_path ? path_of(request.target) : "";
    require(method == "GET" || method == "HEAD", "405 Method Not Allowed");
    require(path == "/", "404 Not Found");
}

}  // namespace http
