#pragma once
// What a Go template computes with. Values are shared and immutable; templates can only look at them.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "maru/base/error.h"
#include "maru/base/json.h"

namespace maru::chat::go {

struct Fault {                                   // its place is added at the edge
  Phrase said;
  ErrorKind kind = ErrorKind::invalid;
};
template <class... Args>
[[noreturn]] void fault(fmt::format_string<Args...> text, Args&&... args) {
  throw Fault{.said = phrase(text, std::forward<Args>(args)...)};
}

class Value;
using List = std::vector<Value>;
// A map (`fields` false: what is not there is nil) or a struct (true: what is not there is an error, and it counts as true).
struct Record {
  std::vector<std::pair<std::string, Value>> items;
  bool fields = false;
  const Value* find(std::string_view name) const;
};

class Value {
 public:
  using Variant = std::variant<std::monostate, bool, std::int64_t, double, std::shared_ptr<const std::string>, std::shared_ptr<const List>,
                               std::shared_ptr<const Record>>;
  Value() = default;
  Value(Variant held) : held_(std::move(held)) {}
  static Value boolean(bool yes) { return Variant(yes); }
  static Value integer(std::int64_t number) { return Variant(number); }
  static Value number(double number) { return Variant(number); }
  static Value text(std::string letters) { return Variant(std::make_shared<const std::string>(std::move(letters))); }
  static Value list(List items) { return Variant(std::make_shared<const List>(std::move(items))); }
  static Value map(std::vector<std::pair<std::string, Value>> items) {
    return Variant(std::make_shared<const Record>(Record{std::move(items)}));
  }
  static Value fields(std::vector<std::pair<std::string, Value>> items) {
    return Variant(std::make_shared<const Record>(Record{std::move(items), true}));
  }
  // Prints itself as this JSON, as Ollama's tools and arguments do.
  Value as_json(std::shared_ptr<const Json> json) const { Value out = *this; out.json_ = std::move(json); return out; }

  template <class T>
  const T* as() const { return std::get_if<T>(&held_); }
  bool nil() const { return std::holds_alternative<std::monostate>(held_); }
  const std::string* text() const { auto* t = as<std::shared_ptr<const std::string>>(); return t ? t->get() : nullptr; }
  const List* list() const { auto* l = as<std::shared_ptr<const List>>(); return l ? l->get() : nullptr; }
  const Record* record() const { auto* r = as<std::shared_ptr<const Record>>(); return r ? r->get() : nullptr; }
  const std::shared_ptr<const Json>& json() const { return json_; }

 private:
  Variant held_;
  std::shared_ptr<const Json> json_;
};

// Numbers become floats, as Go reads JSON.
Value from_json(const Json& json);
bool truthy(const Value& value);
std::string type_name(const Value& value);       // "string", "int", "map" …
std::string printed(const Value& value);         // as {{ value }}
std::string in_quotes(std::string_view text);       // as %q
// As Go's json.Marshal: < > & are escaped, and so are the two Unicode line ends. Fields keep the order they came in.
std::string marshalled(const Value& value);
std::string marshalled(const Json& json);

}  // namespace maru::chat::go
