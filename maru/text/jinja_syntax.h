#pragma once
// The tree that a template is parsed into.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maru/text/jinja_lexer.h"
#include "maru/text/jinja_value.h"

namespace maru::text::jinja {

enum class ExpressionKind : std::uint8_t {
  constant,     // value
  name,         // text
  list, tuple,  // parts
  dict,         // parts: key, value, key, value …
  attribute,    // parts[0], text
  item,         // parts[0], parts[1]
  slice,        // parts[0], then from, to, step, each maybe null
  call,         // parts[0], then arguments; named
  filter,       // text; parts[0], then arguments; named.  parts[0] is null where a block is filtered
  test,         // as filter; negated
  negative, positive, not_, and_, or_,
  concat,       // parts, joined as text
  binary,       // text is the sign; two parts
  compare,      // parts; operators between them: "==", "in", "not in" …
  choice,       // parts: condition, then, otherwise (maybe null)
};

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;
struct Expression {
  ExpressionKind kind = ExpressionKind::constant;
  int line = 1;
  int height = 1;  // of the tree below: evaluation recurses so deep
  std::string text;
  Value value;
  bool negated = false;
  std::vector<ExpressionPtr> parts;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  std::vector<std::string> operators;
};

enum class StatementKind : std::uint8_t {
  data,         // text
  print,        // expression
  if_,          // conditions with their bodies; bodies has one more when there is an else
  for_,         // target, expression, condition, recursive; bodies[0], bodies[1] = else
  set,          // target, expression
  set_block,    // target, bodies[0], expression = filter or null
  macro,        // text, parameters; bodies[0]
  call,         // parameters, expression; bodies[0]
  filter,       // expression; bodies[0]
  with,         // parameters; bodies[0]
  scope,        // bodies[0]: a generation block
  break_, continue_,
};
struct Parameter {
  std::string name;
  ExpressionPtr otherwise;  // null: none
};
struct Statement;
using Body = std::vector<Statement>;
struct Statement {
  StatementKind kind = StatementKind::data;
  int line = 1;
  std::string text;
  ExpressionPtr target, expression, condition;
  bool recursive = false;
  std::vector<ExpressionPtr> conditions;
  std::vector<Body> bodies;
  std::vector<Parameter> parameters;
};

// Throws Fault with its line. Filters and tests that do not exist are found here, before anything runs.
Body parse(std::string_view source);

// Loose binding (choice, or, and … powers) is in jinja_expression.cc, tight binding in jinja_primary.cc.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  ExpressionPtr whole();                       // also "a, b": a tuple
  ExpressionPtr whole_without_choice();        // of `for x in … if …`
  ExpressionPtr single();
  ExpressionPtr filters(ExpressionPtr inner);  // "upper | trim", without the first bar
  void arguments(Expression& call);            // behind "("

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  Token next() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool is_sign(std::string_view sign) const { return peek().kind == TokenKind::sign && peek().text == sign; }
  bool is_name(std::string_view name) const { return peek().kind == TokenKind::name && peek().text == name; }
  bool accept(std::string_view sign_or_name);
  void expect(std::string_view sign_or_name);
  std::string expect_name(const Phrase& what);
  [[noreturn]] void unexpected(const Phrase& wanted) const;
  [[noreturn]] void unexpected(std::string_view sign) const { unexpected(Phrase{.text = std::string(sign), .pattern = {}, .values = {}}); }
  struct Deeper {  // parsing recurses: every way down counts itself
    explicit Deeper(ExpressionParser& parser);
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
   private:
    ExpressionParser& parser_;
  };

 private:
  ExpressionPtr make(ExpressionKind kind, std::string text = {}) const;
  ExpressionPtr tuple(bool with_choice);
  ExpressionPtr choice(), either(), both(), negation(), comparison(), sum(), concatenation(), product(), power();
  ExpressionPtr unary(bool with_filters), primary(), postfix(ExpressionPtr node), filtered(ExpressionPtr node);
  ExpressionPtr subscript(ExpressionPtr node), test(ExpressionPtr node), dictionary();
  ExpressionPtr sequence(ExpressionKind kind, std::string_view close);
  std::string dotted_name(const Phrase& what);
  ExpressionPtr two(ExpressionPtr left, std::string sign, ExpressionPtr right);
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};
void add_part(Expression& parent, ExpressionPtr part);  // keeps the height; Fault when it grows too high

bool is_filter(std::string_view name);
bool is_test(std::string_view name);

}  // namespace maru::text::jinja
