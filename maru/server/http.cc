// One network thread: takes connections, looks at the clock, and ends them all when it is time.
#include "maru/server/http.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "maru/server/body_file.h"
#include "maru/server/connection.h"
#include "maru/server/listen.h"

namespace maru::server {
namespace {

constexpr std::chrono::milliseconds kTick{20};
constexpr std::chrono::milliseconds kPause{100};   // of accepting, while there are no descriptors
constexpr std::size_t kOwnDescriptors = 128;       // models, files, the log

// As many descriptors as this process may have; how many connections that leaves room for.
std::size_t connections_possible() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur == RLIM_INFINITY) return std::size_t{1} << 20;
  return limit.rlim_cur > 2 * kOwnDescriptors ? limit.rlim_cur - kOwnDescriptors : std::max<std::size_t>(1, limit.rlim_cur / 2);
}

class Server {
 public:
  Server(Shared& shared, Listening listening, Tls* tls, Cancel& stop, std::size_t most)
      : shared_(shared), listening_(std::move(listening)), tls_(tls), stop_(stop), most_(most), room_(shared.loop->context) {}

  void run() {
    for (tcp::acceptor& one : listening_.acceptors) asio::co_spawn(shared_.loop->context, accept(one), rethrow);
    asio::co_spawn(shared_.loop->context, watch(), rethrow);
    shared_.loop->context.run();
  }

 private:
  static void rethrow(const std::exception_ptr& problem) {
    if (problem) std::rethrow_exception(problem);
  }

  asio::awaitable<void> accept(tcp::acceptor& acceptor) {
    while (acceptor.is_open()) {
      boost::system::error_code problem;
      co_await acceptor.async_wait(tcp::acceptor::wait_read, asio::redirect_error(asio::use_awaitable, problem));
      if (problem) continue;                       // closed
      if (connections_.size() >= most_ && !drop_idle()) {
        co_await room_.wait(Clock::now() + kPause);
        continue;
      }
      tcp::socket socket(shared_.loop->context);
      acceptor.accept(socket, problem);
      if (!problem) take(std::move(socket));
      else if (problem != asio::error::would_block && problem != asio::error::connection_aborted) co_await cannot_accept(problem);
    }
  }

  // The one that has been idle for longest makes room: it has lost nothing.
  bool drop_idle() {
    Connection* oldest = nullptr;
    for (const auto& [address, one] : connections_) {
      if (one->idle() && (!oldest || one->idle_since() < oldest->idle_since())) oldest = address;
    }
    if (oldest) oldest->drop("idle, for room");
    return oldest != nullptr;
  }

  asio::awaitable<void> cannot_accept(boost::system::error_code problem) {
    if (Clock::now() - said_ > std::chrono::minutes(1)) {
      said_ = Clock::now();
      shared_.log.say(phrase("no connection can be taken: {}; {} are open", system_reason(problem.value()), connections_.size()).text);
    }
    drop_idle();
    asio::steady_timer pause(shared_.loop->context, kPause);
    boost::system::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void take(tcp::socket socket) {
    boost::system::error_code problem, ignored;
    const tcp::endpoint peer = socket.remote_endpoint(problem);
    if (problem) return;                           // it has left already
    socket.set_option(tcp::no_delay(true), ignored);
    asio::ip::address address = peer.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    auto stream = tls_ ? tls_->stream(std::move(socket)) : plain_stream(std::move(socket));
    const auto connection = std::make_shared<Connection>(shared_, std::move(stream), address.to_string());
    connections_.emplace(connection.get(), connection);
    shared_.serving.metrics.connection(+1);
    asio::co_spawn(shared_.loop->context, connection->run(), [this, key = connection.get()](const std::exception_ptr& problem) {
      if (problem) lost(problem);
      connections_.erase(key);
      shared_.serving.metrics.connection(-1);
      room_.give();
    });
  }

  void lost(const std::exception_ptr& problem) {
    try {
      std::rethrow_exception(problem);
    } catch (const std::exception& error) {
      shared_.log.say(fmt::format("a connection ended by an error: {}", printable(error.what())));
    }
  }

  asio::awaitable<void> watch() {
    asio::steady_timer timer(shared_.loop->context);
    Clock::time_point keys_seen = Clock::now(), clock_seen = keys_seen, until = Clock::time_point::max();
    const auto period = std::clamp<Clock::duration>(shared_.options.limits.slow_reader / 8, kTick, std::chrono::milliseconds(500));
    for (;;) {
      const Clock::time_point now = Clock::now();
      if (stop_.raised()) {
        stop_.clear();                             // so that a second one is seen
        until = shared_.draining ? now : now + shared_.options.drain;
        if (!shared_.draining) drain();
      }
      if (now >= until) for_each([](Connection& one) { one.drop(""); });
      if (shared_.draining && connections_.empty()) co_return;
      if (now - clock_seen >= period) {
        clock_seen = now;
        for_each([&](Connection& one) { one.look_at_clock(now); });
      }
      if (now - keys_seen >= std::chrono::seconds(1)) {
        keys_seen = now;
        for_each([](Connection& one) { one.check_key(); });
      }
      timer.expires_after(kTick);
      boost::system::error_code ignored;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  void drain() {
    shared_.draining = true;
    boost::system::error_code ignored;
    for (tcp::acceptor& one : listening_.acceptors) one.close(ignored);
    room_.give();
    if (shared_.serving.on_drain) shared_.serving.on_drain();
    for_each([](Connection& one) { one.drain(); });
  }

  // A connection that is dropped stays in the table until its coroutines have ended: the table does not change here.
  template <class Call>
  void for_each(Call call) {
    for (const auto& [address, one] : connections_) call(*one);
  }

  Shared& shared_;
  Listening listening_;
  Tls* tls_;
  Cancel& stop_;
  const std::size_t most_;
  Signal room_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  Clock::time_point said_ = Clock::time_point::min();
};

}  // namespace

void serve_http(const Serving& serving, const Options& options, Cancel& stop, const std::function<void(const std::string& address)>& ready,
                const std::function<void(std::string_view line)>& log) {
  std::optional<Tls> tls;
  // One PEM file may hold both.
  const std::filesystem::path& key = options.private_key.empty() ? options.certificate : options.private_key;
  if (!options.certificate.empty()) tls.emplace(options.certificate, key);
  const auto loop = std::make_shared<Loop>();
  Listening listening = listen(loop->context, options, !serving.keys.empty());
  clear_left_bodies(serving.home / "uploads");
  AccessLog lines(log, options.access_log);
  const std::size_t possible = connections_possible(), most = std::min(options.limits.connections, possible);
  if (most < options.limits.connections) {
    const std::size_t wanted = options.limits.connections;
    lines.say(phrase("at most {} connections at a time, not {}: the system gives this process no more descriptors", most, wanted).text);
  }
  const Front front(serving.families, options, serving.keys, serving.metrics, {.loopback = listening.loopback, .secure = tls.has_value()});
  Workers disk(1, options.limits.connections), workers(options.limits.workers, options.limits.queue);
  Shared shared{.serving = serving, .options = options, .front = front, .workers = workers, .disk = disk, .log = lines, .loop = loop};
  const std::string address = listening.address;
  Server server(shared, std::move(listening), tls ? &*tls : nullptr, stop, most);
  if (ready) ready(address);
  server.run();
  workers.stop();
  disk.stop();
  loop->end();
}

}  // namespace maru::server
