// file_client.cpp - fetches a file, makes sure that it is complete, and says thank you.
//
// Look for
//   [1] the bytes go into FILE.part: only a complete file gets the name FILE;
//   [2] complete means: as many bytes as were announced, and then the end of the stream;
//   [3] the server has finished sending, but it still receives: half-close.
//
// Usage:   file_client HOST PORT FILE
// Pair:    ch07_shutdown/file_server
// Manual:  recv(2) rename(2) shutdown(2)
// Next:    ch07_shutdown/shutdown_modes
#include <endian.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/io.hpp"
#include "common/program.hpp"
#include "common/sys_descriptor.hpp"
#include "common/tcp.hpp"

namespace {

std::uint64_t receive_size(const net::Fd& server) {
    std::uint64_t header = 0;
    const auto bytes = std::as_writable_bytes(std::span{&header, 1});
    if (net::read_exactly(server, bytes) < bytes.size()) {
        throw std::runtime_error{"the server closed before it had announced the length"};
    }
    return be64toh(header);
}

void receive_bytes(const net::Fd& server, std::uint64_t size, const net::Fd& file) {
    std::vector<std::byte> buffer(65536);
    std::uint64_t received = 0;
    while (const auto count = net::recv(server, buffer)) {
        received += count;
        if (received > size) {
            throw std::runtime_error{"the server sent more than it had announced"};
        }
        net::write_all(file, std::span{buffer}.first(count));
    }
    if (received < size) {  // [2]
        throw std::runtime_error{"the server closed after " + std::to_string(received) + " of " +
                                 std::to_string(size) + " bytes"};
    }
}

// rename() would replace a device such as /dev/null, or a link, by the file; to open a pipe may wait for ever.
std::filesystem::file_status regular_file_or_none(const std::string& path) {
    const auto status = std::filesystem::symlink_status(path);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        throw std::runtime_error{path + " is there, and is not a regular file"};
    }
    return status;
}

void fetch(app::Args args) {
    if (args.size() < 3 || args[2].empty()) {
        throw app::UsageError{"FILE is missing"};
    }
    const auto part = args[2] + ".part";  // [1]
    const auto old = regular_file_or_none(args[2]);
    const auto server = net::tcp_connect(app::client_addresses(args));
    const auto size = receive_size(server);
    // O_EXCL: no other client writes it, and nobody has put a link in its place.
    const auto file = sys::open(part, O_WRONLY | O_CREAT | O_EXCL, 0666);
    try {
        // What is private stays private. (But no program of the old owner, set-user-ID, is made of these bytes.)
        if (std::filesystem::exists(old)) {
            std::filesystem::permissions(part, old.permissions() & std::filesystem::perms::all);
        }
        receive_bytes(server, size, file);
        sys::rename(part, args[2]);
    } catch (...) {
        std::remove(part.c_str());
        throw;
    }
    net::send_all(server, net::bytes("Thank you\n"));  // [3]
    app::note(size, " bytes in ", args[2]);
}

}  // namespace

int main(int argc, char* argv[]) {
    return app::run(argc, argv, {"HOST PORT FILE", 3}, fetch);
}
