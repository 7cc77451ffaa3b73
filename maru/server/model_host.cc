// One thread loads and unloads; everybody else asks it. A model is counted before a byte of it is read.
#include "maru/server/model_host.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "maru/base/file.h"
#include "maru/engine/session.h"
#include "maru/hub/machine.h"
#include "maru/server/names.h"
#include "maru/server/server.h"

namespace maru::server {
namespace {

using Clock = std::chrono::steady_clock;

// Activations of a step, the program's own: beside weights and cache.
constexpr std::uint64_t kWorkspace = std::uint64_t{256} << 20;
// Requests that the cache of a model should hold at once where memory allows it.
constexpr std::int64_t kWantedRequests = 16;
constexpr std::uint64_t kSmallestCache = std::uint64_t{16} << 20;

double gibibytes(std::uint64_t bytes) { return double(bytes) / double(std::uint64_t{1} << 30); }

}  // namespace

bool LoadedModel::has(std::string_view capability) const {
  const models::Info& info = opened->info();
  const auto answers = [&](models::Head head) { return std::ranges::find(info.answers, head) != info.answers.end(); };
  if (capability == "completion") return bool(scheduler);
  if (capability == "chat") return bool(format);
  if (capability == "tools") return format && format->takes_tools();
  if (capability == "thinking") return format && format->thinks();
  if (capability == "embedding") return bool(encoder);
  if (capability == "rerank") return !info.causal && !info.encoder_decoder && answers(models::Head::sequence);
  return false;
}

struct ModelHost::Parts {
  using Done = std::function<void(Lease, std::exception_ptr)>;
  struct Waiting {
    std::optional<KeepAlive> keep_alive;
    Done done;
    Clock::time_point since = Clock::now();
  };
  struct Entry {
    LoadedPtr model;                             // null while it loads
    hub::Model stored;
    std::vector<Waiting> waiting;                // for the load
    std::size_t leases = 0;
    bool unload = false;                         // as soon as nobody uses it
    KeepAlive keep_alive;
    std::optional<Clock::time_point> expires;    // while nobody uses it; nothing: never
    Clock::time_point used = Clock::now();
  };

  Parts(hub::Store& store, const Options& options) : store(store), options(options), thread([this](std::stop_token stop) { work(stop); }) {}

  ~Parts() {
    thread.request_stop();
    {
      const std::lock_guard lock(mutex);
      changed.notify_all();
    }
    thread.join();
  }

  Lease lease(const std::string& name, Entry& entry, std::chrono::nanoseconds waited) {
    Lease out;
    out.model_ = entry.model;
    out.waited = waited;
    ++entry.leases;
    entry.used = Clock::now();
    entry.expires.reset();
    out.held_ = std::shared_ptr<void>(nullptr, [this, name](void*) { release(name); });
    return out;
  }

  void release(const std::string& name) {
    const std::lock_guard lock(mutex);
    const auto at = entries.find(name);
    if (at == entries.end() || at->second.leases == 0) return;
    Entry& entry = at->second;
    entry.used = Clock::now();
    if (--entry.leases == 0) {
      entry.expires.reset();
      if (entry.keep_alive.span) entry.expires = Clock::now() + *entry.keep_alive.span;
      changed.notify_all();
    }
  }

  // The thread's work: what is asked for is loaded, what has had its time is unloaded.
  void work(std::stop_token stop) {
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      std::vector<LoadedPtr> dead = expired();
      if (!dead.empty()) {
        lock.unlock();
        dead.clear();                            // frees outside the lock
        lock.lock();
        continue;
      }
      const auto next = std::ranges::find_if(entries, [](const auto& one) { return !one.second.model && !one.second.waiting.empty(); });
      if (next != entries.end() && load(next->first, lock)) continue;
      const std::optional<Clock::time_point> until = next_expiry();
      if (until) changed.wait_until(lock, *until);
      else changed.wait(lock);
    }
    for (auto& [name, entry] : entries)
      for (Waiting& one : entry.waiting)
        one.done({}, std::make_exception_ptr(Error(ErrorKind::busy, phrase("the server is stopping; ask it again when it is back"))));
    entries.clear();
  }

  std::vector<LoadedPtr> expired() {
    std::vector<LoadedPtr> dead;
    const auto now = Clock::now();
    for (auto at = entries.begin(); at != entries.end();) {
      Entry& entry = at->second;
      const bool over = entry.model && entry.leases == 0 && entry.waiting.empty() && (entry.unload || (entry.expires && *entry.expires <= now));
      if (over) dead.push_back(std::move(entry.model));
      at = over ? entries.erase(at) : std::next(at);
    }
    return dead;
  }

  std::optional<Clock::time_point> next_expiry() const {
    std::optional<Clock::time_point> first;
    for (const auto& [name, entry] : entries)
      if (entry.expires && (!first || *entry.expires < *first)) first = entry.expires;
    return first;
  }

  // Memory that a new model may take, the loaded ones' own counted off.
  std::uint64_t room() const {
    if (options.memory_bytes == 0) return hub::available_memory();
    std::uint64_t taken = 0;
    for (const auto& [name, entry] : entries)
      if (entry.model) taken += entry.model->plan.total();
    return options.memory_bytes > taken ? options.memory_bytes - taken : 0;
  }

  // The loaded model that was used the longest time ago and that nobody uses now.
  std::map<std::string, Entry>::iterator oldest_idle() {
    auto oldest = entries.end();
    for (auto at = entries.begin(); at != entries.end(); ++at)
      if (at->second.model && at->second.leases == 0 && at->second.waiting.empty() && (oldest == entries.end() || at->second.used < oldest->second.used)) oldest = at;
    return oldest;
  }

  std::size_t loaded() const {
    return std::size_t(std::ranges::count_if(entries, [](const auto& one) { return bool(one.second.model); }));
  }

  // True when there was something to do; false: everything is in use, and it must wait for a lease to end.
  bool load(const std::string& name, std::unique_lock<std::mutex>& lock) {
    Entry& entry = entries.at(name);
    const hub::Model stored = entry.stored;
    LoadedPtr model;
    std::exception_ptr problem;
    bool wait = false;
    lock.unlock();
    try {
      model = open(stored);
    } catch (...) {
      problem = std::current_exception();
    }
    lock.lock();
    // Room is made by unloading what nobody uses; what is in use is waited for.
    while (!problem && (model->plan.total() > room() || loaded() >= options.loaded_models)) {
      const auto idle = oldest_idle();
      if (idle == entries.end()) {
        if (loaded() == 0)
          problem = std::make_exception_ptr(Error(
              ErrorKind::limit, phrase("{} at a context of {} tokens needs {:.1f} GiB (weights {:.1f}, cache {:.1f}), this machine has {:.1f} free; ask for a "
                                       "smaller context or a smaller quantisation",
                                       stored.name, options.context, gibibytes(model->plan.total()), gibibytes(model->plan.weights), gibibytes(model->plan.cache),
                                       gibibytes(room()))));
        else wait = true;
        break;
      }
      LoadedPtr dead = std::move(idle->second.model);
      entries.erase(idle);
      lock.unlock();
      dead.reset();
      lock.lock();
    }
    if (wait) return false;
    if (!problem) {
      lock.unlock();
      try {
        start(*model);
      } catch (...) {
        problem = std::current_exception();
      }
      lock.lock();
    }
    Entry& found = entries.at(name);             // nobody but this thread erases
    std::vector<Waiting> waiting = std::exchange(found.waiting, {});
    std::vector<Lease> leases(waiting.size());
    if (problem) {
      entries.erase(name);
    } else {
      found.model = model;
      found.keep_alive = KeepAlive{options.keep_alive};
      for (std::size_t i = 0; i < waiting.size(); ++i) {
        if (waiting[i].keep_alive) found.keep_alive = *waiting[i].keep_alive;
        leases[i] = lease(name, found, Clock::now() - waiting[i].since);
      }
    }
    lock.unlock();
    for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i].done(std::move(leases[i]), problem);
    leases.clear();
    lock.lock();
    return true;
  }

  // Reads what describes the model and counts; its weights are mapped, not read.
  LoadedPtr open(const hub::Model& stored) const {
    const auto begin = Clock::now();
    auto model = std::make_shared<LoadedModel>();
    model->stored = stored;
    model->name = client_name(stored);
    model->digest = digest_of(stored);
    model->settings = read_settings(store, stored);
    const auto opened = std::make_shared<const engine::Pretrained>(store.open_path(stored));
    model->opened = opened;
    const models::Info& info = opened->info();
    for (const io::StoredTensor& tensor : opened->file().tensors) model->plan.weights += tensor.bytes.size();
    model->plan.workspace = kWorkspace;
    if (info.causal && !info.encoder_decoder) {
      const ops::KvType type = options.cache_q8 ? ops::KvType::q8_0 : ops::KvType::f16;
      model->plan.cache_per_token = engine::kv_bytes_per_token(info, type);
      const std::uint64_t one = model->plan.cache_per_token * std::uint64_t(std::min<std::int64_t>(options.context, info.context));
      const std::uint64_t fixed = model->plan.weights + model->plan.workspace, free = room();
      // As many requests as are wanted, out of half of what is left; one in any case.
      const std::uint64_t wanted = one * std::uint64_t(kWantedRequests), half = free > fixed ? (free - fixed) / 2 : 0;
      model->plan.cache = std::max({kSmallestCache, one, std::min(wanted, half)});
    }
    model->load_time = Clock::now() - begin;
    return model;
  }

  void start(LoadedModel& model) const {
    const auto begin = Clock::now();
    const models::Info& info = model.opened->info();
    if (info.causal && !info.encoder_decoder) {
      engine::SchedulerOptions how;
      how.cache_bytes = std::size_t(model.plan.cache);
      how.cache_type = options.cache_q8 ? ops::KvType::q8_0 : ops::KvType::f16;
      how.waiting = options.limits.queue;
      model.scheduler = std::make_unique<engine::Scheduler>(model.opened, how);
      model.constraints = std::make_unique<chat::Constraints>(model.opened);
      try {
        model.format = model.settings.template_source.empty()
                           ? std::make_unique<chat::Format>(model.opened)
                           : std::make_unique<chat::Format>(model.opened, model.settings.template_source, model.name + ": TEMPLATE");
      } catch (const Error&) {
        // No template, or one that does not parse: the model still completes texts, and chat says why it cannot.
      }
    } else if (!info.encoder_decoder && model.opened->has_tokenizer()) {
      model.embedder = std::make_shared<const engine::Embedder>(model.opened);
      model.encoder = std::make_unique<engine::EncodeQueue>(
          [embedder = model.embedder](std::span<const engine::EmbedInput* const> inputs) { return embedder->encode(inputs); });
    }
    model.load_time += Clock::now() - begin;
  }

  static std::string digest_of(const hub::Model& stored) {
    std::string all;
    for (const hub::StoredFile& file : stored.files) all += file.name + " " + file.sha256 + "\n";
    return sha256(std::as_bytes(std::span(all)));
  }

  hub::Store& store;
  const Options& options;
  mutable std::mutex mutex;
  std::condition_variable changed;
  // A model that was made or pulled anew is another one: the old stays for those who use it.
  static std::string key_of(const hub::Model& stored) { return stored.name + "@" + digest_of(stored); }
  void retire_others(const hub::Model& stored, const std::string& key) {
    for (auto& [other, entry] : entries)
      if (other != key && entry.stored.name == stored.name) entry.unload = true;
    changed.notify_all();
  }
  std::map<std::string, Entry> entries;          // by key_of()
  std::jthread thread;
};

ModelHost::ModelHost(hub::Store& store, const Options& options) : parts_(std::make_unique<Parts>(store, options)) {}
ModelHost::~ModelHost() = default;

void ModelHost::acquire(std::string_view name, std::optional<KeepAlive> keep_alive, std::function<void(Lease, std::exception_ptr)> done) {
  Parts& p = *parts_;
  Lease lease;
  try {
    const hub::Model stored = find(name);
    const std::string key = Parts::key_of(stored);
    const std::lock_guard lock(p.mutex);
    Parts::Entry& entry = p.entries[key];
    p.retire_others(stored, key);
    if (!entry.model) {
      std::size_t waiting = 0;
      for (const auto& [other, one] : p.entries) waiting += one.waiting.size();
      if (waiting >= p.options.limits.queue)
        fail(ErrorKind::busy, "{} requests wait for a model to be loaded, which is all that may; try again in a moment", waiting);
      entry.stored = stored;
      entry.waiting.push_back({keep_alive, std::move(done)});
      p.changed.notify_all();
      return;
    }
    if (keep_alive) entry.keep_alive = *keep_alive;
    entry.unload = false;
    lease = p.lease(key, entry, {});
  } catch (...) {
    done({}, std::current_exception());
    return;
  }
  done(std::move(lease), nullptr);
}

bool ModelHost::unload(std::string_view name) {
  const hub::Model stored = find(name);
  const std::lock_guard lock(parts_->mutex);
  bool loaded = false;
  for (auto& [key, entry] : parts_->entries)
    if (entry.stored.name == stored.name && entry.model) loaded = entry.unload = true;
  parts_->changed.notify_all();
  return loaded;
}

hub::Model ModelHost::find(std::string_view name) const { return find_model(parts_->store, name); }
Settings ModelHost::settings_of(const hub::Model& model) const { return read_settings(parts_->store, model); }
std::string ModelHost::digest_of(const hub::Model& model) { return Parts::digest_of(model); }

std::vector<ModelHost::Running> ModelHost::running() const {
  std::vector<Running> out;
  const std::lock_guard lock(parts_->mutex);
  for (const auto& [name, entry] : parts_->entries) {
    if (!entry.model) continue;
    Running one;
    one.model = entry.model;
    one.requests = entry.leases;
    if (entry.keep_alive.span) {
      const auto left = entry.expires ? *entry.expires - Clock::now() : std::chrono::nanoseconds(*entry.keep_alive.span);
      one.expires = std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(left);
    }
    if (entry.model->scheduler) one.stats = entry.model->scheduler->stats();
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace maru::server
