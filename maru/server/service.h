#pragma once
// What routes share: the store, the loaded models, keys and counters. One object, handed to every route; nothing is global.
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "maru/hub/hub.h"
#include "maru/server/facts.h"
#include "maru/server/jobs.h"
#include "maru/server/keys.h"
#include "maru/server/metrics.h"
#include "maru/server/model_host.h"
#include "maru/server/server.h"
#include "maru/server/workers.h"

namespace maru::server {

class Service {
 public:
  explicit Service(Options options, std::filesystem::path home);
  const Options& options() const { return options_; }
  const std::filesystem::path& home() const { return home_; }
  hub::Store& store() { return store_; }
  ModelHost& models() { return models_; }
  FactsCache& facts() { return facts_; }
  Keys& keys() { return keys_; }
  Metrics& metrics() { return metrics_; }
  // Runs on a worker, soon; what it throws it must catch itself. Throws Error (busy) where too much waits.
  void later(std::function<void()> work);
  // Long work that reads and writes the store, on a thread of its own. Throws Error (busy) where too many such run.
  void job(std::function<void()> work) { jobs_.start(std::move(work)); }
  bool draining() const { return draining_; }
  void drain() { draining_ = true; }

 private:
  Options options_;
  std::filesystem::path home_;
  hub::Store store_;
  FactsCache facts_;
  Keys keys_;
  Metrics metrics_;
  ModelHost models_;
  Jobs jobs_;
  Workers workers_;                              // last: they end before what they use
  std::atomic<bool> draining_{false};
};

}  // namespace maru::server
