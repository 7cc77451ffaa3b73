// A Modelfile's template as Ollama runs it: at once over .Messages where it names them, else turn by turn with .System, .Prompt and
// .Response.
#include "maru/base/error.h"
#include "maru/chat/dialect.h"
#include "maru/chat/go_template.h"

namespace maru::chat {
namespace {

using go::Value;
using Fields = std::vector<std::pair<std::string, Value>>;

// Go prints a struct's fields in the order of its declaration; what it does not know follows.
Json ordered(const Json& object, std::initializer_list<const char*> names) {
  Json out = Json::object();
  for (const char* name : names)
    if (const auto found = object.find(name); found != object.end()) out[name] = *found;
  for (const auto& [name, value] : object.items())
    if (!out.contains(name)) out[name] = value;
  return out;
}
Json ordered_property(const Json& property) {
  return property.is_object() ? ordered(property, {"anyOf", "type", "items", "description", "enum", "properties", "required"}) : property;
}
Json ordered_tool(const Json& tool) {
  Json out = ordered(tool, {"type", "items", "function"});
  out["function"] = ordered(out["function"], {"name", "description", "parameters"});
  if (auto parameters = out["function"].find("parameters"); parameters != out["function"].end() && parameters->is_object()) {
    *parameters = ordered(*parameters, {"type", "$defs", "items", "required", "properties"});
    if (auto properties = parameters->find("properties"); properties != parameters->end() && properties->is_object())
      for (auto& [name, property] : properties->items()) property = ordered_property(property);
  }
  return out;
}

Value shared(Value value, const Json& json) { return value.as_json(std::make_shared<const Json>(json)); }
Value text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return Value::text(found != object.end() && found->is_string() ? found->get<std::string>() : std::string());
}
Value value_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? Value() : go::from_json(*found);
}

Value property_value(const Json& property) {
  if (!property.is_object()) return go::from_json(property);
  return shared(Value::fields({{"AnyOf", value_of(property, "anyOf")},
                               {"Type", value_of(property, "type")},
                               {"Items", value_of(property, "items")},
                               {"Description", text_of(property, "description")},
                               {"Enum", value_of(property, "enum")},
                               {"Properties", value_of(property, "properties")},
                               {"Required", value_of(property, "required")}}),
                property);
}

Value tool_value(const Json& given) {
  const Json tool = ordered_tool(given);
  const Json& function = tool.at("function");
  const auto found = function.find("parameters");
  const Json parameters = found != function.end() && found->is_object() ? *found : Json::object();
  Fields properties;
  if (const auto each = parameters.find("properties"); each != parameters.end() && each->is_object())
    for (const auto& [name, property] : each->items()) properties.emplace_back(name, property_value(property));
  const Value written = shared(Value::fields({{"Type", text_of(parameters, "type")},
                                              {"Defs", value_of(parameters, "$defs")},
                                              {"Items", value_of(parameters, "items")},
                                              {"Required", value_of(parameters, "required")},
                                              {"Properties", Value::map(std::move(properties))}}),
                               parameters);
  return shared(Value::fields({{"Type", text_of(tool, "type")},
                               {"Items", value_of(tool, "items")},
                               {"Function", shared(Value::fields({{"Name", text_of(function, "name")},
                                                                  {"Description", text_of(function, "description")},
                                                                  {"Parameters", written}}),
                                                   function)}}),
                tool);
}

Value message_value(const Message& message) {
  go::List calls;
  std::int64_t number = 0;
  for (const ToolCall& call : message.calls)
    calls.push_back(Value::fields({{"ID", Value::text(call.id)},
                                   {"Function", Value::fields({{"Index", Value::integer(number++)}, {"Name", Value::text(call.name)},
                                                               {"Arguments", shared(go::from_json(call.arguments), call.arguments)}})}}));
  return Value::fields({{"Role", Value::text(message.role)},
                        {"Content", Value::text(message.content)},
                        {"Thinking", Value::text(message.thinking)},
                        {"Images", Value::list({})},
                        {"ToolCalls", Value::list(std::move(calls))},
                        {"ToolName", Value::text(message.tool_name)},
                        {"ToolCallID", Value::text(message.tool_call_id)}});
}

// Neighbours of one role become one message, but for tools' results.
std::vector<Message> collated(const std::vector<Message>& messages) {
  std::vector<Message> out;
  for (const Message& message : messages) {
    if (out.empty() || out.back().role != message.role || message.role == "tool") {
      out.push_back(message);
      continue;
    }
    out.back().content += "\n\n" + message.content;
    out.back().calls.insert(out.back().calls.end(), message.calls.begin(), message.calls.end());
  }
  return out;
}

class GoDialect final : public Dialect {
 public:
  GoDialect(std::string_view source, std::string_view where) : whole_(source, where), by_turns_(!whole_.uses("messages")) {
    if (by_turns_ && !whole_.uses("response")) whole_.append_field("Response");
    marks_ = find_marks(source);
    abilities_ = {.tools = whole_.uses("tools"),
                  .system = whole_.uses("system") || !by_turns_,
                  .suffix = whole_.uses("suffix"),
                  .thinking = whole_.uses("thinking") || !marks_.think_end.empty(),
                  .switches_thinking = whole_.uses("think") || whole_.uses("thinklevel")};
    if (abilities_.thinking && marks_.think_end.empty()) {
      marks_.think_begin = "<think>";
      marks_.think_end = "</think>";
    }
    if (!abilities_.tools) marks_.calls = Marks::Calls::none;
  }

  std::string render(const Conversation& conversation, const text::TemplateLimits& limits) const override {
    if (!conversation.suffix.empty()) return fill_in(conversation, limits);
    const std::vector<Message> messages = collated(conversation.messages);
    return by_turns_ ? turns(conversation, messages, limits) : at_once(conversation, messages, limits);
  }

 private:
  Fields with_thinking(const Conversation& conversation, Fields fields) const {
    fields.emplace_back("Think", Value::boolean(conversation.think.value_or(abilities_.thinking)));
    fields.emplace_back("ThinkLevel", Value::text(conversation.think_level));
    fields.emplace_back("IsThinkSet", Value::boolean(conversation.think.has_value()));
    return fields;
  }

  std::string fill_in(const Conversation& conversation, const text::TemplateLimits& limits) const {
    return whole_.render(Value::map(with_thinking(conversation, {{"Prompt", Value::text(conversation.messages.back().content)},
                                                                 {"Suffix", Value::text(conversation.suffix)},
                                                                 {"Response", Value::text("")}})),
                         limits);
  }

  std::string at_once(const Conversation& conversation, const std::vector<Message>& messages, const text::TemplateLimits& limits) const {
    std::string system;
    for (const Message& message : conversation.messages)
      if (message.role == "system") system += (system.empty() ? "" : "\n\n") + message.content;
    go::List values, tools;
    for (const Message& message : messages) values.push_back(message_value(message));
    Json as_json;                                // null where there are none, as in Go
    for (const Json& tool : conversation.tools) {
      tools.push_back(tool_value(tool));
      as_json.push_back(ordered_tool(tool));
    }
    return whole_.render(Value::map(with_thinking(conversation, {{"System", Value::text(std::move(system))},
                                                                 {"Messages", Value::list(std::move(values))},
                                                                 {"Tools", shared(Value::list(std::move(tools)), as_json)},
                                                                 {"Response", Value::text("")}})),
                         limits);
  }

  // One run per turn; the last one ends where the answer begins.
  std::string turns(const Conversation& conversation, const std::vector<Message>& messages, const text::TemplateLimits& limits) const {
    std::string out, system, prompt, response;
    const auto write = [&](const GoTemplate& with) {
      out += with.render(Value::map(with_thinking(conversation, {{"System", Value::text(std::exchange(system, {}))},
                                                                 {"Prompt", Value::text(std::exchange(prompt, {}))},
                                                                 {"Response", Value::text(std::exchange(response, {}))}})),
                         limits);
      if (out.size() > limits.output_bytes) fail(ErrorKind::limit, "the template writes more than {} bytes", limits.output_bytes);
    };
    for (const Message& message : messages) {
      check(message.role != "tool" && message.calls.empty(), "this model's template has no place for tools: it has no {{{{ .Messages }}}}");
      if (message.role == "system") {
        if (!prompt.empty() || !response.empty()) write(whole_);
        system = message.content;
      } else if (message.role == "user") {
        if (!response.empty()) write(whole_);
        prompt = message.content;
      } else {
        response = message.content;
      }
    }
    write(whole_.cut_behind("Response"));
    return out;
  }

  GoTemplate whole_;
  bool by_turns_;
};

}  // namespace

std::unique_ptr<Dialect> go_dialect(std::string_view source, std::string_view where) { return std::make_unique<GoDialect>(source, where); }

}  // namespace maru::chat
