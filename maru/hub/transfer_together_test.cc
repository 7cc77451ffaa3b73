// Threads and processes that want the same file, and one of them killed.
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "maru/hub/transfer_place_test.h"

namespace maru::hub {
namespace {

// What a caller does: takes the file into its store, then lets go.
std::string pull(const Place& place, const RemoteFile& file, std::chrono::milliseconds stall_time) {
  const std::vector<Received> received = transfer(std::span(&file, 1), {.stall_time = stall_time}, place.options());
  const fs::path blob = place.folder.path() / "blobs" / received.at(0).sha256;
  fs::create_directories(blob.parent_path());
  if (received[0].path != blob) fs::rename(received[0].path, blob);
  return read_file(blob);
}

}  // namespace

TEST_CASE("threads that want one file fetch it once") {
  const std::string content = content_of(100'000);
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    std::this_thread::sleep_for(30ms);
    reply.file(asked, content);
  });
  const Place place;
  RemoteFile file = remote(server.url("/f"), content);
  SUBCASE("by its sha256") {}
  SUBCASE("by git's sum") {
    Digest digest(Hash::sha1);
    const std::string head = fmt::format("blob {}", content.size());
    digest.add(std::as_bytes(std::span(head.c_str(), head.size() + 1)));
    digest.add(std::as_bytes(std::span(content)));
    file.sum = Sum::git_sha1;
    file.digest = digest.hex();
  }
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { right += pull(place, file, 20s) == content; });
  for (std::thread& one : threads) one.join();
  CHECK(right == 3);
  CHECK(server.count() == 1);
}

TEST_CASE("processes that want one file fetch it once, and continue what a killed one left") {
  const std::string content = content_of(400'000);
  const Place place;
  struct Child {
    int pipe_ends[2];
    pid_t id;
  };
  std::vector<Child> children(3);
  // Before the server has threads.
  for (Child& child : children) {
    REQUIRE(::pipe(child.pipe_ends) == 0);
    child.id = ::fork();
    if (child.id != 0) continue;
    int port = 0;
    if (::read(child.pipe_ends[0], &port, sizeof port) != sizeof port) ::_exit(1);
    try {
      const RemoteFile file = remote(fmt::format("http://127.0.0.1:{}/f", port), content);
      ::_exit(pull(place, file, 20s) == content ? 0 : 2);
    } catch (...) {
      ::_exit(3);
    }
  }
  std::atomic<int> times = 0;
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (times++ > 0) return reply.file(asked, content);
    reply.raw(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n{}", content.substr(0, 100'000)));
    std::this_thread::sleep_for(50ms);
    reply.raw(content.substr(100'000, 10));
    reply.stall();
  });
  const int port = server.port();
  const auto begin = [&](const Child& child) { REQUIRE(::write(child.pipe_ends[1], &port, sizeof port) == sizeof port); };
  const auto status_of = [](const Child& child) {
    int status = 0;
    ::waitpid(child.id, &status, 0);
    return status;
  };
  begin(children[0]);
  const fs::path journal = place.journal(remote(server.url("/f"), content));
  const auto kept = [&] { return fs::exists(journal) && read_file(journal).contains("[[0,100010]]"); };
  for (int i = 0; i < 600 && !kept(); ++i) std::this_thread::sleep_for(5ms);
  REQUIRE(kept());
  begin(children[1]);
  begin(children[2]);
  std::this_thread::sleep_for(150ms);
  CHECK(server.count() == 1);  // the two wait
  ::kill(children[0].id, SIGKILL);
  CHECK(WIFSIGNALED(status_of(children[0])));
  CHECK(status_of(children[1]) == 0);
  CHECK(status_of(children[2]) == 0);
  CHECK(server.count() == 2);
  CHECK(server.asked().back().header("range") == "bytes=100010-399999");
  for (const Child& child : children) {
    ::close(child.pipe_ends[0]);
    ::close(child.pipe_ends[1]);
  }
}

}  // namespace maru::hub
