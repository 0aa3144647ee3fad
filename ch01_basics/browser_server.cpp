// browser_server.cpp - a server whose client everybody has: one page for a browser, in HTTP/1.1.
//
// Look for
//   [1] a request is lines: first what is wanted, then fields, then an empty line;
//   [2] the answer has the same form, and says how long the page is: so its end is known;
//   [3] a request that cannot be served or understood gets a number that says why;
//   [4] read to the end before close, or the answer may be lost (ch07_shutdown).
//
// Usage:   browser_server [PORT [ADDRESS]]     and then http://127.0.0.1:9190/ in a browser
// Pair:    any browser, or curl
// Manual:  tcp(7) send(2)
// Next:    ch02_packets/segment_sizes
#include <array>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include "ch01_basics/http_request.hpp"
#include "common/accepting.hpp"
#include "common/deadline.hpp"
#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

using Clock = std::chrono::steady_clock;

// For the whole request. A limit for each read would let a client that sends a byte each second keep its
// thread for hours.
constexpr std::chrono::seconds longest_wait{5};

// Receives until the empty line that ends the head, or the end of the stream. head has what came,
// after a Refusal too. A client that sends nothing gets no answer: browsers open connections that they
// may need later, and would take the answer for that of their next request.
void receive_head(const net::Fd& client, std::string& head) {
    const auto deadline = Clock::now() + longest_wait;
    std::array<std::byte, 4096> block;
    while (http::end_of(head) == std::string::npos) {
        const auto count = net::recv_until(client, block, deadline);
        if (!count && head.empty()) {
            throw std::runtime_error{"no request in time"};
        }
        http::require(count.has_value(), "408 Request Timeout");
        if (*count == 0) {
            return;
        }
        head += net::text(std::span{block}.first(*count));
        http::skip_empty_lines(head);
        http::check_length(head);
    }
}

// Fills head and request as far as they can be understood.
std::string receive_request(const net::Fd& client, std::string& head, http::Request& request) try {
    receive_head(client, head);
    if (!head.empty()) {
        http::read_head(head, request);  // [1]
        http::check_page(request);
    }
    return "200 OK";
} catch (const http::Refusal& refusal) {
    return refusal.status;  // [3]
}

// In a page '<' begins a tag and '&' a code: neither may come from text. Root may have given an interface any
// name, and an address can end with it.
std::string in_html(const std::string& text) {
    std::string page;
    for (const char c : text) {
        if (c == '<') {
            page += "&lt;";
        } else if (c == '&') {
            page += "&amp;";
        } else {
            page += c;
        }
    }
    return page;
}

std::string page_for(const std::string& status, const net::Address& peer) {
    if (!status.starts_with("200")) {
        return "<!doctype html><title>" + status.substr(0, 3) + "</title>" + status + "\n";
    }
    return "<!doctype html><html lang=en><meta charset=utf-8><title>browser_server</title>"
           "<h1>Hello, browser!</h1><p>You came from " +
           in_html(to_string(peer)) + ".\n";
}

// "Sun, 06 Nov 1994 08:49:37 GMT": RFC 9110, sections 5.6.7 and 6.6.1.
std::string date() {
    const auto now = std::time(nullptr);
    std::tm parts{};
    std::array<char, 40> text;
    const auto length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT",
                                      gmtime_r(&now, &parts));
    return {text.data(), length};
}

std::string answer_with(const std::string& status, const std::string& page) {
    std::string answer = "HTTP/1.1 " + status + "\r\nDate: " + date() + "\r\n";
    if (status.starts_with("405")) {
        answer += "Allow: GET, HEAD\r\n";
    }
    answer +=
        "Content-Type: text/html\r\n"
        "Connection: close\r\n"
        "Content-Length: " +
        std::to_string(page.size()) + "\r\n\r\n";  // [2]
    return answer;
}

void serve(const sys::Accepted& client) try {
    app::say("connected ", client.peer);
    std::string head;
    http::Request request;
    const auto status = receive_request(client.fd, head, request);
    if (!head.empty()) {
        const auto page = page_for(status, client.peer);
        const bool wants_page = !head.starts_with("HEAD ");
        net::send_all(client.fd, net::bytes(answer_with(status, page) + (wants_page ? page : "")));
        app::say("answered ", client.peer, ": ", status.substr(0, 3), " ",
                 app::printable(request.target));
        sys::shutdown(client.fd, SHUT_WR);
        net::discard_rest(client.fd);  // [4]
    }
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

// Each client has a thread, so a slow client does not delay the others (ch18_threads/echo_server).
void start_serving(sys::Accepted client) {
    const auto peer = client.peer;
    try {
        std::thread{serve, std::move(client)}.detach();
    } catch (const std::system_error& error) {
        app::say("dropped ", peer, ": ", error.what());
    }
}

void serve_next(const net::Fd& listener) try {
    start_serving(sys::accept(listener));
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

void serve_all(const net::Address& local) {
    const auto listener = net::tcp_listen(local);
    app::say("listening on ", sys::getsockname(listener));
    for (;;) {
        serve_next(listener);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage,
                    [](app::Args args) { serve_all(app::server_address(args)); });
}
