// Grammars made of grammars, and matching a whole text. What a schema or a pattern means stands in files of its own.
#include "maru/grammar/grammar.h"

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/grammar/compiled.h"
#include "maru/grammar/free_text.h"
#include "maru/grammar/threads.h"

namespace maru::grammar {
namespace {

const Ranges& any_code_point() {
  static const Ranges all = complement({});
  return all;
}

}  // namespace

Grammar::Pointer Grammar::literal(std::string_view bytes) {
  return compiled({}, [&](Draft& draft) {
    draft.meter().text(bytes.size());
    return draft.literal(bytes);
  });
}

Grammar::Pointer Grammar::text() {
  return compiled({}, [&](Draft& draft) { return draft.star(draft.one_of(any_code_point())); });
}

Grammar::Pointer Grammar::text_without(std::span<const std::string> markers, const Budget& budget) {
  return compiled(budget, [&](Draft& draft) { return text_around(draft, markers, false); });
}

Grammar::Pointer Grammar::text_until(std::string_view marker, const Budget& budget) {
  const std::string markers[] = {std::string(marker)};
  return compiled(budget, [&](Draft& draft) { return text_around(draft, markers, true); });
}

Grammar::Pointer Grammar::from_choice(std::span<const std::string> choices, const Budget& budget) {
  check(!choices.empty(), "grammar: a choice of nothing; expected one text or more");
  return compiled(budget, [&](Draft& draft) {
    std::vector<Fragment> parts;
    std::size_t bytes = 0;
    for (const std::string& choice : choices) {
      check(!unicode::first_invalid(choice), "grammar: choice {} is not UTF-8", parts.size());
      draft.meter().text(bytes += choice.size());
      parts.push_back(draft.literal(choice));
    }
    return draft.either(parts);
  });
}

Grammar::Pointer Grammar::sequence(std::span<const Pointer> parts, const Budget& budget) {
  return compiled(budget, [&](Draft& draft) {
    Fragment all = draft.nothing();
    for (const Pointer& part : parts) all = draft.then(all, draft.call(draft.import(part->automaton())));
    return all;
  });
}

Grammar::Pointer Grammar::either(std::span<const Pointer> parts, const Budget& budget) {
  check(!parts.empty(), "grammar: a choice of nothing; expected one grammar or more");
  return compiled(budget, [&](Draft& draft) {
    std::vector<Fragment> all;
    for (const Pointer& part : parts) all.push_back(draft.call(draft.import(part->automaton())));
    return draft.either(all);
  });
}

Grammar::Pointer Grammar::repeated(const Pointer& part, std::uint32_t least, std::uint32_t most, const Budget& budget) {
  check(least <= most, "grammar: a repetition of {} to {} times; expected the smaller number first", least, most);
  return compiled(budget, [&](Draft& draft) { return draft.call(draft.counted(draft.import(part->automaton())), least, most); });
}

bool Grammar::matches(std::string_view text) const {
  Stacks stacks;
  Follower follower(*automaton_, stacks);
  Places now, next;
  follower.start(now);
  for (const char c : text) {
    follower.step(now, std::uint8_t(c), next);
    if (next.threads.empty() && next.returned.empty()) return false;
    std::swap(now, next);
  }
  return !now.returned.empty();
}

std::size_t Grammar::nodes() const { return automaton_->nodes.size(); }
std::size_t Grammar::rules() const { return automaton_->starts.size(); }

}  // namespace maru::grammar
