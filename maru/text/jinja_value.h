#pragma once
// What a template computes with: immutable values, and the budget that every step, byte and nesting is charged to.
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "maru/base/error.h"
#include "maru/base/json.h"

namespace maru::text::jinja {

// A problem whose place is added at the edge (ChatTemplate), which knows the template's name; line 0 = not known here.
struct Fault {
  ErrorKind kind = ErrorKind::invalid;
  Phrase said;
  int line = 0;
};

template <class... Args>
[[noreturn]] void fault(fmt::format_string<Args...> text, Args&&... args) {
  throw Fault{.said = phrase(text, std::forward<Args>(args)...)};
}

// Time and memory are one currency: what makes n bytes or n items pays for them before they exist.
class Budget {
 public:
  Budget(std::size_t steps, std::size_t bytes) : left_(steps), bytes_(bytes), steps_(steps) {}
  void step(std::size_t count = 1);
  void items(std::size_t count) { step(count / 4 + 1); }
  void bytes(std::size_t count);       // one text of so many bytes is made
  void fits(std::size_t count) const;  // a text in the making may be so long

 private:
  std::size_t left_, bytes_, steps_;
};

class Value;
struct List;
struct Dict;
struct Loop;
struct Macro;
struct Bound;
// What a variable that does not exist gives: empty text, false, nothing to iterate; `why` explains it when it is used further.
struct Undefined {
  std::shared_ptr<const Phrase> why;
};
struct None {};
// Namespaces belong to the interpreter; nothing else can refer back to what holds it, so no value can form a cycle.
struct Namespace {
  std::map<std::string, Value, std::less<>> members;
};
struct Builtin {
  std::string_view name;
};

class Value {
 public:
  using Text = std::shared_ptr<const std::string>;
  using Variant = std::variant<Undefined, None, bool, std::int64_t, double, Text, std::shared_ptr<const List>, std::shared_ptr<const Dict>,
                               Namespace*, std::shared_ptr<const Macro>, std::shared_ptr<const Bound>, std::shared_ptr<Loop>, Builtin>;
  Value() = default;
  Value(Variant held) : held_(std::move(held)) {}
  static Value text(std::string letters) { return Value(Variant(std::make_shared<const std::string>(std::move(letters)))); }
  static Value none() { return Value(Variant(None{})); }
  static Value boolean(bool yes) { return Value(Variant(yes)); }
  static Value integer(std::int64_t number) { return Value(Variant(number)); }
  static Value number(double number) { return Value(Variant(number)); }
  static Value undefined(Phrase why) { return Value(Variant(Undefined{std::make_shared<const Phrase>(std::move(why))})); }

  template <class T>
  const T* as() const { return std::get_if<T>(&held_); }
  const std::string* text() const { auto* t = as<Text>(); return t ? t->get() : nullptr; }
  const List* list() const { auto* l = as<std::shared_ptr<const List>>(); return l ? l->get() : nullptr; }
  const Dict* dict() const { auto* d = as<std::shared_ptr<const Dict>>(); return d ? d->get() : nullptr; }
  bool is_undefined() const { return as<Undefined>() != nullptr; }
  bool is_none() const { return as<None>() != nullptr; }
  const Variant& held() const { return held_; }

 private:
  Variant held_;
};

using Values = std::vector<Value>;
// A generator is what map, select and their kind give: it is always true and has no length.
enum class ListKind : std::uint8_t { list, tuple, generator };
struct List {
  Values items;
  ListKind kind = ListKind::list;
  int nesting = 1;
};
struct Dict {
  std::vector<std::pair<Value, Value>> items;  // in order of insertion
  std::unordered_map<std::string_view, std::size_t> texts;
  int nesting = 1;
  const Value* find(std::string_view key) const;
  const Value* find(const Value& key, Budget& budget) const;
};
struct Bound {  // a method that was looked up and not called yet
  Value self;
  std::string method;
  int nesting = 1;
};
struct Loop {
  std::shared_ptr<const List> items;
  std::size_t index = 0;
  int depth = 1;
  const void* statement = nullptr;  // the recursive for that loop(…) enters again
  std::weak_ptr<struct Scope> scope;
  int nesting = 1;
};
struct Scope {
  std::map<std::string, Value, std::less<>> variables;
  std::shared_ptr<Scope> parent;
};
// A macro sees the scope that it was written in, and does not keep it alive.
struct Macro {
  const void* statement = nullptr;
  std::weak_ptr<Scope> scope;
};

// Throw Fault when values would nest too deeply for the recursive walks below.
Value make_list(Values items, Budget& budget, ListKind kind = ListKind::list);
Value make_dict(std::vector<std::pair<Value, Value>> items, Budget& budget);  // a later key replaces an earlier one
Value make_text(std::string letters, Budget& budget);
Value bound(Value self, std::string_view method);
int nesting(const Value& value);
Value from_json(const Json& json, Budget& budget);

const Phrase& type_name(const Value& value);
bool truthy(const Value& value);
std::optional<double> numeric(const Value& value);  // booleans count as 0 and 1
bool equal(const Value& a, const Value& b, Budget& budget);
int compare(const Value& a, const Value& b, Budget& budget);  // below, equal, above; Fault for what has no order
bool contains(const Value& container, const Value& item, Budget& budget);
std::string shown(const Value& value, Budget& budget);  // as Python's str()
std::size_t length(const Value& value);
Values iterate(const Value& value, Budget& budget);
std::int64_t integer(const Value& value, std::string_view what);
const std::string& text(const Value& value, std::string_view what);

struct JsonStyle {
  int indent = -1;
  bool sorted = false, ascii = false;
  std::string item = ", ", key = ": ";
};
std::string to_json(const Value& value, const JsonStyle& style, Budget& budget);
std::string number_text(double number);

}  // namespace maru::text::jinja
