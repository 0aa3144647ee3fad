#!/usr/bin/env python3
"""tshark_segments.py FILE - the segments of a capture as tshark sees them, in the fields that
`segment_watch file FILE --fields` prints between destination_port and client.

Releases of tshark disagree about an ACK that brings SACK ranges and another window: 4.0 calls it a window update,
and the guide of later ones a repeated ACK, as we do. No capture of the tests has one. And 4.0 says once more that bytes were not
seen when they had been acknowledged before; later ones and we do not.
"""
import collections
import os
import subprocess
import sys

FLAGS = ((2, "SYN"), (1, "FIN"), (4, "RST"), (8, "PSH"), (32, "URG"), (16, "ACK"), (64, "ECE"), (128, "CWR"))
ANALYSIS = ("retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "lost_segment",
            "ack_lost_segment", "duplicate_ack", "zero_window", "window_full", "zero_window_probe",
            "zero_window_probe_ack", "window_update", "keep_alive", "keep_alive_ack", "reused_ports")
VALUES = ("frame.number", "tcp.flags", "tcp.seq", "tcp.ack", "tcp.len", "tcp.window_size", "tcp.options.mss_val",
          "tcp.options.wscale.shift", "tcp.options.sack_perm", "tcp.options.timestamp.tsval",
          "tcp.options.timestamp.tsecr", "tcp.options.sack_le", "tcp.options.sack_re", "tcp.stream", "tcp.srcport",
          "tcp.dstport")


class Seen:
    """What each end has sent and acknowledged."""

    def __init__(self):
        self.sent = collections.defaultdict(set)
        self.acked = collections.defaultdict(int)

    def add(self, sender, receiver, flags, seq, ack, length):
        """Whether all the bytes that this segment is the first to acknowledge were seen."""
        missing = set(range(self.acked[sender], ack)) - self.sent[receiver]
        self.sent[sender] |= set(range(seq, seq + length + bool(flags & 3)))
        self.acked[sender] = max(ack, self.acked[sender])
        return not missing


def main(path):
    seen = Seen()
    names = VALUES + tuple("tcp.analysis." + name for name in ANALYSIS)
    # The preferences in the home of the user do not count.
    command = ["tshark", "-r", path, "-n", "-T", "fields", "-Y", "tcp and not icmp", "-o", "ip.defragment:FALSE",
               *(word for name in names for word in ("-e", name))]
    lines = subprocess.run(command, env=os.environ | {"WIRESHARK_CONFIG_DIR": "/nonexistent", "LC_ALL": "C"},
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True).stdout
    for line in lines.splitlines():
        field = dict(zip(names, line.split("\t")))
        flags = int(field["tcp.flags"], 16)
        sack = zip(field["tcp.options.sack_le"].split(","), field["tcp.options.sack_re"].split(","))
        ends = [(field["tcp.stream"], field[port]) for port in ("tcp.srcport", "tcp.dstport")]
        if seen.add(*ends, flags, int(field["tcp.seq"]), int(field["tcp.ack"] or 0), int(field["tcp.len"])):
            field["tcp.analysis.ack_lost_segment"] = ""
        print(field["frame.number"],
              " ".join(name for bit, name in FLAGS if flags & bit),
              field["tcp.seq"], field["tcp.ack"] or "0", field["tcp.len"], field["tcp.window_size"],
              field["tcp.options.mss_val"], field["tcp.options.wscale.shift"],
              "1" if field["tcp.options.sack_perm"] else "",
              (field["tcp.options.timestamp.tsval"] + " " + field["tcp.options.timestamp.tsecr"]).strip(),
              " ".join(f"{left}-{right}" for left, right in sack if left),
              ",".join(name for name in ANALYSIS if field["tcp.analysis." + name]), sep="\t")


if __name__ == "__main__":
    main(sys.argv[1])
