#pragma once
// The models in memory: loaded when asked for, kept as long as keep_alive says, unloaded when room is needed. Every size is known before a
// byte is taken.
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/chat/chat.h"
#include "maru/chat/constraint.h"
#include "maru/engine/embedder.h"
#include "maru/engine/encode_queue.h"
#include "maru/engine/pretrained.h"
#include "maru/engine/scheduler.h"
#include "maru/hub/hub.h"
#include "maru/server/settings.h"

namespace maru::server {

struct Options;

struct MemoryPlan {
  std::uint64_t weights = 0, cache_per_token = 0, cache = 0, workspace = 0;
  std::uint64_t total() const { return weights + cache + workspace; }
};

class LoadedModel {
 public:
  std::string name, digest;                      // digest: of the manifest, 64 hex digits
  hub::Model stored;
  Settings settings;
  MemoryPlan plan;
  std::shared_ptr<const engine::Pretrained> opened;
  std::unique_ptr<chat::Format> format;          // of a decoder with a template
  std::unique_ptr<engine::Scheduler> scheduler;  // of a decoder
  std::unique_ptr<chat::Constraints> constraints;  // of a decoder
  std::shared_ptr<const engine::Embedder> embedder;  // of an encoder …
  std::unique_ptr<engine::EncodeQueue> encoder;  // … and what batches its texts
  std::chrono::nanoseconds load_time{};
  bool has(std::string_view capability) const;   // completion, tools, thinking, embedding, rerank, classification …
};
using LoadedPtr = std::shared_ptr<LoadedModel>;

// A loaded model while it is used: it is not unloaded before the last lease is gone.
class Lease {
 public:
  Lease() = default;
  const LoadedModel& operator*() const { return *model_; }
  const LoadedModel* operator->() const { return model_.get(); }
  explicit operator bool() const { return bool(model_); }
  std::chrono::nanoseconds waited{};             // for the load; 0 when it was there

 private:
  friend class ModelHost;
  LoadedPtr model_;
  std::shared_ptr<void> held_;
};

// keep_alive of a request: a Go duration ("5m", "1h30m"), seconds as a number; negative: for ever; 0: at once. Throws Error (invalid).
struct KeepAlive {
  std::optional<std::chrono::nanoseconds> span;  // nothing: for ever
};
KeepAlive parse_keep_alive(const Json& value);

class ModelHost {
 public:
  ModelHost(hub::Store& store, const Options& options);
  ~ModelHost();
  // Finds, loads if it must, and hands over; `done` is called once, on some thread, with a lease or an exception. Throws nothing itself.
  // Error: not_found for a model that is not stored; limit with the plan's numbers for one that this machine cannot hold; busy while all
  // room is in use.
  void acquire(std::string_view name, std::optional<KeepAlive> keep_alive, std::function<void(Lease, std::exception_ptr)> done);
  // Gives its memory back as soon as nobody uses it. False where it was not loaded.
  bool unload(std::string_view name);
  // A stored model's name as clients write it ("smollm2", "smollm2:latest", "hf.co/org/name") -> the store's. Throws Error: invalid for what
  // is no name, not_found.
  hub::Model find(std::string_view name) const;
  Settings settings_of(const hub::Model& model) const;
  static std::string digest_of(const hub::Model& model);   // over its files' names and sums, 64 hex digits
  struct Running {
    LoadedPtr model;
    std::optional<std::chrono::system_clock::time_point> expires;   // nothing: for ever
    std::size_t requests = 0;
    engine::SchedulerStats stats = {};
  };
  std::vector<Running> running() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace maru::server
