// iterative.hpp - the frame of the chapter's message servers: one client after another.
//
// echo_server_short has the same frame written out. The message servers differ only in the
// conversation that they have with a client.
#pragma once

#include <system_error>

#include "common/accepting.hpp"
#include "common/deadline.hpp"
#include "common/program.hpp"
#include "common/sys_file.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"

namespace iterative {

using Conversation = void (*)(const net::Fd& client);

// A client that we refuse to serve may still be sending, and may not have read our earlier answers: a
// reset would take them with it.
inline void end_gently(const net::Fd& client) try {
    sys::shutdown(client, SHUT_WR);
    net::discard_rest(client);
} catch (const std::runtime_error&) {
    // It is gone, or does not stop: then it gets the reset.
}

// An error ends the conversation with this client, never the server.
inline void serve_client(const sys::Accepted& client, Conversation converse) try {
    app::say("connected ", client.peer);
    converse(client.fd);
    app::say("closed ", client.peer);
} catch (const std::runtime_error& error) {
    app::say("dropped ", client.peer, ": ", error.what());
    end_gently(client.fd);
}

inline void serve_next(const net::Fd& listener, Conversation converse) try {
    serve_client(sys::accept(listener), converse);
} catch (const std::system_error& error) {
    if (net::accept_fault(error) == net::AcceptFault::no_resources) {
        app::say("waiting: ", error.what());
        sys::sleep(1);
    }
}

// Never returns; throws std::system_error if it cannot listen at this address.
inline void serve(const net::Address& local, Conversation converse) {
    const auto listener = net::tcp_listen(local);
    app::say("listening on ", sys::getsockname(listener));

    for (;;) {
        serve_next(listener, converse);
    }
}

}  // namespace iterative
