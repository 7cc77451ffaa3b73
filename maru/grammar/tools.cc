// Tool calls as a model writes them: framed objects of a name and arguments.
#include <algorithm>
#include <set>

#include "maru/base/error.h"
#include "maru/grammar/compiled.h"
#include "maru/grammar/free_text.h"
#include "maru/grammar/json_text.h"

namespace maru::grammar {
namespace {

constexpr std::size_t kLongestName = 64;  // OpenAI's limit

void check_name(const std::string& name) {
  const bool plain = !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
  check(plain, "tool {:?}: expected a name of 1 to {} letters, digits, '_', '-' or '.'", name, kLongestName);
}

// {"name": "…", "arguments": …}
Fragment one_call(const Grammar::Tool& tool, const Grammar::Framing& framing, Draft& draft, JsonText& json,
                  const Grammar::Pointer& arguments) {
  Fragment all = draft.then(draft.literal("{"), json.gap(JsonText::Gap::inside));
  const auto key = [&](const std::string& name) {
    all = draft.then(draft.then(all, draft.literal(dump(Json(name)) + ":")), json.gap(JsonText::Gap::behind_colon));
  };
  key(framing.name);
  all = draft.then(draft.then(all, draft.literal(dump(Json(tool.name)) + ",")), json.gap(JsonText::Gap::behind_comma));
  key(framing.arguments);
  all = draft.then(draft.then(all, draft.call(draft.import(arguments->automaton()))), json.gap(JsonText::Gap::inside));
  return draft.then(all, draft.literal("}"));
}

}  // namespace

Grammar::Pointer Grammar::from_tools(std::span<const Tool> tools, const Framing& framing, const Budget& budget,
                                     const JsonOptions& options) {
  check(!tools.empty(), "tools: expected one or more");
  check(!framing.text_before || !framing.begin.empty(), "tools: free text before a call needs a text that begins the call");
  return compiled(budget, [&](Draft& draft) {
    JsonText json(draft, options);
    std::set<std::string> names;
    std::vector<Fragment> calls;
    for (const Tool& tool : tools) {
      check_name(tool.name);
      check(names.insert(tool.name).second, "tool {:?}: stands twice", tool.name);
      draft.meter().step();
      const Json schema = tool.parameters.is_null() ? Json{{"type", "object"}, {"additionalProperties", false}} : tool.parameters;
      Pointer arguments;
      try {
        arguments = from_json_schema(schema, budget, options);
      } catch (const Error& error) {
        fail(error.kind(), "tool {:?}: {}", tool.name, error.said());
      }
      calls.push_back(one_call(tool, framing, draft, json, arguments));
    }
    const RuleId call = draft.as_rule("tool", draft.either(calls));
    const auto ended = [&] { return draft.then(draft.call(call), draft.literal(framing.end)); };
    Fragment all = framing.text_before ? Fragment{} : draft.then(draft.literal(framing.begin), ended());
    if (framing.text_before) {
      const std::string markers[] = {framing.begin};
      all = draft.then(text_around(draft, markers, true), ended());
    }
    if (framing.parallel) all = draft.then(all, draft.star(draft.then(draft.literal(framing.between + framing.begin), ended())));
    if (!framing.text_before) return all;
    const std::string markers[] = {framing.begin};
    const Fragment both[] = {text_around(draft, markers, false), all};
    return draft.either(both);
  });
}

}  // namespace maru::grammar
