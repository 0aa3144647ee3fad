#include "ch04_tcp/capture.hpp"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstring>
#include <ios>
#include <stdexcept>
#include <utility>

#include "ch02_packets/packet.hpp"
#include "ch02_packets/packet_socket.hpp"
#include "common/bytes.hpp"
#include "common/check.hpp"
#include "common/processes.hpp"
#include "common/sys_descriptor.hpp"
#include "common/sys_socket.hpp"

namespace wire {

namespace {

// A slot holds a frame. Of longer ones, which the kernel joins from segments (GRO, TSO), only the begin is
// kept, as by tcpdump -s. So there is room for 4096 frames of any length.
constexpr unsigned slot_size = 8192;
constexpr unsigned slots = 4096;
constexpr unsigned block_size = 8 * slot_size;

// The header that the kernel writes at the front of a slot. The memory is shared: the status says
// whose the slot is, and the other fields are read only after it.
tpacket2_hdr& header_of(std::span<std::byte> slot) {
    return *reinterpret_cast<tpacket2_hdr*>(slot.data());
}
std::uint32_t status_of(std::span<std::byte> slot) {
    return std::atomic_ref{header_of(slot).tp_status}.load(std::memory_order_acquire);
}
void give_back(std::span<std::byte> slot) {
    std::atomic_ref{header_of(slot).tp_status}.store(TP_STATUS_KERNEL, std::memory_order_release);
}

// On a loopback each frame goes out and comes in: once is enough.
bool is_loopback(const net::Fd& socket) {
    const auto address = sys::getsockname(socket);
    sockaddr_ll local{};
    std::memcpy(&local, &address.storage, sizeof local);
    return local.sll_hatype == ARPHRD_LOOPBACK;
}

// The frame with its tag after the two MAC addresses.
void insert_tag(std::vector<std::byte>& frame, const tpacket2_hdr& header) {
    const bool has_type = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    const std::uint32_t type = has_type ? header.tp_vlan_tpid : std::uint16_t{packet::VLAN};
    const std::uint32_t tag = type << 16U | header.tp_vlan_tci;
    std::array<std::byte, 4> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes.at(i) = static_cast<std::byte>(tag >> 8U * (3 - i) & 0xffU);
    }
    constexpr std::ptrdiff_t after_addresses = 12;
    frame.insert(frame.begin() + after_addresses, bytes.begin(), bytes.end());
}

// pcapng as pcap, in memory.
net::Fd convert(const std::string& path) {
    net::Fd converted{sys::check(memfd_create("capture", MFD_CLOEXEC), "memfd_create")};
    const pid_t child = sys::fork();
    if (child == 0) {
        dup2(converted.get(), STDOUT_FILENO);
        dup2(sys::open("/dev/null", O_WRONLY).get(), STDERR_FILENO);
        execlp("tshark", "tshark", "-r", path.c_str(), "-F", "pcap", "-w", "-", nullptr);
        _exit(127);
    }
    if (net::wait_for(child) != 0) {
        throw std::runtime_error{
            path +
            " is pcapng; tshark would convert it, and that did not work. "
            "Where it is installed, this does, or says why not: tshark -r IN -F pcap -w OUT"};
    }
    return converted;
}

bool is_pcapng(std::span<const std::byte> content) {
    constexpr std::string_view magic{"\x0a\x0d\x0d\x0a"};
    return net::text(content).starts_with(magic);
}

Mapping map(const net::Fd& file) {
    const auto size = static_cast<std::size_t>(sys::fstat(file).st_size);
    return size == 0 ? Mapping{} : Mapping{file, size, PROT_READ, MAP_PRIVATE};
}

}  // namespace

Mapping::Mapping(const net::Fd& fd, std::size_t size, int protection, int flags) {
    auto* const address = mmap(nullptr, size, protection, flags, fd.get(), 0);
    if (address == MAP_FAILED) {
        sys::fail("mmap");
    }
    bytes_ = {static_cast<std::byte*>(address), size};
}
Mapping::Mapping(Mapping&& other) noexcept : bytes_{std::exchange(other.bytes_, {})} {
}
Mapping& Mapping::operator=(Mapping&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
}
Mapping::~Mapping() {
    if (!bytes_.empty()) {
        munmap(bytes_.data(), bytes_.size());
    }
}

LiveCapture::LiveCapture(const std::string& interface) : name_{interface} {
    const auto found = packet::interface(interface);
    index_ = found.index;
    socket_ = packet::open_socket(found);
    if (is_loopback(socket_)) {
        sys::setsockopt(socket_, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    }
    sys::setsockopt(socket_, SOL_PACKET, PACKET_VERSION, static_cast<int>(TPACKET_V2));
    const tpacket_req ring{.tp_block_size = block_size,
                           .tp_block_nr = slots / (block_size / slot_size),
                           .tp_frame_size = slot_size,
                           .tp_frame_nr = slots};
    sys::setsockopt(socket_, SOL_PACKET, PACKET_RX_RING, ring);
    ring_ = Mapping{socket_, std::size_t{slot_size} * slots, PROT_READ | PROT_WRITE, MAP_SHARED};
}

std::span<std::byte> LiveCapture::slot() const {
    return ring_.bytes().subspan(position_ * slot_size, slot_size);
}

std::optional<packet::CapturedFrame> LiveCapture::next() {
    if (std::exchange(is_held_, false)) {
        give_back(slot());
        position_ = (position_ + 1) % slots;
    }
    const auto here = slot();
    if ((status_of(here) & TP_STATUS_USER) == 0) {
        return std::nullopt;
    }
    is_held_ = true;
    const auto& header = header_of(here);
    packet::CapturedFrame frame{
        here.subspan(header.tp_mac, header.tp_snaplen), header.tp_len,
        std::chrono::seconds{header.tp_sec} + std::chrono::nanoseconds{header.tp_nsec}};
    // Of a frame that never was on a cable the checksum is unfinished: nobody needs it.
    frame.is_checked = (header.tp_status & (TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID)) != 0;
    if ((header.tp_status & TP_STATUS_VLAN_VALID) != 0) {
        tagged_.assign(frame.bytes.begin(), frame.bytes.end());
        insert_tag(tagged_, header);
        frame.bytes = tagged_;
        frame.size += packet::Tag::size;
    }
    return frame;
}

// Reading them sets them to 0.
std::size_t LiveCapture::lost() const {
    return sys::getsockopt<tpacket_stats>(socket_, SOL_PACKET, PACKET_STATISTICS).tp_drops;
}

bool LiveCapture::is_gone() const {
    return static_cast<int>(if_nametoindex(name_.c_str())) != index_;
}

CaptureFile::CaptureFile(const std::string& path) : file_{sys::open(path, O_RDONLY)} {
    if (!S_ISREG(sys::fstat(file_).st_mode)) {
        throw std::runtime_error{path + " is not a file"};
    }
    content_ = map(file_);
    if (is_pcapng(content_.bytes())) {
        file_ = convert(path);
        content_ = map(file_);
    }
    reader_.emplace(content_.bytes());
}

CaptureWriter::CaptureWriter(const std::string& path) : path_{path}, file_{path, std::ios::binary} {
    if (!file_) {
        sys::fail("open", path);
    }
    constexpr std::uint32_t nanoseconds = 0xa1b23c4d;
    constexpr std::uint32_t version = 0x00020004;  // 2.4
    constexpr std::uint32_t longest_frame = 262144;
    constexpr std::uint32_t ethernet = 1;
    write_numbers({nanoseconds, version, 0, 0, longest_frame, ethernet});
    flush();
}

void CaptureWriter::write(const packet::CapturedFrame& frame) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(frame.time);
    write_numbers({static_cast<std::uint32_t>(seconds.count()),
                   static_cast<std::uint32_t>((frame.time - seconds).count()),
                   static_cast<std::uint32_t>(frame.bytes.size()),
                   static_cast<std::uint32_t>(frame.size)});
    const auto text = net::text(frame.bytes);
    file_.write(text.data(), static_cast<std::streamsize>(text.size()));
}

void CaptureWriter::flush() {
    if (!file_.flush()) {
        sys::fail("write", path_);
    }
}

// The highest byte first; the magic number says so.
void CaptureWriter::write_numbers(std::initializer_list<std::uint32_t> numbers) {
    for (const auto number : numbers) {
        for (const auto shift : {24U, 16U, 8U, 0U}) {
            file_.put(static_cast<char>(number >> shift & 0xffU));
        }
    }
}

}  // namespace wire
