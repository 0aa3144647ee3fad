#include "ch04_tcp/segment_lines.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "ch04_tcp/packet_words.hpp"
#include "common/bytes.hpp"
#include "common/printable.hpp"
#include "common/program.hpp"

namespace wire {

namespace {

constexpr std::size_t wire_lane = 23;          // the column of the flags, and of the lines below
constexpr std::size_t most_lines_of_one = 32;  // in a second
constexpr std::size_t most_lines = 256;
constexpr std::size_t most_questions = 4096;  // that are remembered

// The text and spaces up to that column; at least one after a text.
void fill(std::string& line, std::size_t column) {
    line.resize(std::max(line.size() + (line.empty() ? 0 : 1), column), ' ');
}

// The text, so that it ends before that column.
void append_right(std::string& line, std::size_t column, const std::string& text) {
    fill(line, column - std::min(column, text.size()));
    line += text;
}

void append_left(std::string& line, std::size_t column, const std::string& text) {
    fill(line, column);
    line += text;
}

// What stands in a line; each is a text, because any of them may be missing.
struct Cells {
    std::string port{};
    std::string left{};
    std::string arrow{};
    std::string flags{};
    std::string seq{};
    std::string ack{};
    std::string bytes{};
    std::string window{};
    std::string right{};
};

std::string row(const Cells& cells) {
    std::string line;
    append_right(line, 5, cells.port);
    append_left(line, 6, cells.left);
    append_left(line, 19, cells.arrow);
    append_left(line, wire_lane, cells.flags);
    append_right(line, 39, cells.seq);
    append_right(line, 47, cells.ack);
    append_right(line, 54, cells.bytes);
    append_right(line, 62, cells.window);
    append_left(line, 63, cells.right);
    fill(line, 76);
    return line;
}

std::string without_spaces_at_end(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

// "a, b, c" in lines that are not too long.
void add_below(std::vector<Line>& lines, std::string_view text, std::size_t indent = wire_lane) {
    const auto room = most_columns - indent;
    while (!text.empty()) {
        auto size = text.size();
        if (size > room) {
            const auto comma = text.rfind(", ", room - 1);
            size = comma != std::string_view::npos && comma != 0 ? comma + 1 : room;
        }
        lines.push_back(
            {std::string(indent, ' ') + std::string{text.substr(0, size)}, Tone::plain});
        text.remove_prefix(size);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
}

// The line with the words that fit behind it; the others go below.
void add(std::vector<Line>& lines, std::string line, const std::vector<std::string>& words,
         Tone tone) {
    auto word = words.begin();
    for (std::string_view comma; word != words.end(); ++word, comma = ", ") {
        if (line.size() + comma.size() + word->size() > most_columns) {
            break;
        }
        (line += comma) += *word;
    }
    lines.push_back({without_spaces_at_end(std::move(line)), tone});
    std::string rest;
    for (; word != words.end(); ++word) {
        rest += (rest.empty() ? "" : ", ") + *word;
    }
    add_below(lines, rest);
}

// The first bytes of the data, so that they fit into a line; "" if none of them is text.
std::string preview(packet::Bytes data) {
    constexpr std::size_t room = most_columns - wire_lane - 3;
    std::string text;
    for (const char character : net::text(data.first(std::min(data.size(), room)))) {
        const std::string_view controls{"\n\r\t"};
        const auto found = controls.find(character);
        if (found == std::string_view::npos) {
            text += character;
        } else {
            (text += '\\') += std::string_view{"nrt"}[found];
        }
    }
    const bool is_cut = text.size() > room || data.size() > room;
    if (is_cut) {
        text.resize(std::min(text.size(), room));
        while (!text.empty() && (text.back() & 0xc0) == 0x80) {  // within a letter of UTF-8
            text.pop_back();
        }
        if (!text.empty() && (text.back() & 0x80) != 0) {
            text.pop_back();
        }
    }
    text = app::printable(text);
    const bool is_text = text.find_first_not_of('?') != std::string::npos;
    return is_text ? text + (is_cut ? "..." : "") : "";
}

// "1,204"
std::string with_commas(std::size_t number) {
    auto text = std::to_string(number);
    for (auto i = text.size(); i > 3; i -= 3) {
        text.insert(i - 3, 1, ',');
    }
    return text;
}

// What was left out, as a line, and counting begins again.
void add_sum(std::vector<Line>& lines, Flood& flood, const std::string& port,
             const std::string& what) {
    if (flood.left_out != 0) {
        std::string line;
        append_right(line, 5, port);
        lines.push_back({line + " ... " + with_commas(flood.left_out) + " more " + what + ", " +
                             with_commas(flood.bytes_left_out) + " bytes",
                         Tone::plain});
        flood.left_out = flood.bytes_left_out = 0;
    }
}

std::string port_of(const Conversation& conversation) {
    return std::to_string(conversation.ends[0].port);
}

bool says_trouble(const Report& report) {
    const auto& found = report.findings;
    return report.segment.has(packet::RST) || report.segment.checksum == Checksum::wrong ||
           found.has(Finding::retransmission) || found.has(Finding::lost_segment) ||
           found.has(Finding::out_of_order) || found.has(Finding::zero_window);
}

std::string sack_ranges(const Report& report, const Conversation& conversation, char between) {
    std::string text;
    for (const auto& [from, end] : report.segment.options.sack) {
        const auto relative = [&](std::uint32_t number) {
            return std::to_string(conversation.analysis.relative(number, 1 - report.from));
        };
        text += (text.empty() ? "" : " ") + relative(from) + between + relative(end);
    }
    return text;
}

// For each direction: a packet that arrives, and one that is lost.
constexpr std::array<std::array<const char*, 2>, 2> arrows{{{"-->", "--x"}, {"<--", "x--"}}};

const char* arrow(bool is_answer, const Fate& fate) {
    return arrows.at(is_answer ? 1 : 0).at(fate.is_lost ? 1 : 0);
}

// What is done to it comes first.
std::vector<std::string> words_of(std::vector<std::string> words, const Fate& fate) {
    if (!fate.action.empty()) {
        words.insert(words.begin(), fate.action);
    }
    return words;
}

void add_segment(std::vector<Line>& lines, const Report& report, const Conversation& conversation,
                 packet::Bytes data, const Fate& fate) {
    const auto& segment = report.segment;
    if (report.is_first) {
        add_below(lines,
                  port_of(conversation) + " client " + to_text(conversation.ends[0]) + ", server " +
                      to_text(conversation.ends[1]) +
                      (conversation.begin_was_seen ? "" : ", the beginning was not seen"),
                  5 - std::min<std::size_t>(5, port_of(conversation).size()));
    }
    const auto line = row({.port = fate.seconds.empty() ? port_of(conversation) : fate.seconds,
                           .left = std::string{name_of(report.states[0])},
                           .arrow = arrow(report.from != 0, fate),
                           .flags = flag_names(segment.flags),
                           .seq = std::to_string(report.seq),
                           .ack = segment.has(packet::ACK) ? std::to_string(report.ack) : "",
                           .bytes = segment.length != 0 ? std::to_string(segment.length) : "",
                           .window = std::to_string(report.window),
                           .right = std::string{name_of(report.states[1])}});
    const auto side = report.from == 0 ? Tone::client : Tone::server;
    const bool is_trouble = fate.is_lost || says_trouble(report);
    add(lines, line, words_of(report.words, fate), is_trouble ? Tone::trouble : side);
    if (segment.has(packet::SYN)) {
        add_below(lines, offers(segment.options));
    } else if (!segment.options.sack.empty()) {
        add_below(lines, "SACK: has " + sack_ranges(report, conversation, '-'));
    }
    add_below(lines, preview(data));
}

// A packet without a segment.
void add_packet(std::vector<Line>& lines, const PacketWords& words, packet::Bytes data,
                const Fate& fate) {
    const bool has_room = words.ends[0].size() <= 12 && words.ends[1].size() <= 12;
    const auto line = row({.port = fate.seconds.empty() ? words.port : fate.seconds,
                           .left = has_room ? words.ends[0] : "",
                           .arrow = arrow(words.is_answer, fate),
                           .flags = words.protocol,
                           .bytes = words.has_bytes ? std::to_string(words.bytes) : "",
                           .right = has_room ? words.ends[1] : ""});
    add(lines, line, words_of({words.word}, fate), words.is_answer ? Tone::server : Tone::client);
    if (!has_room) {
        add_below(lines, words.ends[0] + (words.is_answer ? " <-- " : " --> ") + words.ends[1]);
    }
    add_below(lines, words.about);
    if (words.has_text) {
        add_below(lines, preview(data));
    }
}

// The second of the flood begins, if it is over.
void turn_page(Flood& flood, std::chrono::nanoseconds time) {
    const auto second = std::chrono::duration_cast<std::chrono::seconds>(time);
    if (second != flood.second) {
        flood.second = second;
        flood.lines = 0;
    }
}

}  // namespace

std::string heading(const char* first) {
    return row({first, "client", "", "wire", "seq", "ack", "bytes", "window", "server"}) +
           "what it is";
}

void print(const std::vector<Line>& lines) {
    static const bool is_terminal = isatty(STDOUT_FILENO) == 1;
    constexpr std::array colours{"\33[2m", "\33[36m", "\33[33m", "\33[1;31m"};  // by Tone
    for (const auto& line : lines) {
        if (is_terminal) {
            app::say(colours.at(static_cast<std::size_t>(line.tone)), line.text, "\33[m");
        } else {
            app::say(line.text);
        }
    }
}

std::string field_names() {
    return "frame\tsource\tsource_port\tdestination\tdestination_port\tflags\tseq\tack\tlength\t"
           "window\tmss\tscale\tsack_permitted\ttimestamps\tsack\tanalysis\tclient\tserver\twords";
}

std::string fields(std::size_t frame, const Report& report, const Conversation& conversation) {
    const auto& segment = report.segment;
    const auto& options = segment.options;
    const auto& source = conversation.ends.at(report.from);
    const auto& destination = conversation.ends.at(1 - report.from);
    const auto number = [](const auto& value) {
        return value ? std::to_string(*value) : std::string{};
    };
    std::string text = std::to_string(frame);
    const auto add = [&text](const std::string& field) { (text += '\t') += field; };
    add(source.address);
    add(std::to_string(source.port));
    add(destination.address);
    add(std::to_string(destination.port));
    add(flag_names(segment.flags));
    add(std::to_string(report.seq));
    add(std::to_string(report.ack));
    add(std::to_string(segment.length));
    add(std::to_string(report.window));
    add(number(options.mss));
    add(number(options.window_scale));
    add(options.sack_permitted ? "1" : "");
    add(options.timestamps ? std::to_string(options.timestamps->first) + ' ' +
                                 std::to_string(options.timestamps->second)
                           : "");
    add(sack_ranges(report, conversation, '-'));
    add(report.findings.names());
    add(std::string{name_of(report.states[0])});
    add(std::string{name_of(report.states[1])});
    std::string words;
    for (const auto& word : report.words) {
        words += (words.empty() ? "" : ", ") + word;
    }
    add(words);
    return text;
}

std::vector<Line> Lanes::show(const packet::Packet& packet, std::chrono::nanoseconds time,
                              bool is_checked) {
    std::vector<Line> lines;
    if (!is_segment(packet) || !addresses(packet)) {
        const auto words = words_for(packet, is_udp_answer(packet));
        auto& flood = others_[words.protocol];
        if (admits(flood, time, words.bytes)) {
            add_sum(lines, all_, "", "packets");
            add_sum(lines, flood, "", words.protocol + " packets");
            add_packet(lines, words, packet.data, {});
        }
        return lines;
    }
    auto [report, conversation] = conversations_.pass(packet, segment_of(packet, time, is_checked));
    const bool must = report.states_changed || report.is_first;
    if (admits(conversation.flood, time, report.segment.length, must)) {
        add_sum(lines, all_, "", "packets");
        add_sum(lines, conversation.flood, port_of(conversation), "segments");
        add_segment(lines, report, conversation, packet.data, {});
    }
    return lines;
}

std::vector<Line> Lanes::show(const packet::Packet& packet, std::chrono::nanoseconds time,
                              const Fate& fate) {
    std::vector<Line> lines;
    if (!is_segment(packet) || !addresses(packet)) {
        add_packet(lines, words_for(packet, is_udp_answer(packet)), packet.data, fate);
        return lines;
    }
    const auto [report, conversation] =
        conversations_.pass(packet, segment_of(packet, time), fate.is_lost);
    add_segment(lines, report, conversation, packet.data, fate);
    return lines;
}

bool Lanes::is_udp_answer(const packet::Packet& packet) {
    const auto hosts = addresses(packet);
    if (!packet.udp || !hosts) {
        return false;
    }
    const Endpoint source{hosts->at(0), packet.udp->source_port};
    const Endpoint destination{hosts->at(1), packet.udp->destination_port};
    constexpr std::uint16_t own_ports = 1024;  // those of programs without privileges
    if (udp_questions_.contains({destination, source}) ||
        (source.port < own_ports && destination.port >= own_ports)) {
        return true;
    }
    if (udp_questions_.size() == most_questions) {
        udp_questions_.clear();
    }
    udp_questions_.insert({source, destination});
    return false;
}

bool Lanes::admits(Flood& flood, std::chrono::nanoseconds time, std::size_t bytes, bool must) {
    turn_page(flood, time);
    turn_page(all_, time);
    const bool is_too_much = all_.lines >= most_lines;
    if (is_too_much || (flood.lines >= most_lines_of_one && !must)) {
        auto& count = is_too_much ? all_ : flood;
        ++count.left_out;
        count.bytes_left_out += bytes;
        return false;
    }
    ++flood.lines;
    ++all_.lines;
    return true;
}

std::vector<Line> Lanes::sums(std::chrono::nanoseconds now) {
    std::vector<Line> lines;
    const auto second = std::chrono::duration_cast<std::chrono::seconds>(now);
    for (auto& conversation : conversations_.all()) {
        if (conversation.flood.second < second) {
            add_sum(lines, conversation.flood, port_of(conversation), "segments");
        }
    }
    for (auto& [protocol, flood] : others_) {
        if (flood.second < second) {
            add_sum(lines, flood, "", protocol + " packets");
        }
    }
    if (all_.second < second) {
        add_sum(lines, all_, "", "packets");
    }
    return lines;
}

}  // namespace wire
