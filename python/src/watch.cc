// Values are kept as handles while the GIL is away; only a change calls Python.
#include "watch.h"

#include <cstdlib>

namespace maru::python {
namespace {

TapKey key_of(nb::handle key) {
  if (nb::isinstance<nb::str>(key)) return {nb::cast<std::string>(key), -1};
  check(nb::isinstance<nb::tuple>(key) && nb::len(key) == 2, "a tap is named by its name, or by name and layer: (\"attention.q\", 0)");
  return {nb::cast<std::string>(key[0]), nb::cast<int>(key[1])};
}

// One text's value has the engine's own shape, [tokens, …]; of several texts together they are the first axis.
Array shaped(const Tensor& value, std::int64_t texts) {
  const Array out = Array::of(value);
  if (texts <= 1 || out.rank() == 0 || out.shape[0] % texts != 0) return out;
  Dims shape = {texts, out.shape[0] / texts};
  shape.insert(shape.end(), out.shape.begin() + 1, out.shape.end());
  return reshape(out, shape);
}

}  // namespace

Watcher::Watcher(nb::handle names, nb::handle changes) : everything_(names.is_none()) {
  if (!everything_)
    for (const nb::handle one : names) {
      if (nb::isinstance<nb::str>(one)) names_.insert(nb::cast<std::string>(one));
      else keys_.insert(key_of(one));
    }
  if (changes.is_none()) return;
  for (const auto& [key, change] : nb::borrow<nb::dict>(changes)) {
    if (nb::isinstance<nb::str>(key)) changes_by_name_[nb::cast<std::string>(key)] = nb::borrow(change);
    else changes_[key_of(key)] = nb::borrow(change);
  }
}

Tensor Watcher::see(Site site, Tensor value) {
  const TapKey key{std::string(site.name), site.layer};
  const auto by_key = changes_.find(key);
  const auto by_name = changes_by_name_.find(key.first);
  if (by_key != changes_.end() || by_name != changes_by_name_.end()) {
    nb::gil_scoped_acquire gil;
    const nb::object& change = by_key != changes_.end() ? by_key->second : by_name->second;
    const Array before = shaped(value, texts_);
    const nb::object given = change(nb::cast(before));
    if (!given.is_none()) {
      const Array after = converted(array_of(given), DType::float32);
      check(after.shape == before.shape, "the change of {} (layer {}) gives [{}], expected [{}]", key.first, key.second,
            fmt::join(after.shape, ", "), fmt::join(before.shape, ", "));
      Dims shape;
      for (int axis = 0; axis < value.shape().rank(); ++axis) shape.push_back(value.dim(axis));
      value = to_tensor(reshape(after, shape));
    }
  }
  if (everything_ || names_.contains(key.first) || keys_.contains(key)) {
    auto [at, fresh] = seen_.try_emplace(key);
    if (fresh) order_.push_back(key);
    Seen& seen = at->second;
    seen.texts = texts_;
    if (site.sequence < 0) {
      seen.value = value;
    } else {
      if (site.sequence == 0) seen.by_text.clear();
      seen.by_text.push_back(value);
    }
  }
  return value;
}

bool Watcher::wants(Site site) const {
  if (texts_ == 0) return false;
  return everything_ || names_.contains(std::string(site.name)) || keys_.contains({std::string(site.name), site.layer});
}

std::vector<TapKey> Watcher::names() const { return order_; }

Array Watcher::get(const TapKey& key) const {
  const auto at = seen_.find(key);
  if (at == seen_.end()) {
    std::vector<std::string> there;
    for (const auto& [name, layer] : order_) there.push_back(layer < 0 ? name : fmt::format("({:?}, {})", name, layer));
    fail(ErrorKind::not_found, "nothing passed ({:?}, {}); what did: {}", key.first, key.second, fmt::join(there, ", "));
  }
  const Seen& seen = at->second;
  if (seen.by_text.empty()) return shaped(seen.value, seen.texts);
  if (seen.by_text.size() == 1) return Array::of(seen.by_text.front());
  std::vector<Array> all;
  for (const Tensor& one : seen.by_text) all.push_back(unsqueeze(Array::of(one), 0));
  return cat(all, 0);
}

Probe::Flaw sabotage() {
  const char* const asked = std::getenv("MARU_SABOTAGE");
  const std::string_view how = asked ? asked : "";
  if (how.empty()) return {};
  if (how == "no_sqrt_d") return {.undivided = true};
  if (how == "mask_off_by_one") return {.ahead = 1};
  fail(ErrorKind::usage,
       "MARU_SABOTAGE is '{}', which breaks nothing; it takes no_sqrt_d or mask_off_by_one, and unset it leaves the engine whole", how);
}

Watchers::Watchers(std::vector<std::shared_ptr<Watcher>> all, std::int64_t texts) : all_(std::move(all)), flaw_(sabotage()) {
  for (const auto& one : all_) one->begin(texts);
}

void add_watch(nb::module_& m) {
  const auto keys = [](const Watcher& w) {
    nb::list out;
    for (const auto& [name, layer] : w.names()) out.append(nb::make_tuple(name, layer));
    return out;
  };
  nb::class_<Watcher>(m, "_Watcher")
      .def(
          "__init__", [](Watcher* self, nb::handle names, nb::handle changes) { new (self) Watcher(names, changes); }, "names"_a.none(),
          "changes"_a.none())
      .def("names", keys)
      .def("keys", keys)
      .def("__iter__", [keys](const Watcher& w) { return nb::iter(keys(w)); })
      .def("clear", &Watcher::clear)
      .def("__getitem__", [](const Watcher& w, nb::handle key) { return w.get(key_of(key)); })
      .def("__contains__", [](const Watcher& w, nb::handle key) { return w.has(key_of(key)); })
      .def("__len__", [](const Watcher& w) { return w.names().size(); });
}

}  // namespace maru::python
