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
#include <strings.h>
#include <sys/time.h>

#include <array>
#include <optional>
#include <sstream>
#include <thread>

#include "common/accepting.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

// A client may send anything, for ever: each of its lines, their number, what follows them and
// the time that we wait for it have a limit.
constexpr std::size_t longest_line = 8192;
constexpr int most_fields = 100;
constexpr int most_blocks_after_request = 64;
constexpr timeval longest_wait{5, 0};

struct Request {
    std::string method;
    std::string target;
    std::string version;
    bool has_host = false;
    bool is_complete = false;
};

// The next line without its CR LF; no value if the client stopped before the end of one.
std::optional<std::string> next_line(net::LineReader& lines) {
    const auto line = lines.next();
    if (!line || !line->ended) {
        return std::nullopt;
    }
    return line->text.substr(0, line->text.find('\r'));
}

// "GET / HTTP/1.1", "Host: 127.0.0.1:9190", "": RFC 9112, sections 2 and 3.
Request read_request(const net::Fd& client) {
    net::LineReader lines{client, longest_line};
    Request request;
    auto line = next_line(lines);  // [1]
    if (!line || line->empty()) {
        return request;
    }
    std::istringstream{*line} >> request.method >> request.target >> request.version;
    for (int field = 0; field < most_fields && (line = next_line(lines)); ++field) {
        if (line->empty()) {
            request.is_complete = true;
            break;
        }
        if (strncasecmp(line->c_str(), "Host:", 5) == 0) {
            request.has_host = true;
        }
    }
    return request;
}

std::string status_for(const Request& request) {  // [3]
    if (!request.version.starts_with("HTTP/")) {
        return "400 Bad Request";
    }
    if (!request.version.starts_with("HTTP/1.")) {
        return "505 HTTP Version Not Supported";
    }
    // One server may serve several names, so HTTP/1.1 wants to hear which.
    const bool lacks_host = request.version == "HTTP/1.1" && !request.has_host;
    if (!request.is_complete || lacks_host) {
        return "400 Bad Request";
    }
    if (request.method != "GET" && request.method != "HEAD") {
        return "405 Method Not Allowed";
    }
    return request.target == "/" ? "200 OK" : "404 Not Found";
}

std::string page_for(const std::string& status, const net::Address& peer) {
    if (!status.starts_with("200")) {
        return "<!doctype html><title>" + status.substr(0, 3) + "</title>" + status + "\n";
    }
    return "<!doctype html><html lang=en><meta charset=utf-8><title>browser_server</title>"
           "<h1>Hello, browser!</h1><p>You came from " +
           to_string(peer) + ".\n";
}

void send_answer(const net::Fd& client, const Request& request, const net::Address& peer) {
    const auto status = status_for(request);
    const auto page = page_for(status, peer);
    std::string answer = "HTTP/1.1 " + status + "\r\n";
    if (status.starts_with("405")) {
        answer += "Allow: GET, HEAD\r\n";
    }
    answer +=
        "Content-Type: text/html\r\n"
        "Connection: close\r\n"
        "Content-Length: " +
        std::to_string(page.size()) + "\r\n\r\n";  // [2]
    if (request.method != "HEAD") {
        answer += page;
    }
    net::send_all(client, net::bytes(answer));
    app::say("answered ", peer, ": ", status.substr(0, 3), " ", app::printable(request.target));
}

// Says that no more comes, then reads until the client has closed too.
void finish(const net::Fd& client) {
    sys::shutdown(client, SHUT_WR);
    std::array<std::byte, 16384> unwanted;
    for (int i = 0; i < most_blocks_after_request; ++i) {
        if (net::recv(client, unwanted) == 0) {  // [4]
            return;
        }
    }
}

void serve(const sys::Accepted& client) try {
    app::say("connected ", client.peer);
    sys::setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, longest_wait);
    const auto request = read_request(client.fd);
    if (!request.method.empty()) {
        send_answer(client.fd, request, client.peer);
        finish(client.fd);
    }
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

// In a thread of its own, so that a slow client holds up nobody (ch18_threads/echo_server). If no
// thread can be made, the client is closed, and the server goes on.
void serve_next(const net::Fd& listener) try {
    std::thread{serve, sys::accept(listener)}.detach();
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
