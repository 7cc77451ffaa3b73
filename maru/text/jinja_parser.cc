// Parses a template's statements into a tree.
#include <algorithm>
#include <array>
#include <initializer_list>

#include "maru/text/jinja_syntax.h"

namespace maru::text::jinja {
namespace {

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : in_(std::move(tokens)) {}

  Body run() {
    Body body = statements({});
    if (in_.peek().kind != TokenKind::end) in_.unexpected(phrase("the end of the template"));
    return body;
  }

 private:
  using Ends = std::initializer_list<std::string_view>;

  // Until one of the tags in `ends`, whose name is left to be read.
  Body statements(Ends ends) {
    const ExpressionParser::Deeper deeper(in_);
    const int begun = in_.peek().line;
    Body body;
    for (;;) {
      const Token& token = in_.peek();
      if (token.kind == TokenKind::end) {
        if (ends.size() == 0) return body;
        throw Fault{.said = phrase("expected {{% {} %}} before the end of the template", *(ends.end() - 1)), .line = begun};
      }
      if (token.kind == TokenKind::data) {
        body.push_back(make(StatementKind::data));
        body.back().text = in_.next().text;
      } else if (token.kind == TokenKind::print_begin) {
        in_.next();
        body.push_back(make(StatementKind::print));
        body.back().expression = in_.whole();
        if (in_.peek().kind != TokenKind::print_end) in_.unexpected("}}");
        in_.next();
      } else {
        in_.next();
        if (in_.peek().kind != TokenKind::name) in_.unexpected(phrase("a statement's name"));
        if (std::find(ends.begin(), ends.end(), in_.peek().text) != ends.end()) return body;
        body.push_back(statement());
        block_end();
      }
    }
  }

  Statement make(StatementKind kind) const {
    Statement statement;
    statement.kind = kind;
    statement.line = in_.peek().line;
    return statement;
  }

  void block_end() {
    if (in_.peek().kind != TokenKind::block_end) in_.unexpected("%}");
    in_.next();
  }

  // The block from behind its opening tag to the name of its closing one.
  Body block(Ends ends) {
    block_end();
    return statements(ends);
  }

  Statement statement() {
    const Token name = in_.peek();
    using Reader = Statement (Parser::*)();
    static constexpr std::pair<std::string_view, Reader> kStatements[] = {
        {"if", &Parser::if_}, {"for", &Parser::for_}, {"set", &Parser::set}, {"macro", &Parser::macro}, {"call", &Parser::call},
        {"filter", &Parser::filter}, {"with", &Parser::with}, {"generation", &Parser::generation},
        {"break", &Parser::jump}, {"continue", &Parser::jump}};
    for (const auto& [known, read] : kStatements)
      if (name.text == known) return (this->*read)();
    throw Fault{.said = phrase("the statement '{}' is not known here", name.text.substr(0, 60)), .line = name.line};
  }

  Statement if_() {
    Statement statement = make(StatementKind::if_);
    while (in_.accept("if") || in_.accept("elif")) {
      statement.conditions.push_back(in_.whole());
      statement.bodies.push_back(block({"elif", "else", "endif"}));
    }
    if (in_.accept("else")) statement.bodies.push_back(block({"endif"}));
    in_.expect("endif");
    return statement;
  }

  ExpressionPtr target(bool with_member) {
    std::vector<ExpressionPtr> names;
    bool tuple = false;
    const int line = in_.peek().line;
    const bool bracket = in_.accept("(");
    do {
      if (!names.empty() && in_.peek().kind != TokenKind::name) break;
      auto name = std::make_unique<Expression>();
      name->kind = ExpressionKind::name;
      name->line = in_.peek().line;
      name->text = in_.expect_name(phrase("a variable's name"));
      static constexpr std::array<std::string_view, 6> kReserved = {"true", "false", "none", "True", "False", "None"};
      if (std::find(kReserved.begin(), kReserved.end(), name->text) != kReserved.end())
        throw Fault{.said = phrase("{} cannot be set", name->text), .line = name->line};
      if (with_member && in_.accept(".")) {
        auto member = std::make_unique<Expression>();
        member->kind = ExpressionKind::attribute;
        member->line = name->line;
        member->text = in_.expect_name(phrase("a member's name"));
        add_part(*member, std::move(name));
        name = std::move(member);
      }
      names.push_back(std::move(name));
    } while (in_.accept(",") && (tuple = true));
    if (bracket) in_.expect(")");
    if (!tuple) return std::move(names[0]);
    auto all = std::make_unique<Expression>();
    all->kind = ExpressionKind::tuple;
    all->line = line;
    for (ExpressionPtr& name : names) add_part(*all, std::move(name));
    return all;
  }

  Statement for_() {
    Statement statement = make(StatementKind::for_);
    in_.next();
    statement.target = target(false);
    in_.expect("in");
    statement.expression = in_.whole_without_choice();
    if (in_.accept("if")) statement.condition = in_.single();
    statement.recursive = in_.accept("recursive");
    ++loops_;
    statement.bodies.push_back(block({"else", "endfor"}));
    --loops_;
    if (in_.accept("else")) statement.bodies.push_back(block({"endfor"}));
    in_.expect("endfor");
    return statement;
  }

  Statement set() {
    Statement statement = make(StatementKind::set);
    in_.next();
    statement.target = target(true);
    if (in_.accept("=")) {
      statement.expression = in_.whole();
      return statement;
    }
    statement.kind = StatementKind::set_block;
    if (in_.accept("|")) statement.expression = in_.filters(nullptr);
    statement.bodies.push_back(block({"endset"}));
    in_.expect("endset");
    return statement;
  }

  void parameters(Statement& statement) {
    in_.expect("(");
    while (!in_.accept(")")) {
      Parameter parameter{in_.expect_name(phrase("a parameter's name")), nullptr};
      if (in_.accept("=")) parameter.otherwise = in_.single();
      else if (!statement.parameters.empty() && statement.parameters.back().otherwise)
        in_.unexpected(phrase("a default, as the parameter before has one"));
      statement.parameters.push_back(std::move(parameter));
      if (!in_.is_sign(")")) in_.expect(",");
    }
  }

  // A macro's body is entered anew, so a break in it cannot leave a loop around it.
  Body own_body(Ends ends) {
    const int loops = std::exchange(loops_, 0);
    Body body = block(ends);
    loops_ = loops;
    return body;
  }

  Statement macro() {
    Statement statement = make(StatementKind::macro);
    in_.next();
    statement.text = in_.expect_name(phrase("the macro's name"));
    parameters(statement);
    statement.bodies.push_back(own_body({"endmacro"}));
    in_.expect("endmacro");
    if (in_.peek().kind == TokenKind::name) in_.next();
    return statement;
  }

  Statement call() {
    Statement statement = make(StatementKind::call);
    in_.next();
    if (in_.is_sign("(")) parameters(statement);
    statement.expression = in_.single();
    if (statement.expression->kind != ExpressionKind::call)
      throw Fault{.said = phrase("a call block takes a call, such as {{% call f() %}}"), .line = statement.line};
    statement.bodies.push_back(own_body({"endcall"}));
    in_.expect("endcall");
    return statement;
  }

  Statement filter() {
    Statement statement = make(StatementKind::filter);
    in_.next();
    statement.expression = in_.filters(nullptr);
    statement.bodies.push_back(block({"endfilter"}));
    in_.expect("endfilter");
    return statement;
  }

  Statement with() {
    Statement statement = make(StatementKind::with);
    in_.next();
    while (in_.peek().kind == TokenKind::name) {
      std::string name = in_.next().text;
      in_.expect("=");
      statement.parameters.push_back({std::move(name), in_.single()});
      if (!in_.accept(",")) break;
    }
    statement.bodies.push_back(block({"endwith"}));
    in_.expect("endwith");
    return statement;
  }

  Statement generation() {
    Statement statement = make(StatementKind::scope);
    in_.next();
    statement.bodies.push_back(block({"endgeneration"}));
    in_.expect("endgeneration");
    return statement;
  }

  Statement jump() {
    Statement statement = make(in_.is_name("break") ? StatementKind::break_ : StatementKind::continue_);
    const std::string name = in_.next().text;
    if (loops_ == 0) throw Fault{.said = phrase("{} outside of a loop", name), .line = statement.line};
    return statement;
  }

  ExpressionParser in_;
  int loops_ = 0;
};
}  // namespace

Body parse(std::string_view source) { return Parser(tokens(source)).run(); }

}  // namespace maru::text::jinja
