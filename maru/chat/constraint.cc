// From what a request wants to a grammar over the model's vocabulary.
#include "maru/chat/constraint.h"

#include <algorithm>

#include "maru/base/error.h"
#include "maru/engine/end_tokens.h"

namespace maru::chat {
namespace {

using grammar::Grammar;

constexpr std::size_t kMostKept = 64;
constexpr std::size_t kMostKeptBytes = std::size_t{256} << 20;

class GrammarConstraint : public engine::Constraint {
 public:
  explicit GrammarConstraint(grammar::Matcher matcher) : matcher_(std::move(matcher)) {}
  void mask(std::span<float> logits) override { (void)matcher_.mask(logits); }
  void accept(std::int32_t id) override { check(matcher_.accept(id), "the token {} does not fit the grammar", id); }
  bool may_end() const override { return matcher_.may_end(); }
  std::unique_ptr<engine::Constraint> copy() const override { return std::make_unique<GrammarConstraint>(matcher_); }

 private:
  grammar::Matcher matcher_;
};

Grammar::Pointer of_format(const Json& format) {
  if (format.is_string()) return Grammar::any_object();
  if (format.size() == 1 && format.contains("regex")) return Grammar::from_regex(format["regex"].get<std::string>());
  if (format.size() == 1 && format.contains("grammar")) return Grammar::from_gbnf(format["grammar"].get<std::string>());
  return Grammar::from_json_schema(format);
}

std::vector<Grammar::Tool> tools_of(const Json& tools, const std::string& choice) {
  std::vector<Grammar::Tool> out;
  for (const Json& tool : tools) {
    const Json& function = tool.at("function");
    if (choice != "required" && choice != "auto" && function.at("name") != choice) continue;
    out.push_back({.name = function.at("name"), .parameters = function.contains("parameters") ? function["parameters"] : Json()});
  }
  return out;
}

Grammar::Pointer arguments_of(const Grammar::Tool& tool) {
  return Grammar::from_json_schema(tool.parameters.is_null() ? Json{{"type", "object"}, {"properties", Json::object()}} : tool.parameters);
}

// Calls as this family writes them.
Grammar::Pointer calls(const std::vector<Grammar::Tool>& tools, const Marks& marks, bool parallel) {
  switch (marks.calls) {
    case Marks::Calls::tagged_json:
      return Grammar::from_tools(tools, {.begin = marks.call_begin + "\n", .end = "\n" + marks.call_end, .parallel = parallel});
    case Marks::Calls::bare_json:
      // Several would need a separator that this family does not have.
      return Grammar::from_tools(tools, {.begin = "", .end = "", .arguments = "parameters", .parallel = false});
    case Marks::Calls::list: {
      const Grammar::Pointer inner = Grammar::from_tools(tools, {.begin = "", .end = "", .between = ", ", .parallel = parallel});
      const Grammar::Pointer parts[] = {Grammar::literal(marks.call_begin + "["), inner, Grammar::literal("]" + marks.call_end)};
      return Grammar::sequence(parts);
    }
    case Marks::Calls::sections: {
      std::vector<Grammar::Pointer> each;
      for (const Grammar::Tool& tool : tools) {
        const Grammar::Pointer parts[] = {Grammar::literal(marks.item_begin + tool.name + marks.item_separator), arguments_of(tool), Grammar::literal(marks.item_end)};
        each.push_back(Grammar::sequence(parts));
      }
      const Grammar::Pointer parts[] = {Grammar::literal(marks.call_begin), Grammar::repeated(Grammar::either(each), 1, parallel ? 64 : 1), Grammar::literal(marks.call_end)};
      return Grammar::sequence(parts);
    }
    case Marks::Calls::none:
    case Marks::Calls::channels: break;
  }
  fail(ErrorKind::invalid, "tool_choice: this model's way of calling tools cannot be forced; use auto or none");
}

// The id of a mark that the vocabulary has as one token, or -1.
std::int32_t single_token(const text::Tokenizer& tokenizer, std::string_view mark) {
  if (mark.empty()) return -1;
  const std::vector<std::int32_t> ids = tokenizer.encode(mark, {.add_special = false, .parse_special = true}).ids;
  return ids.size() == 1 ? ids[0] : -1;
}

// "\n\n" and the like between thinking and answer.
Grammar::Pointer blanks() { return Grammar::from_regex("[ \\n]{0,4}"); }

}  // namespace

Constraints::Constraints(std::shared_ptr<const engine::Pretrained> model) : model_(std::move(model)) {}

grammar::Tokens::Pointer Constraints::tokens() {
  if (tokens_) return tokens_;
  const text::Tokenizer& tokenizer = *model_->tokenizer();
  std::vector<grammar::Spelling> spellings;
  for (std::int32_t id = 0; id < tokenizer.vocabulary(); ++id) spellings.push_back({.bytes = tokenizer.bytes(id), .special = tokenizer.special(id)});
  return tokens_ = grammar::Tokens::prepare(spellings, engine::end_tokens(model_->file(), tokenizer));
}

std::shared_ptr<const engine::Constraint> Constraints::operator()(const Wanted& wanted, const Marks& marks) {
  const bool forced = !wanted.tools.empty() && wanted.tool_choice != "auto" && wanted.tool_choice != "none";
  if (wanted.format.is_null() && !forced) return nullptr;
  // With a schema beside tools, a call is an answer too.
  const bool either = !wanted.format.is_null() && !wanted.tools.empty() && wanted.tool_choice != "none" && marks.calls != Marks::Calls::channels;
  const std::int32_t thought = single_token(*model_->tokenizer(), marks.think_end);
  std::string key = dump(wanted.format) + "\n" + wanted.tool_choice + (wanted.parallel_calls ? "+" : "-") + (wanted.thinks ? "t" : wanted.may_think ? "m" : "n");
  if (forced || either) key += dump(wanted.tools);
  const std::lock_guard lock(mutex_);
  auto kept = std::ranges::find(kept_, key, &Kept::key);
  if (kept == kept_.end()) {
    std::vector<Grammar::Pointer> ways;
    if (!wanted.format.is_null() && !forced) ways.push_back(of_format(wanted.format));
    // A tool that is named is called once.
    const bool several = wanted.parallel_calls && (wanted.tool_choice == "required" || wanted.tool_choice == "auto");
    if (forced || either) ways.push_back(calls(tools_of(wanted.tools, wanted.tool_choice), marks, several));
    Grammar::Pointer whole = ways.size() == 1 ? ways[0] : Grammar::either(ways);
    if (!marks.think_end.empty() && (wanted.thinks ? thought < 0 : wanted.may_think)) {
      const Grammar::Pointer thinking[] = {wanted.thinks ? Grammar::literal("") : Grammar::literal(marks.think_begin), Grammar::text_until(marks.think_end), blanks(), whole};
      const Grammar::Pointer with = Grammar::sequence(thinking);
      const Grammar::Pointer both[] = {whole, with};
      whole = wanted.thinks ? with : Grammar::either(both);
    } else if (wanted.thinks) {
      const Grammar::Pointer parts[] = {blanks(), whole};
      whole = Grammar::sequence(parts);
    }
    kept_.push_front({key, grammar::Guide::over(whole, tokens())});
    std::size_t bytes = 0, count = 0;
    // The oldest go first; whoever uses one keeps it.
    kept_.remove_if([&](const Kept& one) { return ++count > kMostKept || ((bytes += one.guide->bytes()) > kMostKeptBytes && count > 1); });
    kept = kept_.begin();
  } else {
    kept_.splice(kept_.begin(), kept_, kept);
  }
  grammar::Matcher matcher(kept->guide);
  if (wanted.thinks && thought >= 0) matcher.begin_after(std::vector<std::int32_t>{thought});
  return std::make_shared<const GrammarConstraint>(std::move(matcher));
}

}  // namespace maru::chat
