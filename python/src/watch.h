#pragma once
// What maru.watch() attaches to a model: it keeps what passes the engine's taps, and lets Python put other values in their stead.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "maru/tensor/probe.h"
#include "python.h"

namespace maru::python {

using TapKey = std::pair<std::string, int>;  // "attention.q" and the layer; -1: of no layer

class Watcher final : public Probe {
 public:
  // names: what is kept, by name or by name and layer; none: everything. changes: functions from a tensor to one of its shape.
  Watcher(nb::handle names, nb::handle changes);
  Tensor see(Site site, Tensor value) override;
  bool wants(Site site) const override;
  // Of the call that begins: how many texts it has, 0 where values are not of whole texts (writing token by token).
  void begin(std::int64_t texts) { texts_ = texts; }
  std::vector<TapKey> names() const;
  // The last that passed; throws Error (not_found) listing what did.
  Array get(const TapKey& key) const;
  bool has(const TapKey& key) const { return seen_.contains(key); }
  void clear() { seen_.clear(), order_.clear(); }

 private:
  std::set<TapKey> keys_;
  std::set<std::string> names_;
  bool everything_;
  std::map<TapKey, nb::object> changes_;
  std::map<std::string, nb::object> changes_by_name_;
  struct Seen {
    Tensor value;
    std::vector<Tensor> by_text;       // of values that pass text by text
    std::int64_t texts = 0;
  };
  std::map<TapKey, Seen> seen_;
  std::vector<TapKey> order_;
  std::int64_t texts_ = 0;
};

// MARU_SABOTAGE: how attention is broken on purpose, so that the checks of maru learn can be seen to fail: no_sqrt_d or mask_off_by_one;
// unset or empty: it is whole. Throws Error (usage) for another word.
Probe::Flaw sabotage();

// Passes every value through several, first come first asked, in an engine that is as whole as MARU_SABOTAGE leaves it. Stands in the way
// only where there is someone to watch or something broken.
class Watchers final : public Probe {
 public:
  // texts: of the call that begins, as in Watcher::begin.
  Watchers(std::vector<std::shared_ptr<Watcher>> all, std::int64_t texts);
  Tensor see(Site site, Tensor value) override {
    for (const auto& one : all_) value = one->see(site, std::move(value));
    return value;
  }
  bool wants(Site site) const override {
    for (const auto& one : all_)
      if (one->wants(site)) return true;
    return false;
  }
  Flaw flaw() const override { return flaw_; }
  // Belongs to the thread that calls the engine.
  class Scope {
   public:
    explicit Scope(Watchers& watchers) {
      if (!watchers.all_.empty() || watchers.flaw_.undivided || watchers.flaw_.ahead > 0) scope_.emplace(watchers);
    }

   private:
    std::optional<Probe::Scope> scope_;
  };

 private:
  std::vector<std::shared_ptr<Watcher>> all_;
  Flaw flaw_;
};

void add_watch(nb::module_& m);

}  // namespace maru::python
