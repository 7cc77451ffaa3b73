// Families write calls as JSON with different names for the same two fields, or spell name and arguments with tags.
#include "maru/chat/call_text.h"

#include <algorithm>
#include <optional>

#include "maru/base/error.h"

namespace maru::chat {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kCalls = 128;

std::string_view stripped(std::string_view text) {
  const std::size_t from = text.find_first_not_of(kSpace);
  return from == std::string_view::npos ? std::string_view() : text.substr(from, text.find_last_not_of(kSpace) + 1 - from);
}

std::optional<Json> parsed(std::string_view text) {
  try {
    return parse_json(text, "a call");
  } catch (const Error&) {
    return std::nullopt;
  }
}

// {"name": …, "arguments": {…}} and its relatives.
std::optional<ToolCall> call_of(const Json& said) {
  if (!said.is_object()) return std::nullopt;
  // {"type": "function", "function": {…}} and {"function": "name", "parameters": …}
  const Json* call = &said;
  if (const auto inner = said.find("function"); inner != said.end() && inner->is_object()) call = &*inner;
  ToolCall out;
  for (const char* field : {"name", "tool_name", "function"})
    if (const auto name = call->find(field); name != call->end() && name->is_string()) {
      out.name = name->get<std::string>();
      break;
    }
  if (out.name.empty()) return std::nullopt;
  for (const char* field : {"arguments", "parameters"}) {
    const auto found = call->find(field);
    if (found == call->end()) continue;
    Json arguments = *found;
    // Some models write the object as a text that holds it.
    if (arguments.is_string())
      if (auto inner = parsed(arguments.get_ref<const std::string&>())) arguments = std::move(*inner);
    if (arguments.is_null()) arguments = Json::object();
    if (!arguments.is_object()) return std::nullopt;
    out.arguments = std::move(arguments);
    return out;
  }
  // A function without parameters may come without arguments, but then nothing else stands beside the name.
  return call->size() == 1 ? std::optional(out) : std::nullopt;
}

std::vector<ToolCall> of_json(const Json& said) {
  if (!said.is_array()) {
    auto call = call_of(said);
    return call ? std::vector{std::move(*call)} : std::vector<ToolCall>();
  }
  std::vector<ToolCall> out;
  if (said.size() > kCalls) return {};
  for (const Json& item : said) {
    auto call = call_of(item);
    if (!call) return {};
    out.push_back(std::move(*call));
  }
  return out;
}

// What is written without quotes: a number, true, null, an object … or letters.
Json value_of(std::string_view text) {
  if (auto json = parsed(text); json && !json->is_string()) return *json;
  return text;
}

// <function=name><parameter=key>value</parameter>…</function>: Qwen3-Coder.
std::vector<ToolCall> function_tags(std::string_view body) {
  ToolCall call;
  body.remove_prefix(std::string_view("<function=").size());
  const std::size_t named = body.find('>'), closed = body.rfind("</function>");
  if (named == std::string_view::npos || closed == std::string_view::npos || closed < named) return {};
  call.name = stripped(body.substr(0, named));
  if (call.name.empty() || call.name.find_first_of("<\n") != std::string::npos || !stripped(body.substr(closed + 11)).empty()) return {};
  body = stripped(body.substr(named + 1, closed - named - 1));
  while (!body.empty()) {
    static constexpr std::string_view kOpen = "<parameter=", kClose = "</parameter>";
    if (!body.starts_with(kOpen)) return {};
    const std::size_t key = body.find('>'), end = body.find(kClose);
    if (key == std::string_view::npos || end == std::string_view::npos || end < key) return {};
    std::string_view value = body.substr(key + 1, end - key - 1);
    // One line break on each side belongs to the tags.
    if (value.starts_with('\n')) value.remove_prefix(1);
    if (value.ends_with('\n')) value.remove_suffix(1);
    call.arguments[std::string(stripped(body.substr(kOpen.size(), key - kOpen.size())))] = value_of(value);
    body = stripped(body.substr(end + kClose.size()));
  }
  return {call};
}

// name<arg_key>key</arg_key><arg_value>value</arg_value>…: GLM.
std::vector<ToolCall> argument_tags(std::string_view body) {
  static constexpr std::string_view kKey = "<arg_key>", kKeyEnd = "</arg_key>", kValue = "<arg_value>", kValueEnd = "</arg_value>";
  const std::size_t first = body.find(kKey);
  ToolCall call{.id = {}, .name = std::string(stripped(body.substr(0, first)))};
  if (call.name.empty() || first == std::string_view::npos || call.name.find_first_of(" <>\n") != std::string::npos) return {};
  body = body.substr(first);
  while (!(body = stripped(body)).empty()) {
    const std::size_t key_end = body.find(kKeyEnd), value = body.find(kValue), value_end = body.find(kValueEnd);
    if (!body.starts_with(kKey) || key_end == std::string_view::npos || value == std::string_view::npos ||
        value_end == std::string_view::npos || value < key_end || value_end < value)
      return {};
    call.arguments[std::string(stripped(body.substr(kKey.size(), key_end - kKey.size())))] =
        value_of(body.substr(value + kValue.size(), value_end - value - kValue.size()));
    body = body.substr(value_end + kValueEnd.size());
  }
  return {call};
}

// call:name{key:value,…} with texts in <|"|>: Gemma 4.
class GemmaCall {
 public:
  explicit GemmaCall(std::string_view body) : in_(body) {}
  std::optional<ToolCall> run() {
    const std::size_t object = in_.find('{');
    if (object == std::string_view::npos) return std::nullopt;
    ToolCall call{.id = {}, .name = std::string(stripped(in_.substr(0, object)))};
    in_.remove_prefix(object);
    auto arguments = value(0);
    if (!arguments || !stripped(in_).empty() || call.name.empty()) return std::nullopt;
    call.arguments = std::move(*arguments);
    return call;
  }

 private:
  static constexpr std::string_view kQuote = "<|\"|>";
  bool accept(std::string_view sign) {
    in_ = in_.substr(std::min(in_.find_first_not_of(kSpace), in_.size()));
    if (!in_.starts_with(sign)) return false;
    in_.remove_prefix(sign.size());
    return true;
  }
  std::optional<std::string> quoted() {
    const std::size_t end = in_.find(kQuote);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(in_.substr(0, end));
    in_.remove_prefix(end + kQuote.size());
    return text;
  }
  std::optional<Json> value(int depth) {
    if (depth > 32) return std::nullopt;
    if (accept(kQuote)) return quoted();
    if (accept("[")) {
      Json out = Json::array();
      if (accept("]")) return out;
      do {
        auto item = value(depth + 1);
        if (!item) return std::nullopt;
        out.push_back(std::move(*item));
      } while (accept(","));
      return accept("]") ? std::optional(out) : std::nullopt;
    }
    if (accept("{")) {
      Json out = Json::object();
      if (accept("}")) return out;
      do {
        std::optional<std::string> key;
        if (accept(kQuote)) key = quoted();
        else if (const std::size_t end = in_.find(':'); end != std::string_view::npos) {
          key = stripped(in_.substr(0, end));
          in_.remove_prefix(end);
        }
        if (!key || key->empty() || !accept(":")) return std::nullopt;
        auto item = value(depth + 1);
        if (!item) return std::nullopt;
        out[*key] = std::move(*item);
      } while (accept(","));
      return accept("}") ? std::optional(out) : std::nullopt;
    }
    const std::size_t end = std::min(in_.find_first_of(",]}"), in_.size());
    const std::string_view word = stripped(in_.substr(0, end));
    in_.remove_prefix(end);
    return word.empty() ? std::nullopt : std::optional(value_of(word));
  }
  std::string_view in_;
};

// name[ARGS]{…}, with an id between them or not: Mistral since its third tokenizer.
std::vector<ToolCall> named_json(std::string_view body) {
  const std::size_t object = body.find('{');
  if (object == std::string_view::npos) return {};
  std::string_view name = body.substr(0, object);
  name = stripped(name.substr(0, std::min(name.find("[CALL_ID]"), name.find("[ARGS]"))));
  auto arguments = parsed(body.substr(object));
  if (!arguments || !arguments->is_object() || name.empty() || name.find_first_of(" <>[]\n\"") != std::string_view::npos) return {};
  return {ToolCall{.id = {}, .name = std::string(name), .arguments = std::move(*arguments)}};
}

std::vector<ToolCall> sections(std::string_view body, const Marks& marks) {
  std::vector<ToolCall> out;
  while (!(body = stripped(body)).empty()) {
    if (!body.starts_with(marks.item_begin) || out.size() == kCalls) return {};
    body.remove_prefix(marks.item_begin.size());
    const std::size_t end = std::min(body.find(marks.item_end), body.size());
    const std::string_view item = body.substr(0, end);
    body.remove_prefix(std::min(end + marks.item_end.size(), body.size()));
    const std::size_t separator = item.find(marks.item_separator), object = item.find('{');
    if (separator == std::string_view::npos || object == std::string_view::npos || object < separator) return {};
    std::string_view name = stripped(item.substr(0, separator)), value = stripped(item.substr(object));
    if (value.ends_with("```")) {
      // DeepSeek V3 and R1: the kind, the name, and the arguments in a fence.
      value = stripped(value.substr(0, value.size() - 3));
      const std::string_view behind = item.substr(separator + marks.item_separator.size());
      name = stripped(behind.substr(0, behind.find('\n')));
    }
    // Kimi: functions.NAME:0
    if (name.starts_with("functions.")) name = name.substr(10, name.rfind(':') - 10);
    auto arguments = parsed(value);
    if (!arguments || !arguments->is_object() || name.empty() || name.contains('\n')) return {};
    out.push_back({.id = {}, .name = std::string(name), .arguments = std::move(*arguments)});
  }
  return out;
}

// The header of a message of gpt-oss, a line break, its text.
std::vector<ToolCall> channel(std::string_view body) {
  static constexpr std::string_view kTo = "to=functions.";
  const std::size_t line = body.find('\n'), to = body.find(kTo);
  if (to == std::string_view::npos || line == std::string_view::npos || to > line) return {};
  std::string_view name = body.substr(to + kTo.size(), line - to - kTo.size());
  name = name.substr(0, name.find_first_of(" <"));
  auto arguments = parsed(stripped(body.substr(line + 1)));
  if (!arguments || !arguments->is_object() || name.empty()) return {};
  return {ToolCall{.id = {}, .name = std::string(name), .arguments = std::move(*arguments)}};
}

}  // namespace

std::vector<ToolCall> calls_in(std::string_view body, const Marks& marks, std::span<const std::string> tools) {
  body = stripped(body);
  if (marks.calls == Marks::Calls::channels) return channel(body);
  if (marks.calls == Marks::Calls::sections) return sections(body, marks);
  if (body.empty()) return {};
  if (marks.calls == Marks::Calls::tagged_json && body.starts_with("<function=")) return function_tags(body);
  if (marks.calls == Marks::Calls::tagged_json && body.starts_with("call:")) {
    auto call = GemmaCall(body.substr(5)).run();
    return call ? std::vector{std::move(*call)} : std::vector<ToolCall>();
  }
  if (body[0] != '{' && body[0] != '[') {
    if (marks.calls == Marks::Calls::tagged_json) return argument_tags(body);
    return marks.calls == Marks::Calls::list ? named_json(body) : std::vector<ToolCall>();
  }
  const auto said = parsed(body);
  if (!said) return {};
  std::vector<ToolCall> calls = of_json(*said);
  if (marks.calls == Marks::Calls::bare_json)
    for (const ToolCall& call : calls)
      if (std::ranges::find(tools, call.name) == tools.end()) return {};
  return calls;
}

std::string call_id(std::uint64_t seed, std::uint64_t number) {
  // splitmix64 (Steele et al. 2014): neighbouring seeds give unrelated letters.
  std::uint64_t x = seed + (number + 1) * 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  x ^= x >> 31;
  std::string out = "call_";
  for (int i = 0; i < 10; ++i, x /= 36) out += "abcdefghijklmnopqrstuvwxyz0123456789"[x % 36];
  return out;
}

}  // namespace maru::chat
