#pragma once
// For tests: an HTTP server on loopback whose answers are written byte by byte by the test, so that it can misbehave in every way.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace maru::net {

class FakeServer {
 public:
  struct Asked {
    std::string text;  // the whole head
    std::string method, target, body;
    std::string header(std::string_view name) const {
      for (std::size_t at = text.find("\r\n"); at != text.npos && at + 2 < text.size(); at = text.find("\r\n", at + 2)) {
        const std::size_t begin = at + 2;
        if (strncasecmp(text.data() + begin, name.data(), name.size()) != 0 || text[begin + name.size()] != ':') continue;
        const std::size_t value = text.find_first_not_of(' ', begin + name.size() + 1);
        return text.substr(value, text.find("\r\n", begin) - value);
      }
      return {};
    }
    // "bytes=first-last"; the whole of `size` bytes when absent.
    std::pair<std::uint64_t, std::uint64_t> range(std::uint64_t size) const {
      unsigned long first = 0, last = size - 1;
      std::sscanf(header("range").c_str(), "bytes=%lu-%lu", &first, &last);
      return {first, std::min<std::uint64_t>(last, size - 1)};
    }
  };

  class Reply {
   public:
    Reply(int socket, const std::atomic<bool>& stopping) : socket_(socket), stopping_(stopping) {}
    bool open = true;
    void raw(std::string_view bytes) {
      while (open && !bytes.empty()) {
        const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) open = false;
        else bytes.remove_prefix(std::size_t(count));
      }
    }
    void answer(int status, std::string_view headers, std::string_view body = {}) {
      raw(fmt::format("HTTP/1.1 {} Said\r\n{}Content-Length: {}\r\n\r\n{}", status, headers, body.size(), body));
    }
    // As a server of files: 206 for a range.
    void file(const Asked& asked, std::string_view content, std::size_t cut_after = std::string::npos) {
      if (asked.header("range").empty()) {
        raw(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", content.size()));
      } else {
        const auto [first, last] = asked.range(content.size());
        if (first >= content.size()) return answer(416, fmt::format("Content-Range: bytes */{}\r\n", content.size()));
        raw(fmt::format("HTTP/1.1 206 Partial\r\nContent-Range: bytes {}-{}/{}\r\nContent-Length: {}\r\n\r\n", first, last,
                        content.size(), last - first + 1));
        content = content.substr(first, last - first + 1);
      }
      raw(content.substr(0, cut_after));
      if (cut_after < content.size()) close();
    }
    void close() { open = false; }
    // So that the other side sees a reset.
    void reset() {
      const linger now{1, 0};
      ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      open = false;
    }
    // Nothing more, until the other side goes away.
    void stall() {
      while (open && !stopping_) {
        pollfd one{.fd = socket_, .events = POLLRDHUP, .revents = 0};
        if (::poll(&one, 1, 5) > 0) open = false;
      }
      open = false;
    }

   private:
    int socket_;
    const std::atomic<bool>& stopping_;
  };
  using Handler = std::function<void(const Asked&, Reply&)>;

  explicit FakeServer(Handler handler, bool six = false) : handler_(std::move(handler)), six_(six) {
    listener_ = ::socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in four{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    sockaddr_in6 longer{};
    longer.sin6_family = AF_INET6;
    longer.sin6_addr = in6addr_loopback;
    sockaddr* const address = six ? reinterpret_cast<sockaddr*>(&longer) : reinterpret_cast<sockaddr*>(&four);
    socklen_t size = six ? sizeof longer : sizeof four;
    usable_ = ::bind(listener_, address, size) == 0 && ::listen(listener_, 64) == 0 && ::getsockname(listener_, address, &size) == 0;
    port_ = ntohs(six ? longer.sin6_port : four.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~FakeServer() {
    stopping_ = true;
    thread_.join();
    for (std::thread& one : threads_) one.join();
    ::close(listener_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  bool usable() const { return usable_; }  // a machine may have no IPv6
  int port() const { return port_; }
  std::string url(std::string_view path) const { return fmt::format("http://{}:{}{}", six_ ? "[::1]" : "127.0.0.1", port_, path); }
  std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::size_t count() const { return asked().size(); }
  int connections() const { return connections_; }

 private:
  void accept_all() {
    while (!stopping_) {
      pollfd one{.fd = listener_, .events = POLLIN, .revents = 0};
      if (::poll(&one, 1, 5) <= 0) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      const int now = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
      ++connections_;
      threads_.emplace_back([this, socket] { serve(socket); });
    }
  }
  void serve(int socket) {
    std::string waiting;
    Reply reply(socket, stopping_);
    while (reply.open && !stopping_) {
      const std::size_t end = waiting.find("\r\n\r\n");
      if (end == waiting.npos) {
        receive(socket, reply, waiting);
        continue;
      }
      Asked asked{.text = waiting.substr(0, end + 2), .method = {}, .target = {}, .body = {}};
      waiting.erase(0, end + 4);
      const std::size_t first = asked.text.find(' '), second = asked.text.find(' ', first + 1);
      asked.method = asked.text.substr(0, first);
      asked.target = asked.text.substr(first + 1, second - first - 1);
      const std::string length = asked.header("content-length");
      while (!length.empty() && waiting.size() < std::stoul(length) && reply.open && !stopping_) receive(socket, reply, waiting);
      asked.body = std::exchange(waiting, {});
      {
        const std::lock_guard lock(mutex_);
        asked_.push_back(asked);
      }
      handler_(asked, reply);
    }
    ::close(socket);
  }
  void receive(int socket, Reply& reply, std::string& into) {
    pollfd one{.fd = socket, .events = POLLIN, .revents = 0};
    if (::poll(&one, 1, 5) <= 0) return;
    char part[4096];
    const ssize_t count = ::recv(socket, part, sizeof part, 0);
    if (count <= 0) reply.open = false;
    else into.append(part, std::size_t(count));
  }

  Handler handler_;
  bool six_ = false, usable_ = false;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
  std::vector<std::thread> threads_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
};

// The text of the Error that the call throws; empty when it throws none.
template <class Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace maru::net
