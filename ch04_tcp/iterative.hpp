// iterative.hpp - a server for one client after another, as echo_server_short writes it out: the
// frame of the chapter's message servers, which differ in their conversation alone.
#pragma once

#include <system_error>

#include "common/accepting.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace iterative {

using Conversation = void (*)(const net::Fd& client);

// Whatever goes wrong ends this client's conversation and nothing else.
inline void serve_client(const sys::Accepted& client, Conversation converse) try {
    app::say("connected ", client.peer);
    converse(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
}

inline void serve_next(const net::Fd& listener, Conversation converse) try {
    serve_client(sys::accept(listener), converse);
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

// Serves at this address and never returns. Throws std::system_error if it cannot listen.
inline void serve(const net::Address& local, Conversation converse) {
    const auto listener = net::tcp_listen(local);
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        serve_next(listener, converse);
    }
}

}  // namespace iterative
