#pragma once
// JSON as text: the rules that every JSON grammar shares, each written once when it is first asked for. Knows no schemas.
#include <optional>
#include <string_view>

#include "maru/grammar/draft.h"
#include "maru/base/json.h"
#include "maru/grammar/grammar.h"
#include "maru/grammar/letters.h"

namespace maru::grammar {

class JsonText {
 public:
  JsonText(Draft& draft, const JsonOptions& options) : draft_(draft), options_(options) {}

  enum class Gap : std::uint8_t { inside, behind_comma, behind_colon };  // inside: next to a bracket
  Fragment gap(Gap where);
  // A gap that only rules whose counters are satisfied may have.
  void gap_when_done(std::uint32_t from, std::uint32_t to);

  RuleId string();   // called with the least and most code points it may have
  RuleId integer();
  RuleId number();
  RuleId value();    // any value
  RuleId object();   // any object
  RuleId array();    // called with the least and most items
  Fragment literal(const Json& value);  // this value, its members in this order

  // [ … ]: `item` may come again and again behind the items of `first`; without it there are no others. The counters of the rule are
  // its items.
  RuleId array_of(std::string name, std::span<const RuleId> first, std::optional<RuleId> item);

 private:
  RuleId rule(std::string name, const Letters& letters);
  std::optional<RuleId> blanks_, string_, integer_, number_, value_, object_, array_;
  Draft& draft_;
  JsonOptions options_;
};

}  // namespace maru::grammar
