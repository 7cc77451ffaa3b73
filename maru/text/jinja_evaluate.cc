// The expressions of a template: names, members, calls, comparisons, slices, and the few functions there are.
#include <algorithm>
#include <ctime>

#include "maru/text/jinja_interpreter.h"

namespace maru::text::jinja {
namespace {

constexpr std::size_t kRange = 100'000;  // the longest range() of Jinja's own sandbox

[[noreturn]] void undefined_used(const Value& value) {
  auto* missing = value.as<Undefined>();
  fault("{}", missing->why ? *missing->why : phrase("a value is undefined"));
}

Value loop_member(const Loop& loop, std::string_view name) {
  const auto at = std::int64_t(loop.index), count = std::int64_t(loop.items->items.size());
  if (name == "index") return Value::integer(at + 1);
  if (name == "index0") return Value::integer(at);
  if (name == "revindex") return Value::integer(count - at);
  if (name == "revindex0") return Value::integer(count - at - 1);
  if (name == "first") return Value::boolean(at == 0);
  if (name == "last") return Value::boolean(at + 1 == count);
  if (name == "length") return Value::integer(count);
  if (name == "depth") return Value::integer(loop.depth);
  if (name == "depth0") return Value::integer(loop.depth - 1);
  if (name == "previtem") return at > 0 ? loop.items->items[loop.index - 1] : Value::undefined(phrase("there is no previous item"));
  if (name == "nextitem") return at + 1 < count ? loop.items->items[loop.index + 1] : Value::undefined(phrase("there is no next item"));
  return Value::undefined(phrase("the loop has no attribute '{}'", name));
}

Value now(const std::string& format) {
  static constexpr std::string_view kKnown = "aAbBcdDeFGHIjkmMnpPrRsStTuUVwWxXyYzZ%lhCg";
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (i + 1 < format.size() && format[i + 1] == '-') ++i;
    if (++i >= format.size() || !kKnown.contains(format[i])) fault("strftime_now does not know the format '{}'", format.substr(0, 60));
  }
  if (format.size() > 256) fault("strftime_now takes a format of at most 256 bytes, got {}", format.size());
  const std::time_t seconds = std::time(nullptr);
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[8192];
  return Value::text(std::string(text, std::strftime(text, sizeof text, format.c_str(), &local)));
}
}  // namespace

Value Interpreter::evaluate(const Expression& node, const ScopePtr& scope) {
  if (node.kind == ExpressionKind::constant) return node.value;
  const Deeper deeper(depth_, depth_limit_);
  budget_.step();
  line_ = node.line;
  return compute(node, scope);
}

Value Interpreter::compute(const Expression& node, const ScopePtr& scope) {
  const auto part = [&](std::size_t i) { return evaluate(*node.parts[i], scope); };
  switch (node.kind) {
    case ExpressionKind::constant: return node.value;
    case ExpressionKind::name: return name(node.text, scope.get());
    case ExpressionKind::list: case ExpressionKind::tuple: {
      Values items;
      for (const ExpressionPtr& item : node.parts) items.push_back(evaluate(*item, scope));
      return make_list(std::move(items), budget_, node.kind == ExpressionKind::tuple ? ListKind::tuple : ListKind::list);
    }
    case ExpressionKind::dict: {
      std::vector<std::pair<Value, Value>> items;
      for (std::size_t i = 0; i + 1 < node.parts.size(); i += 2) {
        Value key = part(i);
        items.emplace_back(std::move(key), part(i + 1));
      }
      return make_dict(std::move(items), budget_);
    }
    case ExpressionKind::attribute: return attribute(part(0), node.text);
    case ExpressionKind::item: {
      const Value of = part(0);
      return item(of, part(1));
    }
    case ExpressionKind::slice: return slice(node, scope);
    case ExpressionKind::call: {
      const Value callee = part(0);
      return call(callee, arguments(node, scope));
    }
    case ExpressionKind::filter: {
      const Value value = part(0);
      return filter(node.text, value, arguments(node, scope));
    }
    case ExpressionKind::test: return test(node, scope);
    case ExpressionKind::not_: return Value::boolean(!truthy(part(0)));
    case ExpressionKind::negative: return binary("-", Value::integer(0), part(0), budget_);
    case ExpressionKind::positive: return binary("+", Value::integer(0), part(0), budget_);
    case ExpressionKind::and_: case ExpressionKind::or_: {
      const bool stops = node.kind == ExpressionKind::or_;
      Value value = part(0);
      for (std::size_t i = 1; i < node.parts.size() && truthy(value) != stops; ++i) value = part(i);
      return value;
    }
    case ExpressionKind::concat: {
      std::string text;
      for (const ExpressionPtr& piece : node.parts) {
        text += shown(evaluate(*piece, scope), budget_);
        budget_.fits(text.size());
      }
      return make_text(std::move(text), budget_);
    }
    case ExpressionKind::binary: {
      const Value left = part(0);
      return binary(node.text, left, part(1), budget_);
    }
    case ExpressionKind::compare: return comparison(node, scope);
    case ExpressionKind::choice:
      if (truthy(part(0))) return part(1);
      return node.parts[2] ? part(2) : Value::undefined(phrase("the inline if was false and has no else"));
  }
  return {};
}

Value Interpreter::name(const std::string& name, const Scope* scope) const {
  for (; scope; scope = scope->parent.get())
    if (const auto found = scope->variables.find(name); found != scope->variables.end()) return found->second;
  return Value::undefined(phrase("'{}' is undefined", name));
}

Value Interpreter::attribute(const Value& of, std::string_view name) {
  if (of.is_undefined()) undefined_used(of);
  if (has_method(of, name)) return bound(of, name);
  if (auto* dict = of.dict())
    if (const Value* found = dict->find(name)) return *found;
  if (auto* space = of.as<Namespace*>())
    if (const auto found = (*space)->members.find(name); found != (*space)->members.end()) return found->second;
  if (auto* loop = of.as<std::shared_ptr<Loop>>()) return loop_member(**loop, name);
  return Value::undefined(phrase("a {} has no attribute '{}'", type_name(of), name));
}

Value Interpreter::item(const Value& of, const Value& key) {
  if (of.is_undefined()) undefined_used(of);
  if (auto* dict = of.dict())
    if (const Value* found = dict->find(key, budget_)) return *found;
  if (const std::string* name = key.text()) return attribute(of, *name);
  const bool whole = key.as<std::int64_t>() || key.as<bool>();
  if (whole && (of.text() || (of.list() && of.list()->kind != ListKind::generator))) {
    const auto count = std::int64_t(length(of));
    std::int64_t at = integer(key, "an index");
    if (at < 0) at += count;
    if (at >= 0 && at < count) return of.list() ? of.list()->items[std::size_t(at)] : iterate(of, budget_)[std::size_t(at)];
  }
  return Value::undefined(phrase("a {} has no item {}", type_name(of), shown(key, budget_)));
}

Value Interpreter::path(const Value& of, const Value& dotted) {
  if (!dotted.text()) return item(of, dotted);
  const std::string& names = *dotted.text();
  Value value = of;
  for (std::size_t from = 0; from <= names.size();) {
    const std::size_t dot = std::min(names.find('.', from), names.size());
    const std::string name = names.substr(from, dot - from);
    const bool number =
        !name.empty() && name.size() < 10 && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    value = item(value, number ? Value::integer(std::stoll(name)) : Value::text(name));
    budget_.step();
    from = dot + 1;
  }
  return value;
}

Value Interpreter::slice(const Expression& node, const ScopePtr& scope) {
  const Value of = evaluate(*node.parts[0], scope);
  if (of.is_undefined()) undefined_used(of);
  if (!of.text() && (!of.list() || of.list()->kind == ListKind::generator)) fault("a {} cannot be sliced", type_name(of));
  const Values items = iterate(of, budget_);
  const auto count = std::int64_t(items.size());
  const auto bound = [&](std::size_t i) -> std::optional<std::int64_t> {
    if (!node.parts[i]) return std::nullopt;
    const Value value = evaluate(*node.parts[i], scope);
    if (value.is_none()) return std::nullopt;
    return std::clamp<std::int64_t>(integer(value, "a bound of a slice"), -count - 1, count + 1);
  };
  const auto first = bound(1), last = bound(2);
  const std::int64_t step = bound(3).value_or(1);
  if (step == 0) fault("the step of a slice cannot be zero");
  const std::int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? count : count - 1;
  const auto place = [&](std::int64_t at) { return std::clamp(at < 0 ? at + count : at, lowest, highest); };
  const std::int64_t from = first ? place(*first) : step > 0 ? lowest : highest;
  const std::int64_t to = last ? place(*last) : step > 0 ? highest : lowest;
  Values taken;
  for (std::int64_t i = from; step > 0 ? i < to : i > to; i += step) taken.push_back(items[std::size_t(i)]);
  if (of.list()) return make_list(std::move(taken), budget_, of.list()->kind);
  std::string text;
  for (const Value& letter : taken) text += *letter.text();
  return make_text(std::move(text), budget_);
}

Value Interpreter::comparison(const Expression& node, const ScopePtr& scope) {
  Value left = evaluate(*node.parts[0], scope);
  for (std::size_t i = 0; i < node.operators.size(); ++i) {
    Value right = evaluate(*node.parts[i + 1], scope);
    const std::string& sign = node.operators[i];
    bool holds = false;
    if (sign == "==" || sign == "!=") holds = equal(left, right, budget_) == (sign == "==");
    else if (sign == "in" || sign == "not in") holds = contains(right, left, budget_) == (sign == "in");
    else if (sign == "<") holds = compare(left, right, budget_) < 0;
    else if (sign == "<=") holds = compare(left, right, budget_) <= 0;
    else if (sign == ">") holds = compare(left, right, budget_) > 0;
    else holds = compare(left, right, budget_) >= 0;
    if (!holds) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Arguments Interpreter::arguments(const Expression& node, const ScopePtr& scope) {
  Arguments given;
  for (std::size_t i = 1; i < node.parts.size(); ++i) given.positional.push_back(evaluate(*node.parts[i], scope));
  for (const auto& [name, value] : node.named) given.named.emplace_back(name, evaluate(*value, scope));
  line_ = node.line;
  return given;
}

// A chain of filters around a value that no expression gives: the text of a block.
Value Interpreter::filter(const Expression& node, Value value, const ScopePtr& scope) {
  if (node.parts[0]) value = filter(*node.parts[0], std::move(value), scope);
  return filter(node.text, value, arguments(node, scope));
}

Value Interpreter::filter(std::string_view name, const Value& value, Arguments arguments) {
  const Filter apply = find_filter(name);
  if (!apply) fault("there is no filter named '{}'", name);
  budget_.step();
  Value result = apply(*this, value, arguments);
  arguments.finish(name);
  return result;
}

Value Interpreter::test(const Expression& node, const ScopePtr& scope) {
  const Value value = evaluate(*node.parts[0], scope);
  return Value::boolean(test(node.text, value, arguments(node, scope)) != node.negated);
}

bool Interpreter::test(std::string_view name, const Value& value, Arguments arguments) {
  const Test holds = find_test(name);
  if (!holds) fault("there is no test named '{}'", name);
  budget_.step();
  const bool result = holds(*this, value, arguments);
  arguments.finish(name);
  return result;
}

Value Interpreter::call(const Value& callee, Arguments arguments) {
  if (callee.is_undefined()) undefined_used(callee);
  if (auto* macro = callee.as<std::shared_ptr<const Macro>>()) return Value::text(enter(**macro, std::move(arguments)));
  if (auto* at = callee.as<std::shared_ptr<Loop>>()) {
    const std::shared_ptr<Loop> state = *at;
    const ScopePtr scope = state->scope.lock();
    if (!state->statement || !scope) fault("loop(…) is called in a loop that is not recursive");
    const Value over = arguments.take("iterable");
    arguments.finish("loop");
    std::string text;
    struct Back {
      std::string*& out;
      std::string* outer;
      ~Back() { out = outer; }
    } back{out_, std::exchange(out_, &text)};
    const Deeper deeper(calls_, call_limit_);
    loop(*static_cast<const Statement*>(state->statement), scope, over, state->depth + 1);
    return make_text(std::move(text), budget_);
  }
  Value result;
  std::string_view name;
  if (auto* method = callee.as<std::shared_ptr<const Bound>>()) {
    name = (*method)->method;
    result = jinja::method(*this, (*method)->self, name, arguments);
  } else if (auto* function = callee.as<Builtin>()) {
    name = function->name;
    result = builtin(name, arguments);
  } else {
    fault("a {} cannot be called", type_name(callee));
  }
  arguments.finish(name);
  return result;
}

Value Interpreter::builtin(std::string_view name, Arguments& arguments) {
  if (name == "raise_exception") fault("the template says: {}", shown(arguments.take("message"), budget_));
  if (name == "strftime_now") return now(text(arguments.take("format"), "the format"));
  if (name == "range") {
    std::int64_t from = 0, to = integer(arguments.take("stop"), "range()"), step = 1;
    if (arguments.has("to")) {
      from = to;
      to = integer(arguments.take("to"), "range()");
      step = integer(arguments.take("step", Value::integer(1)), "range()");
    }
    if (step == 0) fault("the step of range() cannot be zero");
    Values numbers;
    for (std::int64_t i = from; step > 0 ? i < to : i > to;) {
      if (numbers.size() == kRange) throw Fault{ErrorKind::limit, phrase("range() gives more than {} numbers", kRange)};
      numbers.push_back(Value::integer(i));
      if (__builtin_add_overflow(i, step, &i)) break;
    }
    return make_list(std::move(numbers), budget_);
  }
  // namespace(…) and dict(…): the items of a dictionary, then the named arguments.
  std::vector<std::pair<Value, Value>> items;
  if (arguments.has("") || !arguments.positional.empty()) {
    const Value given = arguments.take("");
    if (!given.dict()) fault("{}() takes a dictionary or named arguments, got a {}", name, type_name(given));
    items = given.dict()->items;
  }
  for (auto& [key, value] : std::exchange(arguments.named, {})) items.emplace_back(Value::text(key), std::move(value));
  if (name == "dict") return make_dict(std::move(items), budget_);
  namespaces_.emplace_back();
  for (auto& [key, value] : items) namespaces_.back().members.insert_or_assign(text(key, "a namespace's member"), std::move(value));
  return Value(Value::Variant(&namespaces_.back()));
}

}  // namespace maru::text::jinja
