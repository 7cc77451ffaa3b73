// A model's way of talking: people's texts are guarded, the template is run, and its text becomes ids.
#include <algorithm>
#include <array>

#include "maru/base/error.h"
#include "maru/chat/dialect.h"
#include "maru/chat/format_parts.h"
#include "maru/engine/stored_template.h"

namespace maru::chat {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view without_end_space(std::string_view text) { return text.substr(0, text.find_last_not_of(kSpace) + 1); }
std::string_view without_space(std::string_view text) {
  const std::size_t from = text.find_first_not_of(kSpace);
  return from == std::string_view::npos ? std::string_view() : without_end_space(text.substr(from));
}

std::unique_ptr<Dialect> dialect_of(const text::Tokenizer& tokenizer, std::string_view source, std::string_view where) {
  return is_jinja(source) ? jinja_dialect(tokenizer, source, where) : go_dialect(source, where);
}

}  // namespace

Format::Format(std::shared_ptr<const engine::Pretrained> model) {
  const auto found = engine::stored_template(model->file());
  check(found.has_value(),
        "{}: this model has no chat template; give it one with a Modelfile's TEMPLATE, or send the prompt as it is (raw)", model->name());
  parts_ = std::make_unique<Parts>(
      Parts{model->name(), engine::Guard(model->tokenizer()), jinja_dialect(*model->tokenizer(), found->source, found->where)});
}
Format::Format(std::shared_ptr<const engine::Pretrained> model, std::string_view source, std::string_view where)
    : Format(model->tokenizer(), source, where, model->name()) {}
Format::Format(std::shared_ptr<const text::Tokenizer> tokenizer, std::string_view source, std::string_view where, std::string_view model)
    : parts_(std::make_unique<Parts>(Parts{std::string(model), engine::Guard(tokenizer), dialect_of(*tokenizer, source, where)})) {}
Format::~Format() = default;

const Marks& Format::marks() const { return parts_->dialect->marks(); }
bool Format::takes_tools() const { return parts_->dialect->abilities().tools; }
bool Format::takes_system() const { return parts_->dialect->abilities().system; }
bool Format::takes_suffix() const { return parts_->dialect->abilities().suffix; }
bool Format::thinks() const { return parts_->dialect->abilities().thinking; }

std::string_view Format::mark(std::int32_t id) const {
  const text::Tokenizer& tokenizer = parts_->guard.tokenizer();
  if (!tokenizer.special(id)) return {};
  const std::string_view piece = tokenizer.piece(id);
  const Marks& m = marks();
  if (piece.empty()) return {};
  for (const std::string* mark : {&m.think_begin, &m.think_end, &m.call_begin, &m.call_end, &m.item_begin, &m.item_separator, &m.item_end})
    if (mark->contains(piece)) return piece;
  // Inside a call: Mistral's name[ARGS]{…}, Gemma's quotes, and all that frames gpt-oss's messages.
  static constexpr std::string_view kInside[] = {"[ARGS]", "[CALL_ID]"};
  static constexpr std::string_view kFrame[] = {"<|start|>",     "<|end|>",  "<|message|>", "<|channel|>",
                                                "<|constrain|>", "<|call|>", "<|return|>"};
  if (m.calls == Marks::Calls::list && std::ranges::find(kInside, piece) != std::end(kInside)) return piece;
  if (m.call_begin == "<|tool_call>" && piece == "<|\"|>") return piece;
  if (m.calls == Marks::Calls::channels && std::ranges::find(kFrame, piece) != std::end(kFrame)) return piece;
  return {};
}

Reader Format::reader(const Conversation& conversation, const Prompt& prompt, std::uint64_t seed) const {
  Expected expected{.starts_thinking = prompt.thinks, .seed = seed};
  for (const Json& tool : conversation.tools) expected.tools.push_back(tool.at("function").at("name").get<std::string>());
  return Reader(marks(), std::move(expected));
}

Prompt Format::operator()(const Conversation& conversation) const {
  const Parts& p = *parts_;
  Conversation asked = checked(conversation);
  Prompt prompt;
  p.check_abilities(asked);
  p.merge_system(asked, prompt.notes);
  p.write(p.guarded(std::move(asked)), prompt);
  return prompt;
}

void Format::Parts::check_abilities(const Conversation& asked) const {
  const Abilities& can = dialect->abilities();
  check(asked.tools.empty() || !can.unknown_calls,
        "{} does not support tools here: its chat template writes calls in a form that is not known", model);
  check(asked.tools.empty() || can.tools, "{} does not support tools: its chat template has no place for them", model);
  check(!asked.think.value_or(false) || can.thinking, "{} does not support thinking: its chat template has no marks for it", model);
  check(asked.suffix.empty() || can.suffix, "{} does not support insert: its template has no {{{{ .Suffix }}}}", model);
}

Conversation Format::Parts::guarded(Conversation asked) const {
  for (Message& message : asked.messages) {
    for (std::string* text : {&message.content, &message.thinking, &message.tool_name, &message.tool_call_id}) *text = guard.guarded(*text);
    for (ToolCall& call : message.calls) call = {guard.guarded(call.id), guard.guarded(call.name), guard.guarded_json(call.arguments)};
  }
  asked.tools = guard.guarded_json(asked.tools);
  asked.more = guard.guarded_json(asked.more);
  asked.suffix = guard.guarded(asked.suffix);
  asked.think_level = guard.guarded(asked.think_level);
  return asked;
}

// What transformers' users do by hand: the rule and an empty line in front of the next user message.
void Format::Parts::merge_system(Conversation& asked, std::vector<Phrase>& notes) const {
  if (dialect->abilities().system) return;
  std::vector<Message> kept;
  std::string rule;
  std::size_t merged = 0;
  for (Message& message : asked.messages) {
    if (message.role == "system") {
      rule += (rule.empty() ? "" : "\n\n") + message.content;
      ++merged;
      continue;
    }
    if (message.role == "user" && !rule.empty()) message.content = std::exchange(rule, {}) + "\n\n" + message.content;
    kept.push_back(std::move(message));
  }
  if (!rule.empty()) {
    if (!kept.empty() && kept.back().role == "user") kept.back().content += "\n\n" + rule;
    else kept.push_back({.role = "user", .content = rule});
  }
  asked.messages = std::move(kept);
  if (merged > 0) notes.push_back(phrase("the chat template takes no system message: {} were put in front of what the user says", merged));
}

void Format::Parts::write(const Conversation& asked, Prompt& prompt) const {
  std::string text = asked.answer_follows ? dialect->render(asked, limits_for(asked)) : continued(asked);
  const Marks& marks = dialect->marks();
  const auto open = [&] { return !marks.think_begin.empty() && without_end_space(text).ends_with(marks.think_begin); };
  if (asked.answer_follows && asked.think && !*asked.think && dialect->abilities().thinking && marks.calls != Marks::Calls::channels) {
    // A model that thinks by itself is kept from it by a block that is over.
    const bool opened = open();
    if (opened || (!dialect->abilities().switches_thinking && !without_end_space(text).ends_with(marks.think_end))) {
      if (opened) text = std::string(without_end_space(text));
      else text += marks.think_begin;
      text += "\n\n" + marks.think_end + "\n\n";
      prompt.notes.push_back(
          phrase("the chat template cannot turn thinking off: the prompt ends with an empty {} block", marks.think_begin));
    }
  }
  prompt.thinks = open();
  if (!asked.answer_follows && asked.messages.back().content.empty() && !asked.messages.back().thinking.empty()) prompt.thinks = true;
  prompt.ids = guard.ids(text);
  prompt.text = engine::Guard::plain(text);
  check(!prompt.ids.empty(), "{}: the chat template makes an empty prompt of these messages; send the prompt as it is (raw)", model);
}

// As transformers' continue_final_message: the text ends where the last message's does.
std::string Format::Parts::continued(const Conversation& asked) const {
  const Message& last = asked.messages.back();
  if (last.content.empty()) {
    // There is nothing to look for: the beginning of an answer, with what was thought so far.
    Conversation before = asked;
    before.messages.pop_back();
    before.answer_follows = true;
    check(!before.messages.empty(), "messages: an empty beginning of the assistant is all there is; nothing to continue");
    std::string text = dialect->render(before, limits_for(before));
    if (last.thinking.empty()) return text;
    const Marks& marks = dialect->marks();
    check(!marks.think_begin.empty(), "{} does not support thinking: its chat template has no marks for it", model);
    if (!without_end_space(text).ends_with(marks.think_begin)) text += marks.think_begin + "\n";
    return text + last.thinking;
  }
  std::string text = dialect->render(asked, limits_for(asked));
  const std::string_view said = without_space(last.content);
  const std::size_t at = said.empty() ? std::string::npos : text.rfind(said);
  check(at != std::string::npos, "{}: the chat template changes the last message, so it cannot be continued", model);
  std::size_t end = at + said.size();
  // Space behind it stays where the template keeps it.
  const std::string_view tail = std::string_view(last.content).substr(without_end_space(last.content).size());
  if (std::string_view(text).substr(end).starts_with(tail)) end += tail.size();
  return text.substr(0, end);
}

text::TemplateLimits limits_for(const Conversation& conversation) {
  std::size_t bytes = 0;
  for (const Message& message : conversation.messages) bytes += message.content.size() + message.thinking.size();
  text::TemplateLimits limits;
  limits.steps += 2'000 * std::min<std::size_t>(conversation.messages.size(), 100'000) + bytes / 16;
  limits.output_bytes += 2 * bytes;
  return limits;
}

bool is_jinja(std::string_view source) {
  if (source.contains("{%") || source.contains("{#")) return true;
  // {{ messages[0]['content'] }} is Jinja, {{ .Prompt }}, {{- range .Messages }} and {{ $x }} are Go.
  for (std::size_t at = source.find("{{"); at != std::string_view::npos; at = source.find("{{", at + 2)) {
    std::size_t word = source.find_first_not_of("- \t\r\n", at + 2);
    if (word == std::string_view::npos) return false;
    const std::string_view rest = source.substr(word);
    static constexpr std::string_view kNames[] = {"messages",        "bos_token", "eos_token", "add_generation_prompt",
                                                  "raise_exception", "tools"};
    return std::ranges::any_of(kNames, [&](std::string_view name) { return rest.starts_with(name); });
  }
  return false;
}

}  // namespace maru::chat
