#pragma once
// For tests: a server over routes of the test's own on a real loopback socket, and a client that sends bytes as the test writes them.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "maru/server/http.h"

namespace maru::server {

using namespace std::chrono_literals;

// The service goes through the HTTP core unseen; these tests put what their routes need behind its address.
struct World {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ExchangePtr> held;                 // by /hold and /hang
  std::atomic<int> gone{0}, slow{0};
  bool open = false;                             // /slow may go on
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return held.size();
  }
  void release() {
    std::vector<ExchangePtr> all;
    {
      const std::lock_guard lock(mutex);
      open = true;
      all.swap(held);
    }
    changed.notify_all();
  }
};
inline World& world_of(Service& service) { return reinterpret_cast<World&>(service); }

template <class Claim>
bool eventually(Claim claim, std::chrono::milliseconds within = 3000ms) {
  for (const auto until = std::chrono::steady_clock::now() + within; std::chrono::steady_clock::now() < until;) {
    if (claim()) return true;
    std::this_thread::sleep_for(2ms);
  }
  return claim();
}

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { close(); }
  Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)), open_(other.open_), got_(std::move(other.got_)) {}
  Client& operator=(Client&&) = delete;
  Client(const Client&) = delete;
  bool open() const { return open_; }
  int descriptor() const { return socket_; }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void half_close() { ::shutdown(socket_, SHUT_WR); }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(std::size_t(sent));
    }
    return true;
  }
  // False at the end of what the server sends, or when nothing came for so long.
  bool receive(std::chrono::milliseconds wait = 3000ms) {
    pollfd one{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&one, 1, int(wait.count())) <= 0) return false;
    char part[65536];
    const ssize_t count = ::recv(socket_, part, sizeof part, 0);
    if (count <= 0) {
      ended_ = true;
      return false;
    }
    got_.append(part, std::size_t(count));
    return true;
  }
  // Everything until the server ends the connection.
  std::string rest(std::chrono::milliseconds wait = 3000ms) {
    while (receive(wait)) {
    }
    return std::exchange(got_, {});
  }
  bool ended() const { return ended_; }

  struct Got {
    int status = 0;
    std::string head, body;
    std::string header(std::string_view name) const {
      for (std::size_t at = head.find("\r\n"); at != head.npos && at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
        if (strncasecmp(head.data() + at + 2, name.data(), name.size()) != 0 || head[at + 2 + name.size()] != ':') continue;
        const std::size_t begin = at + 2 + name.size() + 2;
        return head.substr(begin, head.find("\r\n", begin) - begin);
      }
      return {};
    }
  };
  // One answer; status 0 when none came whole.
  Got get(bool head_only = false, std::chrono::milliseconds wait = 3000ms) {
    Got out;
    std::size_t end;
    while ((end = got_.find("\r\n\r\n")) == got_.npos) {
      if (!receive(wait)) return out;
    }
    out.head = got_.substr(0, end + 2);
    got_.erase(0, end + 4);
    const int status = std::atoi(out.head.c_str() + 9);
    if (head_only || status == 204 || status == 100) {
      out.status = status;
    } else if (out.header("Transfer-Encoding") == "chunked") {
      for (;;) {
        std::size_t line;
        while ((line = got_.find("\r\n")) == got_.npos) {
          if (!receive(wait)) return out;
        }
        const std::size_t size = std::strtoul(got_.c_str(), nullptr, 16);
        while (got_.size() < line + 4 + size) {
          if (!receive(wait)) return out;
        }
        out.body += got_.substr(line + 2, size);
        got_.erase(0, line + 4 + size);
        if (size == 0) break;
      }
      out.status = status;
    } else {
      const std::size_t length = std::strtoul(out.header("Content-Length").c_str(), nullptr, 10);
      while (got_.size() < length) {
        if (!receive(wait)) return out;
      }
      out.body = got_.substr(0, length);
      got_.erase(0, length);
      out.status = status;
    }
    return out;
  }
  Got ask(std::string_view method, std::string_view target, std::string_view headers = {}, std::string_view body = {}) {
    send(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}{}\r\n{}", method, target, headers,
                     body.empty() ? std::string() : fmt::format("Content-Length: {}\r\n", body.size()), body));
    return get(method == "HEAD");
  }

 private:
  int socket_;
  bool open_ = false, ended_ = false;
  std::string got_;
};

std::span<const RouteFamily> test_families();

class TestServer {
 public:
  explicit TestServer(const std::function<void(Options&)>& change = {}) {
    char name[] = "/tmp/maru-http-XXXXXX";
    home = ::mkdtemp(name);
    options.port = 0;
    options.access_log = false;
    options.drain = 5s;
    if (change) change(options);
    keys = std::make_unique<Keys>(home);
  }
  ~TestServer() {
    finish();
    std::filesystem::remove_all(home);
  }
  TestServer& start() {
    thread_ = std::thread([this] {
      try {
        const Serving serving{.service = reinterpret_cast<Service&>(world), .families = test_families(), .keys = *keys,
            .metrics = metrics, .home = home};
        serve_http(serving, options, stop,
                   [this](const std::string& address) {
                     port = std::uint16_t(std::stoi(address.substr(address.rfind(':') + 1)));
                     bound = address;
                     ready_ = true;
                   },
                   [this](std::string_view line) {
                     const std::lock_guard lock(lines_mutex_);
                     lines_.emplace_back(line);
                   });
      } catch (const std::exception& error) {
        problem = error.what();
      }
      ready_ = true;
      ended = true;
    });
    eventually([this] { return bool(ready_); });
    return *this;
  }
  void finish() {
    world.release();
    if (!thread_.joinable()) return;
    stop.raise();
    eventually([this] { return bool(ended) || !stop.raised(); });
    world.release();
    stop.raise();
    thread_.join();
  }
  Client client() const { return Client(port); }
  std::vector<std::string> lines() {
    const std::lock_guard lock(lines_mutex_);
    return lines_;
  }

  std::filesystem::path home;
  Options options;
  World world;
  std::unique_ptr<Keys> keys;
  Metrics metrics;
  Cancel stop;
  std::uint16_t port = 0;
  std::string bound, problem;
  std::atomic<bool> ended{false};

 private:
  std::atomic<bool> ready_{false};
  std::mutex lines_mutex_;
  std::vector<std::string> lines_;
  std::thread thread_;
};

}  // namespace maru::server
