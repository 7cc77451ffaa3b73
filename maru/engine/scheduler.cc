// The queue, the thread and the lock around the batcher. Listeners are never called with the lock held.
#include "maru/engine/scheduler.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "maru/engine/batcher.h"
#include "maru/engine/waiting_line.h"

namespace maru::engine {

struct Scheduler::Parts {
  std::shared_ptr<const Pretrained> model;
  SchedulerOptions options;
  Batcher batcher;                             // of the engine's thread, but for check_request

  mutable std::mutex mutex;                    // guards what follows
  std::condition_variable work, quiet;         // there is something to do; there is nothing left
  WaitingLine waiting;
  std::unordered_map<Ticket, std::weak_ptr<Asked>> tickets;
  Ticket last = 0;
  bool closed = false, stopping = false, cancels = false, forgets = false, busy = false;
  SchedulerStats stats;

  std::jthread thread;

  Parts(std::shared_ptr<const Pretrained> opened, const SchedulerOptions& given)
      : model(std::move(opened)), options(given), batcher(model, given) {
    batcher.count(stats);
  }

  bool something_to_do() const { return stopping || cancels || forgets || !waiting.empty() || busy; }
  bool step();
  // A request that ends before it ran: cancelled, or with what went wrong.
  struct Gone {
    std::shared_ptr<Asked> asked;
    std::optional<Error> error = {};
  };
  std::vector<Gone> let_in();
  void take_in_order(std::vector<Gone>& gone);
  void tell(const std::vector<Gone>& gone) const;
  void work_until_stopped();
  void end_all();
  bool inside = false;                         // a step runs: of the thread that runs it
};

Scheduler::Scheduler(std::shared_ptr<const Pretrained> model, const SchedulerOptions& options)
    : parts_(std::make_shared<Parts>(std::move(model), options)) {
  if (options.own_thread) parts_->thread = std::jthread([parts = parts_] { parts->work_until_stopped(); });
}

Scheduler::~Scheduler() {
  Parts& p = *parts_;
  {
    const std::lock_guard lock(p.mutex);
    p.closed = p.stopping = true;
  }
  p.work.notify_all();
  if (!p.options.own_thread) p.end_all();
  else if (p.thread.get_id() == std::this_thread::get_id()) p.thread.detach();
  else p.thread.join();
}

Scheduler::Ticket Scheduler::submit(GenerationRequest request, Listener listener) {
  Parts& p = *parts_;
  auto asked = std::make_shared<Asked>();
  asked->context = p.batcher.check_request(request);
  asked->request = std::move(request);
  asked->listener = std::move(listener);
  asked->submitted = Clock::now();
  Ticket ticket = 0;
  {
    const std::lock_guard lock(p.mutex);
    if (p.closed || p.waiting.size() >= p.options.waiting) {
      ++p.stats.refused;
      if (p.closed) fail(ErrorKind::busy, "this model is being ended and takes no more requests");
      fail(ErrorKind::busy, "{} requests wait already, as many as may; try again later", p.waiting.size());
    }
    ticket = asked->ticket = ++p.last;
    p.tickets.emplace(ticket, asked);
    p.waiting.add(std::move(asked));
  }
  p.work.notify_one();
  return ticket;
}

void Scheduler::cancel(Ticket ticket) noexcept {
  Parts& p = *parts_;
  std::shared_ptr<Asked> asked;  // let go after the lock: it may be the last to hold it
  {
    const std::lock_guard lock(p.mutex);
    const auto found = p.tickets.find(ticket);
    if (found == p.tickets.end()) return;
    asked = found->second.lock();
    if (!asked) return;
    asked->cancelled.store(true);
    p.cancels = true;
  }
  p.work.notify_one();
}

bool Scheduler::drain(std::chrono::milliseconds patience) {
  Parts& p = *parts_;
  std::unique_lock lock(p.mutex);
  p.closed = true;
  return p.quiet.wait_for(lock, patience, [&] { return p.waiting.empty() && !p.busy; });
}

void Scheduler::forget_prefixes() {
  Parts& p = *parts_;
  {
    const std::lock_guard lock(p.mutex);
    p.forgets = true;
  }
  p.work.notify_one();
}

bool Scheduler::step() {
  check(!parts_->options.own_thread, "scheduler: it has a thread of its own, which runs the steps");
  const std::shared_ptr<Parts> held = parts_;  // a listener may let the scheduler go
  const bool ran = held->step();
  if (held.use_count() == 1) held->end_all();
  return ran;
}

SchedulerStats Scheduler::stats() const {
  const std::lock_guard lock(parts_->mutex);
  SchedulerStats stats = parts_->stats;
  stats.waiting = parts_->waiting.size();
  return stats;
}

const Pretrained& Scheduler::model() const { return *parts_->model; }

// Takes in whom there is room for. -> those who are gone instead
std::vector<Scheduler::Parts::Gone> Scheduler::Parts::let_in() {
  const std::lock_guard lock(mutex);
  std::vector<Gone> gone;
  if (std::exchange(cancels, false))
    for (auto& asked : waiting.take_if([](const Asked& asked) { return asked.cancelled.load(); })) gone.push_back({std::move(asked)});
  if (std::exchange(forgets, false)) batcher.forget_prefixes();
  take_in_order(gone);
  busy = true;
  return gone;
}

void Scheduler::Parts::take_in_order(std::vector<Gone>& gone) {
  while (!waiting.empty()) {
    std::optional<Error> error;
    try {
      if (!batcher.admit(waiting.next())) return;
    } catch (const Error& e) {
      error = e;
    } catch (const std::exception& e) {
      error = Error(ErrorKind::internal, phrase("the request could not begin: {}", e.what()));
    }
    auto asked = waiting.take();
    if (error) gone.push_back({std::move(asked), std::move(error)});
  }
}

bool Scheduler::Parts::step() {
  inside = true;
  bool ran = false;
  try {
    const auto gone = let_in();
    tell(gone);
    ran = batcher.step() || !gone.empty();
  } catch (const Error& error) {
    batcher.end_all(Finish::error, error);
  } catch (const std::exception& error) {
    batcher.end_all(Finish::error, Error(ErrorKind::internal, phrase("the model could not run: {}", error.what())));
  }
  inside = false;
  const std::lock_guard lock(mutex);
  const std::uint64_t refused = stats.refused, finished = stats.finished;
  batcher.count(stats);
  stats.refused = refused;
  if (stats.finished != finished) std::erase_if(tickets, [](const auto& entry) { return entry.second.expired(); });
  busy = !batcher.idle();
  if (!busy && waiting.empty()) quiet.notify_all();
  return ran;
}

void Scheduler::Parts::tell(const std::vector<Gone>& gone) const {
  for (const auto& [asked, error] : gone)
    for (int i = 0; i < asked->request.choices; ++i) {
      const Usage usage{.prompt = std::int64_t(asked->request.prompt.size()), .context = asked->context,
                        .seed = asked->request.sampling.seed + std::uint64_t(i), .queued = Clock::now() - asked->submitted};
      const EndEvent event{.choice = i, .last = i + 1 == asked->request.choices, .finish = error ? Finish::error : Finish::cancelled,
                           .context_full = false, .text = {}, .error = error ? &*error : nullptr, .usage = usage};
      try {
        if (asked->listener.on_end) asked->listener.on_end(event);
      } catch (...) {  // there is nobody left to tell
      }
    }
}

void Scheduler::Parts::work_until_stopped() {
  for (;;) {
    {
      std::unique_lock lock(mutex);
      work.wait(lock, [this] { return something_to_do(); });
      if (stopping) break;
    }
    step();
  }
  end_all();
}

void Scheduler::Parts::end_all() {
  if (std::exchange(inside, true)) return;     // a listener lets the scheduler go: the step that called it ends the rest
  batcher.end_all(Finish::cancelled);
  std::vector<Gone> gone;
  for (auto& asked : waiting.take_if([](const Asked&) { return true; })) gone.push_back({std::move(asked)});
  tell(gone);
}

}  // namespace maru::engine
