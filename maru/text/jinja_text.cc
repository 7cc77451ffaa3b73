// How template values are written: as Python's str() and repr() do, and as json.dumps does.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "maru/base/unicode.h"
#include "maru/text/jinja_value.h"

namespace maru::text::jinja {
namespace {
constexpr int kWritten = 200;  // namespaces may hold themselves: writing stops here

bool printable(char32_t c) {
  using unicode::Category;
  if (c == ' ') return true;
  switch (unicode::category(c)) {
    case Category::control: case Category::format: case Category::unassigned: case Category::surrogate:
    case Category::private_use: case Category::separator: return false;
    default: return true;
  }
}

void quote(std::string& out, const std::string& letters) {
  const bool doubled = letters.contains('\'') && !letters.contains('"');
  const char32_t mark = doubled ? '"' : '\'';
  out += char(mark);
  for (std::size_t at = 0; at < letters.size();) {
    const char32_t c = unicode::next(letters, at);
    if (c == mark || c == '\\') (out += '\\') += char(c);
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (printable(c)) unicode::append(out, c);
    else if (c < 0x100) out += fmt::format("\\x{:02x}", std::uint32_t(c));
    else if (c < 0x10000) out += fmt::format("\\u{:04x}", std::uint32_t(c));
    else out += fmt::format("\\U{:08x}", std::uint32_t(c));
  }
  out += char(mark);
}

class Writer {
 public:
  explicit Writer(Budget& budget) : budget_(budget) {}
  std::string out;

  void write(const Value& value, int depth) {
    if (depth > kWritten) throw Fault{ErrorKind::limit, phrase("a value nests deeper than {} when it is written", kWritten)};
    budget_.step();
    budget_.fits(out.size());
    if (value.is_undefined()) out += "Undefined";
    else if (value.is_none()) out += "None";
    else if (auto* yes = value.as<bool>()) out += *yes ? "True" : "False";
    else if (auto* whole = value.as<std::int64_t>()) out += fmt::format("{}", *whole);
    else if (auto* number = value.as<double>()) out += number_text(*number);
    else if (auto* letters = value.text()) quote(out, *letters);
    else if (auto* list = value.list()) sequence(*list, depth);
    else if (auto* dict = value.dict()) pairs(dict->items, depth);
    else if (auto* space = value.as<Namespace*>()) members(**space, depth);
    else out += fmt::format("<{}>", type_name(value));
  }

 private:
  void sequence(const List& list, int depth) {
    const bool tuple = list.kind == ListKind::tuple;
    out += tuple ? '(' : '[';
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (i) out += ", ";
      write(list.items[i], depth + 1);
    }
    if (tuple && list.items.size() == 1) out += ',';
    out += tuple ? ')' : ']';
  }
  void members(const Namespace& space, int depth) {
    std::vector<std::pair<Value, Value>> items;
    for (const auto& [name, value] : space.members) items.emplace_back(Value::text(name), value);
    out += "<Namespace ";
    pairs(items, depth);
    out += '>';
  }
  void pairs(const std::vector<std::pair<Value, Value>>& items, int depth) {
    out += '{';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i) out += ", ";
      write(items[i].first, depth + 1);
      out += ": ";
      write(items[i].second, depth + 1);
    }
    out += '}';
  }
  Budget& budget_;
};

class JsonWriter {
 public:
  JsonWriter(const JsonStyle& style, Budget& budget) : style_(style), budget_(budget) {}
  std::string out;

  void write(const Value& value, int depth) {
    budget_.step();
    budget_.fits(out.size());
    if (value.is_none()) out += "null";
    else if (auto* letters = value.text()) quoted(*letters);
    else if (auto* list = value.list()) array(list->items, depth);
    else if (auto* dict = value.dict()) object(*dict, depth);
    else if (numeric(value)) out += plain(value);
    else fault("tojson cannot write a {}", type_name(value));
  }

 private:
  static std::string plain(const Value& value) {
    if (auto* yes = value.as<bool>()) return *yes ? "true" : "false";
    if (auto* whole = value.as<std::int64_t>()) return fmt::format("{}", *whole);
    const double number = *value.as<double>();
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    return number_text(number);
  }
  void quoted(const std::string& letters) {
    static constexpr std::string_view kShort = "\bb\ff\nn\rr\tt\"\"\\\\";
    out += '"';
    for (std::size_t at = 0; at < letters.size();) {
      const char32_t c = unicode::next(letters, at);
      std::size_t known = 0;
      while (known < kShort.size() && char32_t(kShort[known]) != c) known += 2;
      if (known < kShort.size()) (out += '\\') += kShort[known + 1];
      else if (c >= 0x20 && (c < 0x7f || !style_.ascii)) unicode::append(out, c);
      else if (c < 0x10000) out += fmt::format("\\u{:04x}", std::uint32_t(c));
      else out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
    }
    out += '"';
  }
  void line(int depth) {
    if (style_.indent < 0) return;
    out += '\n';
    budget_.fits(out.size() + std::size_t(style_.indent) * std::size_t(depth));
    out.append(std::size_t(style_.indent) * std::size_t(depth), ' ');
  }
  void array(const Values& items, int depth) {
    if (items.empty()) { out += "[]"; return; }
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i) out += style_.item;
      line(depth + 1);
      write(items[i], depth + 1);
    }
    line(depth);
    out += ']';
  }
  void object(const Dict& dict, int depth) {
    if (dict.items.empty()) { out += "{}"; return; }
    std::vector<std::size_t> order(dict.items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (style_.sorted)
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return compare(dict.items[a].first, dict.items[b].first, budget_) < 0; });
    out += '{';
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto& [key, value] = dict.items[order[i]];
      if (i) out += style_.item;
      line(depth + 1);
      if (const std::string* letters = key.text()) quoted(*letters);
      else if (key.is_none()) out += "\"null\"";
      else if (numeric(key)) out += '"' + plain(key) + '"';
      else fault("tojson cannot use a {} as key", type_name(key));
      out += style_.key;
      write(value, depth + 1);
    }
    line(depth);
    out += '}';
  }
  const JsonStyle& style_;
  Budget& budget_;
};
}  // namespace

std::string number_text(double number) {
  std::string out = fmt::format("{}", number);
  if (out.find_first_of(".en") == std::string::npos && std::isfinite(number)) out += ".0";
  return out;
}

std::string shown(const Value& value, Budget& budget) {
  if (value.is_undefined()) return {};
  if (const std::string* letters = value.text()) {
    budget.bytes(letters->size());
    return *letters;
  }
  Writer writer(budget);
  writer.write(value, 0);
  budget.bytes(writer.out.size());
  return std::move(writer.out);
}

std::string to_json(const Value& value, const JsonStyle& style, Budget& budget) {
  JsonWriter writer(style, budget);
  writer.write(value, 0);
  budget.bytes(writer.out.size());
  return std::move(writer.out);
}

}  // namespace maru::text::jinja
