// Reads a Modelfile letter by letter, as Ollama does: an instruction, its value to the end of the line, or quoted over several lines.
#include "maru/chat/modelfile.h"

#include <algorithm>
#include <charconv>

#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::chat {
namespace {

constexpr std::size_t kSource = std::size_t{16} << 20, kInstructions = 10'000;
constexpr std::string_view kQuotes = "\"\"\"";

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_break(char c) { return c == '\n' || c == '\r'; }
std::string small(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return out;
}
std::string_view stripped(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n");
  return from == std::string_view::npos ? std::string_view() : text.substr(from, text.find_last_not_of(" \t\r\n") + 1 - from);
}

// UTF-8 without its mark.
std::string decoded(std::string_view bytes, std::string_view where) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const bool little = bytes.starts_with("\xFF\xFE"), big = bytes.starts_with("\xFE\xFF");
  std::string text;
  if (!little && !big) {
    text = bytes;
  } else {
    check(bytes.size() % 2 == 0, "{}: UTF-16 with an odd number of bytes", where);
    const auto unit = [&](std::size_t at) {
      const auto first = static_cast<unsigned char>(bytes[at]), second = static_cast<unsigned char>(bytes[at + 1]);
      return char32_t(little ? first | second << 8 : first << 8 | second);
    };
    for (std::size_t at = 2; at < bytes.size(); at += 2) {
      char32_t c = unit(at);
      if (c >= 0xD800 && c < 0xDC00 && at + 2 < bytes.size() && unit(at + 2) >= 0xDC00 && unit(at + 2) < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (unit(at + 2) - 0xDC00);
        at += 2;
      }
      check(c < 0xD800 || c >= 0xE000, "{}: half a character of UTF-16 at byte {}", where, at);
      unicode::append(text, c);
    }
  }
  if (const auto at = unicode::first_invalid(text))
    fail(ErrorKind::invalid, "{}: not UTF-8 at byte {}; save the file as UTF-8", where, *at);
  check(!text.contains('\0'), "{}: holds a zero byte, so it is no text", where);
  return text;
}

// major.minor.patch, with -suffix or +suffix.
bool is_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  text = text.substr(0, text.find_first_of("-+"));
  int numbers = 0;
  while (true) {
    const std::size_t end = std::min(text.find('.'), text.size());
    if (end == 0 || end > 9 || text.substr(0, end).find_first_not_of("0123456789") != std::string_view::npos) return false;
    if (++numbers > 3) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view where) : in_(text), where_(where) {}

  Modelfile run() {
    std::size_t instructions = 0;
    while (skip()) {
      if (++instructions > kInstructions) wrong(phrase("more than {} instructions", kInstructions));
      begun_ = line_;
      instruction();
    }
    check(!out_.from.empty(), "{}: no FROM line", where_);
    return std::move(out_);
  }

 private:
  [[noreturn]] void wrong(const Phrase& said) const { fail(ErrorKind::invalid, "{} (line {}): {}", where_, begun_, said); }

  // To the next instruction. -> whether there is one
  bool skip() {
    while (at_ < in_.size()) {
      const char c = in_[at_];
      if (c == '#') at_ = std::min(in_.find_first_of("\r\n", at_), in_.size());
      else if (is_blank(c) || is_break(c)) pass();
      else return true;
    }
    return false;
  }
  void pass() {
    // \r\n is one line break.
    if (in_[at_] == '\n' || (in_[at_] == '\r' && !in_.substr(at_ + 1).starts_with('\n'))) ++line_;
    ++at_;
  }
  void blanks() {
    while (at_ < in_.size() && is_blank(in_[at_])) ++at_;
  }
  std::string word() {
    const std::size_t from = at_;
    while (at_ < in_.size() && !is_blank(in_[at_]) && !is_break(in_[at_])) ++at_;
    return std::string(in_.substr(from, at_ - from));
  }

  void instruction() {
    const std::string name = small(word());
    static constexpr std::string_view kNames[] = {"from",   "license",  "template",  "system",  "adapter", "draft",
                                                  "renderer", "parser", "parameter", "message", "requires"};
    if (std::ranges::find(kNames, name) == std::end(kNames))
      wrong(
          phrase("unknown instruction \"{}\"; known are FROM, PARAMETER, TEMPLATE, SYSTEM, ADAPTER, LICENSE, MESSAGE, REQUIRES, RENDERER, "
                 "PARSER and DRAFT",
                 name.substr(0, 60)));
    blanks();
    if (name == "parameter") return parameter();
    if (name == "message") return message();
    std::string text = value();
    const bool may_be_empty = name == "template" || name == "system" || name == "license";
    if (text.empty() && !may_be_empty) wrong(phrase("{} needs a value", name));
    if (name == "from") out_.from.push_back(std::move(text));
    else if (name == "adapter") out_.adapters.push_back(std::move(text));
    else if (name == "license") out_.licences.push_back(std::move(text));
    else if (name == "draft") out_.drafts.push_back(std::move(text));
    else if (name == "template") out_.template_source = std::move(text), out_.has_template = true;
    else if (name == "system") out_.system = std::move(text), out_.has_system = true;
    else if (name == "renderer") out_.renderer = std::move(text);
    else if (name == "parser") out_.parser = std::move(text);
    else if (is_version(text)) out_.requires_version = text.starts_with('v') ? text.substr(1) : std::move(text);
    else wrong(phrase("REQUIRES: expected a version such as 0.14.0, got \"{}\"", text.substr(0, 60)));
  }

  void parameter() {
    const std::string name = word();
    if (name.empty()) wrong(phrase("PARAMETER needs a name and a value"));
    blanks();
    const std::string text = value();
    Json read;
    try {
      read = parameter_value(name, text);
    } catch (const Error& error) {
      wrong(error.said());
    }
    if (read.is_null()) {
      out_.warnings.push_back(phrase("line {}: the parameter {} is no longer used and was left out", begun_, name));
    } else if (read.is_array()) {
      Json& all = out_.parameters[name];
      if (all.is_null()) all = Json::array();
      all.push_back(read[0]);
    } else {
      if (out_.parameters.contains(name))
        out_.warnings.push_back(phrase("line {}: the parameter {} stands there twice; the last value counts", begun_, name));
      out_.parameters[name] = std::move(read);
    }
  }

  void message() {
    const std::string role = small(word());
    if (role != "system" && role != "user" && role != "assistant")
      wrong(phrase("MESSAGE: expected system, user or assistant, got \"{}\"", role.substr(0, 60)));
    blanks();
    out_.messages.push_back({role, value()});
  }

  // To the end of the line, or quoted: a quotation ends where a line ends behind the quotes.
  std::string value() {
    const std::string_view rest = in_.substr(at_);
    const std::string_view quotes = rest.starts_with(kQuotes) ? kQuotes : rest.starts_with('"') ? kQuotes.substr(0, 1) : std::string_view();
    if (quotes.empty()) {
      const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
      at_ += end;
      return std::string(stripped(rest.substr(0, end)));
    }
    for (std::size_t end = rest.find(quotes, quotes.size()); end != std::string_view::npos; end = rest.find(quotes, end + 1)) {
      // More quotes in a row belong to the text, up to the last ones.
      if (rest.substr(end + 1).starts_with(quotes)) continue;
      const std::string_view behind = rest.substr(end + quotes.size());
      const std::size_t solid = behind.find_first_not_of(" \t");
      if (solid != std::string_view::npos && !is_break(behind[solid])) continue;
      const std::string_view text = rest.substr(quotes.size(), end - quotes.size());
      const std::size_t stop = at_ + end + quotes.size();
      while (at_ < stop) pass();
      return std::string(text);
    }
    wrong(phrase("the quotation that begins with {} does not end", quotes));
  }

  std::string_view in_;
  std::string_view where_;
  std::size_t at_ = 0;
  int line_ = 1, begun_ = 1;
  Modelfile out_;
};

// A text that would be read otherwise needs quotes.
std::string quoted_value(std::string_view text) {
  const bool plain =
      !text.empty() && stripped(text) == text && text.find_first_of("\r\n") == std::string_view::npos && !text.starts_with('"');
  if (plain) return std::string(text);
  // One quote ends a quotation only before the end of a line.
  bool single = !text.starts_with("\"\"");
  for (std::size_t at = text.find('"'); at != std::string_view::npos && single; at = text.find('"', at + 1)) {
    const std::size_t solid = text.find_first_not_of(" \t", at + 1);
    single = solid != std::string_view::npos && !is_break(text[solid]);
  }
  if (single) return fmt::format("\"{}\"", text);
  return fmt::format("\"\"\"{}\"\"\"", text);
}

}  // namespace

Modelfile parse_modelfile(std::string_view bytes, std::string_view where) {
  if (bytes.size() > kSource) fail(ErrorKind::limit, "{}: a Modelfile of {} bytes is over the limit of {}", where, bytes.size(), kSource);
  const std::string text = decoded(bytes, where);
  return Reader(text, where).run();
}

std::string print_modelfile(const Modelfile& modelfile) {
  std::string out;
  const auto line = [&](std::string_view instruction, std::string_view value) {
    out += fmt::format("{} {}\n", instruction, quoted_value(value));
  };
  for (const std::string& from : modelfile.from) line("FROM", from);
  for (const std::string& adapter : modelfile.adapters) line("ADAPTER", adapter);
  for (const std::string& draft : modelfile.drafts) line("DRAFT", draft);
  if (modelfile.has_template) line("TEMPLATE", modelfile.template_source);
  if (modelfile.has_system) line("SYSTEM", modelfile.system);
  if (!modelfile.renderer.empty()) line("RENDERER", modelfile.renderer);
  if (!modelfile.parser.empty()) line("PARSER", modelfile.parser);
  if (!modelfile.requires_version.empty()) line("REQUIRES", modelfile.requires_version);
  for (const auto& [name, value] : modelfile.parameters.items()) {
    for (const Json& one : value.is_array() ? value : Json::array({value}))
      line("PARAMETER " + name, one.is_string() ? one.get<std::string>() : dump(one));
  }
  for (const std::string& licence : modelfile.licences) line("LICENSE", licence);
  for (const Modelfile::Turn& turn : modelfile.messages) line("MESSAGE " + turn.role, turn.content);
  return out;
}

}  // namespace maru::chat
