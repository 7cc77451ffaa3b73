#pragma once
// From what a compiler writes to a Grammar: the same few steps for all of them.
#include <memory>

#include "maru/grammar/draft.h"
#include "maru/grammar/grammar.h"

namespace maru::grammar {

// Runs `write` on a draft whose root rule is declared, defines the root with what it returns and compiles.
template <class Write>
Grammar::Pointer compiled(const Budget& budget, const Write& write) {
  Meter meter(budget);
  Draft draft(meter);
  const RuleId root = draft.declare("root");
  draft.define(root, write(draft));
  return std::make_shared<const Grammar>(draft.finish());
}

}  // namespace maru::grammar
