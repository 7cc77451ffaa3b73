#pragma once
// One request while it is answered: routes write into it from any thread, the connection takes out on the network thread. Knows no sockets.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "maru/server/server.h"

namespace maru::server {

// An answer's beginning, as the connection writes it.
struct Reply {
  int status = 0;
  std::string type, body;                        // body: of a stream, nothing
  std::vector<Header> headers = {};
};

class Answer : public std::enable_shared_from_this<Answer> {
 public:
  // `wake` is called, from any thread, when there is something new to take; at most once until taken.
  Answer(Request request, const Route& route, std::size_t unread_bytes, std::function<void()> wake);
  ~Answer();                                     // removes the body's file
  Request& request() { return request_; }
  const Route& route() const { return route_; }
  // What routes hold. When the last is gone without an answer, the client gets a 500; a stream that was not ended is cut.
  ExchangePtr handle();
  // Answers in the route's dialect, where nothing was answered yet; cuts the stream otherwise.
  void fail(const std::exception& error);
  void fail(int status, std::string_view message);

  // The connection's side.
  struct Taken {
    std::optional<Reply> whole, begun;
    std::string pieces;
    bool ended = false, cut = false;             // cut: the stream ends here without its end, so that the client notices
  };
  Taken take();
  void written(std::size_t bytes);               // of the stream: left the process
  void lose();                                   // the client is gone
  bool gone() const { return gone_; }
  bool too_slow() const { return too_slow_; }    // more is unread than may be
  std::string_view failure() const { return failure_; }   // what went wrong inside, for the log; after the answer was taken

 private:
  class Handle;
  void answer(Reply reply);
  void begin(Reply reply);
  bool send(std::string piece);
  void end();
  void abandon();
  void on_gone(std::function<void()> call);
  void woken(std::unique_lock<std::mutex>& lock);

  Request request_;
  const Route& route_;
  const std::size_t unread_limit_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  enum class State { waiting, whole, streaming, ended } state_ = State::waiting;
  Taken pending_;
  bool awake_ = false;
  std::atomic<std::size_t> unread_{0};
  std::atomic<bool> gone_{false}, too_slow_{false};
  std::function<void()> on_gone_;
  std::string failure_;
};

}  // namespace maru::server
