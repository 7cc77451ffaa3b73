// Runs a Go template's tree within its budget.
#include <algorithm>

#include "maru/chat/go_syntax.h"

namespace maru::chat::go {
namespace {

class Interpreter {
 public:
  Interpreter(const Value& data, std::size_t steps, std::size_t bytes) : steps_(steps), left_(steps), bytes_(bytes) {
    variables_.emplace_back("$", data);
  }

  std::string run(const Body& body) {
    try {
      const Value data = variables_[0].second;  // the list of variables moves as it grows
      walk(body, data);
    } catch (const Fault& fault) {
      throw RunFault{fault.said, fault.kind, line_};
    }
    return std::move(out_);
  }

 private:
  enum class Flow : std::uint8_t { next, leave, again };

  void step(std::size_t count = 1) {
    if (count > left_) throw Fault{phrase("the template takes more than {} steps", steps_), ErrorKind::limit};
    left_ -= count;
  }
  void print(std::string_view text) {
    if (text.size() > bytes_ - std::min(bytes_, out_.size()))
      throw Fault{phrase("the template writes more than {} bytes", bytes_), ErrorKind::limit};
    step(text.size() / 256);
    out_ += text;
  }

  Flow walk(const Body& body, const Value& dot) {
    for (const Node& node : body)
      if (const Flow flow = walk(node, dot); flow != Flow::next) return flow;
    return Flow::next;
  }

  Flow walk(const Node& node, const Value& dot) {
    step();
    line_ = node.line;
    switch (node.kind) {
      case NodeKind::text: print(node.text); return Flow::next;
      case NodeKind::break_: return Flow::leave;
      case NodeKind::continue_: return Flow::again;
      case NodeKind::print: {
        const Value value = evaluate(*node.pipe, dot);
        if (node.pipe->declared.empty()) print(printed(value));
        return Flow::next;
      }
      case NodeKind::range: return range(node, dot);
      default: break;
    }
    const std::size_t known = variables_.size();
    const Value value = evaluate(*node.pipe, dot);
    const bool yes = truthy(value);
    const Flow flow = walk(yes ? node.body : node.otherwise, yes && node.kind == NodeKind::with ? value : dot);
    variables_.resize(known);
    return flow;
  }

  Flow range(const Node& node, const Value& dot) {
    const std::size_t known = variables_.size();
    const Value over = evaluate(*node.pipe, dot, true);
    const Pipe& pipe = *node.pipe;
    bool any = false;
    // -> whether to go on
    const auto once = [&](const Value& key, const Value& item) {
      any = true;
      step();
      const std::size_t mark = variables_.size();
      if (!pipe.declared.empty()) bind(pipe, pipe.declared.size() - 1, item);
      if (pipe.declared.size() > 1) bind(pipe, 0, key);
      const Flow flow = walk(node.body, item);
      variables_.resize(mark);
      return flow != Flow::leave;
    };
    if (const List* list = over.list()) {
      for (std::size_t i = 0; i < list->size(); ++i)
        if (!once(Value::integer(std::int64_t(i)), (*list)[i])) break;
    } else if (const Record* record = over.record(); record && !record->fields) {
      std::vector<const std::pair<std::string, Value>*> items;
      for (const auto& item : record->items) items.push_back(&item);
      std::ranges::sort(items, {}, [](const auto* item) { return item->first; });
      for (const auto* item : items)
        if (!once(Value::text(item->first), item->second)) break;
    } else if (const auto* count = over.as<std::int64_t>()) {
      if (pipe.declared.size() > 1) fault("can't use {} to iterate over more than one variable", *count);
      for (std::int64_t i = 0; i < *count; ++i)
        if (!once(Value::integer(i), Value::integer(i))) break;
    } else if (!over.nil()) {
      fault("range can't iterate over {}", type_name(over));
    }
    Flow flow = Flow::next;
    if (!any) flow = walk(node.otherwise, dot);
    variables_.resize(known);
    return flow;
  }

  void bind(const Pipe& pipe, std::size_t which, const Value& value) {
    if (pipe.assigns) set(pipe.declared[which], value);
    else variables_.emplace_back(pipe.declared[which], value);
  }
  void set(const std::string& name, const Value& value) {
    for (auto found = variables_.rbegin(); found != variables_.rend(); ++found)
      if (found->first == name) {
        found->second = value;
        return;
      }
  }
  const Value& variable(const std::string& name) const {
    for (auto found = variables_.rbegin(); found != variables_.rend(); ++found)
      if (found->first == name) return found->second;
    fault("undefined variable: {}", name);
  }

  Value evaluate(const Pipe& pipe, const Value& dot, bool range = false) {
    Value value;
    for (std::size_t i = 0; i < pipe.commands.size(); ++i) value = command(pipe.commands[i], dot, i > 0 ? &value : nullptr);
    if (range) return value;
    for (const std::string& name : pipe.declared) {
      if (pipe.assigns) set(name, value);
      else variables_.emplace_back(name, value);
    }
    return value;
  }

  // `last`: what the pipe brings from the command before.
  Value command(const std::vector<Operand>& words, const Value& dot, const Value* last) {
    step();
    const Operand& first = words[0];
    if (first.kind == OperandKind::function) {
      Value value = function(words, dot, last);
      return fields(std::move(value), first.chain);
    }
    if (words.size() > 1 || last) {
      if (first.kind == OperandKind::field || first.kind == OperandKind::variable)
        fault("{} has arguments but cannot be invoked as function", first.chain.empty() ? first.name : first.chain.back());
      fault("can't give argument to non-function");
    }
    if (first.kind == OperandKind::constant && first.value.nil()) fault("nil is not a command");
    return operand(first, dot);
  }

  Value operand(const Operand& word, const Value& dot) {
    step();
    switch (word.kind) {
      case OperandKind::dot: return dot;
      case OperandKind::constant: return word.value;
      case OperandKind::field: return fields(dot, word.chain);
      case OperandKind::variable: return fields(variable(word.name), word.chain);
      case OperandKind::pipe: return fields(evaluate(*word.pipe, dot), word.chain);
      default: return fields(function({word}, dot, nullptr), word.chain);
    }
  }

  Value function(const std::vector<Operand>& words, const Value& dot, const Value* last) {
    const std::string& name = words[0].name;
    if (name == "and" || name == "or") {
      // The rest is not looked at once the answer is known.
      if (words.size() == 1 && !last) fault("wrong number of args for {}: want at least {} got {}", name, 1, 0);
      Value value;
      for (std::size_t i = 1; i < words.size(); ++i) {
        value = operand(words[i], dot);
        if (truthy(value) == (name == "or")) return value;
      }
      return last ? *last : value;
    }
    List arguments;
    for (std::size_t i = 1; i < words.size(); ++i) arguments.push_back(operand(words[i], dot));
    if (last) arguments.push_back(*last);
    Value result = call(name, arguments);
    if (const std::string* text = result.text()) {
      step(text->size() / 256);
      if (text->size() > bytes_) throw Fault{phrase("the template makes a text of more than {} bytes", bytes_), ErrorKind::limit};
    }
    return result;
  }

  Value fields(Value value, const std::vector<std::string>& chain) {
    for (const std::string& name : chain) {
      step();
      if (value.nil()) fault("nil pointer evaluating interface {{}}.{}", name);
      const Record* record = value.record();
      const Value* found = record ? record->find(name) : nullptr;
      if (!record || (!found && record->fields)) fault("can't evaluate field {} in type {}", name, type_name(value));
      value = found ? Value(*found) : Value();
    }
    return value;
  }

  std::size_t steps_, left_, bytes_;
  int line_ = 1;
  std::string out_;
  std::vector<std::pair<std::string, Value>> variables_;
};

}  // namespace

std::string run(const Body& body, const Value& data, std::size_t steps, std::size_t bytes) {
  return Interpreter(data, steps, bytes).run(body);
}

}  // namespace maru::chat::go
