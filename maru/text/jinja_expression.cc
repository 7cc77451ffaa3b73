// Parses expressions, by the precedence of Jinja's own grammar: choice, or, and, not, comparison, sum, ~, product, power, sign.
#include <algorithm>

#include "maru/text/jinja_syntax.h"

namespace maru::text::jinja {
namespace {
constexpr int kParsed = 160;   // brackets in brackets, blocks in blocks
constexpr int kHeight = 200;   // of an expression's tree: "a + b + c …" grows by one each
}  // namespace

ExpressionParser::Deeper::Deeper(ExpressionParser& parser) : parser_(parser) {
  if (parser.depth_ >= kParsed)
    throw Fault{ErrorKind::limit, phrase("the template nests deeper than {}", kParsed), parser.peek().line};
  ++parser.depth_;
}

void add_part(Expression& parent, ExpressionPtr part) {
  if (part) parent.height = std::max(parent.height, part->height + 1);
  if (parent.height > kHeight)
    throw Fault{ErrorKind::limit, phrase("an expression nests deeper than {}", kHeight), parent.line};
  parent.parts.push_back(std::move(part));
}

bool ExpressionParser::accept(std::string_view wanted) {
  if (!is_sign(wanted) && !is_name(wanted)) return false;
  ++at_;
  return true;
}

void ExpressionParser::expect(std::string_view wanted) {
  if (!accept(wanted)) unexpected(wanted);
}

std::string ExpressionParser::expect_name(const Phrase& what) {
  if (peek().kind != TokenKind::name) unexpected(what);
  return next().text;
}

void ExpressionParser::unexpected(const Phrase& wanted) const {
  const Token& token = peek();
  if (token.kind == TokenKind::end) throw Fault{.said = phrase("expected {}, got the end of the template", wanted), .line = token.line};
  const std::string got = token.kind == TokenKind::block_end ? "%}" : token.kind == TokenKind::print_end ? "}}" : token.text.substr(0, 60);
  throw Fault{.said = phrase("expected {}, got {}", wanted, got), .line = token.line};
}

ExpressionPtr ExpressionParser::make(ExpressionKind kind, std::string text) const {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->line = peek().line;
  node->text = std::move(text);
  return node;
}

ExpressionPtr ExpressionParser::two(ExpressionPtr left, std::string sign, ExpressionPtr right) {
  ExpressionPtr node = make(ExpressionKind::binary, std::move(sign));
  add_part(*node, std::move(left));
  add_part(*node, std::move(right));
  return node;
}

ExpressionPtr ExpressionParser::whole() { return tuple(true); }
ExpressionPtr ExpressionParser::whole_without_choice() { return tuple(false); }
ExpressionPtr ExpressionParser::single() { return choice(); }

ExpressionPtr ExpressionParser::tuple(bool with_choice) {
  const auto part = [&] { return with_choice ? choice() : either(); };
  ExpressionPtr first = part();
  if (!is_sign(",")) return first;
  ExpressionPtr node = make(ExpressionKind::tuple);
  add_part(*node, std::move(first));
  while (accept(",")) {
    const TokenKind kind = peek().kind;
    if (kind == TokenKind::block_end || kind == TokenKind::print_end || is_sign(")")) break;
    add_part(*node, part());
  }
  return node;
}

ExpressionPtr ExpressionParser::choice() {
  const Deeper deeper(*this);
  ExpressionPtr node = either();
  while (is_name("if")) {
    ExpressionPtr choice = make(ExpressionKind::choice);
    next();
    add_part(*choice, either());
    add_part(*choice, std::move(node));
    add_part(*choice, accept("else") ? this->choice() : nullptr);
    node = std::move(choice);
  }
  return node;
}

ExpressionPtr ExpressionParser::either() {
  ExpressionPtr node = both();
  if (!is_name("or")) return node;
  ExpressionPtr all = make(ExpressionKind::or_);
  add_part(*all, std::move(node));
  while (accept("or")) add_part(*all, both());
  return all;
}

ExpressionPtr ExpressionParser::both() {
  ExpressionPtr node = negation();
  if (!is_name("and")) return node;
  ExpressionPtr all = make(ExpressionKind::and_);
  add_part(*all, std::move(node));
  while (accept("and")) add_part(*all, negation());
  return all;
}

ExpressionPtr ExpressionParser::negation() {
  if (!is_name("not")) return comparison();
  const Deeper deeper(*this);
  ExpressionPtr node = make(ExpressionKind::not_);
  next();
  add_part(*node, negation());
  return node;
}

ExpressionPtr ExpressionParser::comparison() {
  ExpressionPtr first = sum(), node;
  for (;;) {
    std::string sign;
    for (const std::string_view known : {"==", "!=", "<=", ">=", "<", ">"})
      if (is_sign(known)) sign = known;
    if (is_name("in")) sign = "in";
    const bool not_in = is_name("not") && peek(1).kind == TokenKind::name && peek(1).text == "in";
    if (not_in) {
      next();
      sign = "not in";
    }
    if (sign.empty()) return node ? std::move(node) : std::move(first);
    if (!node) {
      node = make(ExpressionKind::compare);
      add_part(*node, std::move(first));
    }
    next();
    node->operators.push_back(sign);
    add_part(*node, sum());
  }
}

ExpressionPtr ExpressionParser::sum() {
  ExpressionPtr node = concatenation();
  while (is_sign("+") || is_sign("-")) {
    std::string sign = next().text;
    ExpressionPtr right = concatenation();
    node = two(std::move(node), std::move(sign), std::move(right));
  }
  return node;
}

ExpressionPtr ExpressionParser::concatenation() {
  ExpressionPtr node = product();
  if (!is_sign("~")) return node;
  ExpressionPtr all = make(ExpressionKind::concat);
  add_part(*all, std::move(node));
  while (accept("~")) add_part(*all, product());
  return all;
}

ExpressionPtr ExpressionParser::product() {
  ExpressionPtr node = power();
  while (is_sign("*") || is_sign("/") || is_sign("//") || is_sign("%")) {
    std::string sign = next().text;
    ExpressionPtr right = power();
    node = two(std::move(node), std::move(sign), std::move(right));
  }
  return node;
}

ExpressionPtr ExpressionParser::power() {
  ExpressionPtr node = unary(true);
  while (is_sign("**")) {
    next();
    ExpressionPtr right = unary(true);
    node = two(std::move(node), "**", std::move(right));
  }
  return node;
}

ExpressionPtr ExpressionParser::unary(bool with_filters) {
  const Deeper deeper(*this);
  ExpressionPtr node;
  if (is_sign("-") || is_sign("+")) {
    node = make(is_sign("-") ? ExpressionKind::negative : ExpressionKind::positive);
    next();
    add_part(*node, unary(false));
  } else {
    node = primary();
  }
  node = postfix(std::move(node));
  return with_filters ? filtered(std::move(node)) : std::move(node);
}

}  // namespace maru::text::jinja
