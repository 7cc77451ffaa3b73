#pragma once
// Counts what compiling a grammar costs and stops it in time. Knows nothing of grammars but their Budget.
#include <cstddef>
#include <cstdint>
#include <string>

#include "maru/grammar/grammar.h"

namespace maru::grammar {

class Meter {
 public:
  explicit Meter(const Budget& budget);

  // Each throws Error (limit) naming what ran out and how much was allowed.
  void node(std::size_t count = 1);
  void rule();
  void step(std::size_t count = 1);
  void text(std::size_t bytes) const;
  void depth(std::size_t level) const;

  // Where in the input the work is, for the message: a JSON pointer, a rule's name.
  std::string where;
  const Budget& budget() const { return budget_; }

 private:
  std::string place() const;
  void look_at_clock() const;

  Budget budget_;
  std::int64_t begin_ms_;
  std::size_t nodes_ = 0, rules_ = 0, steps_ = 0, unlooked_ = 0;
};

}  // namespace maru::grammar
