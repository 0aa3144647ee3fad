// browser_server.cpp - a server whose client everybody has: one page for a browser, by HTTP/1.1.
//
// Look for
//   [1] a request is lines: what is wanted, then fields, then an empty one;
//   [2] the answer is made alike; it says how long the page is, so the end is known;
//   [3] what is not to be had, or not understood, has a number that says so;
//   [4] read to its end before close(), or the answer may be lost (ch07_shutdown).
//
// Usage:   browser_server [PORT [ADDRESS]]     and then http://127.0.0.1:9190/ in a browser
// Pair:    any browser, or curl
// Manual:  tcp(7) send(2)
// Next:    ch02_packets/segment_sizes
#include <strings.h>
#include <sys/time.h>

#include <array>
#include <sstream>
#include <thread>
#include <utility>

#include "common/accepting.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

struct Request {
    std::string method;
    std::string target;
    std::string version;
    bool has_host = false;
    bool complete = false;
};

// RFC 9112, sections 2 and 3. Lines end in CR LF.
Request read_request(const net::Fd& client) {
    net::LineReader lines{client, 8192};
    Request request;
    for (int fields = -1; fields < 100 && !request.complete; ++fields) {  // [1]
        const auto line = lines.next();
        if (!line || !line->ended) {
            return request;
        }
        const auto text = line->text.substr(0, line->text.find('\r'));
        if (fields == -1) {
            std::istringstream{text} >> request.method >> request.target >> request.version;
        }
        request.complete = text.empty();
        request.has_host = request.has_host || strncasecmp(text.c_str(), "Host:", 5) == 0;
    }
    return request;
}

const char* status_for(const Request& request) {  // [3]
    const bool known = request.version.starts_with("HTTP/1.");
    if (!known && request.version.starts_with("HTTP/")) {
        return "505 HTTP Version Not Supported";
    }
    if (!known || !request.complete || (request.version == "HTTP/1.1" && !request.has_host)) {
        return "400 Bad Request";
    }
    if (request.method != "GET" && request.method != "HEAD") {
        return "405 Method Not Allowed\r\nAllow: GET, HEAD";
    }
    return request.target == "/" ? "200 OK" : "404 Not Found";
}

std::string page_for(const std::string& status, const net::Address& peer) {
    if (!status.starts_with("200")) {
        return "<!doctype html><title>" + status.substr(0, 3) + "</title>" +
               status.substr(0, status.find('\r')) + "\n";
    }
    return "<!doctype html><html lang=en><meta charset=utf-8><title>browser_server</title>"
           "<h1>Hello, browser!</h1><p>You came from " +
           to_string(peer) + ".\n";
}

void send_answer(const net::Fd& client, const Request& request, const net::Address& peer) {
    const std::string status = status_for(request);
    const auto page = page_for(status, peer);
    auto answer = "HTTP/1.1 " + status +
                  "\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: " +
                  std::to_string(page.size()) + "\r\n\r\n";  // [2]
    if (request.method != "HEAD") {
        answer += page;
    }
    net::send_all(client, net::bytes(answer));
    app::say("answered ", peer, ": ", status.substr(0, 3), " ", app::printable(request.target));
}

// Until the client has closed too; a megabyte at most.
void read_the_rest(const net::Fd& client) {
    sys::shutdown(client, SHUT_WR);
    std::array<std::byte, 16384> rest;
    for (int i = 0; i < 64 && net::recv(client, rest) > 0; ++i) {  // [4]
    }
}

void serve(const sys::Accepted& client) try {
    app::say("connected ", client.peer);
    sys::setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, timeval{5, 0});  // and no longer
    const auto request = read_request(client.fd);
    if (!request.method.empty()) {
        send_answer(client.fd, request, client.peer);
        read_the_rest(client.fd);
    }
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

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
