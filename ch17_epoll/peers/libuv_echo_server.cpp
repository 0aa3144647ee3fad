// libuv_echo_server.cpp - TCP echo on libuv, for comparison: https://libuv.org
//
// The same two states as in our servers: a client that is owed bytes is only written to,
// any other is only read.
#include <uv.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

#include "common/program.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace {

std::array<char, 65536> buffer;  // for all clients: what was read is sent or copied at once

struct Client {
    uv_tcp_t handle{};
    uv_write_t write{};
    std::string owed{};
};

void end(Client* client) {
    uv_close(reinterpret_cast<uv_handle_t*>(&client->handle),
             [](uv_handle_t* handle) { delete static_cast<Client*>(handle->data); });
}

void give_buffer(uv_handle_t*, size_t, uv_buf_t* into) {
    *into = uv_buf_init(buffer.data(), buffer.size());
}

void on_written(uv_write_t* write, int status);

void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* from) {
    auto* const client = static_cast<Client*>(stream->data);
    if (count < 0) {
        end(client);
        return;
    }
    if (count == 0) {
        return;  // nothing is there after all
    }
    auto piece = uv_buf_init(from->base, static_cast<unsigned>(count));
    const int result = uv_try_write(stream, &piece, 1);
    const auto sent = static_cast<std::size_t>(std::max(result, 0));
    if (sent == static_cast<std::size_t>(count)) {
        return;
    }
    client->owed.assign(from->base + sent, static_cast<std::size_t>(count) - sent);
    auto rest = uv_buf_init(client->owed.data(), static_cast<unsigned>(client->owed.size()));
    uv_read_stop(stream);
    uv_write(&client->write, stream, &rest, 1, on_written);
}

void on_written(uv_write_t* write, int status) {
    if (status < 0) {
        end(static_cast<Client*>(write->handle->data));
        return;
    }
    uv_read_start(write->handle, give_buffer, on_read);
}

void on_connection(uv_stream_t* listener, int status) {
    auto* const client = new Client;
    uv_tcp_init(listener->loop, &client->handle);
    client->handle.data = client;
    auto* const stream = reinterpret_cast<uv_stream_t*>(&client->handle);
    if (status < 0 || uv_accept(listener, stream) < 0) {
        end(client);
        return;
    }
    uv_tcp_nodelay(&client->handle, 1);
    uv_read_start(stream, give_buffer, on_read);
}

void serve_all(app::Args args) {
    auto socket = net::tcp_listen(app::server_address(args), SOCK_NONBLOCK);
    app::say("listening on ", sys::getsockname(socket));
    std::signal(SIGPIPE, SIG_IGN);
    uv_loop_t* const loop = uv_default_loop();
    uv_tcp_t listener;
    uv_tcp_init(loop, &listener);
    uv_tcp_open(&listener, socket.release());
    uv_listen(reinterpret_cast<uv_stream_t*>(&listener), SOMAXCONN, on_connection);
    uv_run(loop, UV_RUN_DEFAULT);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, app::server_usage, serve_all);
}
