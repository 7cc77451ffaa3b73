// One answer on its way through a grammar.
#include "maru/grammar/matcher.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_map>

#include "maru/base/error.h"
#include "maru/grammar/guide.h"
#include "maru/grammar/walker.h"

namespace maru::grammar {
namespace {

constexpr std::size_t kMostForced = 4096;
// Stacks that were left behind are dropped when there are more than this.
constexpr std::size_t kKeptStacks = 1 << 14;

// Leaves the logits whose bit is set. Most words are all ones or nearly all zeros.
void forbid(std::uint64_t bits, std::span<float> logits) {
  constexpr float kForbidden = -std::numeric_limits<float>::infinity();
  if (bits == ~std::uint64_t(0)) return;
  if (logits.size() < 64 || std::popcount(bits) > 32) {
    for (std::uint64_t left = ~bits; left != 0; left &= left - 1)
      if (const std::size_t i = std::size_t(std::countr_zero(left)); i < logits.size()) logits[i] = kForbidden;
    return;
  }
  float kept[32];
  std::size_t count = 0;
  for (std::uint64_t left = bits; left != 0; left &= left - 1) kept[count++] = logits[std::size_t(std::countr_zero(left))];
  std::fill_n(logits.data(), 64, kForbidden);
  count = 0;
  for (std::uint64_t left = bits; left != 0; left &= left - 1) logits[std::size_t(std::countr_zero(left))] = kept[count++];
}

}  // namespace

struct MatcherState {
  std::shared_ptr<KeptMasks> guide;
  Stacks stacks;
  Places places;
  std::vector<std::int32_t> awaited;  // begin_after: not empty while waiting
  bool finished = false;
  Words allowed;

  Follower follower() { return {guide->grammar().automaton(), stacks}; }
  bool advance(std::string_view bytes, Places& now);
  void add_exits(const Thread& thread, const NodeMask& mask);
  void compute();
  void renew();
};

// False leaves `now` anywhere.
bool MatcherState::advance(std::string_view bytes, Places& now) {
  Follower follow = follower();
  Places next;
  for (const char c : bytes) {
    follow.step(now, std::uint8_t(c), next);
    if (next.threads.empty() && next.returned.empty()) return false;
    std::swap(now, next);
  }
  return true;
}

// Tokens that go on behind the end of the thread's rule, with the rules that called it.
void MatcherState::add_exits(const Thread& thread, const NodeMask& mask) {
  if (mask.exits.empty() || thread.below == kBottom) return;
  const TokenTrie& trie = guide->tokens().trie();
  Follower follow = follower();
  Walker walker(guide->grammar().automaton(), trie, follow);
  if (!walker.begin_behind(thread)) return;
  for (const NodeMask::Exit& exit : mask.exits) {
    if (!exit.condition.holds(thread.least, thread.most)) continue;
    walker.walk(exit.place, [&](std::uint32_t at, const Walker::Level& now) {
      for (std::uint32_t t = trie.places[at].tokens; t < trie.places[at + 1].tokens; ++t) set_bit(allowed, trie.ids[t]);
      return now.goes_on();
    });
  }
}

void MatcherState::compute() {
  const TokenTrie& trie = guide->tokens().trie();
  allowed.assign((trie.size() + 63) / 64, 0);
  if (finished) return;
  const std::size_t before = stacks.size();
  Words scratch;
  for (const Thread& thread : places.threads) {
    const auto mask = guide->mask(thread.node);
    mask->add_to(allowed, scratch, thread.least, thread.most);
    add_exits(thread, *mask);
  }
  stacks.shrink(before);
  if (!places.returned.empty())
    for (const std::int32_t id : trie.ends) set_bit(allowed, id);
}

// Keeps only the stacks that are still in use.
void MatcherState::renew() {
  Stacks fresh;
  std::unordered_map<StackId, StackId> moved{{kBottom, kBottom}};
  const auto move = [&](auto&& self, StackId id) -> StackId {
    if (const auto known = moved.find(id); known != moved.end()) return known->second;
    StackId all = kBottom;
    bool first = true;
    for (const Frame& frame : stacks.frames(id)) {
      const StackId one = frame.node == kNoNode ? kBottom : fresh.push({frame.node, frame.least, frame.most, self(self, frame.below)});
      all = first ? one : fresh.unite(all, one);
      first = false;
    }
    return moved[id] = all;
  };
  for (Thread& thread : places.threads) thread.below = move(move, thread.below);
  stacks = std::move(fresh);
}

Matcher::Matcher(Guide::Pointer guide) : state_(std::make_unique<MatcherState>()) {
  state_->guide = std::dynamic_pointer_cast<KeptMasks>(guide);
  if (!state_->guide) fail(ErrorKind::internal, "grammar: a matcher needs a guide made by Guide::over");
  state_->follower().start(state_->places);
}
Matcher::Matcher(const Matcher& other) : state_(std::make_unique<MatcherState>(*other.state_)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(const Matcher& other) {
  if (this != &other) state_ = std::make_unique<MatcherState>(*other.state_);
  return *this;
}
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

void Matcher::begin_after(std::span<const std::int32_t> ids) { state_->awaited.assign(ids.begin(), ids.end()); }
bool Matcher::waiting() const { return !state_->awaited.empty(); }

std::span<const std::uint64_t> Matcher::allowed() {
  if (!waiting()) {
    state_->compute();
    return state_->allowed;
  }
  const std::size_t size = state_->guide->tokens().size();
  state_->allowed.assign((size + 63) / 64, ~std::uint64_t(0));
  if (size % 64 != 0) state_->allowed.back() = (std::uint64_t(1) << (size % 64)) - 1;
  return state_->allowed;
}

std::size_t Matcher::mask(std::span<float> logits) {
  const std::span<const std::uint64_t> words = allowed();
  std::size_t count = 0;
  for (std::size_t w = 0; w * 64 < logits.size(); ++w) {
    const std::uint64_t bits = w < words.size() ? words[w] : 0;
    float* const at = logits.data() + w * 64;
    const std::size_t here = std::min<std::size_t>(64, logits.size() - w * 64);
    count += std::size_t(std::popcount(here == 64 ? bits : bits & ((std::uint64_t(1) << here) - 1)));
    forbid(bits, {at, here});
  }
  return count;
}

bool Matcher::allows(std::int32_t id) {
  const Tokens& tokens = state_->guide->tokens();
  if (id < 0 || std::size_t(id) >= tokens.size()) return false;
  if (waiting()) return true;
  if (state_->finished) return false;
  if (tokens.ends(id)) return may_end();
  Matcher trial(*this);
  return trial.accept(id);
}

bool Matcher::accept(std::int32_t id) {
  const TokenTrie& trie = state_->guide->tokens().trie();
  if (id < 0 || std::size_t(id) >= trie.size() || state_->finished) return false;
  if (waiting()) {
    if (std::ranges::find(state_->awaited, id) != state_->awaited.end()) state_->awaited.clear();
    return true;
  }
  if (trie.is_end[std::size_t(id)]) {
    if (!may_end()) return false;
    return state_->finished = true;
  }
  if (trie.special[std::size_t(id)]) return false;
  return accept_bytes(trie.bytes(id));
}

bool Matcher::accept_bytes(std::string_view bytes) {
  if (bytes.empty() || waiting() || state_->finished) return false;
  Places now = state_->places;
  if (!state_->advance(bytes, now)) return false;
  state_->places = std::move(now);
  if (state_->stacks.size() > kKeptStacks) state_->renew();
  return true;
}

bool Matcher::may_end() const { return state_->finished || (!waiting() && !state_->places.returned.empty()); }
bool Matcher::must_end() const { return may_end() && (state_->finished || state_->places.threads.empty()); }
bool Matcher::finished() const { return state_->finished; }

std::string Matcher::forced() const {
  std::string out;
  if (waiting() || state_->finished) return out;
  MatcherState trial(*state_);
  const Automaton& automaton = trial.guide->grammar().automaton();
  while (out.size() < kMostForced && trial.places.returned.empty()) {
    int only = -1;
    for (const Thread& thread : trial.places.threads) {
      const Node& node = automaton.nodes[thread.node];
      for (std::uint32_t i = node.bytes; i < node.bytes + node.byte_count; ++i) {
        const ByteEdge& edge = automaton.bytes[i];
        if ((edge.flags & kMore) && thread.most == 0) continue;
        if ((edge.flags & kDone) && thread.least != 0) continue;
        if (edge.low != edge.high || (only >= 0 && only != edge.low)) return out;
        only = edge.low;
      }
    }
    if (only < 0) return out;
    const char byte = char(only);
    if (!trial.advance({&byte, 1}, trial.places)) return out;
    out += byte;
  }
  return out;
}

}  // namespace maru::grammar
