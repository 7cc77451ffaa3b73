// Everything that threads share here is under one mutex; nothing foreign is called while it is held.
#include "maru/server/answer.h"

#include <system_error>
#include <utility>

namespace maru::server {

class Answer::Handle final : public Exchange {
 public:
  explicit Handle(std::shared_ptr<Answer> answer) : answer_(std::move(answer)) {}
  ~Handle() override { answer_->abandon(); }
  const Request& request() const override { return answer_->request_; }
  void answer(int status, std::string body, std::string_view type, std::vector<Header> headers) override {
    answer_->answer({status, std::string(type), std::move(body), std::move(headers)});
  }
  void begin(int status, std::string_view type, std::vector<Header> headers) override {
    answer_->begin({status, std::string(type), {}, std::move(headers)});
  }
  bool send(std::string piece) override { return answer_->send(std::move(piece)); }
  void end() override { answer_->end(); }
  bool begun() const override {
    const std::lock_guard lock(answer_->mutex_);
    return answer_->state_ != State::waiting;
  }
  void on_gone(std::function<void()> call) override { answer_->on_gone(std::move(call)); }
  bool gone() const override { return answer_->gone_; }

 private:
  std::shared_ptr<Answer> answer_;
};

Answer::Answer(Request request, const Route& route, std::size_t unread_bytes, std::function<void()> wake)
    : request_(std::move(request)), route_(route), unread_limit_(unread_bytes), wake_(std::move(wake)) {}

Answer::~Answer() {
  std::error_code ignored;                       // a route may have moved it away: then there is nothing to remove
  if (!request_.body_file.empty()) std::filesystem::remove(request_.body_file, ignored);
}

ExchangePtr Answer::handle() { return std::make_shared<Handle>(shared_from_this()); }

void Answer::woken(std::unique_lock<std::mutex>& lock) {
  const bool first = !std::exchange(awake_, true);
  lock.unlock();
  if (first) wake_();
}

void Answer::answer(Reply reply) {
  std::function<void()> unneeded;                // it may hold this answer's own handle; it goes after the lock
  std::unique_lock lock(mutex_);
  if (state_ != State::waiting) return;          // a client can be told one status
  unneeded = std::exchange(on_gone_, {});
  state_ = State::whole;
  pending_.whole = std::move(reply);
  woken(lock);
}

void Answer::begin(Reply reply) {
  std::unique_lock lock(mutex_);
  if (state_ != State::waiting) return;
  state_ = State::streaming;
  pending_.begun = std::move(reply);
  woken(lock);
}

bool Answer::send(std::string piece) {
  std::unique_lock lock(mutex_);
  if (gone_ || state_ != State::streaming) return false;
  if (piece.empty()) return true;
  // What was unread before this piece: one piece larger than the limit still reaches a client that reads.
  if (unread_ > unread_limit_) {
    too_slow_ = true;
    woken(lock);
    return false;
  }
  unread_ += piece.size();
  if (pending_.pieces.empty()) pending_.pieces = std::move(piece);
  else pending_.pieces += piece;
  woken(lock);
  return true;
}

void Answer::end() {
  std::function<void()> unneeded;
  std::unique_lock lock(mutex_);
  if (state_ != State::streaming) return;
  unneeded = std::exchange(on_gone_, {});
  state_ = State::ended;
  pending_.ended = true;
  woken(lock);
}

void Answer::abandon() {
  std::unique_lock lock(mutex_);
  if (state_ == State::streaming) {
    state_ = State::ended;
    pending_.cut = true;
    woken(lock);
  } else if (state_ == State::waiting) {
    lock.unlock();
    fail(Error(ErrorKind::internal, fmt::format("the route {} {} ended without an answer", route_.method, route_.path)));
  }
}

void Answer::fail(const std::exception& error) {
  Refusal made = refusal(error, route_.dialect, request_.id);
  std::function<void()> unneeded;
  std::unique_lock lock(mutex_);
  if (state_ == State::waiting || state_ == State::streaming) unneeded = std::exchange(on_gone_, {});
  if (made.status >= 500 && made.status != 503 && failure_.empty()) failure_ = error.what();
  if (state_ == State::streaming) {
    state_ = State::ended;
    pending_.cut = true;
  } else if (state_ == State::waiting) {
    state_ = State::whole;
    pending_.whole = Reply{made.status, "application/json; charset=utf-8", std::move(made.body), std::move(made.headers)};
  } else {
    return;
  }
  woken(lock);
}

void Answer::fail(int status, std::string_view message) {
  Refusal made = refusal(status, message, route_.dialect, request_.id);
  answer({made.status, "application/json; charset=utf-8", std::move(made.body), std::move(made.headers)});
}

Answer::Taken Answer::take() {
  const std::lock_guard lock(mutex_);
  awake_ = false;
  return std::exchange(pending_, {});
}

void Answer::written(std::size_t bytes) { unread_ -= bytes; }

void Answer::lose() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    if (gone_.exchange(true)) return;
    call = std::exchange(on_gone_, {});
  }
  if (call) call();
}

void Answer::on_gone(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::whole || state_ == State::ended) return;
    if (!gone_) {
      on_gone_ = std::move(call);
      return;
    }
  }
  call();
}

}  // namespace maru::server
