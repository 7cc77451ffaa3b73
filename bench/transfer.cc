// bench_transfer [MB] [CONNECTIONS] [FOLDER]: megabytes per second of a file that arrives whole and hashed from a server on loopback, as JSON
// lines. The server sends from memory and shares the machine; `cpu` counts the seconds of both sides.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "maru/base/json.h"
#include "maru/hub/digest.h"
#include "maru/hub/transfer.h"
#include "maru/net/fake_server_test.h"

namespace {

using namespace maru;

constexpr std::uint64_t kBlock = std::uint64_t{16} << 20;

// The same block again and again: neither side's disk is read.
void send(const net::FakeServer::Asked& asked, net::FakeServer::Reply& reply, std::string_view block, std::uint64_t size) {
  const auto [first, last] = asked.range(size);
  if (asked.header("range").empty()) {
    reply.raw(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", size));
  } else {
    reply.raw(fmt::format("HTTP/1.1 206 Partial\r\nContent-Range: bytes {}-{}/{}\r\nContent-Length: {}\r\n\r\n", first, last, size,
                          last - first + 1));
  }
  for (std::uint64_t at = first; at <= last && reply.open;) {
    const std::uint64_t from = at % kBlock, count = std::min(kBlock - from, last - at + 1);
    reply.raw(block.substr(from, count));
    at += count;
  }
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return double(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + double(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

}  // namespace

int main(int count, char** words) {
  const std::uint64_t megabytes = count > 1 ? std::strtoull(words[1], nullptr, 10) : 2000, size = megabytes * 1'000'000;
  const int connections = count > 2 ? std::atoi(words[2]) : 4;
  const std::filesystem::path folder = count > 3 ? words[3] : std::filesystem::temp_directory_path();
  std::string block(kBlock, '\0');
  std::uint32_t state = 1;
  for (char& c : block) c = char((state = state * 1664525 + 1013904223) >> 24);
  hub::Digest digest;
  for (std::uint64_t at = 0; at < size; at += kBlock) digest.add(std::as_bytes(std::span(block.data(), std::min(kBlock, size - at))));
  const std::string sum = digest.hex();
  const net::FakeServer server([&](const auto& asked, auto& reply) { send(asked, reply, block, size); });
  const std::filesystem::path place = folder / fmt::format("maru-bench-transfer-{}", server.port());
  const hub::RemoteFile file{.name = "large", .url = server.url("/large"), .size = size, .digest = sum};
  for (int round = 0; round < 3; ++round) {
    std::filesystem::remove_all(place);
    const double cpu = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    hub::transfer(std::span(&file, 1), {}, {.partials = place, .connections = connections});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Json line = {{"bench", "transfer"}, {"megabytes", megabytes}, {"connections", connections}, {"seconds", seconds},
                       {"megabytes_per_second", double(megabytes) / seconds}, {"cpu", cpu_seconds() - cpu}};
    fmt::print("{}\n", dump(line));
  }
  std::filesystem::remove_all(place);
}
