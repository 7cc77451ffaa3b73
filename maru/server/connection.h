#pragma once
// One client: its requests one after another, each answered before the next is begun. Three coroutines share it on the network thread:
// one reads, one writes, one understands.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "maru/server/access_log.h"
#include "maru/server/answer.h"
#include "maru/server/front.h"
#include "maru/server/http.h"
#include "maru/server/stream.h"
#include "maru/server/workers.h"

namespace maru::server {

using Clock = std::chrono::steady_clock;

// The network thread, for others: whatever is posted runs there, unless it has ended.
class Loop {
 public:
  asio::io_context context{1};
  bool post(std::function<void()> call);
  void end();                                    // nothing more is taken; what was posted runs

 private:
  std::mutex mutex_;
  bool ended_ = false;
};

// What connections share.
struct Shared {
  const Serving& serving;
  const Options& options;
  const Front& front;
  Workers& workers;
  Workers& disk;                                 // one thread that writes files of bodies
  AccessLog& log;
  std::shared_ptr<Loop> loop;
  bool draining = false;
};

// Waiting for another coroutine of the same thread. Whoever waits looks again at what it waits for.
class Signal {
 public:
  explicit Signal(asio::io_context& context) : timer_(context) {}
  asio::awaitable<void> wait(Clock::time_point until);
  void give() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

struct Left {};                                  // the client went while its request was read
constexpr std::uint64_t kPassedOver = 64 << 10;  // bytes of a refused request's body that are read to keep the connection

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, std::unique_ptr<Stream> stream, std::string peer);
  ~Connection();
  asio::awaitable<void> run();                   // until it has ended
  // Every now and then: time limits that no coroutine waits for.
  void look_at_clock(Clock::time_point now);
  void check_key();                              // of a running stream
  void drain();                                  // ends if idle
  void drop(std::string_view why);               // ends at once; why: for the counters, "" where it is nobody's fault
  bool idle() const { return idle_ && !closed_; }
  Clock::time_point idle_since() const { return idle_since_; }

 private:
  asio::awaitable<void> read_all();
  asio::awaitable<void> write_all();
  asio::awaitable<void> understand();
  asio::awaitable<bool> one_request();           // false: the last
  asio::awaitable<std::optional<Head>> read_head();
  struct Sink {
    std::function<void(std::string_view)> piece;
    std::function<asio::awaitable<void>()> flush;   // after some pieces; may wait
  };
  asio::awaitable<void> read_body(const Head& head, const Sink& sink, std::uint64_t limit);
  asio::awaitable<void> body_to_file(const Head& head, Request& request, std::uint64_t limit);
  asio::awaitable<bool> pass_over_body(const Head& head);
  asio::awaitable<bool> answer(Admission& admission, const Head& head);
  asio::awaitable<void> elsewhere(Workers& workers, const std::function<void()>& work);
  asio::awaitable<void> end_politely();
  void take();                                   // what the answer has new
  void start(const Reply& reply, bool stream);
  void put(std::string bytes, std::size_t of_answer = 0);
  void finish_request(const Admission& admission, std::string_view problem);
  void consumed(std::size_t bytes);

  Shared& shared_;
  std::unique_ptr<Stream> stream_;
  const std::string peer_;
  Signal readable_, space_, writable_;           // input came or ended; input has room; output came
  std::string input_;
  bool ended_ = false;                           // the client sends no more
  bool closed_ = false;                          // nothing can be sent any more
  bool discarding_ = false;                      // what comes is thrown away
  struct Piece {
    std::string bytes;
    std::size_t of_answer;                       // how many of them a stream gave
    std::shared_ptr<Answer> answer;              // which
  };
  std::deque<Piece> output_;
  std::size_t output_bytes_ = 0;
  Clock::time_point write_until_ = Clock::time_point::max();
  bool last_ = false;                            // no request is read after this one
  bool ending_ = false;                          // the last answer is whole: the connection ends behind what is in output_
  bool idle_ = false;
  Clock::time_point idle_since_ = Clock::now();

  // Of the request that is being answered.
  Clock::time_point begun_{};
  std::shared_ptr<Answer> answer_;
  const Head* head_ = nullptr;
  const Admission* admission_ = nullptr;
  bool chunked_ = false, body_wanted_ = true, answered_ = false;
  int status_ = 0;
  std::uint64_t sent_ = 0;
  int coroutines_ = 0;
};

}  // namespace maru::server
