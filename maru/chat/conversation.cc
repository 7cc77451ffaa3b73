// What a conversation has to be before a template sees it: roles, calls and their results, tools.
#include <algorithm>
#include <array>

#include "maru/base/error.h"
#include "maru/chat/chat.h"

namespace maru::chat {
namespace {

constexpr std::size_t kTools = 1024, kName = 128;

std::string small(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return out;
}

// Names go into the prompt beside the template's own words, so nothing but these letters.
void check_name(std::string_view name, std::string_view where) {
  check(!name.empty(), "{}: a function needs a name", where);
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("_-.:/").contains(c);
  });
  check(plain && name.size() <= kName, "{}: a function's name has up to {} letters a-z A-Z 0-9 _ - . : /, got \"{}\"", where, kName,
        name.substr(0, kName));
}

void check_tools(const Json& tools) {
  check(tools.is_array(), "tools: expected an array, got {}", kind_of(tools));
  if (tools.size() > kTools) fail(ErrorKind::invalid, "tools: {} tools are more than {}", tools.size(), kTools);
  for (std::size_t i = 0; i < tools.size(); ++i) {
    const Json& tool = tools[i];
    const std::string where = fmt::format("tools[{}]", i);
    check(tool.is_object(), "{}: expected an object, got {}", where, kind_of(tool));
    if (const auto type = tool.find("type"); type != tool.end())
      check(type->is_string() && *type == "function", "{}.type: only \"function\" is known, got {}", where, dump(*type).substr(0, 60));
    const auto function = tool.find("function");
    check(function != tool.end() && function->is_object(), "{}.function: expected an object with name, description and parameters", where);
    const auto name = function->find("name");
    check(name != function->end() && name->is_string(), "{}.function.name: expected a text", where);
    check_name(name->get_ref<const std::string&>(), where + ".function.name");
    if (const auto about = function->find("description"); about != function->end() && !about->is_null())
      check(about->is_string(), "{}.function.description: expected a text, got {}", where, kind_of(*about));
    if (const auto parameters = function->find("parameters"); parameters != function->end() && !parameters->is_null())
      check(parameters->is_object(), "{}.function.parameters: expected a JSON Schema, which is an object, got {}", where,
            kind_of(*parameters));
  }
}

// Calls whose result did not come yet.
struct Open {
  std::string id, name;
};

}  // namespace

Conversation checked(Conversation conversation) {
  check(!conversation.messages.empty(), "messages: there is none; a conversation has at least one");
  check_tools(conversation.tools);
  check(conversation.more.is_object(), "chat_template_kwargs: expected an object, got {}", kind_of(conversation.more));
  for (const char* ours : {"messages", "tools", "add_generation_prompt"})
    check(!conversation.more.contains(ours), "chat_template_kwargs: {} has a field of its own in the request", ours);
  std::vector<Open> open;
  std::size_t number = 0, called = 0;
  for (Message& message : conversation.messages) {
    const std::string where = fmt::format("messages[{}]", number++);
    message.role = small(message.role);
    if (message.role == "developer") message.role = "system";
    const bool tool = message.role == "tool", assistant = message.role == "assistant";
    check(tool || assistant || message.role == "system" || message.role == "user",
          "{}.role: expected system, user, assistant or tool, got \"{}\"", where, message.role.substr(0, 60));
    check(message.calls.empty() || assistant, "{}: only the assistant calls tools, and the role is {}", where, message.role);
    if (!tool) open.clear();
    for (ToolCall& call : message.calls) {
      check_name(call.name, where + ".tool_calls");
      check(call.arguments.is_object(), "{}.tool_calls: the arguments of {} are expected to be an object, got {}", where, call.name,
            kind_of(call.arguments));
      if (call.id.empty()) call.id = fmt::format("call_{:08}", called);
      ++called;
      open.push_back({call.id, call.name});
    }
    if (!tool) continue;
    check(!open.empty(), "{}: a tool's result without a call of the assistant before it", where);
    auto answered = open.begin();
    if (!message.tool_call_id.empty()) {
      answered = std::ranges::find(open, message.tool_call_id, &Open::id);
      check(answered != open.end(), "{}.tool_call_id: no open call of the assistant before it has the id \"{}\"", where,
            message.tool_call_id.substr(0, 60));
    } else if (!message.tool_name.empty()) {
      answered = std::ranges::find(open, message.tool_name, &Open::name);
      check(answered != open.end(), "{}.tool_name: the assistant did not call \"{}\" before it", where, message.tool_name.substr(0, 60));
    }
    message.tool_call_id = answered->id;
    if (message.tool_name.empty()) message.tool_name = answered->name;
    open.erase(answered);
  }
  if (!conversation.answer_follows)
    check(conversation.messages.back().role == "assistant",
          "messages: only a last message of the assistant can be continued, this one is the {}'s", conversation.messages.back().role);
  return conversation;
}

}  // namespace maru::chat
