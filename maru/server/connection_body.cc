// How a connection reads the body of a request: into memory, into a file, or past it.
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

#include "maru/server/body_file.h"
#include "maru/server/connection.h"

namespace maru::server {
namespace {

constexpr std::size_t kFileBlock = 256 << 10;     // bytes of a body that go to disk at once
constexpr auto kNever = Clock::time_point::max();

}  // namespace

asio::awaitable<bool> Connection::pass_over_body(const Head& head) {
  bool whole = true;
  try {
    const Sink nowhere{.piece = [](std::string_view) {}, .flush = {}};
    co_await read_body(head, nowhere, kPassedOver);
  } catch (const Refused&) {
    whole = false;
  } catch (const Left&) {
    whole = false;
  }
  co_return whole;
}

asio::awaitable<void> Connection::read_body(const Head& head, const Sink& sink, std::uint64_t limit) {
  const Limits& limits = shared_.options.limits;
  const Clock::time_point begin = Clock::now();
  std::optional<Chunks> chunks;
  if (head.chunked) chunks.emplace();
  std::uint64_t left = head.length.value_or(0), received = 0, size = 0;
  const auto piece = [&](std::string_view bytes) {
    size += bytes.size();
    if (size > limit) throw Refused{.status = 413, .message = fmt::format("the body is longer than {} bytes", limit)};
    sink.piece(bytes);
  };
  Clock::time_point heard = begin;
  while (chunks ? !chunks->done() : left > 0) {
    std::size_t taken = 0;
    if (!input_.empty()) {
      taken = chunks ? chunks->take(input_, piece) : std::size_t(std::min<std::uint64_t>(left, input_.size()));
      if (!chunks) piece(std::string_view(input_).substr(0, taken)), left -= taken;
      consumed(taken);
      received += taken;
      if (taken > 0) heard = Clock::now();
      if (sink.flush) co_await sink.flush();
    }
    if (taken > 0) continue;
    if (ended_ || closed_) throw Left{};
    // The floor counts after the time that a head may take; a client that was fast is not waited for longer than an idle one.
    const auto allowed = limits.header_time + std::chrono::milliseconds(received * 1000 / std::max<std::size_t>(1, limits.body_floor));
    const Clock::time_point until = std::min(begin + allowed, heard + limits.idle_time);
    if (Clock::now() >= until) throw Refused{.status = 408, .message = "the body came too slowly"};
    co_await readable_.wait(until);
  }
}

// Runs it on a thread where it may wait, and waits for it here.
asio::awaitable<void> Connection::elsewhere(Workers& workers, const std::function<void()>& work) {
  bool done = false;
  std::exception_ptr problem;
  // This coroutine stays until it is done, and keeps what is named here.
  const bool added = workers.add([&done, &problem, &work, this, loop = shared_.loop] {
    try {
      work();
    } catch (...) {
      problem = std::current_exception();
    }
    loop->post([&done, this] {
      done = true;
      readable_.give();
    });
  });
  if (!added) throw Refused{.status = 503, .message = "too many files are being written; try again"};
  while (!done) co_await readable_.wait(kNever);
  if (problem) std::rethrow_exception(problem);
}

asio::awaitable<void> Connection::body_to_file(const Head& head, Request& request, std::uint64_t limit) {
  std::string block;
  std::unique_ptr<BodyFile> file;
  // Functions by name: gcc 12 destroys those that are made inside a co_await twice.
  const std::function<void()> open = [&] { file = std::make_unique<BodyFile>(shared_.serving.home / "uploads"); };
  const std::function<void()> append = [&] { file->append(block); };
  co_await elsewhere(shared_.disk, open);
  const auto write = [&]() -> asio::awaitable<void> {
    co_await elsewhere(shared_.disk, append);
    block.clear();
  };
  const Sink sink{.piece = [&](std::string_view bytes) { block += bytes; },
                  .flush = [&]() -> asio::awaitable<void> {
                    if (block.size() >= kFileBlock) co_await write();
                  }};
  co_await read_body(head, sink, limit);
  co_await write();
  request.body_sha256 = file->finish();
  request.body_file = file->keep();
}

}  // namespace maru::server
