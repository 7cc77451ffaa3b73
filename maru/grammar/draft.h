#pragma once
// A grammar while it is written: fragments of a nondeterministic automaton that are joined to rules; finish() makes an Automaton of them.
// Knows bytes, calls and counters; what they stand for is up to the compilers (regex, GBNF, JSON Schema).
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/grammar/automaton.h"
#include "maru/grammar/meter.h"

namespace maru::grammar {

struct Range {  // of code points, both ends included
  char32_t low = 0, high = 0;
  bool operator==(const Range&) const = default;
};
using Ranges = std::vector<Range>;
Ranges normal(Ranges ranges);      // sorted, joined, without surrogates
Ranges complement(const Ranges& ranges);  // of normal ranges
Ranges shared(const Ranges& a, const Ranges& b);
bool contains(const Ranges& ranges, char32_t c);
inline constexpr char32_t kLastCodePoint = 0x10FFFF;

struct Fragment {
  std::uint32_t begin = 0, end = 0;
};

class Draft {
 public:
  explicit Draft(Meter& meter) : meter_(meter) {}
  Meter& meter() { return meter_; }

  // A rule may be called before it is defined. Rule 0 is the root.
  RuleId declare(std::string name);
  void define(RuleId rule, Fragment body, bool gated = false);
  bool defined(RuleId rule) const { return rules_[rule].defined; }
  const std::string& name(RuleId rule) const { return rules_[rule].name; }

  std::uint32_t node();
  void empty(std::uint32_t from, std::uint32_t to);
  void byte(std::uint32_t from, std::uint8_t low, std::uint8_t high, std::uint32_t to, std::uint8_t flags = kFree);
  void call_from(std::uint32_t from, RuleId rule, std::uint32_t to, std::uint8_t flags = kFree, std::uint32_t least = 0,
            std::uint32_t most = kUnbounded);
  // One code point of the ranges as UTF-8.
  void one_of(std::uint32_t from, const Ranges& ranges, std::uint32_t to, std::uint8_t flags = kFree);

  Fragment nothing();                          // the empty text
  Fragment literal(std::string_view bytes);
  Fragment one_of(const Ranges& ranges);
  Fragment call(RuleId rule, std::uint32_t least = 0, std::uint32_t most = kUnbounded);
  Fragment then(Fragment a, Fragment b);
  Fragment either(std::span<const Fragment> parts);  // of none: no text at all
  Fragment optional(Fragment part);
  Fragment star(Fragment part);
  // A rule that runs `part` as often as its counters say: call(counted(part), least, most).
  RuleId counted(RuleId part);
  RuleId counted(const Ranges& letters);
  RuleId as_rule(std::string name, Fragment body);
  // Copies the compiled rules in and returns the copy of its root.
  RuleId import(const Automaton& automaton);

  std::shared_ptr<const Automaton> finish();      // with small rules written into their callers
  std::shared_ptr<const Automaton> determined();  // as it stands

 private:
  friend class Determiniser;
  struct Edge {
    enum class Kind : std::uint8_t { empty, byte, call } kind = Kind::empty;
    std::uint8_t low = 0, high = 0, flags = kFree;
    RuleId rule = 0;
    std::uint32_t least = 0, most = kUnbounded, to = 0;
  };
  struct Rule {
    std::string name;
    Fragment body;
    bool defined = false, gated = false;
  };
  Meter& meter_;
  std::vector<std::vector<Edge>> edges_;  // of each node
  std::vector<Rule> rules_;
};

std::shared_ptr<const Automaton> with_small_rules_inside(std::shared_ptr<const Automaton> automaton, const Budget& budget);

// Removes what no text can reach, and refuses what never ends: rules that call themselves before reading anything, rules without any text.
void check_rules(Automaton& automaton, Meter& meter);

}  // namespace maru::grammar
