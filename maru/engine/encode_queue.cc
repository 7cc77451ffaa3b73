// A batch takes one text of each request in turn until it has enough tokens. Listeners are never called with the lock held.
#include "maru/engine/encode_queue.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace maru::engine {
namespace {

struct Job {
  EncodeQueue::Ticket ticket = 0;
  std::vector<EmbedInput> texts;
  EncodeQueue::OnEncoded done;
  std::vector<Encoded> found;         // of the queue's thread
  std::size_t taken = 0, missing = 0;
  bool cancelled = false;
};
using Jobs = std::vector<std::shared_ptr<Job>>;

struct Item {
  std::shared_ptr<Job> job;
  std::size_t number;
};

void tell(Job& job, std::vector<Encoded> found) {
  try {
    if (job.done) job.done(std::move(found));
  } catch (...) {  // there is nobody left to tell
  }
}

}  // namespace

struct EncodeQueue::Parts {
  Encode encode;
  EncodeOptions options;

  mutable std::mutex mutex;           // guards what follows
  std::condition_variable work;
  std::list<std::shared_ptr<Job>> turns;  // with texts that no batch has taken, the next first
  Jobs open;                          // without an end
  Ticket last = 0;
  std::size_t waiting = 0;
  bool stopping = false, cancels = false;

  std::jthread thread;

  std::vector<Item> next_batch(Jobs& gone);
  std::vector<Encoded> encoded(std::span<const Item> items) const;
  bool step();
  void work_until_stopped();
  void end_all();
};

EncodeQueue::EncodeQueue(Encode encode, const EncodeOptions& options) : parts_(std::make_shared<Parts>()) {
  parts_->encode = std::move(encode);
  parts_->options = options;
  if (options.own_thread) parts_->thread = std::jthread([parts = parts_] { parts->work_until_stopped(); });
}

EncodeQueue::~EncodeQueue() {
  Parts& p = *parts_;
  {
    const std::lock_guard lock(p.mutex);
    p.stopping = true;
  }
  p.work.notify_all();
  if (!p.options.own_thread) p.end_all();
  else if (p.thread.get_id() == std::this_thread::get_id()) p.thread.detach();
  else p.thread.join();
}

void EncodeQueue::Parts::work_until_stopped() {
  for (;;) {
    {
      std::unique_lock lock(mutex);
      work.wait(lock, [this] { return stopping || cancels || !turns.empty(); });
      if (stopping) break;
    }
    step();
  }
  end_all();
}

void EncodeQueue::Parts::end_all() {
  Jobs left;
  {
    const std::lock_guard lock(mutex);
    left.swap(open);
    turns.clear();
    waiting = 0;
  }
  for (const auto& job : left) tell(*job, {});
}

EncodeQueue::Ticket EncodeQueue::submit(std::vector<EmbedInput> texts, OnEncoded done) {
  check(!texts.empty(), "nothing to encode: the request has no texts");
  Parts& p = *parts_;
  auto job = std::make_shared<Job>();
  job->missing = texts.size();
  job->found.resize(texts.size());
  job->texts = std::move(texts);
  job->done = std::move(done);
  Ticket ticket = 0;
  {
    const std::lock_guard lock(p.mutex);
    if (p.stopping) fail(ErrorKind::busy, "this model is being ended and takes no more requests");
    if (p.waiting > 0 && p.waiting + job->texts.size() > p.options.waiting)
      fail(ErrorKind::busy, "{} texts wait already and {} more came, {} may wait; try again later", p.waiting, job->texts.size(), p.options.waiting);
    ticket = job->ticket = ++p.last;
    p.waiting += job->texts.size();
    p.open.push_back(job);
    p.turns.push_back(std::move(job));
  }
  p.work.notify_one();
  return ticket;
}

void EncodeQueue::cancel(Ticket ticket) noexcept {
  Parts& p = *parts_;
  {
    const std::lock_guard lock(p.mutex);
    const auto job = std::ranges::find(p.open, ticket, [](const auto& j) { return j->ticket; });
    if (job == p.open.end()) return;
    (*job)->cancelled = p.cancels = true;
  }
  p.work.notify_one();
}

std::size_t EncodeQueue::waiting() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->waiting;
}

bool EncodeQueue::step() {
  const std::shared_ptr<Parts> held = parts_;  // a listener may let the queue go
  return held->step();
}

std::vector<Item> EncodeQueue::Parts::next_batch(Jobs& gone) {
  const std::lock_guard lock(mutex);
  if (std::exchange(cancels, false)) {
    std::erase_if(open, [&](const auto& job) { return job->cancelled && (gone.push_back(job), true); });
    turns.remove_if([&](const auto& job) { return job->cancelled && (waiting -= job->texts.size() - job->taken, true); });
  }
  std::vector<Item> items;
  for (std::int64_t tokens = 0; !turns.empty() && (items.empty() || tokens < options.batch_tokens);) {
    const std::shared_ptr<Job> job = turns.front();
    items.push_back({job, job->taken++});
    tokens += std::ssize(job->texts[items.back().number].ids);
    --waiting;
    if (job->taken == job->texts.size()) turns.pop_front();
    else turns.splice(turns.end(), turns, turns.begin());
  }
  return items;
}

// A batch that fails is tried text by text, so that only the one at fault has an error.
std::vector<Encoded> EncodeQueue::Parts::encoded(std::span<const Item> items) const {
  std::vector<const EmbedInput*> inputs;
  for (const Item& item : items) inputs.push_back(&item.job->texts[item.number]);
  std::vector<Encoded> out(items.size());
  std::optional<Error> error;
  try {
    std::vector<Embedding> found = encode(inputs);
    check(found.size() == items.size(), "{} vectors of {} texts", found.size(), items.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].embedding = std::move(found[i]);
      if (!std::ranges::all_of(out[i].embedding.vector, [](float v) { return std::isfinite(v); })) {
        out[i].embedding.vector.clear();
        out[i].error = Error(ErrorKind::invalid, phrase("the vector of this text is not finite; the model file may be damaged (maru verify)"));
      }
    }
    return out;
  } catch (const Error& e) {
    error = e;
  } catch (const std::exception& e) {
    error = Error(ErrorKind::internal, phrase("the model could not run: {}", e.what()));
  }
  if (items.size() == 1) out[0].error = error;
  else
    for (std::size_t i = 0; i < items.size(); ++i) out[i] = std::move(encoded(items.subspan(i, 1))[0]);
  return out;
}

bool EncodeQueue::Parts::step() {
  Jobs gone, ready;
  const std::vector<Item> items = next_batch(gone);
  for (const auto& job : gone) tell(*job, {});
  if (items.empty()) return !gone.empty();
  std::vector<Encoded> found = encoded(items);
  for (std::size_t i = 0; i < items.size(); ++i) {
    Job& job = *items[i].job;
    job.found[items[i].number] = std::move(found[i]);
    if (--job.missing == 0) ready.push_back(items[i].job);
  }
  {
    const std::lock_guard lock(mutex);
    // Who was cancelled during the batch has not heard yet and hears that instead.
    std::erase_if(ready, [](const auto& job) { return job->cancelled; });
    for (const auto& job : ready) std::erase(open, job);
  }
  for (const auto& job : ready) tell(*job, std::move(job->found));
  return true;
}

}  // namespace maru::engine
