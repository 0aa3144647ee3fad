#include "common/program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>

#include "common/check.hpp"
#include "common/io.hpp"

namespace app {

namespace {

// What to do about an error that stops every newcomer once. The first row with this error and
// this beginning of the message counts.
struct Hint {
    int error;
    const char* call;
    const char* words;
};

constexpr auto* no_loopback6 =
    "IPv6 is switched off on this machine, or its interface lo is down, or the address is not "
    "assigned yet (tentative): ip -6 address";
constexpr auto* no_ipv6_or_port =
    "IPv6 is switched off on this machine, or its interface lo is down, or no port is free, "
    "or the address is not assigned yet (tentative): ip -6 address; ss -s";
constexpr auto* no_port = "no port is free for it: sysctl net.ipv4.ip_local_port_range; ss -s";
constexpr auto* no_interface =
    "an address that counts on one link only needs the interface too: fe80::1%eth0";
constexpr auto* no_broadcast =
    "a broadcast address needs SO_BROADCAST; a route may prohibit others: ip route";
constexpr auto* blackhole = "a route drops all that goes there (blackhole): ip route";
constexpr auto* no_process = "no more processes and threads are allowed: ulimit -u";
constexpr auto* no_thread =
    "no more threads are allowed, or there is no memory for a stack: ulimit -u -v -d -s";

constexpr std::array hints{
    Hint{EADDRINUSE, "setsockopt MRT_INIT", "this host has a multicast router already"},
    Hint{EADDRINUSE, "setsockopt", "this socket has joined that already"},
    Hint{EADDRNOTAVAIL, "bind [::1]", no_loopback6},
    Hint{EADDRNOTAVAIL, "connect [", no_ipv6_or_port},
    Hint{EADDRNOTAVAIL, "sendto [", no_loopback6},
    Hint{EADDRNOTAVAIL, "connect", no_port},
    Hint{EAGAIN, "connect", no_port},  // of a datagram socket: connect(2), sendto(2)
    Hint{EAGAIN, "sendto", no_port},
    Hint{EAGAIN, "fork", no_process},
    Hint{EAGAIN, "pthread_create", no_thread},
    Hint{EAGAIN, "Resource temporarily unavailable", no_thread},  // std::thread names no call
    Hint{EADDRNOTAVAIL, "",
         "an address of this machine is needed, and not a tentative one: ip address"},
    Hint{EINVAL, "bind [f", no_interface},
    Hint{EINVAL, "connect [f", no_interface},
    Hint{EINVAL, "sendto [f", no_interface},
    Hint{EINVAL, "connect", blackhole},
    Hint{EINVAL, "sendto", blackhole},
    Hint{EACCES, "bind",
         "a port below a limit, usually 1024, needs a right: sysctl "
         "net.ipv4.ip_unprivileged_port_start"},
    Hint{EACCES, "connect", no_broadcast},
    Hint{EACCES, "sendto", no_broadcast},
    Hint{EPERM, "socket",
         "raw sockets are for root; in a network of your own you are: unshare -rn bash"},
    Hint{EAFNOSUPPORT, "socket",
         "this kernel lacks that family of addresses (IPv6, perhaps), or a sandbox forbids it"},
    Hint{ENODEV, "", "an interface of this machine is needed: ip address"},
    Hint{
        ENETUNREACH, "connect",
        "no route leads there: ip route; ip -6 route (TCP reaches no group, no broadcast address)"},
    Hint{ENETUNREACH, "", "no route leads there: ip route; ip -6 route"},
    Hint{ETIMEDOUT, "connect",
         "nothing answers: the address is wrong, a firewall drops it, a link is down (ip link), or "
         "the queue of the server is full (ss -ltn)"},
    Hint{EHOSTUNREACH, "connect",
         "no machine answers at that address, or a firewall or a route rejects it: ip neighbour; "
         "ip route"},
    Hint{EEXIST, "open",
         "another client writes it, or one was killed while it did: then remove it"},
    Hint{EBADF, "write", "standard output is closed, or only to be read"},
    Hint{ECONNREFUSED, "", "nobody listens there: is the server running, and on this port?"},
};

// About "bind 127.0.0.1:9190: Address already in use".
std::string who_holds(const std::string& what) {
    const auto end = what.rfind(": ");
    const auto colon = what.rfind(':', end - 1);
    std::string who = "see who holds it: ss -tuanp";
    if (colon == std::string::npos) {
        return who;
    }
    const auto port = what.substr(colon + 1, end - colon - 1);
    return port == "0" ? no_port : who + " 'sport = :" + port + "'";
}

std::string hint(const std::system_error& error) {
    const std::string what = error.what();
    for (const auto& row : hints) {
        if (error.code().value() == row.error && what.starts_with(row.call)) {
            return row.words;
        }
    }
    return error.code().value() == EADDRINUSE ? who_holds(what) : "";
}

// A careless parent may leave 0, 1 or 2 closed. Then the first socket would get that number, and
// output would go to a peer. So /dev/null takes the place; for stdout only to be read, because
// there lost output has to be an error.
void fill_gaps() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) == -1) {  // open(2) takes the lowest number that is free
            sys::check(::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR),
                       "open /dev/null");
        }
    }
}

// Who shares our terminal or pipe shares its O_NONBLOCK too (fcntl(2)): node and ssh set it, and may
// leave it behind. Then a read or write here would fail with EAGAIN instead of waiting. With O_ASYNC
// input would be announced by SIGIO, which ends a program that does not expect it.
void make_wait() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        const int flags = sys::check(::fcntl(fd, F_GETFL), "fcntl");
        if ((flags & (O_NONBLOCK | O_ASYNC)) != 0) {
            sys::check(::fcntl(fd, F_SETFL, flags & ~(O_NONBLOCK | O_ASYNC)), "fcntl");
        }
    }
}

// signal(7): what is blocked or ignored stays so across execve(2), and each program here counts on
// the default. Two exceptions. nohup(1), and a shell that starts a background job, ignore SIGHUP,
// SIGINT and SIGQUIT on purpose: they stay ignored, unless the program itself catches or reads them.
// And SIGXFSZ is always ignored: then a file that reaches its limit is an error of write(2), as a
// full disk is.
void restore_signals() {
    sigset_t none;
    sigemptyset(&none);
    sys::check(::sigprocmask(SIG_SETMASK, &none, nullptr), "sigprocmask");
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        struct sigaction action {};
        const bool ignored =
            ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
        if (ignored && signal != SIGHUP && signal != SIGINT && signal != SIGQUIT) {
            std::signal(signal, SIG_DFL);
        }
    }
    std::signal(SIGXFSZ, SIG_IGN);
}

// A complaint may have several lines, and may quote what a user or a peer wrote.
void complain(std::string_view what, const std::string& more) {
    std::string shown;
    for (auto end = what.find('\n'); end != std::string_view::npos; end = what.find('\n')) {
        shown += printable(what.substr(0, end)) + '\n';
        what.remove_prefix(end + 1);
    }
    shown += printable(what);
    std::fprintf(stderr, "%s: %s\n%s%s", program_invocation_short_name, shown.c_str(), more.c_str(),
                 more.empty() ? "" : "\n");
}

// Says what was thrown and returns the exit status. Called in a handler.
int fail(const std::string& usage_line) {
    try {
        throw;
    } catch (const UsageError& error) {
        complain(error.what(), usage_line);
        return 2;
    } catch (const std::system_error& error) {
        complain(error.what(), hint(error));
    } catch (const std::exception& error) {
        complain(error.what(), "");
    }
    return 1;
}

struct HostAndPort {
    std::string host;
    std::uint16_t port;
};

HostAndPort host_and_port(Args args) {
    const auto port = static_cast<std::uint16_t>(number(args, 1, "PORT", 1, 65535, 9190));
    const std::string host = args.empty() ? "127.0.0.1" : args[0];
    if (host.empty()) {
        throw UsageError{"HOST is empty"};
    }
    return {host, port};
}

// An exception that leaves a thread ends the program as a failure too, not as a crash.
void fail_in_thread() {
    if (std::current_exception()) {
        _exit(fail(""));
    }
    std::abort();
}

}  // namespace

int run(int argc, char* argv[], Usage usage, void (*body)(Args)) {
    const std::string usage_line =
        std::string{"usage: "} + program_invocation_short_name + ' ' + usage.arguments;
    std::set_terminate(fail_in_thread);
    try {
        fill_gaps();
        make_wait();
        restore_signals();
        const std::vector<std::string> args(argv + 1, argv + argc);
        if (args.size() == 1 && args[0] == "--help") {
            say(usage_line);
            return 0;
        }
        if (args.size() > usage.most) {
            throw UsageError{"too many arguments: '" + args[usage.most] + "'"};
        }
        body(args);
        sys::check(std::fflush(stdout), "write");  // if body used printf(3)
        return 0;
    } catch (...) {
        return fail(usage_line);
    }
}

long number(Args args, std::size_t index, const char* name, long least, long most, long otherwise) {
    if (index >= args.size()) {
        return otherwise;
    }
    const auto& text = args[index];
    const char* const end = text.data() + text.size();
    long value = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value < least || value > most) {
        throw UsageError{std::string{name} + " must be a whole number from " +
                         std::to_string(least) + " to " + std::to_string(most) + ", not '" + text +
                         "'"};
    }
    return value;
}

std::size_t choice(Args args, std::size_t index, std::initializer_list<const char*> words,
                   std::size_t otherwise) {
    if (index >= args.size()) {
        return otherwise;
    }
    std::string all;
    std::size_t place = 0;
    for (const char* const word : words) {
        if (args[index] == word) {
            return place;
        }
        ++place;
        all += (all.empty() ? "" : ", ") + std::string{word};
    }
    throw UsageError{"'" + args[index] + "' is none of: " + all};
}

net::Address server_address(Args args) try {
    const auto port = static_cast<std::uint16_t>(number(args, 0, "PORT", 0, 65535, 9190));
    return net::parse(args.size() > 1 ? args[1] : "127.0.0.1", port);
} catch (const std::invalid_argument& error) {
    throw UsageError{error.what()};
}

std::vector<net::Address> client_addresses(Args args) {
    const auto [host, port] = host_and_port(args);
    return net::resolve_all(host, port);
}

net::Address client_address(Args args) {
    const auto [host, port] = host_and_port(args);
    return net::resolve(host, port);
}

void append(std::string& line, std::string_view text) {
    line += text;
}

void append_number(std::string& line, long long number) {
    line += std::to_string(number);
}

void append(std::string& line, const net::Address& address) {
    line += to_string(address);
}

void write_line(int fd, std::string& line) {
    line += '\n';
    net::write_all(fd, net::bytes(line));  // an error if the disk is full
}

}  // namespace app
