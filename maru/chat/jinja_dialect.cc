// A model's own template, in Jinja. Templates differ in what they take (a system message, arguments as object or as text, content in
// parts), and say so nowhere; so each is tried with a small conversation when it is opened.
#include <algorithm>
#include <optional>

#include "maru/base/error.h"
#include "maru/chat/dialect.h"

namespace maru::chat {
namespace {

constexpr std::string_view kSaid = "Qzsaid", kName = "qzname", kField = "qzfield", kRule = "Qzrule";

// Which of the forms a template understands a message is written in.
struct Forms {
  bool parts = false;                            // content as [{"type": "text", "text": …}]
  bool arguments_as_text = false;
  bool null_beside_calls = false;                // content is null where there are calls only
  bool short_ids = false;                        // nine letters and digits (Mistral)
  bool calls_as_content = false;  // a template without a place for calls gets them as the model would write them (Granite 3.3)
};

// Mistral's templates refuse other ids. The same id always becomes the same nine letters.
std::string short_id(std::string_view id) {
  const bool fits =
      id.size() == 9 && id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos;
  if (fits) return std::string(id);
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : id) hash = (hash ^ std::uint8_t(c)) * 1099511628211ull;
  std::string out;
  for (int i = 0; i < 9; ++i, hash /= 36) out += "0123456789abcdefghijklmnopqrstuvwxyz"[hash % 36];
  return out;
}

// As Python writes JSON, which models were taught with: ", " and ": ".
std::string spaced(const Json& value) {
  if (!value.is_structured()) return dump(value);
  std::string out(1, value.is_object() ? '{' : '[');
  for (const auto& [name, item] : value.items()) {
    if (out.size() > 1) out += ", ";
    if (value.is_object()) out += dump(Json(name)) + ": ";
    out += spaced(item);
  }
  return out + (value.is_object() ? '}' : ']');
}

std::string calls_written(const std::vector<ToolCall>& calls, const Marks& marks) {
  Json list = Json::array();
  for (const ToolCall& call : calls) list.push_back({{"name", call.name}, {"arguments", call.arguments}});
  if (marks.calls == Marks::Calls::list) return marks.call_begin + spaced(list) + marks.call_end;
  std::string out;
  for (const Json& call : list)
    out += (out.empty() ? "" : "\n") +
           (marks.call_end.empty() ? spaced(call) : fmt::format("{}\n{}\n{}", marks.call_begin, spaced(call), marks.call_end));
  return out;
}

Json content_of(const Message& message, const Forms& forms) {
  if (message.content.empty() && !message.calls.empty() && forms.null_beside_calls) return nullptr;
  if (forms.parts) return Json::array({{{"type", "text"}, {"text", message.content}}});
  return message.content;
}

Json written(const Message& message, const Forms& forms) {
  Json out = {{"role", message.role}, {"content", content_of(message, forms)}};
  const auto id = [&](const std::string& given) { return forms.short_ids ? short_id(given) : given; };
  // Families name it differently; each reads its own.
  if (!message.thinking.empty()) out["reasoning_content"] = out["thinking"] = message.thinking;
  if (!message.calls.empty()) {
    Json& calls = out["tool_calls"] = Json::array();
    for (const ToolCall& call : message.calls) {
      Json arguments = forms.arguments_as_text ? Json(spaced(call.arguments)) : call.arguments;
      calls.push_back(
          {{"id", id(call.id)}, {"type", "function"}, {"function", {{"name", call.name}, {"arguments", std::move(arguments)}}}});
    }
  }
  if (message.role == "tool") {
    out["name"] = message.tool_name;
    out["tool_call_id"] = id(message.tool_call_id);
  }
  return out;
}

Conversation tried(std::initializer_list<Message> messages) { return Conversation{.messages = messages}; }

class JinjaDialect final : public Dialect {
 public:
  JinjaDialect(const text::Tokenizer& tokenizer, std::string_view source, std::string_view where) : chat_(source, where) {
    // All that the tokenizer has; the two that templates add to texts are empty where there is none.
    const auto spelled = [&](std::optional<std::int32_t> id) { return id ? std::string(tokenizer.piece(*id)) : std::string(); };
    tokens_ = {{"bos_token", spelled(tokenizer.bos)}, {"eos_token", spelled(tokenizer.eos)}};
    if (tokenizer.unknown) tokens_["unk_token"] = spelled(tokenizer.unknown);
    if (tokenizer.padding) tokens_["pad_token"] = spelled(tokenizer.padding);
    marks_ = find_marks(source);
    xml_tools_ = source.contains("xml_tools");   // SmolLM3's name for them
    try_out();
    abilities_.thinking = !marks_.think_end.empty();
    if (!abilities_.tools) marks_.calls = Marks::Calls::none;
  }

  std::string render(const Conversation& conversation, const text::TemplateLimits& limits) const override {
    if (!forms_.calls_as_content) return render(conversation, forms_, limits);
    Conversation written = conversation;
    for (Message& message : written.messages) {
      if (message.calls.empty()) continue;
      message.content += calls_written(message.calls, marks_);
      message.calls.clear();
    }
    return render(written, forms_, limits);
  }

 private:
  std::string render(const Conversation& conversation, const Forms& forms, const text::TemplateLimits& limits) const {
    Json variables = tokens_;
    variables["tools"] = conversation.tools.empty() ? Json() : conversation.tools;
    if (xml_tools_ && !conversation.tools.empty()) variables["xml_tools"] = conversation.tools;
    variables["documents"] = nullptr;
    if (conversation.think) variables["enable_thinking"] = variables["thinking"] = *conversation.think;
    if (!conversation.think_level.empty()) variables["reasoning_effort"] = conversation.think_level;
    for (const auto& [name, value] : conversation.more.items()) variables[name] = value;
    Json& messages = variables["messages"] = Json::array();
    for (const Message& message : conversation.messages) messages.push_back(written(message, forms));
    variables["add_generation_prompt"] = conversation.answer_follows;
    return chat_.render(variables, limits);
  }

  std::optional<std::string> attempt(const Conversation& conversation, const Forms& forms) const {
    try {
      return render(conversation, forms, {});
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  bool shows(const Conversation& conversation, const Forms& forms, std::string_view what) const {
    const auto text = attempt(conversation, forms);
    return text && text->contains(what);
  }

  void try_out() {
    const Message said{.role = "user", .content = std::string(kSaid)};
    const Conversation plain = tried({said});
    if (!shows(plain, {}, kSaid) && shows(plain, {.parts = true}, kSaid)) forms_.parts = true;
    Conversation with_tools = plain;
    with_tools.tools = Json::array({{{"type", "function"},
                                     {"function",
                                      {{"name", kName},
                                       {"description", "about"},
                                       {"parameters",
                                        {{"type", "object"},
                                         {"properties", {{kField, {{"type", "string"}, {"description", "about"}}}}},
                                         {"required", Json::array({kField})}}}}}}});
    // Some templates say nothing without tools.
    Conversation ruled = attempt(plain, forms_) ? plain : with_tools;
    ruled.messages.insert(ruled.messages.begin(), {.role = "system", .content = std::string(kRule)});
    abilities_.system = shows(ruled, forms_, kRule);
    abilities_.tools = shows(with_tools, forms_, kName);
    if (abilities_.tools) find_call_form(with_tools);
    if (abilities_.tools && !calls_are_read(with_tools)) abilities_.tools = false, abilities_.unknown_calls = true;

    Conversation thinking = plain;
    thinking.think = true;
    Conversation quiet = plain;
    quiet.think = false;
    abilities_.switches_thinking = attempt(thinking, forms_) != attempt(quiet, forms_);
  }

  // The first form whose rendering shows name and argument as JSON does.
  void find_call_form(Conversation conversation) {
    const std::string id = "call_abcdefgh";
    conversation.messages.push_back({.role = "assistant", .content = {}, .calls = {{id, std::string(kName), {{kField, "value"}}}}});
    conversation.messages.push_back({.role = "tool", .content = "result", .tool_name = std::string(kName), .tool_call_id = id});
    // Both of these are in the tools' own description, so the call is seen by what it adds.
    const auto shown = [&](const Forms& forms) {
      const auto text = attempt(conversation, forms);
      if (!text) return false;
      const std::size_t asked = text->rfind(kSaid);
      const std::string_view behind = std::string_view(*text).substr(asked == std::string::npos ? 0 : asked);
      return behind.contains(kName) && behind.contains(kField) && !behind.contains(fmt::format("'{}'", kField)) &&
             !behind.contains(fmt::format("\\\"{}\\\"", kField));
    };
    for (const bool short_ids : {false, true})
      for (const bool as_text : {false, true})
        for (const bool null : {false, true}) {
          Forms forms = forms_;
          forms.short_ids = short_ids, forms.arguments_as_text = as_text, forms.null_beside_calls = null;
          if (!shown(forms)) continue;
          forms_ = forms;
          return;
        }
    forms_.calls_as_content = true;
  }

  // Whether what the template writes for a call is a call to the Reader.
  bool calls_are_read(Conversation conversation) const {
    const auto write = [&]() -> std::string {
      try {
        return JinjaDialect::render(conversation, {});
      } catch (const Error&) {
        return {};
      }
    };
    const std::string prompt = write();
    conversation.messages.push_back(
        {.role = "assistant", .content = {}, .calls = {{"call_abcdefgh", std::string(kName), {{kField, "value"}}}}});
    const std::string text = write();
    // The answer begins where the prompt ends; where a history is framed otherwise, at its line, or somewhere behind the question.
    const std::size_t common = std::size_t(std::ranges::mismatch(prompt, text).in1 - prompt.begin());
    const std::size_t line = text.rfind('\n', common) + 1, asked = text.rfind(kSaid);
    for (const std::size_t begin : {common, line, asked == std::string::npos ? 0 : asked + kSaid.size()}) {
      if (begin > text.size()) continue;
      Reader reader(marks_, {.tools = {std::string(kName)}});
      std::vector<ToolCall> calls = reader.push(std::string_view(text).substr(begin)).calls;
      for (ToolCall& call : reader.finish().calls) calls.push_back(std::move(call));
      if (calls.size() == 1 && calls[0].name == kName && calls[0].arguments == Json{{kField, "value"}}) return true;
    }
    return false;
  }

  text::ChatTemplate chat_;
  Json tokens_;
  bool xml_tools_ = false;
  Forms forms_;
};

}  // namespace

std::unique_ptr<Dialect> jinja_dialect(const text::Tokenizer& tokenizer, std::string_view source, std::string_view where) {
  return std::make_unique<JinjaDialect>(tokenizer, source, where);
}

}  // namespace maru::chat
