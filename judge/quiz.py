#!/usr/bin/env python3
"""quiz.py BUILD [OPTION...]: questions about segments that were captured just now.

It talks to itself over TCP in a network of its own (common/wire.bash), where segment_watch keeps what passes. Then it
blanks one field of a segment, or shuffles five in a row. The score is in practice/quiz.tsv, for ./course progress.
With - for BUILD it only says what is wrong with the words.
"""

import argparse
import collections
import csv
import datetime
import os
import pathlib
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap

import practice
import suite

scores = practice.folder / "quiz.tsv"
page = "ch04_tcp/wire.md"
shown = 8  # segments at once
# Where the page explains a field: how the point begins.
points = {"seq": "**`seq` is", "ack": "**`ack` is", "bytes": "**`ack` is", "order": "**The numbers tell the order**",
          "SYN": "**Three to begin**", "FIN": "**Four to end**", "RST": "**A reset**"}


def parse(words):
    parser = argparse.ArgumentParser(prog="./course quiz", allow_abbrev=False,
                                     description="Questions about segments that were captured just now.")
    parser.add_argument("--questions", metavar="N", type=number(1, 1000), default=10, help="how many (10)")
    parser.add_argument("--seed", metavar="N", type=number(0, 2**32), help="the same conversations again")
    parser.add_argument("--answers", action="store_true", help="print frame, kind and answer of each question, and ask nothing")
    parser.add_argument("--keep", metavar="FILE", type=pathlib.Path, help="keep the capture, for Wireshark")
    return parser.parse_args(words)


def number(low, high):
    def parsed(text):
        if not re.fullmatch(r"\d{1,10}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"not a number from {low} to {high}: {text}")
        return int(text)
    return parsed


# ---- the conversations


def talk(seed, count):
    """COUNT conversations, one after another. Each send is received before the next one."""
    dice = random.Random(seed)
    for _ in range(count):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = listener.getsockname()
            client = socket.create_connection(address)
            server = listener.accept()[0]
        with client, server:
            ends = [client, server]
            for _ in range(dice.randint(1, 3)):
                dice.shuffle(ends)
                say(*ends, dice.randint(1, 900))
            dice.choice([close, half_close, reset])(*ends)
        if dice.random() < 0.2:
            socket.socket().connect_ex(address)  # nobody listens there any more


def say(sender, receiver, size):
    sender.sendall(b"x" * size)
    while size:
        size -= len(receiver.recv(size))


def close(first, second):
    first.close()
    second.recv(1)
    second.close()


def half_close(first, second):
    first.shutdown(socket.SHUT_WR)
    second.recv(1)
    say(second, first, 20)
    second.close()
    first.recv(1)


def reset(first, second):
    first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    first.close()
    try:
        second.recv(1)
    except ConnectionResetError:
        pass


def captured(seed, count, watch, keep):
    """The segments of each conversation, in the order on the wire."""
    wire = [suite.root / "common/wire.bash", watch, "--keep", keep, "--"]
    done = subprocess.run([*wire, sys.executable, __file__, "talk", str(seed), str(count)], capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stderr)
        sys.exit(done.returncode)
    fields = subprocess.run([watch, "file", keep, "--fields"], capture_output=True, text=True, check=True).stdout
    conversations = collections.defaultdict(list)
    for row in csv.DictReader(fields.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        ends = (row["source"], row["source_port"]), (row["destination"], row["destination_port"])
        conversations[frozenset(ends)].append(Segment(row, ends[0]))
    for segments in conversations.values():
        for one in segments:
            one.is_client = one.source == segments[0].source
    return list(conversations.values())


class Segment:
    def __init__(self, row, source):
        self.source, self.frame, self.flags = source, row["frame"], row["flags"]
        self.seq, self.ack, self.bytes = row["seq"], row["ack"], row["length"]

    def line(self, hidden=""):
        """Its line, with a ? for the hidden field."""
        value = {name: "?" if name == hidden else getattr(self, name) for name in ("flags", "seq", "ack", "bytes")}
        ack = f"ack {value['ack']}" if "ACK" in self.flags else ""
        data = f"{value['bytes']} bytes" if value["bytes"] != "0" else ""
        return f"{'-->' if self.is_client else '<--'} {value['flags']:8} seq {value['seq']:5} {ack:10} {data}".rstrip()


# ---- the questions


class Question:
    """Some segments of a conversation in a row: a field of one is hidden, or their order."""

    def __init__(self, dice, conversation):
        at = dice.randrange(len(conversation))
        begin = max(0, at - dice.randint(2, 4))
        self.segments = conversation[begin:begin + shown]
        self.asked = conversation[at]
        self.is_end = self.segments[-1] is conversation[-1]
        self.kind = dice.choice(self.kinds())
        if self.kind == "order":
            self.segments = self.segments[:5]
            self.mixed = dice.sample(self.segments, 5)

    def kinds(self):
        """What can be asked of the segment, because the others tell it."""
        one = self.asked
        after = self.segments[self.segments.index(one) + 1:]
        found = ["seq", "ack"] if "ACK" in one.flags else []
        found += ["flags"] if re.search("SYN|FIN|RST", one.flags) and (after or self.is_end) else []
        found += ["bytes"] if one.bytes != "0" and any(int(other.ack) > int(one.seq) for other in after
                                                       if other.is_client != one.is_client) else []
        return found + ["order"] * (len(self.segments) >= 5)

    @property
    def answer(self):
        if self.kind == "order":
            return " ".join(str(self.mixed.index(one) + 1) for one in self.segments)
        return getattr(self.asked, self.kind)

    def text(self):
        if self.kind == "order":
            lines = [f"  {place}  {one.line()}" for place, one in enumerate(self.mixed, 1)]
            return "\n".join([*lines, "In which order were these segments sent?"])
        lines = [f"  {one.line(self.kind if one is self.asked else '')}" for one in self.segments]
        what = {"flags": "Which flags", "bytes": "How many bytes"}.get(self.kind, f"Which {self.kind}")
        return "\n".join([*lines, "  (the end)" if self.is_end else "  ...", f"{what} has the segment with the question mark?"])

    def is_right(self, said):
        """None if it is no answer at all."""
        words = re.findall(r"[a-z]+", said.lower())
        numbers = re.findall(r"\d+", said)
        if self.kind == "flags":
            flags = {word.upper() for word in words}
            return flags == set(self.answer.split()) if flags and flags <= {"SYN", "ACK", "FIN", "RST", "PSH", "URG"} else None
        if self.kind == "order":
            order = "".join(numbers)
            if sorted(order) != list("12345"):
                return None
            return is_possible([self.mixed[int(place) - 1] for place in order], self.segments)
        return numbers == [self.answer] if len(numbers) == 1 else None

    def why(self):
        """The point of the page."""
        kind = self.kind if self.kind != "flags" else re.search("SYN|FIN|RST", self.answer)[0]
        text = (suite.root / page).read_text()
        point = re.search(rf"^- ({re.escape(points[kind])}.*?)(?=\n- |\n\n)", text, re.MULTILINE | re.DOTALL)[1]
        return " ".join(re.sub(r"[*`]", "", point).split())


def draw(dice, conversations, count):
    """So many questions; as many of each kind, and none twice, if what was captured is enough for that."""
    found = {}
    for _ in range(20 * count):
        kind = ("flags", "seq", "ack", "bytes", "order")[len(found) % 5]
        question = Question(dice, dice.choice(conversations))
        if question.kind == kind:
            found.setdefault((question.asked.frame, kind), question)
        if len(found) == count:
            break
    return dice.sample(list(found.values()), len(found))


def is_possible(order, sent):
    """Whether the segments can have passed in this order: each end's own stay in theirs, and nothing is acknowledged
    that was not yet sent."""
    for side in (True, False):
        if [one for one in order if one.is_client == side] != [one for one in sent if one.is_client == side]:
            return False
    for at, one in enumerate(order):
        before, of = order[:at], sent.index(one)
        needed = [other for other in sent[:of] if other.is_client != one.is_client and int(other.seq) < int(one.ack or 0)]
        if any(other not in before for other in needed):
            return False
    return True


# ---- the asking

examples = {"flags": "flags, such as SYN ACK", "order": "the five numbers in their order, such as 2 1 3 4 5",
            "seq": "a number", "ack": "a number", "bytes": "a number"}


def ask(questions):
    """Asks, until Ctrl-D or Ctrl-C; what was answered is kept."""
    right = []
    status = 0
    try:
        for question in questions:
            print(f"\n{len(right) + 1} of {len(questions)}\n{question.text()}")
            while (is_right := question.is_right(input("> "))) is None:
                print(f"Type {examples[question.kind]}.")
            right.append(is_right)
            print("Right." if is_right else textwrap.fill(f"It is {question.answer}. {question.why()} ({page})", 100))
    except EOFError:
        print()
    except KeyboardInterrupt:
        print()
        status = 130
    if right:
        print(f"\n{sum(right)} of {len(right)} right.")
        scores.parent.mkdir(parents=True, exist_ok=True)
        with scores.open("a") as file:
            file.write(f"{datetime.date.today().isoformat()}\t{len(right)}\t{sum(right)}\n")
    return status


def main(build, words):
    options = parse(words)
    if build == pathlib.Path("-"):
        return 0
    seed = random.randrange(10**6) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory() as place:
        keep = options.keep.absolute() if options.keep else pathlib.Path(place) / "quiz.pcap"
        conversations = captured(seed, 5 + options.questions // 2, build / "ch04_tcp/segment_watch", keep)
    dice = random.Random(seed)
    questions = draw(dice, conversations, options.questions)
    if options.answers:
        for question in questions:
            print(question.asked.frame, question.kind, question.answer, sep="\t")
        return 0
    print(f"--> is from the client, <-- from the server. Ctrl-D ends. This is quiz {seed}.")
    return ask(questions)


if __name__ == "__main__":
    if sys.argv[1] == "talk":
        sys.exit(talk(int(sys.argv[2]), int(sys.argv[3])))
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
