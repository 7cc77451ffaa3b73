// JSON Schema to rules. One rule for every set of schemas that hold together; rules that are asked for are written later, one by one, so
// that no schema is too deep or too recursive.
#include <algorithm>
#include <deque>
#include <map>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/grammar/formats.h"
#include "maru/grammar/json_text.h"
#include "maru/grammar/letters.h"
#include "maru/grammar/schema.h"

namespace maru::grammar {
namespace {

class SchemaCompiler {
 public:
  SchemaCompiler(const Json& root, Draft& draft, const JsonOptions& options)
      : schemas_(root, draft.meter()), draft_(draft), json_(draft, options), options_(options) {}

  void run(const Json& root) {
    (void)rule_of({{.schema = &root, .path = "#"}});
    for (; !waiting_.empty(); waiting_.pop_front()) {
      draft_.meter().where = "JSON schema, " + waiting_.front().parts[0].path;
      draft_.define(waiting_.front().rule, body(waiting_.front().parts));
    }
  }

 private:
  struct Job {
    RuleId rule = 0;
    Parts parts;
  };
  using Key = std::vector<std::pair<const Json*, int>>;

  RuleId rule_of(const Parts& parts) { return parts.empty() ? json_.value() : rule_of_flattened(schemas_.flattened(parts)); }
  RuleId rule_of_flattened(Parts parts) {
    Key key;
    for (const Part& part : parts) key.emplace_back(part.schema, part.without_any * 2 + part.without_one);
    std::ranges::sort(key);
    if (const auto known = rules_.find(key); known != rules_.end()) return known->second;
    const RuleId rule = draft_.declare(parts[0].path);
    rules_.emplace(std::move(key), rule);
    waiting_.push_back({rule, std::move(parts)});
    return rule;
  }
  Fragment impossible() { return draft_.either({}); }

  Fragment body(const Parts& parts) {
    Shape shape = schemas_.read(parts);
    if (shape.impossible) return impossible();
    if (!shape.choices.empty()) return alternatives(parts, shape.choices[0]);
    if (shape.values) return listed(shape);
    std::vector<Fragment> ways;
    if (shape.kinds & kNull) ways.push_back(draft_.literal("null"));
    if (shape.kinds & kBoolean) {
      ways.push_back(draft_.literal("true"));
      ways.push_back(draft_.literal("false"));
    }
    if (shape.kinds & kNumber) ways.push_back(number(shape));
    if (shape.kinds & kString) ways.push_back(string(shape));
    if (shape.kinds & kArray) ways.push_back(array(shape));
    if (shape.kinds & kObject) ways.push_back(object(shape));
    return draft_.either(ways);
  }

  // anyOf and oneOf: what stands beside them holds in every branch.
  Fragment alternatives(const Parts& parts, const Shape::Choice& choice) {
    if (choice.one_of) check_disjoint(schemas_, choice, parts[choice.part].path);
    Parts rest = parts;
    (choice.one_of ? rest[choice.part].without_one : rest[choice.part].without_any) = true;
    std::vector<Fragment> ways;
    for (const Part& branch : choice.branches) ways.push_back(draft_.call(rule_of_flattened(schemas_.extended(rest, branch))));
    return draft_.either(ways);
  }

  // enum and const. Whether a listed value keeps the other rules is not computed: they are refused beside it.
  Fragment listed(const Shape& shape) {
    std::uint8_t kinds = 0;
    for (const Json& value : *shape.values) kinds |= kind_of_value(value);
    const bool strings = shape.least_letters > 0 || shape.most_letters != kUnbounded || !shape.patterns.empty() || !shape.formats.empty();
    const bool numbers = shape.numbers.low || shape.numbers.high || !shape.numbers.multiples.empty();
    const bool arrays = shape.lists_items || shape.least_items > 0 || shape.most_items != kUnbounded;
    const bool objects = !shape.properties.empty() || shape.says_additional || shape.least_properties > 0 ||
                         shape.most_properties != kUnbounded;
    const std::uint8_t asked = (strings ? kString : 0) | (numbers ? kNumber : 0) | (arrays ? kArray : 0) | (objects ? kObject : 0);
    check((asked & kinds) == 0,
          "JSON schema, {}: enum or const beside keywords about the same values is not supported; list the values that keep them",
          shape.path);
    std::vector<Fragment> ways;
    for (const Json& value : *shape.values) ways.push_back(json_.literal(value));
    return draft_.either(ways);
  }

  Fragment number(const Shape& shape) {
    Numbers numbers = shape.numbers;
    numbers.integer = (shape.kinds & kFraction) == 0;
    if (!numbers.low && !numbers.high && numbers.multiples.empty()) return draft_.call(numbers.integer ? json_.integer() : json_.number());
    return written(letters_of_numbers(numbers, draft_.meter()), Spelled::plain, draft_);
  }

  Fragment string(const Shape& shape) {
    if (shape.most_letters < shape.least_letters) return impossible();
    if (shape.patterns.empty() && shape.formats.empty())
      return draft_.call(json_.string(), std::uint32_t(shape.least_letters), std::uint32_t(shape.most_letters));
    std::optional<Letters> all;
    const auto also = [&](Letters letters) { all = all ? both(*all, letters, draft_.meter()) : std::move(letters); };
    for (const std::string& format : shape.formats) also(letters_of_pattern(*format_pattern(format), Search::whole, draft_.meter()));
    for (const std::string& pattern : shape.patterns) also(letters_of_pattern(pattern, Search::anywhere, draft_.meter()));
    if (shape.least_letters > 0 || shape.most_letters != kUnbounded)
      also(letters_of_length(std::uint32_t(shape.least_letters), std::uint32_t(shape.most_letters), draft_.meter()));
    return draft_.then(draft_.then(draft_.literal("\""), written(*all, Spelled::json, draft_)), draft_.literal("\""));
  }

  Fragment array(const Shape& shape) {
    const std::uint64_t listed = shape.first_items.size();
    const std::uint64_t most = shape.no_other_items ? std::min(shape.most_items, listed) : shape.most_items;
    if (most < shape.least_items) return impossible();
    const auto counted = [&](RuleId rule) { return draft_.call(rule, std::uint32_t(shape.least_items), std::uint32_t(most)); };
    if (!shape.lists_items) return counted(json_.array());
    std::vector<RuleId> first;
    for (const Parts& parts : shape.first_items) first.push_back(rule_of(parts));
    std::optional<RuleId> others;
    if (!shape.no_other_items) others = rule_of(shape.other_items);
    return counted(json_.array_of(shape.path, first, others));
  }

  Fragment object(const Shape& shape) {
    const bool open = !shape.no_additional && (shape.says_additional || !shape.lists_properties || options_.open_objects);
    std::size_t required = 0, possible = 0;
    for (const Shape::Property& one : shape.properties) {
      if (one.required && one.forbidden) return impossible();
      required += one.required;
      possible += !one.forbidden;
    }
    check(shape.least_properties <= required,
          "JSON schema, {}: minProperties of more than the {} required properties is not supported", shape.path, required);
    check(shape.most_properties == kUnbounded || (!open && possible <= shape.most_properties),
          "JSON schema, {}: maxProperties is supported only where no more than so many properties are possible", shape.path);
    if (open && shape.properties.empty() && shape.additional.empty()) return draft_.call(json_.object());
    return members(shape, open);
  }

  // Two rows of places before each property: nothing was written yet, or something was and a comma comes first.
  Fragment members(const Shape& shape, bool open) {
    const Fragment begin = draft_.then(draft_.literal("{"), json_.gap(JsonText::Gap::inside)), close = draft_.literal("}");
    std::uint32_t fresh = begin.end, after = draft_.node();
    std::vector<std::string> names;
    for (const Shape::Property& one : shape.properties) {
      names.push_back(one.name);
      if (one.forbidden) continue;
      const Fragment member = pair(draft_.literal(dump(Json(one.name))), rule_of(one.parts));
      draft_.empty(fresh, member.begin);
      comma(after, member.begin);
      const std::uint32_t next_fresh = draft_.node(), next_after = draft_.node();
      draft_.empty(member.end, next_after);
      if (!one.required) {
        draft_.empty(fresh, next_fresh);
        draft_.empty(after, next_after);
      }
      fresh = next_fresh;
      after = next_after;
    }
    draft_.empty(fresh, close.begin);
    if (open) {
      const Letters key = letters_of_texts(names, false, draft_.meter());
      const Fragment quoted = draft_.then(draft_.then(draft_.literal("\""), written(key, Spelled::json, draft_)), draft_.literal("\""));
      const Fragment member = pair(quoted, rule_of(shape.additional));
      draft_.empty(fresh, member.begin);
      comma(after, member.begin);
      draft_.empty(member.end, after);
    }
    const Fragment last = json_.gap(JsonText::Gap::inside);
    draft_.empty(after, last.begin);
    draft_.empty(last.end, close.begin);
    return {begin.begin, close.end};
  }
  Fragment pair(Fragment key, RuleId value) {
    const Fragment named = draft_.then(draft_.then(key, draft_.literal(":")), json_.gap(JsonText::Gap::behind_colon));
    return draft_.then(named, draft_.call(value));
  }
  void comma(std::uint32_t from, std::uint32_t to) {
    const Fragment between = draft_.then(draft_.literal(","), json_.gap(JsonText::Gap::behind_comma));
    draft_.empty(from, between.begin);
    draft_.empty(between.end, to);
  }

  Schemas schemas_;
  Draft& draft_;
  JsonText json_;
  JsonOptions options_;
  std::map<Key, RuleId> rules_;
  std::deque<Job> waiting_;
};

// Before anything recurses over it: how deep the schema's own JSON is.
void check_depth(const Json& schema, const Meter& meter) {
  std::vector<std::pair<const Json*, std::size_t>> open{{&schema, 0}};
  while (!open.empty()) {
    const auto [value, level] = open.back();
    open.pop_back();
    meter.depth(level);
    for (const Json& inner : *value)
      if (inner.is_structured()) open.emplace_back(&inner, level + 1);
  }
}

}  // namespace

Grammar::Pointer Grammar::from_json_schema(const Json& schema, const Budget& budget, const JsonOptions& options) {
  Meter meter(budget);
  meter.where = "JSON schema";
  check(schema.is_object() || schema.is_boolean(), "JSON schema, {}: expected a schema (an object, true or false), found {}", "#",
        kind_of(schema));
  check_depth(schema, meter);
  Draft draft(meter);
  SchemaCompiler(schema, draft, options).run(schema);
  return std::make_shared<const Grammar>(draft.finish());
}

}  // namespace maru::grammar
