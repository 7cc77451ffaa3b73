// The shared rules of JSON (RFC 8259).
#include "maru/grammar/json_text.h"

#include <array>

#include "maru/grammar/letters.h"
#include "maru/grammar/numbers.h"

namespace maru::grammar {

RuleId JsonText::rule(std::string name, const Letters& letters) {
  return draft_.as_rule(std::move(name), written(letters, Spelled::plain, draft_));
}

Fragment JsonText::gap(Gap where) {
  if (options_.blanks == Blanks::none) return draft_.nothing();
  if (options_.blanks == Blanks::single) return where == Gap::inside ? draft_.nothing() : draft_.literal(" ");
  if (!blanks_) blanks_ = rule("blanks", letters_of_pattern("( |\n[ \t]{0,32})?", Search::whole, draft_.meter()));
  return draft_.call(*blanks_);
}

void JsonText::gap_when_done(std::uint32_t from, std::uint32_t to) {
  if (options_.blanks != Blanks::flexible) return draft_.empty(from, to);
  (void)gap(Gap::inside);
  draft_.call_from(from, *blanks_, to, kDone);
}

// Every escape of RFC 8259 is allowed; a surrogate only as half of a pair.
RuleId JsonText::string() {
  if (string_) return *string_;
  string_ = draft_.declare("string");
  const std::uint32_t begin = draft_.node(), hub = draft_.node(), end = draft_.node();
  draft_.byte(begin, '"', '"', hub);
  draft_.byte(hub, '"', '"', end, kDone);
  draft_.one_of(hub, {{0x20, 0x21}, {0x23, 0x5B}, {0x5D, 0xD7FF}, {0xE000, kLastCodePoint}}, hub, kMore | kCount);
  const std::uint32_t escape = draft_.node();
  draft_.byte(hub, '\\', '\\', escape, kMore);
  for (const char c : std::string_view("\"\\/bfnrt")) draft_.byte(escape, std::uint8_t(c), std::uint8_t(c), hub, kCount);
  const auto hex = [&](std::uint32_t from, std::string_view digits, std::uint32_t to, std::uint8_t flags = kFree) {
    for (const char c : digits) {
      draft_.byte(from, std::uint8_t(c), std::uint8_t(c), to, flags);
      if (c >= 'a') draft_.byte(from, std::uint8_t(c - 32), std::uint8_t(c - 32), to, flags);
    }
  };
  constexpr std::string_view kAll = "0123456789abcdef";
  std::array<std::uint32_t, 12> n{};
  for (std::uint32_t& node : n) node = draft_.node();
  // n[0]: behind "\u"; n[3] n[2]: the last digits; n[4]: behind D; n[5] n[6]: behind D8 … DB; n[7] …: the low half.
  draft_.byte(escape, 'u', 'u', n[0]);
  hex(n[0], "0123456789abcef", n[1]);
  hex(n[1], kAll, n[2]);
  hex(n[2], kAll, n[3]);
  hex(n[3], kAll, hub, kCount);
  hex(n[0], "d", n[4]);
  hex(n[4], "01234567", n[2]);
  hex(n[4], "89ab", n[5]);
  hex(n[5], kAll, n[6]);
  hex(n[6], kAll, n[7]);
  draft_.byte(n[7], '\\', '\\', n[8]);
  draft_.byte(n[8], 'u', 'u', n[9]);
  hex(n[9], "d", n[10]);
  hex(n[10], "cdef", n[11]);
  hex(n[11], kAll, n[3]);
  draft_.define(*string_, {begin, end});
  return *string_;
}

RuleId JsonText::integer() {
  if (!integer_) integer_ = rule("integer", letters_of_numbers({.integer = true}, draft_.meter()));
  return *integer_;
}

RuleId JsonText::number() {
  if (!number_) number_ = rule("number", letters_of_numbers({}, draft_.meter()));
  return *number_;
}

RuleId JsonText::value() {
  if (value_) return *value_;
  value_ = draft_.declare("value");
  const Fragment parts[] = {draft_.call(object()), draft_.call(array()),        draft_.call(string()), draft_.call(number()),
                            draft_.literal("true"), draft_.literal("false"), draft_.literal("null")};
  draft_.define(*value_, draft_.either(parts));
  return *value_;
}

RuleId JsonText::object() {
  if (object_) return *object_;
  object_ = draft_.declare("object");
  const std::uint32_t first = draft_.node(), key = draft_.node(), behind = draft_.node();
  const Fragment open = draft_.then(draft_.literal("{"), gap(Gap::inside)), close = draft_.literal("}");
  draft_.empty(open.end, first);
  draft_.empty(first, key);
  draft_.empty(first, close.begin);
  Fragment member = draft_.then(draft_.call(string()), draft_.literal(":"));
  member = draft_.then(draft_.then(member, gap(Gap::behind_colon)), draft_.call(value()));
  draft_.empty(key, member.begin);
  draft_.empty(member.end, behind);
  const Fragment comma = draft_.then(draft_.literal(","), gap(Gap::behind_comma));
  draft_.empty(behind, comma.begin);
  draft_.empty(comma.end, key);
  const Fragment last = gap(Gap::inside);
  draft_.empty(behind, last.begin);
  draft_.empty(last.end, close.begin);
  draft_.define(*object_, {open.begin, close.end});
  return *object_;
}

RuleId JsonText::array() {
  if (array_) return *array_;
  const RuleId item = value();  // which asks for arrays itself
  if (!array_) array_ = array_of("array", {}, item);
  return *array_;
}

RuleId JsonText::array_of(std::string name, std::span<const RuleId> first, std::optional<RuleId> item) {
  const RuleId rule = draft_.declare(std::move(name));
  const Fragment open = draft_.then(draft_.literal("["), gap(Gap::inside));
  const std::uint32_t end = draft_.node(), close = draft_.node();
  draft_.byte(close, ']', ']', end, kDone);
  draft_.byte(open.end, ']', ']', end, kDone);
  std::uint32_t from = open.end;  // where the next item may begin
  for (std::size_t i = 0; i <= first.size(); ++i) {
    const bool loops = i == first.size();
    if (loops && !item) break;
    const std::uint32_t behind = draft_.node();
    draft_.call_from(from, loops ? *item : first[i], behind, kMore | kCount);
    gap_when_done(behind, close);
    if (!loops && i + 1 == first.size() && !item) break;
    const std::uint32_t comma = draft_.node();
    draft_.byte(behind, ',', ',', comma, kMore);
    const Fragment space = gap(Gap::behind_comma);
    draft_.empty(comma, space.begin);
    from = space.end;
    if (loops) draft_.call_from(from, *item, behind, kCount);
  }
  draft_.define(rule, {open.begin, end});
  return rule;
}

Fragment JsonText::literal(const Json& value) {
  if (!value.is_structured()) return draft_.literal(dump(value));
  const bool object = value.is_object();
  Fragment all = draft_.literal(object ? "{" : "[");
  if (!value.empty()) all = draft_.then(all, gap(Gap::inside));
  bool first = true;
  for (auto at = value.begin(); at != value.end(); ++at) {
    if (!first) all = draft_.then(draft_.then(all, draft_.literal(",")), gap(Gap::behind_comma));
    first = false;
    if (object) all = draft_.then(draft_.then(all, draft_.literal(dump(Json(at.key())) + ":")), gap(Gap::behind_colon));
    all = draft_.then(all, literal(*at));
  }
  if (!value.empty()) all = draft_.then(all, gap(Gap::inside));
  return draft_.then(all, draft_.literal(object ? "}" : "]"));
}

namespace {

Grammar::Pointer json_grammar(const Budget& budget, const JsonOptions& options, RuleId (JsonText::*rule)()) {
  Meter meter(budget);
  Draft draft(meter);
  const RuleId root = draft.declare("json");
  JsonText json(draft, options);
  draft.define(root, draft.call((json.*rule)()));
  return std::make_shared<const Grammar>(draft.finish());
}

}  // namespace

Grammar::Pointer Grammar::any_json(const Budget& budget, const JsonOptions& options) {
  return json_grammar(budget, options, &JsonText::value);
}
Grammar::Pointer Grammar::any_object(const Budget& budget, const JsonOptions& options) {
  return json_grammar(budget, options, &JsonText::object);
}

}  // namespace maru::grammar
