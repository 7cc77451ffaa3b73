#pragma once
// Many requests through one model at once: every step is one ragged batch of the next token of each running answer and a piece of the
// prompts that wait to be read. What a request is told does not depend on the others. It does not know HTTP, templates or grammars.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/error.h"
#include "maru/engine/constraint.h"
#include "maru/engine/pretrained.h"
#include "maru/engine/sampler.h"
#include "maru/ops/ops.h"

namespace maru::engine {

struct GenerationRequest {
  std::vector<std::int32_t> prompt;
  Sampling sampling = {};
  int choices = 1;               // answers to the one prompt, 1 to 16; the number i has the seed sampling.seed + i
  std::int64_t context = 0;      // tokens of prompt and answer that it may hold, up to the model's; 0: the model's
  // What happens when the context is full: the answer ends (Finish::length), or the older half of what stands behind the first `keep`
  // tokens is forgotten and the answer goes on. What was forgotten is told in Usage::dropped.
  enum class WhenFull { stop, drop_oldest } when_full = WhenFull::stop;
  std::int64_t keep = 0;
  std::shared_ptr<const Constraint> constraint = {};  // at its beginning; every choice walks a copy of its own
  std::string key = {};          // who asks: keys take turns, requests of one key go first come, first served
  std::string scope = {};        // prefixes are shared only between requests of one scope
};

// What a request has cost. Tokens are counted per choice; times are of the wall clock.
struct Usage {
  std::int64_t prompt = 0;       // tokens of the prompt
  std::int64_t cached = 0;       // of those, found in the prefix cache
  std::int64_t generated = 0;    // tokens of the answer, without the one that ended it
  std::int64_t dropped = 0;      // forgotten because the context was full (WhenFull::drop_oldest)
  std::int64_t context = 0;      // what the request could hold
  std::int64_t recomputed = 0;   // read again after the request had to give up its pages to others
  std::uint64_t seed = 0;        // that gives this choice again
  std::chrono::nanoseconds queued{}, prefill{}, decode{};
};

// One more token of an answer.
struct TokenEvent {
  int choice = 0;
  std::int32_t id = 0;
  std::string_view text;         // complete characters that are settled now: what may still become a stop string is held back
  float logprob = 0;             // of what the model said, before any penalty, bias or temperature; where Sampling::logprobs asks for it
  std::span<const TokenLogprob> top = {};  // the likeliest first
};

// The end of one choice: nothing comes of it afterwards.
struct EndEvent {
  int choice = 0;
  bool last = false;             // no other choice of the request is still running
  Finish finish = Finish::stop;
  bool context_full = false;     // Finish::length because nothing more fits, and not because of max_tokens
  std::string_view text;         // what was held back and is no stop string after all
  const Error* error = nullptr;  // of Finish::error
  Usage usage;
};

// Called on the engine's thread, so they must be quick; they may call Scheduler::submit and cancel. What on_token throws ends that choice
// (Finish::error); what on_end throws is lost.
struct Listener {
  std::function<void(const TokenEvent&)> on_token;
  std::function<void(const EndEvent&)> on_end;
};

struct SchedulerOptions {
  std::size_t cache_bytes = std::size_t(1) << 30;  // of keys and values, running requests and prefixes together
  double prefix_share = 0.5;     // of those, what prefixes that nobody runs may hold
  std::size_t waiting = 512;     // requests in the queue; one more is refused
  std::size_t running = 64;      // answers in one batch
  std::chrono::milliseconds step{100};             // the pieces of prompts are cut so that a step stays below this
  std::int64_t piece = 0;        // tokens of prompts a step, instead of what was measured; 0: measured
  ops::Precision precision = ops::Precision::fast;
  ops::KvType cache_type = ops::KvType::f16;
  bool own_thread = true;        // false: nothing runs but by step(), on the caller's thread
};

struct SchedulerStats {
  std::size_t waiting = 0, running = 0;            // requests, choices
  std::uint64_t finished = 0, refused = 0, preempted = 0;
  std::uint64_t steps = 0, prompt_tokens = 0, cached_tokens = 0, generated_tokens = 0;
  std::size_t cache_bytes = 0, cache_limit = 0;    // of keys and values
  std::size_t prefix_bytes = 0;                    // of those, what the prefix cache holds
  std::chrono::nanoseconds longest_step{};
};

class Scheduler {
 public:
  using Ticket = std::uint64_t;
  // Starts the engine's thread. Throws Error for a model that writes no text.
  explicit Scheduler(std::shared_ptr<const Pretrained> model, const SchedulerOptions& options = {});
  // Ends what runs and waits, as cancelled, before it returns; from inside a listener, which may let the last holder go, soon afterwards.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Throws Error: usage (sampling out of range), invalid (ids outside the vocabulary, an empty prompt), limit (can never fit: with the
  // counts), busy (the queue is full, or it is closed). The listener may be called before this returns.
  Ticket submit(GenerationRequest request, Listener listener);
  // Takes effect at the next step: its pages are free then, and on_end comes with Finish::cancelled. A ticket that has ended is ignored.
  void cancel(Ticket ticket) noexcept;
  // Refuses what is submitted from now on, and returns when all else has ended or the time is over. -> all has ended
  bool drain(std::chrono::milliseconds patience);
  // Gives up all prefixes that nobody runs.
  void forget_prefixes();
  // One step of everything that runs, where options.own_thread is false. -> whether there was anything to do
  bool step();
  SchedulerStats stats() const;
  const Pretrained& model() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;  // the thread holds it, too
};

}  // namespace maru::engine
