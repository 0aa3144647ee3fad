// asio_echo_server.cpp - TCP echo on Asio, for comparison: https://think-async.com/Asio
//
// The same two states as in our servers: a client that is owed bytes is only written to,
// any other is only read.
#include <array>
#include <asio.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

class Client : public std::enable_shared_from_this<Client> {
public:
    explicit Client(tcp::socket socket) : socket_{std::move(socket)} {}

    void read() {
        socket_.async_read_some(asio::buffer(buffer_),
                                [self = shared_from_this()](asio::error_code error, size_t count) {
                                    if (!error) {
                                        self->write(count);
                                    }
                                });
    }

private:
    void write(size_t count) {
        asio::async_write(socket_, asio::buffer(buffer_, count),
                          [self = shared_from_this()](asio::error_code error, size_t) {
                              if (!error) {
                                  self->read();
                              }
                          });
    }

    tcp::socket socket_;
    std::array<std::byte, 16384> buffer_;
};

void accept_next(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](asio::error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true));
            std::make_shared<Client>(std::move(socket))->read();
            accept_next(acceptor);
            return;
        }
        // Perhaps no descriptor is free: wait a little before asking again.
        auto timer = std::make_shared<asio::steady_timer>(acceptor.get_executor(), 50ms);
        timer->async_wait([&acceptor, timer](asio::error_code) { accept_next(acceptor); });
    });
}

void serve_all(app::Args args) {
    const auto local = app::server_address(args);
    auto socket = net::tcp_listen(local);
    app::say("listening on ", sys::getsockname(socket));
    asio::io_context context{1};
    const auto family = local.family() == AF_INET6 ? tcp::v6() : tcp::v4();
    tcp::acceptor acceptor{context, family, socket.release()};
    accept_next(acceptor);
    context.run();
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, serve_all);
}
