// The statements of a template: output, scopes, loops, macros.
#include "maru/text/jinja_interpreter.h"

#include <algorithm>

namespace maru::text::jinja {

Interpreter::Interpreter(const Json& variables, const TemplateLimits& limits)
    : budget_(limits.steps, limits.output_bytes),
      output_limit_(limits.output_bytes),
      call_limit_(limits.depth),
      depth_limit_(limits.depth * kLevelsPerCall),
      root_(std::make_shared<Scope>()) {
  for (const std::string_view name : {"range", "namespace", "dict", "raise_exception", "strftime_now"})
    root_->variables.emplace(name, Value(Value::Variant(Builtin{name})));
  check(variables.is_object() || variables.is_null(), "the variables of a chat template must be an object, got a {}",
        variables.type_name());
  // What the caller brings is paid for apart: a long conversation must not eat the template's own steps.
  Budget given(SIZE_MAX, SIZE_MAX);
  if (variables.is_object())
    for (const auto& [name, value] : variables.items()) root_->variables.insert_or_assign(name, from_json(value, given));
}

std::string Interpreter::run(const Body& body) { return captured(body, root_); }

void Interpreter::print(std::string_view text) {
  if (text.size() > output_limit_ - out_->size()) throw Fault{ErrorKind::limit, phrase("the output is over {} bytes", output_limit_)};
  out_->append(text);
}

Interpreter::ScopePtr Interpreter::inner(const ScopePtr& parent) {
  auto scope = std::make_shared<Scope>();
  scope->parent = parent;
  return scope;
}

std::string Interpreter::captured(const Body& body, const ScopePtr& scope) {
  std::string text;
  std::string* const outer = std::exchange(out_, &text);
  struct Back {
    std::string*& out;
    std::string* outer;
    ~Back() { out = outer; }
  } back{out_, outer};
  execute(body, scope);
  budget_.bytes(text.size());
  return text;
}

Interpreter::Flow Interpreter::execute(const Body& body, const ScopePtr& scope) {
  const Deeper deeper(depth_, depth_limit_);
  for (const Statement& statement : body)
    if (const Flow flow = execute(statement, scope); flow != Flow::next) return flow;
  return Flow::next;
}

Interpreter::Flow Interpreter::execute(const Statement& statement, const ScopePtr& scope) {
  budget_.step();
  line_ = statement.line;
  switch (statement.kind) {
    case StatementKind::data: print(statement.text); break;
    case StatementKind::print: {
      const Value value = evaluate(*statement.expression, scope);
      if (const std::string* letters = value.text()) print(*letters);
      else print(shown(value, budget_));
      break;
    }
    case StatementKind::if_: {
      std::size_t i = 0;
      while (i < statement.conditions.size() && !truthy(evaluate(*statement.conditions[i], scope))) ++i;
      return i < statement.bodies.size() ? execute(statement.bodies[i], scope) : Flow::next;
    }
    case StatementKind::for_: return loop(statement, scope, evaluate(*statement.expression, scope), 1);
    case StatementKind::set: assign(*statement.target, evaluate(*statement.expression, scope), scope); break;
    case StatementKind::set_block: {
      Value value = Value::text(captured(statement.bodies[0], inner(scope)));
      if (statement.expression) value = filter(*statement.expression, std::move(value), scope);
      assign(*statement.target, std::move(value), scope);
      break;
    }
    case StatementKind::macro:
      scope->variables.insert_or_assign(statement.text, Value(Value::Variant(std::make_shared<const Macro>(Macro{&statement, scope}))));
      break;
    case StatementKind::call: call_block(statement, scope); break;
    case StatementKind::filter:
      print(shown(filter(*statement.expression, Value::text(captured(statement.bodies[0], inner(scope))), scope), budget_));
      break;
    case StatementKind::with: {
      const ScopePtr within = inner(scope);
      for (const Parameter& variable : statement.parameters)
        within->variables.insert_or_assign(variable.name, evaluate(*variable.otherwise, scope));
      return execute(statement.bodies[0], within);
    }
    case StatementKind::scope: return execute(statement.bodies[0], inner(scope));
    case StatementKind::break_: return Flow::leave;
    case StatementKind::continue_: return Flow::again;
  }
  return Flow::next;
}

Values Interpreter::kept(const Statement& statement, const ScopePtr& scope, Values items) {
  if (!statement.condition) return items;
  Values kept;
  for (Value& item : items) {
    budget_.step();
    const ScopePtr within = inner(scope);
    assign(*statement.target, item, within);
    if (truthy(evaluate(*statement.condition, within))) kept.push_back(std::move(item));
  }
  return kept;
}

Interpreter::Flow Interpreter::loop(const Statement& statement, const ScopePtr& scope, const Value& over, int depth) {
  const Value items = make_list(kept(statement, scope, iterate(over, budget_)), budget_);
  auto state = std::make_shared<Loop>();
  state->items = *items.as<std::shared_ptr<const List>>();
  state->depth = depth;
  state->nesting = items.list()->nesting + 1;
  state->scope = scope;
  if (statement.recursive) state->statement = &statement;
  for (state->index = 0; state->index < state->items->items.size(); ++state->index) {
    budget_.step();
    const ScopePtr within = inner(scope);
    within->variables.emplace("loop", Value(Value::Variant(state)));
    assign(*statement.target, state->items->items[state->index], within);
    if (execute(statement.bodies[0], within) == Flow::leave) break;
  }
  if (state->items->items.empty() && statement.bodies.size() > 1) return execute(statement.bodies[1], inner(scope));
  return Flow::next;
}

std::string Interpreter::enter(const Macro& macro, Arguments arguments) {
  const Deeper deeper(calls_, call_limit_);
  const auto& statement = *static_cast<const Statement*>(macro.statement);
  const ScopePtr around = macro.scope.lock();
  if (!around) fault("the macro {} is called after the block that it was written in has ended", statement.text);
  const ScopePtr scope = inner(around);
  scope->variables.emplace("caller", arguments.take("caller", Value::undefined(phrase("'caller' is undefined: this is not a call block"))));
  for (const Parameter& parameter : statement.parameters) {
    Value value = Value::undefined(phrase("parameter '{}' was not provided", parameter.name));
    if (arguments.has(parameter.name)) value = arguments.take(parameter.name);
    else if (parameter.otherwise) value = evaluate(*parameter.otherwise, scope);
    scope->variables.insert_or_assign(parameter.name, std::move(value));
  }
  arguments.finish(statement.text);
  return captured(statement.bodies[0], scope);
}

void Interpreter::call_block(const Statement& statement, const ScopePtr& scope) {
  const Expression& call = *statement.expression;
  Arguments given = arguments(call, scope);
  given.named.emplace_back("caller", Value(Value::Variant(std::make_shared<const Macro>(Macro{&statement, scope}))));
  print(shown(this->call(evaluate(*call.parts[0], scope), std::move(given)), budget_));
}

void Interpreter::assign(const Expression& target, Value value, const ScopePtr& scope) {
  budget_.step();
  if (target.kind == ExpressionKind::name) {
    scope->variables.insert_or_assign(target.text, std::move(value));
  } else if (target.kind == ExpressionKind::attribute) {
    const Value holder = name(target.parts[0]->text, scope.get());
    auto* space = holder.as<Namespace*>();
    if (!space) fault("only a namespace takes members, and {} is a {}", target.parts[0]->text, type_name(holder));
    (*space)->members.insert_or_assign(target.text, std::move(value));
  } else {
    Values items = iterate(value, budget_);
    if (items.size() != target.parts.size()) fault("{} names are to take {} values", target.parts.size(), items.size());
    for (std::size_t i = 0; i < items.size(); ++i) assign(*target.parts[i], std::move(items[i]), scope);
  }
}

bool Arguments::has(std::string_view name) const {
  return next_ < positional.size() || std::any_of(named.begin(), named.end(), [&](const auto& given) { return given.first == name; });
}

Value Arguments::take(std::string_view name) {
  if (!has(name)) fault("the argument '{}' is missing", name);
  return take(name, Value::none());
}

Value Arguments::take(std::string_view name, Value otherwise) {
  const auto given = std::find_if(named.begin(), named.end(), [&](const auto& entry) { return entry.first == name; });
  if (given != named.end()) {
    Value value = std::move(given->second);
    named.erase(given);
    return value;
  }
  return name != "caller" && next_ < positional.size() ? std::move(positional[next_++]) : std::move(otherwise);
}

Values Arguments::rest() {
  Values rest(positional.begin() + std::ptrdiff_t(next_), positional.end());
  next_ = positional.size();
  return rest;
}

void Arguments::finish(std::string_view callee) const {
  if (!named.empty()) fault("{} takes no argument named '{}'", callee, named.front().first);
  if (next_ < positional.size()) fault("{} takes {} arguments, got {}", callee, next_, positional.size());
}

}  // namespace maru::text::jinja
