// common_test.cpp - the faults of common that no pair of programs shows.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/accepting.hpp"
#include "common/check.hpp"
#include "common/deadline.hpp"
#include "common/io.hpp"
#include "common/line_reader.hpp"
#include "common/options.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_socket.hpp"
#include "common/tcp.hpp"
#include "common/udp.hpp"

namespace {

struct Pair {
    net::Fd left;
    net::Fd right;
};

Pair make_pair() {
    std::array<int, 2> raw{};
    sys::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw.data()), "socketpair");
    return {net::Fd{raw[0]}, net::Fd{raw[1]}};
}

std::span<const std::byte> bytes_of(const std::string& text) {
    return net::bytes(text);
}

std::string numbered(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>(i * 7 % 251);
    }
    return text;
}

std::string read_all(const net::Fd& fd) {
    std::string all;
    std::array<std::byte, 1000> piece;
    while (const auto count = net::recv(fd, piece)) {
        all.append(reinterpret_cast<const char*>(piece.data()), count);
    }
    return all;
}

// Interrupts the calling thread's system calls every millisecond while it lives.
class Interruptions {
public:
    Interruptions() {
        count_ = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { count_ = count_ + 1; };  // no SA_RESTART
        ::sigaction(SIGALRM, &action, &old_);
        const itimerval often{.it_interval = {0, 1000}, .it_value = {0, 1000}};
        ::setitimer(ITIMER_REAL, &often, nullptr);
    }
    Interruptions(const Interruptions&) = delete;
    Interruptions& operator=(const Interruptions&) = delete;
    ~Interruptions() {
        const itimerval never{};
        ::setitimer(ITIMER_REAL, &never, nullptr);
        ::sigaction(SIGALRM, &old_, nullptr);
    }
    [[nodiscard]] static int count() { return count_; }

private:
    static inline volatile std::sig_atomic_t count_ = 0;
    struct sigaction old_ {};
};

// A thread that takes no SIGALRM, so that the test's own thread is interrupted.
template <typename Body>
std::jthread quiet_thread(Body body) {
    sigset_t alarm;
    sigset_t old;
    ::sigemptyset(&alarm);
    ::sigaddset(&alarm, SIGALRM);
    ::pthread_sigmask(SIG_BLOCK, &alarm, &old);
    std::jthread thread{body};
    ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
    return thread;
}

void pause_milliseconds(long milliseconds) {
    const timespec time{.tv_sec = 0, .tv_nsec = milliseconds * 1'000'000};
    ::nanosleep(&time, nullptr);
}

int error_of(void (*call)(const net::Fd&), const net::Fd& fd) {
    try {
        call(fd);
        return 0;
    } catch (const std::system_error& error) {
        return error.code().value();
    }
}

bool is_here(const char* host) try {
    (void)net::udp_bind(net::parse(host, 0));
    return true;
} catch (const std::system_error&) {
    return false;
}

}  // namespace

TEST_CASE("just after a deadline what waits already is received") {
    const auto receiver = net::udp_bind(net::parse("127.0.0.1", 0));
    const auto sender = sys::socket(AF_INET, SOCK_DGRAM);
    const auto sends = [&] { sys::sendto(sender, net::bytes("x"), 0, sys::getsockname(receiver)); };
    const auto now = std::chrono::steady_clock::now();
    std::array<std::byte, 10> buffer;

    sends();
    CHECK(net::recvfrom_until(receiver, buffer, now).has_value());
    CHECK(!net::recvfrom_until(receiver, buffer, now).has_value());
    sends();
    CHECK(!net::recvfrom_until(receiver, buffer, now - std::chrono::seconds{3}).has_value());

    const auto [left, right] = make_pair();
    net::send_all(left, net::bytes("x"));
    CHECK(net::recv_until(right, buffer, now) == 1);
    CHECK(!net::recv_until(right, buffer, now).has_value());
}

TEST_CASE("send_all finishes what short sends leave") {
    auto [left, right] = make_pair();
    sys::setsockopt(left, SOL_SOCKET, SO_SNDBUF, 4096);
    // With a send timeout a send that has put part of its bytes away returns short.
    sys::setsockopt(left, SOL_SOCKET, SO_SNDTIMEO, timeval{.tv_sec = 0, .tv_usec = 20'000});
    const auto message = numbered(100'000);

    const auto taken = sys::send(left, bytes_of(message));
    REQUIRE(taken > 0);
    REQUIRE(taken < message.size());

    std::string received;
    const std::jthread reader{[&received, &end = right] { received = read_all(end); }};
    net::send_all(left, bytes_of(message).subspan(taken));
    left.reset();
    const_cast<std::jthread&>(reader).join();
    CHECK(received == message);
}

TEST_CASE("discard_rest reads to the end but not for ever") {
    auto [left, right] = make_pair();
    net::send_all(left, bytes_of(numbered(10'000)));
    sys::shutdown(left, SHUT_WR);
    net::discard_rest(right);

    auto [talker, listener] = make_pair();
    const std::jthread sender{[&end = talker] {
        const auto block = numbered(100'000);
        try {
            for (;;) {
                net::send_all(end, bytes_of(block));
            }
        } catch (const std::system_error&) {  // the listener has closed
        }
    }};
    CHECK_THROWS_WITH(net::discard_rest(listener), "did not stop sending");
    listener.reset();
}

TEST_CASE("send_all and read_exactly outlive interruptions") {
    auto [left, right] = make_pair();
    sys::setsockopt(left, SOL_SOCKET, SO_SNDBUF, 4096);
    const auto message = numbered(300'000);
    std::string received(message.size(), '\0');

    auto echo = quiet_thread([&end = right, size = message.size()] {
        std::vector<std::byte> all(size);
        pause_milliseconds(20);
        const auto count = net::read_exactly(end, all);
        pause_milliseconds(20);
        net::send_all(end, std::span{all}.first(count));
    });
    const Interruptions interruptions;
    net::send_all(left, bytes_of(message));
    const auto count = net::read_exactly(left, std::as_writable_bytes(std::span{received}));
    CHECK(count == message.size());
    CHECK(received == message);
    CHECK(Interruptions::count() > 5);
}

TEST_CASE("write_all outlives interruptions") {
    std::array<int, 2> raw{};
    sys::check(::pipe2(raw.data(), O_CLOEXEC), "pipe2");
    const net::Fd in{raw[0]};
    net::Fd out{raw[1]};
    const auto message = numbered(1'000'000);
    std::string received;
    auto reader = quiet_thread([&] {
        std::array<char, 5000> piece{};
        ssize_t count = 0;
        while ((count = ::read(in.get(), piece.data(), piece.size())) > 0) {
            received.append(piece.data(), static_cast<std::size_t>(count));
            pause_milliseconds(1);
        }
    });
    {
        const Interruptions interruptions;
        net::write_all(out, bytes_of(message));
    }
    out.reset();
    reader.join();
    CHECK(received == message);
}

TEST_CASE("sys calls report an interruption") {
    auto [left, right] = make_pair();
    const Interruptions interruptions;
    CHECK(error_of(
              [](const net::Fd& fd) {
                  std::array<std::byte, 1> byte;
                  (void)sys::recv(fd, byte);
              },
              left) == EINTR);
}

TEST_CASE("read_exactly returns fewer bytes only at the end") {
    auto [left, right] = make_pair();
    net::send_all(left, bytes_of("abc"));
    left.reset();
    std::array<std::byte, 10> into;
    CHECK(net::read_exactly(right, into) == 3);
    CHECK(net::read_exactly(right, into) == 0);
}

TEST_CASE("a vanished peer is an error and no signal") {
    auto [left, right] = make_pair();
    right.reset();
    const auto send_one = [](const net::Fd& fd) { net::send_all(fd, bytes_of("x")); };
    CHECK(error_of(send_one, left) == EPIPE);
}

TEST_CASE("tcp_listen makes a socket that listens at this address and may reuse it") {
    const auto listener = net::tcp_listen(net::parse("127.0.0.7", 0));
    const auto local = sys::getsockname(listener);
    CHECK(local == net::parse("127.0.0.7", local.port()));
    CHECK(local.port() != 0);
    CHECK(sys::getsockopt<int>(listener, SOL_SOCKET, SO_ACCEPTCONN) == 1);
    CHECK(sys::getsockopt<int>(listener, SOL_SOCKET, SO_REUSEADDR) == 1);
    const auto everywhere = net::tcp_listen(net::parse("0.0.0.0", 0));
    const auto port = sys::getsockname(everywhere).port();
    CHECK_NOTHROW((void)net::tcp_connect(net::parse("127.0.0.7", port)));
}

TEST_CASE("an error names the call and the address") {
    const auto first = net::tcp_listen(net::parse("127.0.0.1", 0));
    const auto taken = sys::getsockname(first);
    CHECK_THROWS_WITH((void)net::tcp_listen(taken),
                      ("bind " + to_string(taken) + ": Address already in use").c_str());
    const net::Fd none;
    CHECK_THROWS_WITH(sys::listen(none), "listen: Bad file descriptor");
}

TEST_CASE("lines come out one by one however they arrive") {
    auto [left, right] = make_pair();
    net::LineReader lines{right, 100};
    net::send_all(left, bytes_of("one\n\nthree\nfo"));
    CHECK(lines.next()->text == "one");
    CHECK(lines.next()->text.empty());
    CHECK(lines.next()->text == "three");
    for (const char* byte : {"u", "r", "\n"}) {
        net::send_all(left, bytes_of(byte));
    }
    const auto four = lines.next();
    CHECK(four->text == "four");
    CHECK(four->ended);
    left.reset();
    CHECK_FALSE(lines.next().has_value());
    CHECK_FALSE(lines.next().has_value());
}

TEST_CASE("an unterminated last line is handed out and marked") {
    auto [left, right] = make_pair();
    net::send_all(left, bytes_of("whole\npart"));
    left.reset();
    net::LineReader lines{right, 100};
    CHECK(lines.next()->ended);
    const auto last = lines.next();
    REQUIRE(last.has_value());
    CHECK(last->text == "part");
    CHECK_FALSE(last->ended);
    CHECK_FALSE(lines.next().has_value());
}

TEST_CASE("a line may have as many bytes as the limit and no more") {
    auto [left, right] = make_pair();
    net::LineReader lines{right, 5};
    net::send_all(left, bytes_of("12345\nabcde\n123456"));
    CHECK(lines.next()->text == "12345");
    CHECK(lines.next()->text == "abcde");
    CHECK_THROWS_WITH_AS((void)lines.next(), "a line longer than 5 bytes", std::runtime_error);
}

TEST_CASE("a last line of exactly the limit needs no newline") {
    auto [left, right] = make_pair();
    net::LineReader lines{right, 5};
    net::send_all(left, bytes_of("12345"));
    left.reset();
    CHECK(lines.next()->text == "12345");
    CHECK_FALSE(lines.next().has_value());
}

TEST_CASE("a burst of many lines loses none") {
    auto [left, right] = make_pair();
    std::string burst;
    for (int i = 0; i < 5000; ++i) {
        burst += std::to_string(i) + '\n';
    }
    std::jthread writer{[&end = left, &burst] {
        net::send_all(end, bytes_of(burst));
        end.reset();
    }};
    net::LineReader lines{right, 80};
    int expected = 0;
    while (const auto line = lines.next()) {
        CHECK(line->text == std::to_string(expected++));
    }
    CHECK(expected == 5000);
}

TEST_CASE("a line may hold NUL and outlives interruptions") {
    auto [left, right] = make_pair();
    auto writer = quiet_thread([&end = left] {
        pause_milliseconds(20);
        net::send_all(end, bytes_of(std::string{"a\0b\n", 4}));
    });
    const Interruptions interruptions;
    net::LineReader lines{right, 80};
    CHECK(lines.next()->text == std::string{"a\0b", 3});
}

TEST_CASE("a line reader cannot borrow a temporary") {
    static_assert(std::is_constructible_v<net::LineReader, const net::Fd&, std::size_t>);
    static_assert(!std::is_constructible_v<net::LineReader, net::Fd&&, std::size_t>);
}

TEST_CASE("a descriptor is closed exactly once") {
    auto [left, right] = make_pair();
    const int raw = left.get();
    left.reset(raw);
    CHECK(::fcntl(raw, F_GETFD) == FD_CLOEXEC);
    net::Fd moved = std::move(left);
    CHECK(left.get() == -1);  // NOLINT: what a moved-from Fd holds is what is tested
    CHECK(moved.get() == raw);
    moved.reset();
    CHECK(::fcntl(raw, F_GETFD) == -1);
    CHECK(right.get() != -1);
}

TEST_CASE("every socket is close-on-exec") {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    const auto client = net::tcp_connect(sys::getsockname(listener));
    const auto accepted = sys::accept(listener);
    for (const auto* fd : {&listener, &client, &accepted.fd}) {
        CHECK(::fcntl(fd->get(), F_GETFD) == FD_CLOEXEC);
    }
}

TEST_CASE("addresses are written and read in both families") {
    CHECK(to_string(net::parse("127.0.0.1", 9190)) == "127.0.0.1:9190");
    CHECK(to_string(net::parse("::1", 80)) == "[::1]:80");
    CHECK(net::parse("::1", 80).port() == 80);
    for (const char* bad :
         {"", "127.1", "300.1.1.1", "localhost", "1.2.3.4.5", "::g", "127.0.0.1 "}) {
        CHECK_THROWS_AS((void)net::parse(bad, 1), std::invalid_argument);
    }
    CHECK(to_string(net::resolve("::1", 7)) == "[::1]:7");
    CHECK_THROWS_AS((void)net::resolve("no.such.host.invalid", 7), std::runtime_error);
}

TEST_CASE("each address is tried in turn and the reasons are told when all fail") {
    const auto listener = net::tcp_listen(net::parse("127.0.0.1", 0));
    const auto open = sys::getsockname(listener);
    const auto closed = net::parse("127.0.0.1", 1);
    const auto peer_of = [](const std::vector<net::Address>& addresses) {
        return sys::getpeername(net::tcp_connect(addresses));
    };
    CHECK(peer_of({open, closed}) == open);
    CHECK(peer_of({closed, net::parse("127.0.0.2", 1), open}) == open);
    CHECK_THROWS_WITH_AS((void)peer_of({closed, net::parse("127.0.0.2", 1)}),
                         "connect 127.0.0.1:1: Connection refused; "
                         "connect 127.0.0.2:1: Connection refused",
                         std::system_error);
    CHECK_THROWS_WITH_AS((void)peer_of({closed}), "connect 127.0.0.1:1: Connection refused",
                         std::system_error);
    CHECK(net::resolve_all("127.0.0.1", 7) == std::vector{net::parse("127.0.0.1", 7)});
}

TEST_CASE("equal addresses have the same family host and port") {
    const auto home = net::parse("127.0.0.1", 7);
    CHECK(home == net::resolve("127.0.0.1", 7));
    CHECK(home != net::parse("127.0.0.1", 8));
    CHECK(home != net::parse("127.0.0.2", 7));
    CHECK(home != net::parse("::1", 7));
    CHECK(net::parse("::1", 7) == net::parse("::1", 7));
    CHECK(net::parse("::1%1", 7) == net::parse("::1", 7));  // only what is of one link has a zone
    CHECK(net::parse("fe80::1%1", 7) != net::parse("fe80::1%2", 7));
    CHECK(net::parse("ff02::1%1", 7) != net::parse("ff02::1%2", 7));
}

TEST_CASE("a sender has the address that its socket says") {
    for (const char* const host : {"127.0.0.1", "::1"}) {
        if (!is_here(host)) {
            continue;  // IPv6 is switched off
        }
        const auto receiver = net::udp_bind(net::parse(host, 0));
        const auto sender = net::udp_bind(net::parse(host, 0));
        (void)sys::sendto(sender, bytes_of("x"), 0, sys::getsockname(receiver));
        std::array<std::byte, 1> byte;
        CHECK(net::recvfrom(receiver, byte).sender == sys::getsockname(sender));
    }
}

TEST_CASE("without_zeros gives the address that the kernel would take") {
    for (const char* host : {"0.0.0.0", "127.0.0.2", "::", "::ffff:0.0.0.0", "::1"}) {
        const auto named = net::parse(host, 9);
        if (named.family() == AF_INET6 && !is_here("::1")) {
            continue;  // IPv6 is switched off
        }
        const auto socket = sys::socket(named.family(), SOCK_DGRAM);
        sys::connect(socket, named);
        CHECK(net::without_zeros(named) == sys::getpeername(socket));
    }
    for (const char* host : {"192.0.2.1", "fe80::1%1", "ff02::1"}) {
        CHECK(net::without_zeros(net::parse(host, 9)) == net::parse(host, 9));
    }
    CHECK_THROWS_AS((void)net::without_zeros(net::parse("fe80::1", 9)), std::system_error);
}

TEST_CASE("what opens a descriptor sets close-on-exec") {
    const auto file = sys::open("/dev/null", O_RDONLY);
    CHECK((::fcntl(file.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(sys::dup(file).get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("an accept's error is sorted by whose fault it is") {
    const auto sorted = [](int error) {
        try {
            throw std::system_error{error, std::generic_category()};
        } catch (const std::system_error& caught) {
            return net::accept_fault(caught);
        }
    };
    for (const int error : {EINTR, ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, EAGAIN}) {
        CHECK(sorted(error) == net::AcceptFault::passing);
    }
    for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
        CHECK(sorted(error) == net::AcceptFault::no_resources);
    }
    CHECK_THROWS_AS((void)sorted(EBADF), std::system_error);
    CHECK_THROWS_AS((void)sorted(EINVAL), std::system_error);
}

TEST_CASE("a number is whole and within its bounds") {
    const std::vector<std::string> args{"80", "0", "65536", "-1", "8x", "", " 8", "0x50"};
    CHECK(app::number(args, 0, "PORT", 0, 65535, 9190) == 80);
    CHECK(app::number(args, 1, "PORT", 0, 65535, 9190) == 0);
    CHECK(app::number(args, 99, "PORT", 0, 65535, 9190) == 9190);
    CHECK_THROWS_AS((void)app::number(args, 1, "PORT", 1, 65535, 9190), app::UsageError);
    for (std::size_t i = 2; i < args.size(); ++i) {
        CHECK_THROWS_AS((void)app::number(args, i, "PORT", 0, 65535, 9190), app::UsageError);
    }
}

TEST_CASE("text from outside cannot move the terminal") {
    struct Row {
        std::string_view from_outside;
        std::string_view shown;
    };
    using namespace std::string_view_literals;
    constexpr std::array rows{
        Row{"", ""},
        Row{"a\033[2Jb\t\r\n\x7f", "a?[2Jb????"},
        Row{"a\0b"sv, "a?b"},
        Row{"你好，世界 é ß 😀", "你好，世界 é ß 😀"},
        Row{"\xc2\x80 \xc2\x9b"
            "2J \xc2\x9f",
            "? ?2J ?"},                          // C1 in UTF-8
        Row{"\xc2\xa0", "\xc2\xa0"},             // the first after C1: a space that does not break
        Row{"\x9b[ \x80 \xff", "?[ ? ?"},        // C1 as bytes, and what UTF-8 never has
        Row{"\xe4\xbd", "??"},                   // half a letter
        Row{"\xe4\xbd\x1b[m", "???[m"},          // an escape in the middle of one
        Row{"\xc0\x9b \xe0\x80\x9b", "?? ???"},  // ESC, in more bytes than it needs
        Row{"\xed\xa0\x80", "???"},              // half of a UTF-16 pair
        Row{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},  // the last of Unicode, and one more
        Row{"\xf4\x90\x80\x80", "????"},
        Row{"\u202eevil\u202c \u2066x\u2069", "?evil? ?x?"},  // turned around
        Row{"a\u2028b\u2029\u200e\u200f\u061c", "a?b????"},   // line ends, and marks that turn
        Row{"\u2026 \u202f", "\u2026 \u202f"},                // their neighbours
    };
    for (const auto& row : rows) {
        CHECK(app::printable(row.from_outside) == row.shown);
    }
}

TEST_CASE("a line may end as it does in telnet and in Windows") {
    CHECK(app::printable_line("alice") == "alice");
    CHECK(app::printable_line("alice\n") == "alice");
    CHECK(app::printable_line("alice\r\n") == "alice");
    CHECK(app::printable_line("alice\r") == "alice");
    CHECK(app::printable_line("al\rice\r\r\n") == "al?ice?");
    CHECK(app::printable_line("\r\n").empty());
}

TEST_CASE("a word is one of those that are offered or wrong usage") {
    const std::vector<std::string> args{"loop", "twice"};
    CHECK(app::choice(args, 0, {"once", "loop"}, 7) == 1);
    CHECK(app::choice(args, 2, {"once", "loop"}, 7) == 7);
    CHECK_THROWS_WITH_AS((void)app::choice(args, 1, {"once", "loop"}, 7),
                         "'twice' is none of: once, loop", app::UsageError);
}

using Words = std::vector<std::string>;

TEST_CASE("arguments with a name may be anywhere and have one value") {
    const std::vector<std::string> args{"one", "--ttl", "2", "two"};
    const app::Options options{args, {"--ttl", "--loop"}, 2};
    CHECK(std::vector<std::string>(options.others().begin(), options.others().end()) ==
          std::vector<std::string>{"one", "two"});
    CHECK(app::number(options["--ttl"], 0, "--ttl", 0, 255, 1) == 2);
    CHECK(options["--loop"].empty());
    CHECK(options.text("--loop", "otherwise") == "otherwise");
    CHECK_THROWS_AS((app::Options{args, {"--ttl"}, 1}), app::UsageError);
    CHECK_THROWS_AS((app::Options{args, {"--loop"}, 2}), app::UsageError);
    CHECK_THROWS_AS((app::Options{Words{"--ttl"}, {"--ttl"}, 2}), app::UsageError);
    CHECK_THROWS_AS((app::Options{Words{"--ttl", "1", "--ttl", "1"}, {"--ttl"}, 2}),
                    app::UsageError);
}
