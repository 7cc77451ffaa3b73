#pragma once
// Runs a parsed template within its budget. Nothing but values, filters, tests and a handful of functions can be reached.
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maru/text/chat_template.h"
#include "maru/text/jinja_syntax.h"
#include "maru/text/jinja_value.h"

namespace maru::text::jinja {

// The arguments of a call. take() hands them out in order; what nobody took is an error.
class Arguments {
 public:
  Values positional;
  std::vector<std::pair<std::string, Value>> named;

  bool has(std::string_view name) const;                  // is the next one given, by place or name?
  Value take(std::string_view name);                      // Fault when absent
  Value take(std::string_view name, Value otherwise);
  bool flag(std::string_view name, bool otherwise = false) { return truthy(take(name, Value::boolean(otherwise))); }
  Values rest();                                          // the remaining positional ones
  void finish(std::string_view callee) const;

 private:
  std::size_t next_ = 0;
};

class Interpreter {
 public:
  Interpreter(const Json& variables, const TemplateLimits& limits);
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  std::string run(const Body& body);
  int line() const { return line_; }

  // For filters, tests and methods.
  Budget& budget() { return budget_; }
  Value attribute(const Value& of, std::string_view name);         // of.name: methods first, as Python does
  Value item(const Value& of, const Value& key);                   // of[key]: items first
  Value path(const Value& of, const Value& dotted);                // the `attribute` of map, sort and their kind
  Value call(const Value& callee, Arguments arguments);
  Value filter(std::string_view name, const Value& value, Arguments arguments);
  bool test(std::string_view name, const Value& value, Arguments arguments);

 private:
  enum class Flow { next, leave, again };
  using ScopePtr = std::shared_ptr<Scope>;
  struct Deeper {  // recursion counts itself
    Deeper(std::size_t& depth, std::size_t limit) : depth_(depth) {
      if (depth >= limit) throw Fault{ErrorKind::limit, phrase("the template runs deeper than {} levels", limit)};
      ++depth_;
    }
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    std::size_t& depth_;
  };
  static constexpr std::size_t kLevelsPerCall = 8;  // blocks and expressions that one level of calls may nest, on average

  Flow execute(const Body& body, const ScopePtr& scope);
  Flow execute(const Statement& statement, const ScopePtr& scope);
  Flow loop(const Statement& statement, const ScopePtr& scope, const Value& over, int depth);
  Values kept(const Statement& statement, const ScopePtr& scope, Values items);
  std::string captured(const Body& body, const ScopePtr& scope);
  std::string enter(const Macro& macro, Arguments arguments);
  void call_block(const Statement& statement, const ScopePtr& scope);
  void assign(const Expression& target, Value value, const ScopePtr& scope);
  void print(std::string_view text);
  ScopePtr inner(const ScopePtr& parent);

  Value evaluate(const Expression& node, const ScopePtr& scope);
  Value compute(const Expression& node, const ScopePtr& scope);
  Value name(const std::string& name, const Scope* scope) const;
  Value slice(const Expression& node, const ScopePtr& scope);
  Value comparison(const Expression& node, const ScopePtr& scope);
  Value test(const Expression& node, const ScopePtr& scope);
  Value filter(const Expression& node, Value value, const ScopePtr& scope);
  Arguments arguments(const Expression& node, const ScopePtr& scope);
  Value builtin(std::string_view name, Arguments& arguments);

  Budget budget_;
  std::size_t output_limit_, call_limit_, depth_limit_, calls_ = 0, depth_ = 0;
  int line_ = 1;
  ScopePtr root_;
  std::string* out_ = nullptr;
  std::list<Namespace> namespaces_;
};

Value binary(std::string_view sign, const Value& a, const Value& b, Budget& budget);
Value method(Interpreter& run, const Value& self, std::string_view name, Arguments& arguments);
bool has_method(const Value& value, std::string_view name);
// Writes "%s is %d" as Python's % does.
Value percent_format(const std::string& pattern, const Value& values, Budget& budget);

using Filter = Value (*)(Interpreter& run, const Value& value, Arguments& arguments);
using Test = bool (*)(Interpreter& run, const Value& value, Arguments& arguments);
Filter find_filter(std::string_view name);
Test find_test(std::string_view name);

}  // namespace maru::text::jinja
