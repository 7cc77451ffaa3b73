// Builds the tree from yaml-cpp's events and counts while it does.
#include "maru/learn/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_set>

#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::learn {
namespace {

class Builder : public YAML::EventHandler {
 public:
  Builder(const std::string& file, const YamlLimits& limits) : file_(file), limits_(limits) {}
  Yaml root;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add({.line = mark.line + 1}, anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    add({.kind = Yaml::Kind::scalar, .plain = tag == "?", .line = mark.line + 1, .scalar = value}, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchored_.find(anchor);
    if (known == anchored_.end()) fail(ErrorKind::invalid, "{}:{}: an alias stands inside what it names", file_, mark.line + 1);
    count(known->second.second, mark.line + 1);
    Yaml copy = known->second.first;
    values_ -= 1;  // add() counts it again
    add(std::move(copy), 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Yaml::Kind::list, mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Yaml::Kind::map, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Yaml value;
    YAML::anchor_t anchor = 0;
    std::size_t first_value = 0;      // how many values there were before it
    bool has_key = false;
    std::unordered_set<std::string> seen;
  };

  void count(std::size_t more, int line) {
    values_ += more;
    if (values_ > limits_.values) fail(ErrorKind::limit, "{}:{}: unfolds to more than {} values", file_, line, limits_.values);
  }
  void open(Yaml::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= limits_.depth) fail(ErrorKind::limit, "{}:{}: is nested more than {} deep", file_, mark.line + 1, limits_.depth);
    open_.push_back({.value = {.kind = kind, .line = mark.line + 1}, .anchor = anchor, .first_value = values_, .seen = {}});
  }
  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.has_key) done.value.items.emplace_back();
    const std::size_t size = values_ - done.first_value;
    if (done.anchor) anchored_[done.anchor] = {done.value, size + 1};
    add(std::move(done.value), 0);
  }
  void add(Yaml value, YAML::anchor_t anchor) {
    count(1, value.line);
    if (anchor) anchored_[anchor] = {value, 1};
    if (open_.empty()) {
      root = std::move(value);
      return;
    }
    Open& in = open_.back();
    if (in.value.kind == Yaml::Kind::map && !in.has_key) {
      if (!value.is_text()) fail(ErrorKind::invalid, "{}:{}: a key must be a text", file_, value.line);
      if (!in.seen.insert(value.scalar).second) fail(ErrorKind::invalid, "{}:{}: the key {:?} stands twice", file_, value.line,
          value.scalar);
      in.value.keys.push_back(std::move(value.scalar));
      in.has_key = true;
      return;
    }
    in.value.items.push_back(std::move(value));
    in.has_key = false;
  }

  const std::string& file_;
  const YamlLimits& limits_;
  std::size_t values_ = 0;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, std::pair<Yaml, std::size_t>> anchored_;  // with how many values it holds
};

}  // namespace

const Yaml* Yaml::find(std::string_view key) const {
  const auto at = std::find(keys.begin(), keys.end(), key);
  return at == keys.end() ? nullptr : &items[std::size_t(at - keys.begin())];
}

Yaml parse_yaml(const std::string& text, const std::string& file, const YamlLimits& limits) {
  if (text.size() > limits.bytes) fail(ErrorKind::limit, "{}:1: has {} bytes, more than the {} that are read", file, text.size(),
      limits.bytes);
  if (const auto bad = unicode::first_invalid(text))
    fail(ErrorKind::invalid, "{}:{}: is not valid UTF-8", file, 1 + std::count(text.begin(), text.begin() + std::ptrdiff_t(*bad), '\n'));
  std::istringstream stream(text);
  Builder builder(file, limits);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return {};
    Builder second(file, limits);
    if (parser.HandleNextDocument(second) && second.root.kind != Yaml::Kind::nothing)
      fail(ErrorKind::invalid, "{}:{}: a second document begins; one file holds one", file, second.root.line);
  } catch (const YAML::Exception& problem) {
    fail(ErrorKind::invalid, "{}:{}: is not YAML: {}", file, problem.mark.line + 1, problem.msg);
  }
  return std::move(builder.root);
}

}  // namespace maru::learn
