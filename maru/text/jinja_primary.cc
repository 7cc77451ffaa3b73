// The tight half of the expression parser: literals, names, members, calls, filters and tests.
#include <algorithm>
#include <charconv>

#include "maru/text/jinja_syntax.h"

namespace maru::text::jinja {

ExpressionPtr ExpressionParser::primary() {
  const Token token = peek();
  ExpressionPtr node = make(ExpressionKind::constant);
  switch (token.kind) {
    case TokenKind::name:
      next();
      if (token.text == "true" || token.text == "True") node->value = Value::boolean(true);
      else if (token.text == "false" || token.text == "False") node->value = Value::boolean(false);
      else if (token.text == "none" || token.text == "None") node->value = Value::none();
      else {
        node->kind = ExpressionKind::name;
        node->text = token.text;
      }
      return node;
    case TokenKind::text: {
      std::string letters;
      while (peek().kind == TokenKind::text) letters += next().text;
      node->value = Value::text(std::move(letters));
      return node;
    }
    case TokenKind::integer: case TokenKind::number: {
      next();
      std::int64_t whole = 0;
      double number = 0;
      const char *from = token.text.data(), *end = from + token.text.size();
      const auto read = token.kind == TokenKind::integer ? std::from_chars(from, end, whole) : std::from_chars(from, end, number);
      if (read.ec != std::errc() || read.ptr != end)
        throw Fault{.said = phrase("the number {} is out of range", token.text.substr(0, 60)), .line = token.line};
      node->value = token.kind == TokenKind::integer ? Value::integer(whole) : Value::number(number);
      return node;
    }
    case TokenKind::sign:
      if (accept("(")) {
        if (accept(")")) return make(ExpressionKind::tuple);
        node = tuple(true);
        expect(")");
        return node;
      }
      if (accept("[")) return sequence(ExpressionKind::list, "]");
      if (accept("{")) return dictionary();
      break;
    default: break;
  }
  unexpected(phrase("an expression"));
}

ExpressionPtr ExpressionParser::sequence(ExpressionKind kind, std::string_view close) {
  ExpressionPtr node = make(kind);
  while (!accept(close)) {
    add_part(*node, single());
    if (!is_sign(close)) expect(",");
  }
  return node;
}

ExpressionPtr ExpressionParser::dictionary() {
  ExpressionPtr node = make(ExpressionKind::dict);
  while (!accept("}")) {
    add_part(*node, single());
    expect(":");
    add_part(*node, single());
    if (!is_sign("}")) expect(",");
  }
  return node;
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr inner) {
  for (;;) {
    ExpressionPtr node;
    if (accept(".")) {
      const Token member = next();
      if (member.kind == TokenKind::integer) {
        node = make(ExpressionKind::item);
        ExpressionPtr index = make(ExpressionKind::constant);
        std::int64_t number = 0;
        std::from_chars(member.text.data(), member.text.data() + member.text.size(), number);
        index->value = Value::integer(number);
        add_part(*node, std::move(inner));
        add_part(*node, std::move(index));
      } else if (member.kind == TokenKind::name) {
        node = make(ExpressionKind::attribute, member.text);
        add_part(*node, std::move(inner));
      } else {
        throw Fault{.said = phrase("expected a name behind '.'"), .line = member.line};
      }
    } else if (accept("[")) {
      node = subscript(std::move(inner));
    } else if (accept("(")) {
      node = make(ExpressionKind::call);
      add_part(*node, std::move(inner));
      arguments(*node);
    } else {
      return inner;
    }
    inner = std::move(node);
  }
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr inner) {
  ExpressionPtr node = make(ExpressionKind::item), from;
  add_part(*node, std::move(inner));
  if (!is_sign(":")) from = single();
  if (accept("]")) {
    add_part(*node, std::move(from));
    return node;
  }
  node->kind = ExpressionKind::slice;
  add_part(*node, std::move(from));
  for (int part = 0; part < 2; ++part) {
    const bool given = accept(":") && !is_sign(":") && !is_sign("]");
    add_part(*node, given ? single() : nullptr);
  }
  expect("]");
  return node;
}

void ExpressionParser::arguments(Expression& call) {
  while (!accept(")")) {
    if (is_sign("*") || is_sign("**")) unexpected(phrase("an argument (unpacking with * is not supported)"));
    if (peek().kind == TokenKind::name && peek(1).kind == TokenKind::sign && peek(1).text == "=") {
      std::string name = next().text;
      next();
      ExpressionPtr value = single();
      call.height = std::max(call.height, value->height + 1);
      call.named.emplace_back(std::move(name), std::move(value));
    } else {
      if (!call.named.empty()) unexpected(phrase("name=value behind an argument with a name"));
      add_part(call, single());
    }
    if (!is_sign(")")) expect(",");
  }
}

std::string ExpressionParser::dotted_name(const Phrase& what) {
  std::string name = expect_name(what);
  while (accept(".")) (name += '.') += expect_name(what);
  return name;
}

ExpressionPtr ExpressionParser::filters(ExpressionPtr inner) {
  do {
    // Names are looked up when they are used: a template may ask for a filter of other engines in a branch that is never taken.
    ExpressionPtr node = make(ExpressionKind::filter, dotted_name(phrase("a filter's name")));
    add_part(*node, std::move(inner));
    if (accept("(")) arguments(*node);
    inner = std::move(node);
  } while (accept("|"));
  return inner;
}

ExpressionPtr ExpressionParser::filtered(ExpressionPtr node) {
  for (;;) {
    if (accept("|")) node = filters(std::move(node));
    else if (accept("is")) node = test(std::move(node));
    else if (is_sign("(") ) node = postfix(std::move(node));
    else return node;
  }
}

ExpressionPtr ExpressionParser::test(ExpressionPtr inner) {
  const bool negated = accept("not");
  ExpressionPtr node = make(ExpressionKind::test, dotted_name(phrase("a test's name")));
  node->negated = negated;
  add_part(*node, std::move(inner));
  if (accept("(")) {
    arguments(*node);
    return node;
  }
  const Token& token = peek();
  const bool literal = token.kind == TokenKind::text || token.kind == TokenKind::integer || token.kind == TokenKind::number;
  const bool word = token.kind == TokenKind::name && !is_name("else") && !is_name("or") && !is_name("and");
  // `x is defined if …` goes on with the choice, `x is in y` with an argument.
  if (word && is_name("is")) unexpected(phrase("the end of the test: tests cannot be chained with `is`"));
  if (literal || is_sign("[") || is_sign("{") || (word && !is_name("if") && !is_name("in") && !is_name("not") && !is_name("recursive"))) {
    ExpressionPtr argument = primary();
    add_part(*node, postfix(std::move(argument)));
  }
  return node;
}

}  // namespace maru::text::jinja
