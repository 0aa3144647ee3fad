#!/usr/bin/env python3
"""make_capture.py NAME FILE - writes a pcap file of a connection in which something happens.

make_capture.py --list names all of them. Each function below is one; its docstring says what happens.
Segments are written as they would pass a wire between the two hosts. What both ends know of each other
(sequence numbers, ACKs) is filled in, unless a segment says otherwise.
"""
import struct
import sys

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128
CLIENT, SERVER = "10.0.4.1", "10.0.4.2"
OFFERS = b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07"  # mss, SACK, time stamps, scale 7
MSS_ONLY = b"\x02\x04\x05\xb4"


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def address(text):
    return bytes(int(part) for part in text.split("."))


def ip(source, destination, protocol, payload, fragment=0, identification=1, length=None):
    size = 20 + len(payload) if length is None else length
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size, identification, fragment, 64, protocol, 0,
                         address(source), address(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def udp(source, destination, sport, dport, data):
    header = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
    pseudo = address(source) + address(destination) + struct.pack("!BBH", 0, 17, 8 + len(data))
    return header[:6] + struct.pack("!H", checksum(pseudo + header + data)) + data


class Capture:
    """Frames with their times."""

    def __init__(self, tag=b"", raw=False):
        self.frames, self.now, self.tag, self.raw = [], 1_700_000_000_000_000, tag, raw

    def frame(self, packet, after=10_000, cut=None, type_=0x0800):
        """After so many microseconds; the capture keeps the first bytes only, if cut says so."""
        self.now += after
        bytes_ = packet
        if not self.raw:
            bytes_ = bytes.fromhex("020000000002020000000001") + self.tag + struct.pack("!H", type_) + packet
            bytes_ += bytes(max(0, 60 - len(bytes_)))
        self.frames.append((self.now, bytes_ if cut is None else bytes_[:cut], len(bytes_)))

    def write(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("!IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101 if self.raw else 1))
            for time, bytes_, size in self.frames:
                file.write(struct.pack("!IIII", time // 1_000_000, time % 1_000_000, len(bytes_), size) + bytes_)


class End:
    def __init__(self, host, port, number, window, offers):
        self.host, self.port, self.next, self.window, self.offers = host, port, number, window, offers


class Talk:
    """A connection: client() and server() send a segment each."""

    def __init__(self, capture=None, cport=40022, sport=9190, cnum=1000, snum=5000, offers=OFFERS, cwin=502, swin=509):
        self.capture = capture or Capture()
        self.ends = (End(CLIENT, cport, cnum, cwin, offers), End(SERVER, sport, snum, swin, offers))

    def client(self, flags=ACK, data=b"", **more):
        self.send(0, flags, data, **more)

    def server(self, flags=ACK, data=b"", **more):
        self.send(1, flags, data, **more)

    def send(self, side, flags, data, seq=None, ack=None, win=None, options=b"", urgent=0, wrong=False, seen=True,
             length=None, **frame):
        own, peer = self.ends[side], self.ends[1 - side]
        number = own.next if seq is None else seq
        wanted = peer.next if ack is None else ack
        if flags & SYN:
            options = options or own.offers
        window = win if win is not None else 64240 if flags & SYN else own.window
        options += b"\x01" * (-len(options) % 4)
        header = struct.pack("!HHIIBBHHH", own.port, peer.port, number % 2**32, wanted % 2**32 if flags & ACK else 0,
                             (20 + len(options)) // 4 << 4, flags, window, 0, urgent) + options
        pseudo = address(own.host) + address(peer.host) + struct.pack("!I", (6 << 16) + len(header) + len(data))
        sum_ = checksum(pseudo + header + data) ^ (0x0101 if wrong else 0)
        segment = header[:16] + struct.pack("!H", sum_) + header[18:] + data
        end = number + len(data) + bool(flags & SYN) + bool(flags & FIN)
        if not flags & RST:
            own.next = max(own.next, end)
        if seen:
            self.capture.frame(ip(own.host, peer.host, 6, segment, length=length), **frame)

    def open(self):
        self.client(SYN)
        self.server(SYN | ACK)
        self.client()
        return self

    def close(self):
        self.client(FIN | ACK)
        self.server()
        self.server(FIN | ACK)
        self.client()
        return self

    def echo(self, data=b"hello\n"):
        self.client(PSH | ACK, data)
        self.server()
        self.server(PSH | ACK, data)
        self.client()
        return self


def sack(*ranges):
    return b"\x01\x01\x05" + bytes([2 + 8 * len(ranges)]) + b"".join(struct.pack("!II", *range_) for range_ in ranges)


def whole():
    """handshake, data, close"""
    return Talk().open().echo().close()


def lost_syn():
    """the first two SYNs are lost behind the place of the capture"""
    talk = Talk()
    talk.client(SYN)
    talk.client(SYN, seq=1000, after=1_000_000)
    talk.client(SYN, seq=1000, after=2_000_000)
    talk.server(SYN | ACK)
    talk.client()
    return talk.echo().close()


def lost_syn_ack():
    """the SYN ACK is lost: both SYNs come again"""
    talk = Talk()
    talk.client(SYN)
    talk.server(SYN | ACK)
    talk.client(SYN, seq=1000, after=1_000_000)
    talk.server(SYN | ACK, seq=5000)
    talk.client()
    return talk.echo().close()


def lost_third():
    """the third segment is lost: the SYN ACK comes again"""
    talk = Talk().open()
    talk.server(SYN | ACK, seq=5000, after=1_000_000)
    talk.client()
    return talk.close()


def lost_data():
    """data that is lost behind the place of the capture is sent again"""
    talk = Talk().open()
    talk.client(PSH | ACK, b"hello\n")
    talk.client(PSH | ACK, b"hello\n", seq=1001, after=200_000)
    talk.client(PSH | ACK, b"hello\n", seq=1001, after=400_000)
    talk.server()
    return talk.close()


def unseen_data():
    """data that is lost before the place of the capture leaves a gap, which is filled late"""
    talk = Talk().open()
    talk.client(PSH | ACK, b"a" * 1000)
    talk.server()
    talk.client(PSH | ACK, b"b" * 1000, seen=False)
    talk.client(PSH | ACK, b"c" * 1000)
    talk.server(ack=2001, options=sack((3001, 4001)))
    talk.client(PSH | ACK, b"b" * 1000, seq=2001, after=250_000)
    talk.server()
    return talk.close()


def lost_ack():
    """an ACK is lost behind the place of the capture: the data comes again, though the receiver has it"""
    talk = Talk().open()
    talk.client(PSH | ACK, b"hello\n")
    talk.server()
    talk.client(PSH | ACK, b"hello\n", seq=1001, after=200_000)
    talk.server(options=sack((1001, 1007)))
    return talk.close()


def lost_fin():
    """a FIN is sent again, and so is the last one"""
    talk = Talk().open()
    talk.client(FIN | ACK)
    talk.client(FIN | ACK, seq=1001, after=200_000)
    talk.server()
    talk.server(FIN | ACK)
    talk.server(FIN | ACK, seq=5001, after=200_000)
    talk.client()
    talk.client(after=5)
    return talk


def simultaneous_open():
    """both ends call connect; RFC 9293 Figure 7"""
    talk = Talk(sport=40023)
    talk.client(SYN)
    talk.server(SYN, after=5)
    talk.client(SYN | ACK, seq=1000)
    talk.server(SYN | ACK, seq=5000, after=5)
    return talk.echo().close()


def simultaneous_close():
    """both ends close before the FIN of the other has come; RFC 9293 Figure 13"""
    talk = Talk().open().echo()
    fin = talk.ends[0].next
    talk.client(FIN | ACK)
    talk.server(FIN | ACK, ack=fin, after=5)
    talk.client()
    talk.server(after=5)
    return talk


def three_segments_close():
    """the server's ACK and FIN are one segment"""
    talk = Talk().open().echo()
    talk.client(FIN | ACK)
    talk.server(FIN | ACK)
    talk.client()
    return talk


def half_close():
    """the client has no more to send, the server has"""
    talk = Talk().open()
    talk.client(FIN | ACK, b"the last words\n")
    talk.server()
    for _ in range(3):
        talk.server(PSH | ACK, b"still here\n")
        talk.client()
    talk.server(FIN | ACK)
    talk.client()
    return talk


def early_fin():
    """the FIN overtakes the data before it"""
    talk = Talk().open().echo()
    talk.client(ACK, b"a" * 100, seen=False)
    talk.client(FIN | ACK, b"b" * 100)
    talk.server(ack=1007, options=sack((1107, 1208)))
    talk.client(ACK, b"a" * 100, seq=1007, after=200_000)
    talk.server()
    talk.server(FIN | ACK)
    talk.client()
    return talk


def refused():
    """a SYN to a closed port"""
    talk = Talk()
    talk.client(SYN)
    talk.server(RST | ACK, seq=0, win=0)
    return talk


def reset_of_syn_ack():
    """the client knows nothing of the SYN"""
    talk = Talk()
    talk.client(SYN)
    talk.server(SYN | ACK)
    talk.client(RST, win=0)
    return talk


def reset_after_data():
    """closed with unread data"""
    talk = Talk().open()
    talk.client(PSH | ACK, b"hello\n")
    talk.server()
    talk.server(RST | ACK)
    return talk


def reset_after_fin():
    """data for an end that is closed"""
    talk = Talk().open()
    talk.client(FIN | ACK)
    talk.server()
    talk.server(PSH | ACK, b"hello\n")
    talk.client(RST, win=0)
    return talk


def reset_in_last_ack():
    """a reset in place of the last ACK, and an answer to a segment that comes later"""
    talk = Talk().open()
    talk.client(FIN | ACK)
    talk.server()
    talk.server(FIN | ACK)
    talk.client(RST, win=0)
    talk.server(FIN | ACK, seq=5001, after=200_000)
    talk.client(RST, win=0, after=5)
    return talk


def reset_out_of_place():
    """a reset with a wrong number does not count"""
    talk = Talk().open()
    talk.client(RST, seq=1500, win=0)
    talk.server()
    return talk.echo().close()


def urgent():
    """a byte of urgent data"""
    talk = Talk().open()
    talk.client(PSH | ACK, b"ab")
    talk.client(PSH | ACK | URG, b"!", urgent=1)
    talk.server()
    return talk.close()


def window_closed():
    """the receiver's window closes, is probed, and opens again"""
    talk = Talk(offers=MSS_ONLY, swin=3000).open()
    for left in (2000, 1000, 0):
        talk.client(PSH | ACK, b"x" * 1000)
        talk.server(win=left)
    for _ in range(2):
        talk.client(seq=talk.ends[0].next - 1, after=200_000)
        talk.server(win=0, after=100)
    talk.server(win=3000, after=300_000)
    talk.client(PSH | ACK, b"x" * 1000)
    talk.server()
    return talk.close()


def window_probed():
    """a closed window is probed with a byte of data, as RFC 9293 3.8.6.1 says"""
    talk = Talk(offers=MSS_ONLY, swin=1000).open()
    talk.client(PSH | ACK, b"x" * 1000)
    talk.server(win=0)
    number = talk.ends[0].next
    for _ in range(2):
        talk.client(PSH | ACK, b"y", after=200_000)
        talk.ends[0].next = number
        talk.server(win=0, after=100)
    talk.server(win=1000, after=100_000)
    talk.client(PSH | ACK, b"y" * 500)
    talk.server(win=1000)
    return talk.close()


def window_full():
    """more than one segment is on its way, until no room is left; then a little comes back"""
    talk = Talk(offers=MSS_ONLY, swin=2920).open().echo()
    talk.client(ACK, b"x" * 1460, after=5)
    talk.client(PSH | ACK, b"x" * 1460, after=5)
    talk.server(win=0)
    talk.server(win=1460)
    talk.server(win=2920)
    return talk.close()


def keep_alive():
    """an idle connection is probed, with and without a byte"""
    talk = Talk().open().echo()
    number = talk.ends[0].next
    talk.client(seq=number - 1, after=60_000_000)
    talk.server(after=100)
    talk.client(ACK, b"\0", seq=number - 1, after=60_000_000)
    talk.server(after=100)
    talk.client(seq=number - 1, after=60_000_000)
    talk.client(seq=number - 1, after=10_000_000)
    talk.server(after=100)
    return talk.close()


def wrap():
    """the sequence numbers of both sides wrap to 0"""
    talk = Talk(cnum=2**32 - 3, snum=2**32 - 1500).open()
    talk.echo().echo(b"x" * 1448).echo()
    return talk.close()


def swapped():
    """two segments change places"""
    talk = Talk().open()
    talk.client(ACK, b"a" * 1000)
    talk.client(ACK, b"b" * 1000, seen=False)
    talk.client(PSH | ACK, b"c" * 1000)
    talk.client(ACK, b"b" * 1000, seq=2001, after=100)
    talk.server()
    return talk.close()


def doubled():
    """each segment comes twice"""
    talk = Talk().open()
    for data in (b"a" * 100, b"b" * 100):
        number = talk.ends[0].next
        talk.client(PSH | ACK, data)
        talk.client(PSH | ACK, data, seq=number, after=10)
        talk.server()
        talk.server(after=10)
    return talk.close()


def overlap():
    """what is sent again has new bytes behind it"""
    talk = Talk().open()
    talk.client(PSH | ACK, b"a" * 100)
    talk.client(PSH | ACK, b"a" * 150, seq=1001, after=300_000)
    talk.server()
    return talk.close()


def fast_retransmission():
    """three ACKs ask for the same byte, and it is sent at once"""
    talk = Talk(offers=MSS_ONLY).open()
    talk.client(ACK, b"a" * 1000)
    talk.server()
    lost = talk.ends[0].next
    talk.client(ACK, b"b" * 1000, seen=False)
    for _ in range(3):
        talk.client(ACK, b"c" * 1000, after=100)
    for _ in range(3):
        talk.server(ack=lost, after=100)
    talk.client(ACK, b"b" * 1000, seq=lost, after=200)
    talk.server()
    return talk.close()


def fast_retransmission_with_sack():
    """the same, with SACK; the lost segment was captured, before it was lost"""
    talk = Talk().open()
    talk.client(ACK, b"a" * 1000)
    talk.server()
    lost = talk.ends[0].next
    for _ in range(4):
        talk.client(ACK, b"b" * 1000, after=100)
    for count in (1, 2, 3):
        talk.server(ack=lost, options=sack((lost + 1000, lost + 1000 + 1000 * count)), after=100)
    talk.client(ACK, b"b" * 1000, seq=lost, after=200)
    talk.server()
    return talk.close()


def many_losses():
    """a window with two gaps, of which one is filled late"""
    talk = Talk().open()
    for letter in (b"a", b"b", b"c", b"d", b"e", b"f"):
        talk.client(ACK, letter * 1000, after=50, seen=letter not in (b"b", b"d"))
    talk.server(ack=2001, options=sack((3001, 4001)), after=100)
    talk.server(ack=2001, options=sack((5001, 6001), (3001, 4001)), after=100)
    talk.server(ack=2001, options=sack((5001, 7001), (3001, 4001)), after=100)
    talk.client(ACK, b"b" * 1000, seq=2001, after=100)
    talk.server(ack=4001, options=sack((5001, 7001)), after=100)
    talk.client(ACK, b"d" * 1000, seq=4001, after=300_000)
    talk.server()
    return talk.close()


def middle():
    """the capture begins in the middle"""
    talk = Talk(cnum=123456, snum=654321)
    return talk.echo().echo(b"more\n").close()


def middle_server():
    """the same, and the first segment is the server's"""
    talk = Talk(cnum=123456, snum=654321)
    talk.server(PSH | ACK, b"hello\n")
    talk.client()
    return talk.close()


def middle_syn_ack():
    """the capture begins with the SYN ACK"""
    talk = Talk(cnum=1001)
    talk.server(SYN | ACK)
    talk.client()
    return talk.echo().close()


def unseen_ack():
    """what was acknowledged has passed unseen"""
    talk = Talk().open()
    talk.client(PSH | ACK, b"hello\n", seen=False)
    talk.server()
    talk.client(PSH | ACK, b"more\n")  # all of this was seen
    talk.server()
    talk.server(PSH | ACK, b"hello\n")
    talk.client()
    return talk.close()


def wrong_checksum():
    """a damaged segment is dropped in silence, and sent again"""
    talk = Talk().open()
    talk.client(PSH | ACK, b"hello\n", wrong=True)
    talk.client(PSH | ACK, b"hello\n", seq=1001, after=200_000)
    talk.server()
    return talk.close()


def offloaded():
    """segments that are longer than the MTU; the length of one is left to the network card"""
    talk = Talk().open()
    talk.client(ACK, b"a" * 14480)
    talk.server()
    for size in (40000, 100_000):
        talk.client(PSH | ACK, b"b" * size, length=0)
        talk.server()
    return talk.close()


def vlan():
    """frames with a tag"""
    return Talk(Capture(tag=bytes.fromhex("81000005"))).open().echo().close()


def raw_ip():
    """packets without a header of the link"""
    return Talk(Capture(raw=True)).open().echo().close()


def cut():
    """the capture keeps 80 bytes of each frame"""
    talk = Talk().open()
    talk.client(PSH | ACK, b"a" * 1000, cut=80)
    talk.server(cut=80)
    talk.server(PSH | ACK, b"b" * 500, cut=80)
    talk.client(cut=80)
    stamps = struct.pack("!HHII", 0x0101, 0x080a, 1, 2)
    for size in (54, 56):  # within the options
        talk.client(PSH | ACK, b"c" * 500, options=stamps, cut=size)
        talk.server(options=stamps, cut=size)
    return talk.close()


def reused():
    """the same two ports make two connections"""
    talk = Talk().open().echo().close()
    again = Talk(talk.capture, cnum=700000, snum=900000)
    return again.open().echo().close()


def reused_unseen():
    """the beginning of the first connection was not seen"""
    talk = Talk().echo().close()
    again = Talk(talk.capture, cnum=700000, snum=900000)
    return again.open().echo().close()


def refused_and_back():
    """the server's host is refused no longer: it connects from the port that refused, to the port that was refused"""
    talk = refused()
    talk.ends[0].next, talk.ends[1].next = 700000, 300
    talk.server(SYN)
    talk.client(SYN | ACK)
    talk.server()
    talk.server(PSH | ACK, b"hello\n")
    talk.client()
    talk.server(FIN | ACK)
    talk.client(FIN | ACK)
    talk.server()
    return talk


def to_itself():
    """a socket connects to its own address; both ends of the connection are one"""
    talk = Talk(offers=MSS_ONLY)
    talk.ends = (talk.ends[0], talk.ends[0])
    talk.client(SYN)
    talk.client(SYN | ACK, seq=1000)
    talk.client()
    talk.client(PSH | ACK, b"hello", ack=1001)
    talk.client()
    talk.client(FIN | ACK, ack=1006)
    talk.client()
    return talk


def ecn():
    """both hosts can be told of congestion, and one is: RFC 3168"""
    talk = Talk()
    talk.client(SYN | ECE | CWR)
    talk.server(SYN | ACK | ECE)
    talk.client()
    talk.client(PSH | ACK, b"hello\n")
    talk.server(ACK | ECE)
    talk.client(PSH | ACK | CWR, b"hello\n")
    talk.server()
    return talk.close()


def no_scale():
    """one side has no window scale: the windows are what they say"""
    talk = Talk()
    talk.client(SYN)
    talk.server(SYN | ACK, options=MSS_ONLY)
    talk.client()
    return talk.echo().close()


def two_connections():
    """two connections at once"""
    one = Talk().open()
    other = Talk(one.capture, cport=40024, cnum=70000, snum=90000).open()
    one.echo()
    other.echo(b"other\n")
    one.close()
    other.close()
    return one


def fragments():
    """a datagram in three fragments, and a connection"""
    talk = Talk().open()
    datagram = udp(CLIENT, SERVER, 40022, 9190, b"x" * 3000)
    for offset in (0, 1480, 2960):
        more = 0x2000 if offset + 1480 < len(datagram) else 0
        talk.capture.frame(ip(CLIENT, SERVER, 17, datagram[offset:offset + 1480], fragment=more | offset // 8))
    return talk.close()


def odd():
    """packets with false lengths; a fragment of IPv6; RARP; a parameter that is wrong"""
    talk = Talk()
    frame = talk.capture.frame
    datagram = udp(CLIENT, SERVER, 40022, 9190, b"x" * 40)
    for length in (3, 0):
        frame(ip(CLIENT, SERVER, 17, datagram, fragment=0x2000, length=length))
    for offset in (1, 15):  # of the data of TCP, in units of four bytes
        segment = struct.pack("!HHIIBBHHH", 40022, 9190, 1, 1, offset << 4, ACK, 502, 0, 0)
        frame(ip(CLIENT, SERVER, 6, segment + b"hello"))
    six = bytes(15) + b"\x01"
    frame(struct.pack("!IHBB", 6 << 28, 8 + len(datagram), 44, 64) + six + six + struct.pack("!BBHI", 17, 0, 1, 7) +
          datagram, type_=0x86dd)
    mac = bytes.fromhex("020000000001")
    for operation in (3, 4, 9):
        frame(struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + mac + address(SERVER) + mac + address(CLIENT),
              type_=0x8035 if operation < 5 else 0x0806)
    answer = b"\x0c\0\0\0\0\0\0\0" + ip(CLIENT, SERVER, 17, datagram)[:28]
    frame(ip(SERVER, CLIENT, 1, answer[:2] + struct.pack("!H", checksum(answer)) + answer[4:]))
    return talk


def unreachable():
    """a datagram to a closed port, and ICMP that says so; ICMP about a segment"""
    talk = Talk()
    packet = ip(CLIENT, SERVER, 17, udp(CLIENT, SERVER, 40022, 9, b"hello"))
    talk.capture.frame(packet)
    answer = b"\x03\x03\0\0\0\0\0\0" + packet[:28]
    talk.capture.frame(ip(SERVER, CLIENT, 1, answer[:2] + struct.pack("!H", checksum(answer)) + answer[4:]))
    talk.client(SYN)
    answer = b"\x03\x0d\0\0\0\0\0\0" + talk.capture.frames[-1][1][14:42]
    talk.capture.frame(ip(SERVER, CLIENT, 1, answer[:2] + struct.pack("!H", checksum(answer)) + answer[4:]))
    return talk


def flood():
    """2,000 segments of data in a second, then the connection ends"""
    talk = Talk().open()
    for _ in range(1000):
        talk.client(PSH | ACK, b"x" * 1000, after=400)
        talk.server(after=400)
    return talk.close()


def many_syns():
    """20,000 hosts call connect in two seconds; nobody answers"""
    talk = Talk()
    for host in range(20_000):
        one = Talk(talk.capture, cport=10_000 + host)
        one.client(SYN, after=100)
    return talk


CAPTURES = {name: value for name, value in list(globals().items())
            if getattr(value, "__doc__", None) and callable(value) and not isinstance(value, type)}

if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CAPTURES))
    else:
        CAPTURES[sys.argv[1]]().capture.write(sys.argv[2])
