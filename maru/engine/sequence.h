#pragma once
// What the batcher knows of one request and of each of its answers. They belong to the engine's thread, but for the flag that cancels.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "maru/engine/continuation.h"
#include "maru/engine/scheduler.h"
#include "maru/ops/kv_cache.h"

namespace maru::engine {

using Clock = std::chrono::steady_clock;

struct Asked {
  Scheduler::Ticket ticket = 0;
  GenerationRequest request;
  Listener listener;
  std::int64_t context = 0;                    // what it may hold, never 0
  Clock::time_point submitted{};
  std::atomic<bool> cancelled{false};
  int unfinished = 0;                          // choices without an end
};

struct Sequence {
  std::shared_ptr<Asked> asked;
  int choice = 0;
  Continuation writing;
  ops::KvCache cache;                          // holds the first length() of `tokens`
  std::vector<std::int32_t> tokens;            // prompt and answer, without what was forgotten
  Usage usage;
  Clock::time_point admitted{}, first_logits{};
  bool waits_for_fork = false;                 // a further choice, until the first has read the prompt
  std::optional<Finish> finish = {};           // what its last token brought
  std::optional<Error> error = {};
  bool ended = false;                          // its listener knows: it leaves at the end of the step

  std::int64_t pending() const { return std::int64_t(tokens.size()) - cache.length(); }
  bool reads() const { return pending() > 1 || first_logits == Clock::time_point{}; }  // and does not write yet
};

}  // namespace maru::engine
