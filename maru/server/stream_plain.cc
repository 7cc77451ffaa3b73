// Bytes over TCP. A connection that waits holds no buffer: it waits until there is something to read, and reads into one that all share.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <algorithm>

#include "maru/server/stream.h"

namespace maru::server {
namespace {

// Reads happen one at a time: there is one network thread.
thread_local std::array<char, 64 << 10> shared_buffer;

class Plain final : public Stream {
 public:
  explicit Plain(tcp::socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
  }
  asio::awaitable<bool> open() override { co_return true; }

  asio::awaitable<std::size_t> read(std::string& into, std::size_t most) override {
    boost::system::error_code problem;
    for (;;) {
      const std::size_t size = std::min(most, shared_buffer.size());
      const std::size_t got = socket_.read_some(asio::buffer(shared_buffer.data(), size), problem);
      if (!problem) {
        into.append(shared_buffer.data(), got);
        co_return got;
      }
      if (problem != asio::error::would_block) co_return 0;
      co_await socket_.async_wait(tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, problem));
      if (problem) co_return 0;
    }
  }

  asio::awaitable<std::size_t> write(std::string_view bytes) override {
    boost::system::error_code problem;
    for (;;) {
      const std::size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), problem);
      if (!problem) co_return sent;
      if (problem != asio::error::would_block) co_return 0;
      co_await socket_.async_wait(tcp::socket::wait_write, asio::redirect_error(asio::use_awaitable, problem));
      if (problem) co_return 0;
    }
  }

  asio::awaitable<void> finish() override {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
  }
  void close() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  tcp::socket socket_;
};

}  // namespace

std::unique_ptr<Stream> plain_stream(tcp::socket socket) { return std::make_unique<Plain>(std::move(socket)); }

}  // namespace maru::server
