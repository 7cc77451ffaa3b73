// The methods of texts, dictionaries, lists and loops that a template may call. Those that change a value do not exist.
#include <algorithm>
#include <array>
#include <span>

#include "maru/base/unicode.h"
#include "maru/text/jinja_interpreter.h"
#include "maru/text/jinja_letters.h"

namespace maru::text::jinja {
namespace {

constexpr std::array<std::string_view, 39> kTextMethods = {
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "replace", "upper", "lower", "title",
    "capitalize", "swapcase", "casefold", "join", "find", "rfind", "index", "rindex", "count", "removeprefix", "removesuffix",
    "isdigit", "isnumeric", "isdecimal", "isalpha", "isalnum", "isspace", "isupper", "islower", "zfill", "ljust", "rjust", "center",
    "partition", "rpartition", "format", "isascii"};
constexpr std::array<std::string_view, 5> kDictMethods = {"items", "keys", "values", "get", "copy"};
constexpr std::array<std::string_view, 3> kListMethods = {"copy", "count", "index"};

bool held(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Values to_values(std::vector<std::string> pieces) {
  Values values;
  for (std::string& piece : pieces) values.push_back(Value::text(std::move(piece)));
  return values;
}

Value dict_method(Interpreter& run, const Value& self, std::string_view name, Arguments& arguments) {
  const Dict& dict = *self.dict();
  if (name == "copy") return self;
  if (name == "get") {
    const Value key = arguments.take("key");
    const Value* found = dict.find(key, run.budget());
    Value otherwise = arguments.take("default", Value::none());
    return found ? *found : otherwise;
  }
  Values items;
  for (const auto& [key, value] : dict.items)
    items.push_back(name == "keys" ? key : name == "values" ? value : make_list({key, value}, run.budget(), ListKind::tuple));
  return make_list(std::move(items), run.budget());
}

Value list_method(Interpreter& run, const Value& self, std::string_view name, Arguments& arguments) {
  if (name == "copy") return self;
  const Value wanted = arguments.take("value");
  std::int64_t count = 0;
  for (const Value& item : self.list()->items) {
    if (name == "index" && equal(item, wanted, run.budget())) return Value::integer(count);
    if (name == "index" || equal(item, wanted, run.budget())) ++count;
  }
  if (name == "index") fault("the list does not hold what index() looks for");
  return Value::integer(count);
}

bool starts_or_ends(const std::string& text, const Value& with, bool starts) {
  if (const List* any = with.list())
    return std::any_of(any->items.begin(), any->items.end(), [&](const Value& one) { return starts_or_ends(text, one, starts); });
  const std::string& part = jinja::text(with, "what a text starts or ends with");
  return starts ? text.starts_with(part) : text.ends_with(part);
}

Value partition(Interpreter& run, const std::string& text, const std::string& separator, bool last) {
  if (separator.empty()) fault("partition() takes a separator that is not empty");
  const std::size_t at = last ? text.rfind(separator) : text.find(separator);
  std::vector<std::string> pieces = {text, "", ""};
  if (at != std::string::npos) pieces = {text.substr(0, at), separator, text.substr(at + separator.size())};
  else if (last) std::swap(pieces[0], pieces[2]);
  return make_list(to_values(std::move(pieces)), run.budget(), ListKind::tuple);
}

Value padded(Interpreter& run, const std::string& text, std::string_view name, Arguments& arguments) {
  const auto width = std::size_t(std::max<std::int64_t>(0, integer(arguments.take("width"), "the width")));
  const std::string fill = name == "zfill" ? "0" : jinja::text(arguments.take("fillchar", Value::text(" ")), "the filling character");
  if (unicode::length(fill) != 1) fault("{}() fills with one character, got '{}'", name, fill.substr(0, 60));
  const std::size_t length = unicode::length(text), missing = width > length ? width - length : 0;
  run.budget().fits(missing);
  const std::size_t before = name == "ljust" ? 0 : name == "center" ? missing / 2 + (missing & width & 1) : missing;
  const std::size_t sign = name == "zfill" && !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  std::string out = text.substr(0, sign);
  for (std::size_t i = 0; i < before; ++i) out += fill;
  out.append(text, sign);
  for (std::size_t i = before; i < missing; ++i) out += fill;
  return make_text(std::move(out), run.budget());
}

// Python's str.format, for {} {0} and {name}.
Value brace_format(Interpreter& run, const std::string& pattern, Arguments& arguments) {
  const Values positional = arguments.rest();
  std::string out;
  std::size_t next = 0;
  auto named = std::exchange(arguments.named, {});
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at++];
    if ((c == '{' || c == '}') && at < pattern.size() && pattern[at] == c) ++at;
    else if (c == '}') fault("format() met a single '}}'");
    else if (c == '{') {
      const std::size_t close = pattern.find('}', at);
      if (close == std::string::npos) fault("format() met a '{{' that is not closed");
      const std::string field = pattern.substr(at, close - at);
      at = close + 1;
      const bool number = field.size() < 6 && std::all_of(field.begin(), field.end(), [](char d) { return d >= '0' && d <= '9'; });
      const std::size_t place = !number ? 0 : field.empty() ? next++ : std::size_t(std::stoul(field));
      const auto found = std::find_if(named.begin(), named.end(), [&](const auto& entry) { return entry.first == field; });
      if (number ? place >= positional.size() : found == named.end())
        fault("format() has no value for the field '{{{}}}'", field.substr(0, 60));
      out += shown(number ? positional[place] : found->second, run.budget());
      run.budget().fits(out.size());
      continue;
    }
    out += c;
  }
  return make_text(std::move(out), run.budget());
}

// Places count characters, as Python's do.
std::int64_t place(const std::string& text, const std::string& part, std::string_view name, Arguments& arguments) {
  const bool last = name.starts_with('r');
  std::size_t from = 0;
  if (!last)
    for (std::int64_t skip = integer(arguments.take("start", Value::integer(0)), "the start"); skip > 0 && from < text.size(); --skip)
      unicode::next(text, from);
  const std::size_t at = last ? text.rfind(part) : text.find(part, from);
  if (at != std::string::npos) return std::int64_t(unicode::length(std::string_view(text).substr(0, at)));
  if (name.ends_with("index")) fault("the text does not hold what {}() looks for", name);
  return -1;
}

Value text_method(Interpreter& run, const Value& self, std::string_view name, Arguments& arguments) {
  const std::string& letters = *self.text();
  Budget& budget = run.budget();
  budget.bytes(letters.size());
  const auto argument = [&](std::string_view what) { return std::string(jinja::text(arguments.take(what), what)); };
  const auto limit = [&] { return integer(arguments.take("maxsplit", Value::integer(-1)), "maxsplit"); };
  if (name == "strip" || name == "lstrip" || name == "rstrip") {
    const Value chars = arguments.take("chars", Value::none());
    const Strip side = name == "strip" ? Strip::both : name == "lstrip" ? Strip::left : Strip::right;
    return Value::text(
        stripped(letters, side, chars.is_none() ? std::nullopt : std::optional(jinja::text(chars, "the characters to strip"))));
  }
  if (name == "split" || name == "rsplit") {
    const Value separator = arguments.take("sep", Value::none());
    const std::int64_t most = limit();
    budget.items(letters.size() / 2);
    return make_list(to_values(separator.is_none() ? words(letters, most, name == "rsplit")
                                                   : split(letters, jinja::text(separator, "the separator"), most, name == "rsplit")),
                     budget);
  }
  if (name == "splitlines") return make_list(to_values(lines(letters, arguments.flag("keepends"))), budget);
  if (name == "startswith" || name == "endswith")
    return Value::boolean(starts_or_ends(letters, arguments.take("part"), name == "startswith"));
  if (name == "replace") {
    const std::string old = argument("old"), fresh = argument("new");
    return make_text(replaced(letters, old, fresh, integer(arguments.take("count", Value::integer(-1)), "count"), budget), budget);
  }
  if (name == "join") return joined(arguments.take("iterable"), letters, false, budget);
  if (name == "find" || name == "rfind" || name == "index" || name == "rindex") {
    const std::string part = argument("part");
    return Value::integer(place(letters, part, name, arguments));
  }
  if (name == "count") return Value::integer(std::int64_t(occurrences(letters, argument("part"))));
  if (name == "removeprefix") {
    const std::string part = argument("prefix");
    return Value::text(letters.starts_with(part) ? letters.substr(part.size()) : letters);
  }
  if (name == "removesuffix") {
    const std::string part = argument("suffix");
    return Value::text(letters.ends_with(part) ? letters.substr(0, letters.size() - part.size()) : letters);
  }
  if (name == "partition" || name == "rpartition") return partition(run, letters, argument("sep"), name[0] == 'r');
  if (name == "zfill" || name == "ljust" || name == "rjust" || name == "center") return padded(run, letters, name, arguments);
  if (name == "format") return brace_format(run, letters, arguments);
  if (name.starts_with("is")) return Value::boolean(all_are(letters, name));
  return make_text(cased(letters, name), budget);
}
}  // namespace

bool has_method(const Value& value, std::string_view name) {
  if (value.text()) return held(kTextMethods, name);
  if (value.dict()) return held(kDictMethods, name);
  if (value.list() && value.list()->kind != ListKind::generator) return held(kListMethods, name);
  return value.as<std::shared_ptr<Loop>>() && name == "cycle";
}

Value method(Interpreter& run, const Value& self, std::string_view name, Arguments& arguments) {
  if (self.text()) return text_method(run, self, name, arguments);
  if (self.dict()) return dict_method(run, self, name, arguments);
  if (self.list()) return list_method(run, self, name, arguments);
  const Values choices = arguments.rest();
  if (choices.empty()) fault("cycle() takes at least one value");
  return choices[(*self.as<std::shared_ptr<Loop>>())->index % choices.size()];
}

}  // namespace maru::text::jinja
