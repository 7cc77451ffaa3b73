// Input is bounded: who sends on while an answer is made is not read further. So is output: who does not read is dropped.
#include "maru/server/connection.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

#include "maru/server/handling.h"
#include "maru/server/response_head.h"

namespace maru::server {
namespace {

constexpr std::size_t kInput = 64 << 10;          // bytes of later requests that are kept while one is answered
constexpr std::size_t kOutput = 64 << 10;         // bytes of answers that may wait while the next request is begun
constexpr std::chrono::milliseconds kLinger{1000};
constexpr auto kNever = Clock::time_point::max();

}  // namespace

bool Loop::post(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  if (ended_) return false;
  asio::post(context, std::move(call));
  return true;
}

void Loop::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  context.restart();
  context.poll();
}

asio::awaitable<void> Signal::wait(Clock::time_point until) {
  timer_.expires_at(until);
  boost::system::error_code ignored;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Connection::Connection(Shared& shared, std::unique_ptr<Stream> stream, std::string peer)
    : shared_(shared), stream_(std::move(stream)), peer_(std::move(peer)), readable_(shared.loop->context), space_(shared.loop->context),
      writable_(shared.loop->context) {}
Connection::~Connection() = default;

asio::awaitable<void> Connection::run() {
  const auto self = shared_from_this();
  write_until_ = Clock::now() + shared_.options.limits.header_time;
  const bool open = co_await stream_->open();
  write_until_ = kNever;
  if (open && !closed_) {
    coroutines_ = 2;
    const auto ended = [self](const std::exception_ptr& problem) {
      if (problem) self->drop("");
      --self->coroutines_;
      self->readable_.give();
    };
    asio::co_spawn(shared_.loop->context, read_all(), ended);
    asio::co_spawn(shared_.loop->context, write_all(), ended);
    co_await understand();
    co_await end_politely();
  }
  drop("");
  while (coroutines_ > 0) co_await readable_.wait(kNever);
}

asio::awaitable<void> Connection::read_all() {
  const std::size_t most = std::max(kInput, 2 * shared_.options.limits.header_bytes);
  while (!closed_) {
    if (discarding_) input_.clear();
    if (input_.size() >= most) {
      co_await space_.wait(kNever);
      continue;
    }
    const std::size_t got = co_await stream_->read(input_, most - input_.size());
    if (got == 0) break;
    readable_.give();
  }
  ended_ = true;
  if (answer_) answer_->lose();
  readable_.give();
}

asio::awaitable<void> Connection::write_all() {
  while (!closed_) {
    if (output_.empty()) {
      if (ending_) break;
      write_until_ = kNever;
      co_await writable_.wait(kNever);
      continue;
    }
    const Piece piece = std::move(output_.front());
    output_.pop_front();
    for (std::string_view rest = piece.bytes; !rest.empty() && !closed_;) {
      write_until_ = Clock::now() + shared_.options.limits.slow_reader;
      const std::size_t sent = co_await stream_->write(rest);
      if (sent == 0) drop("");
      rest.remove_prefix(sent);
      output_bytes_ -= sent;
    }
    if (piece.answer) piece.answer->written(piece.of_answer);
    readable_.give();
  }
  if (closed_) co_return;
  write_until_ = Clock::now() + kLinger;
  co_await stream_->finish();
  write_until_ = kNever;
}

asio::awaitable<void> Connection::understand() {
  // No co_await inside a condition: gcc 12 loses `this` there.
  for (bool goes_on = true; goes_on && !closed_;) {
    goes_on = co_await one_request();
    while (output_bytes_ > kOutput && !closed_) co_await readable_.wait(kNever);
  }
}

// A connection that is closed while bytes of the client are unread is reset, and the reset can overtake the answer.
asio::awaitable<void> Connection::end_politely() {
  ending_ = true;
  discarding_ = true;
  writable_.give();
  space_.give();
  while (coroutines_ == 2 && !closed_ && !ended_) co_await readable_.wait(kNever);
  while (coroutines_ > 0 && ended_ && !closed_ && (!output_.empty() || output_bytes_ > 0)) co_await readable_.wait(kNever);
  const Clock::time_point until = Clock::now() + kLinger;
  while (coroutines_ > 0 && !closed_ && !ended_ && Clock::now() < until) co_await readable_.wait(until);
}

asio::awaitable<std::optional<Head>> Connection::read_head() {
  const Limits& limits = shared_.options.limits;
  idle_ = input_.empty();
  idle_since_ = Clock::now();
  const Clock::time_point until = idle_since_ + limits.idle_time;
  while (input_.empty()) {
    if (ended_ || closed_ || shared_.draining || Clock::now() >= until) co_return std::nullopt;
    co_await readable_.wait(until);
  }
  idle_ = false;
  const Clock::time_point head_until = Clock::now() + limits.header_time;
  std::size_t length = 0;
  while ((length = head_length(input_, limits)) == 0) {
    if (ended_ || closed_) co_return std::nullopt;
    if (Clock::now() >= head_until) throw Refused{.status = 408, .message = "the request's head came too slowly"};
    co_await readable_.wait(head_until);
  }
  std::optional<Head> head = parse_head(std::string_view(input_).substr(0, length));
  consumed(length);
  co_return head;
}

void Connection::consumed(std::size_t bytes) {
  input_.erase(0, bytes);
  space_.give();
}

asio::awaitable<bool> Connection::one_request() {
  std::optional<Head> head;
  std::optional<Refused> refused;
  try {
    head = co_await read_head();
  } catch (const Refused& found) {
    refused = found;
  }
  if (!head && !refused) co_return false;
  begun_ = Clock::now();
  const Head unread{.method = "-", .target = {}, .headers = {}};
  head_ = head ? &*head : &unread;
  Admission admission;
  if (head) admission = shared_.front.admit(*head, peer_, request_id(*head));
  else admission.request.id = request_id(unread), admission.always.push_back({"X-Request-Id", admission.request.id});
  admission_ = &admission;
  const Dialect dialect = admission.route ? admission.route->dialect : dialect_of(admission.request.path);
  if (head && shared_.draining) refused = Refused{.status = 503, .message = "the server is being stopped"};
  if (refused) {
    admission.route = nullptr;
    admission.reply = Front::reply(*refused, dialect, admission.request.id);
    last_ = true;
  }
  bool goes_on = false;
  if (admission.route) {
    goes_on = co_await answer(admission, *head);
  } else {
    const bool short_body = !head_->has_body() || (head_->length && *head_->length <= kPassedOver && !head_->expects_continue);
    if (!short_body || !head_->keep_alive) last_ = true;
    start(admission.reply, false);
    finish_request(admission, {});
    if (!last_) goes_on = co_await pass_over_body(*head_);
  }
  head_ = nullptr;
  admission_ = nullptr;
  co_return goes_on && !last_ && !closed_;
}

asio::awaitable<bool> Connection::answer(Admission& admission, const Head& head) {
  const Route& route = *admission.route;
  const Limits& limits = shared_.options.limits;
  Request& request = admission.request;
  const std::uint64_t limit = route.body_to_file ? limits.file_bytes : limits.body_bytes;
  std::optional<Reply> refused;
  std::string problem;
  try {
    if (head.length.value_or(0) > limit) throw Refused{.status = 413, .message = fmt::format("the body is longer than {} bytes", limit)};
    if (route.body_to_file) check_uncoded(request);
    if (head.expects_continue && head.has_body() && input_.empty()) put("HTTP/1.1 100 Continue\r\n\r\n");
    const Sink whole{.piece = [&request](std::string_view bytes) { request.body += bytes; }, .flush = {}};
    if (route.body_to_file) co_await body_to_file(head, request, limit);
    else co_await read_body(head, whole, limit);
  } catch (const Refused& found) {
    refused = Front::reply(found, route.dialect, request.id);
  } catch (const Left&) {
    co_return false;
  } catch (const std::exception& error) {
    problem = error.what();
    Refusal made = refusal(error, route.dialect, request.id);
    refused = Reply{made.status, std::string(kJsonType), std::move(made.body), std::move(made.headers)};
  }
  if (refused) {
    last_ = true;                                 // the rest of the body would be read as a request
    start(*refused, false);
    finish_request(admission, problem);
    co_return false;
  }
  answered_ = false;
  const std::string id = request.id, key = request.caller.key_id;
  answer_ = std::make_shared<Answer>(std::move(request), route, limits.unread_bytes, [weak = weak_from_this(), loop = shared_.loop] {
    loop->post([weak] {
      if (const auto self = weak.lock()) self->take();
    });
  });
  if (ended_) answer_->lose();
  const auto work = [&service = shared_.serving.service, answer = answer_, &limits] { handle(service, answer, limits); };
  if (route.immediate && route.fields.empty() && answer_->request().body.empty()) work();
  else if (!shared_.workers.add(work)) {
    answer_->fail(503, fmt::format("the server is busy: {} requests wait already; try again", limits.queue));
  }
  while (!answered_ && !closed_) co_await readable_.wait(kNever);
  if (!answered_) status_ = 499;
  admission.request.id = id;
  admission.request.caller.key_id = key;
  finish_request(admission, answer_->failure());
  answer_.reset();
  co_return !last_;
}

void Connection::take() {
  if (!answer_ || closed_) return;
  Answer::Taken taken = answer_->take();
  if (answer_->too_slow()) return drop("slow reader");
  if (taken.whole) {
    start(*taken.whole, false);
    answered_ = true;
  }
  if (taken.begun) start(*taken.begun, true);
  if (!taken.pieces.empty()) {
    sent_ += taken.pieces.size();
    const std::size_t bytes = taken.pieces.size();
    if (!body_wanted_) answer_->written(bytes);
    else if (chunked_) put(fmt::format("{:x}\r\n{}\r\n", bytes, taken.pieces), bytes);
    else put(std::move(taken.pieces), bytes);
  }
  if (taken.ended && chunked_ && body_wanted_) put("0\r\n\r\n");
  if (taken.cut) last_ = true;                    // without its end: the client sees that something is missing
  if (taken.ended || taken.cut) answered_ = true;
  if (answered_) readable_.give();
}

void Connection::start(const Reply& reply, bool stream) {
  const Head& head = *head_;
  if (!head.keep_alive || shared_.draining) last_ = true;
  if (stream && head.old) last_ = true;           // HTTP/1.0 knows no chunks: the end of the connection is the end of the stream
  chunked_ = stream && !head.old;
  body_wanted_ = head.method != "HEAD" && reply.status != 204 && reply.status != 304;
  status_ = reply.status;
  std::vector<Header> always = admission_->always;
  if (answer_ && !answer_->request().ignored.empty()) always.push_back({"X-Maru-Ignored", ignored_list(answer_->request().ignored)});
  std::string bytes = response_head(reply, always, {.stream = stream, .chunked = chunked_, .close = last_, .old = head.old});
  if (!stream) sent_ = reply.body.size();
  if (!stream && body_wanted_) bytes += reply.body;
  put(std::move(bytes));
}

void Connection::put(std::string bytes, std::size_t of_answer) {
  if (closed_) return;
  output_bytes_ += bytes.size();
  output_.push_back({std::move(bytes), of_answer, of_answer > 0 ? answer_ : nullptr});
  writable_.give();
}

void Connection::finish_request(const Admission& admission, std::string_view problem) {
  const auto took = Clock::now() - begun_;
  shared_.serving.metrics.request(admission.pattern, status_, took);
  shared_.log.request({.id = admission.request.id, .method = head_->method, .pattern = admission.pattern, .status = status_, .took = took,
                       .bytes = sent_, .key = admission.request.caller.key_id, .peer = peer_, .problem = problem});
  sent_ = 0;
}

void Connection::drop(std::string_view why) {
  if (std::exchange(closed_, true)) return;
  if (!why.empty()) shared_.serving.metrics.dropped(why);
  stream_->close();
  output_.clear();
  if (answer_) answer_->lose();
  for (Signal* one : {&readable_, &space_, &writable_}) one->give();
}

void Connection::look_at_clock(Clock::time_point now) {
  // Without output it is TLS that was not agreed on, or not ended.
  if (now > write_until_) drop(output_bytes_ > 0 ? "slow reader" : "");
}

void Connection::check_key() {
  if (!answer_) return;
  const std::string& key = answer_->request().caller.key_id;
  if (!key.empty() && !shared_.serving.keys.holds(key)) drop("revoked key");
}

void Connection::drain() {
  if (idle_) readable_.give();
}

}  // namespace maru::server
