// segment_watch.cpp - every segment that passes, between the states of its two ends, and what it is.
//
// Look for
//   [1] a segment is a few numbers: whose it is, from which byte, how many, what has come, how much room;
//   [2] the state of each end follows from what has passed (tcp_states.cpp);
//   [3] a flood is summed up, and what the kernel could not keep for us is counted.
//
// Usage:   segment_watch live INTERFACE [--keep FILE] [--fields]    until Ctrl-C
//          segment_watch file PCAP [--fields]    --fields: tab separated, the first line names them
// Manual:  packet(7) pcap-savefile(5)
// Next:    ch04_tcp/lossy_link
#include <poll.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "ch04_tcp/capture.hpp"
#include "ch04_tcp/conversation.hpp"
#include "ch04_tcp/segment_lines.hpp"
#include "common/processes.hpp"
#include "common/program.hpp"
#include "common/readiness.hpp"

namespace {

struct Request {
    bool is_live = false;
    std::string source{};
    std::optional<std::string> keep{};
    bool wants_fields = false;
};

// Shows frames, as lines or as fields.
class Screen {
public:
    explicit Screen(bool wants_fields) : wants_fields_{wants_fields} {
        app::say(wants_fields ? wire::field_names() : wire::heading());
    }

    void show(const packet::CapturedFrame& frame, bool is_raw = false) {
        ++frames_;
        const auto decode = is_raw ? packet::decode_ip : packet::decode;
        const auto packet = decode(frame.bytes, frame.size);
        if (!wants_fields_) {
            wire::print(lanes_.show(packet, frame.time, frame.is_checked));
        } else if (wire::is_segment(packet)) {
            const auto [report, conversation] = conversations_.pass(
                packet, wire::segment_of(packet, frame.time, frame.is_checked));  // [1] [2]
            app::say(wire::fields(frames_, report, conversation));
        }
    }

    void show_sums(std::chrono::nanoseconds now) { wire::print(lanes_.sums(now)); }  // [3]

private:
    bool wants_fields_;
    std::size_t frames_ = 0;
    wire::Lanes lanes_;
    wire::Conversations conversations_;
};

void show_file(const Request& request) {
    wire::CaptureFile file{request.source};
    Screen screen{request.wants_fields};
    while (const auto frame = file.next()) {
        screen.show(*frame, file.is_raw());
    }
    screen.show_sums(std::chrono::nanoseconds::max());
}

void say_lost(const wire::LiveCapture& capture) {
    if (const auto lost = capture.lost(); lost != 0) {
        app::note("there was no room for ", lost, " frames: they are not shown");  // [3]
    }
}

wire::LiveCapture open_capture(const std::string& interface) try {
    return wire::LiveCapture{interface};
} catch (const std::system_error& error) {
    if (error.code() != std::errc::operation_not_permitted) {
        throw;
    }
    throw std::runtime_error{error.what() +
                             std::string{"\nto see frames you need raw-socket rights: "
                                         "be root, or be in ./course lab NAME or unshare -rn"}};
}

void show_live(const Request& request) {
    auto capture = open_capture(request.source);
    std::optional<wire::CaptureWriter> kept;
    if (request.keep) {
        kept.emplace(*request.keep);
    }
    const auto signals = net::open_signals({SIGINT, SIGTERM});
    app::note("ready");
    Screen screen{request.wants_fields};
    std::array<pollfd, 2> watched{
        {{capture.socket().get(), POLLIN, 0}, {signals.get(), POLLIN, 0}}};
    bool is_over = false;
    while (!is_over) {
        net::poll(watched, 1000);
        // What has passed before the signal is shown, too.
        is_over = (watched[1].revents & POLLIN) != 0 || capture.is_gone();
        while (const auto frame = capture.next()) {
            if (kept) {
                kept->write(*frame);
            }
            screen.show(*frame);
        }
        if (kept) {
            kept->flush();
        }
        say_lost(capture);
        screen.show_sums(std::chrono::system_clock::now().time_since_epoch());
    }
    screen.show_sums(std::chrono::nanoseconds::max());
    if (capture.is_gone()) {
        app::note("there is no ", app::printable(request.source), " any more");
    }
}

Request request_from(app::Args args) {
    Request request{.is_live = app::choice(args, 0, {"live", "file"}, 0) == 0};
    if (args.size() < 2) {
        throw app::UsageError{"live wants an interface, file a path"};
    }
    request.source = args[1];
    for (std::size_t i = 2; i < args.size(); ++i) {
        if (args[i] == "--fields") {
            request.wants_fields = true;
        } else if (args[i] == "--keep" && request.is_live && i + 1 < args.size()) {
            request.keep = args[++i];
        } else {
            throw app::UsageError{"'" + args[i] + "' is not wanted here"};
        }
    }
    return request;
}

void watch(app::Args args) {
    const auto request = request_from(args);
    if (request.is_live) {
        show_live(request);
    } else {
        show_file(request);
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"(live INTERFACE [--keep FILE] | file PCAP) [--fields]", 5},
                    watch);
}
