// Tokens -> a tree, with Go's rules for what stands where, and the names of all fields and variables.
#include <algorithm>
#include <optional>

#include "maru/chat/go_syntax.h"

namespace maru::chat::go {
namespace {

constexpr std::size_t kDepth = 64;

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : in_(std::move(tokens)) {}

  Parsed run() {
    Parsed out{.body = body(), .names = {}};
    if (ended_by_ != "") wrong(phrase("unexpected {{{{{}}}}}", ended_by_));
    std::ranges::sort(names_);
    names_.erase(std::ranges::unique(names_).begin(), names_.end());
    out.names = std::move(names_);
    return out;
  }

 private:
  struct Deeper {
    explicit Deeper(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kDepth) parser_.wrong(phrase("nested deeper than {} levels", kDepth));
    }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Parser& parser_;
  };

  [[noreturn]] void wrong(Phrase said) const { throw SyntaxFault{std::move(said), in_[std::min(at_, in_.size() - 1)].line}; }
  const Token& peek() const { return in_[at_]; }
  const Token& next() { return in_[at_ + 1 < in_.size() ? at_++ : at_]; }
  const Token& peek_solid() {
    while (peek().kind == TokenKind::space) ++at_;
    return peek();
  }
  [[noreturn]] void unexpected(const Token& token, std::string_view context) const {
    static constexpr std::string_view kShown[] = {"text",  "\"{{\"", "\"}}\"", "space", "field", "variable", "<.>", "name", "constant",
                                                  "\"|\"", "\",\"",  "\":=\"", "\"=\"", "\"(\"", "\")\"",    "",    "EOF"};
    const bool named = token.kind == TokenKind::field || token.kind == TokenKind::variable || token.kind == TokenKind::name;
    if (named) wrong(phrase("unexpected <{}> in {}", (token.kind == TokenKind::field ? "." : "") + token.text, context));
    if (token.kind == TokenKind::other) wrong(phrase("unexpected {} in {}", in_quotes(token.text), context));
    wrong(phrase("unexpected {} in {}", kShown[std::size_t(token.kind)], context));
  }

  // Until end, else or the end of the source; which one is in ended_by_.
  Body body() {
    const Deeper deeper(*this);
    Body out;
    while (true) {
      const Token& token = next();
      if (token.kind == TokenKind::end) {
        if (depth_ > 1) wrong(phrase("unexpected EOF"));
        ended_by_.clear();
        return out;
      }
      if (token.kind == TokenKind::data) {
        out.push_back({.kind = NodeKind::text, .line = token.line, .text = token.text});
        continue;
      }
      const int line = token.line;
      const Token word = peek_solid();
      if (word.kind == TokenKind::name) {
        if (word.text == "end" || word.text == "else") {
          ++at_;
          if (word.text == "end") close("end");
          ended_by_ = word.text;
          return out;
        }
        if (auto node = statement(word.text)) {
          node->line = line;
          out.push_back(std::move(*node));
          continue;
        }
      }
      auto pipe = pipeline("command", TokenKind::right);
      out.push_back({.kind = NodeKind::print, .line = line, .text = {}, .pipe = std::move(pipe)});
    }
  }

  void close(std::string_view context) {
    const Token& token = peek_solid();
    if (token.kind != TokenKind::right) unexpected(token, context);
    ++at_;
  }

  std::optional<Node> statement(const std::string& word) {
    for (const char* refused : {"template", "define", "block"})
      if (word == refused) wrong(phrase("{{{{{}}}}} is not known here; a model's template is one piece", word));
    if (word == "break" || word == "continue") {
      ++at_;
      if (loops_ == 0) wrong(phrase("{{{{{}}}}} outside {{{{range}}}}", word));
      close(word);
      return Node{.kind = word == "break" ? NodeKind::break_ : NodeKind::continue_};
    }
    if (word != "if" && word != "range" && word != "with") return std::nullopt;
    ++at_;
    return control(word);
  }

  Node control(const std::string& word) {
    const Deeper deeper(*this);
    const std::size_t known = variables_.size();
    Node node{.kind = word == "if" ? NodeKind::if_ : word == "range" ? NodeKind::range : NodeKind::with};
    node.line = peek().line;
    node.pipe = pipeline(word, TokenKind::right);
    loops_ += word == "range";
    node.body = body();
    loops_ -= word == "range";
    if (ended_by_ == "else") {
      const Token more = peek_solid();
      if (word != "range" && more.kind == TokenKind::name && more.text == word) {
        // {{else if x}} is {{else}}{{if x}} with one end for both.
        ++at_;
        node.otherwise.push_back(control(word));
      } else {
        close("else");
        node.otherwise = body();
        if (ended_by_ != "end") wrong(phrase("expected end; found {{{{else}}}}"));
      }
    }
    variables_.resize(known);
    return node;
  }

  std::shared_ptr<const Pipe> pipeline(std::string_view context, TokenKind end) {
    const Deeper deeper(*this);
    auto pipe = std::make_shared<Pipe>();
    pipe->line = peek_solid().line;
    declarations(*pipe, context);
    while (true) {
      const Token& token = peek_solid();
      if (token.kind == end) {
        ++at_;
        break;
      }
      switch (token.kind) {
        case TokenKind::constant:
        case TokenKind::dot:
        case TokenKind::field:
        case TokenKind::name:
        case TokenKind::variable:
        case TokenKind::open: pipe->commands.push_back(command()); break;
        default: ++at_, unexpected(in_[at_ - 1], context);
      }
    }
    if (pipe->commands.empty()) wrong(phrase("missing value for {}", context));
    for (std::size_t i = 1; i < pipe->commands.size(); ++i)
      if (const Operand& first = pipe->commands[i][0]; first.kind == OperandKind::constant || first.kind == OperandKind::dot)
        wrong(phrase("non executable command in pipeline stage {}", i + 1));
    return pipe;
  }

  void declarations(Pipe& pipe, std::string_view context) {
    const std::size_t begin = at_;
    while (peek_solid().kind == TokenKind::variable) {
      const std::string name = next().text;
      const Token& sign = peek_solid();
      if (sign.kind == TokenKind::declare || sign.kind == TokenKind::assign) {
        pipe.assigns = sign.kind == TokenKind::assign;
        ++at_;
        if (pipe.assigns && std::ranges::find(variables_, name) == variables_.end())
          wrong(phrase("undefined variable {}", in_quotes(name)));
        declare(pipe, name);
        return;
      }
      if (sign.kind == TokenKind::comma) {
        ++at_;
        declare(pipe, name);
        if (context != "range" || pipe.declared.size() > 1) wrong(phrase("too many declarations in {}", context));
        if (peek_solid().kind != TokenKind::variable) wrong(phrase("range can only initialize variables"));
        continue;
      }
      if (!pipe.declared.empty()) wrong(phrase("range can only initialize variables"));
      at_ = begin;
      return;
    }
  }
  void declare(Pipe& pipe, const std::string& name) {
    pipe.declared.push_back(name);
    variables_.push_back(name);
    note(name);
  }

  std::vector<Operand> command() {
    std::vector<Operand> out;
    while (true) {
      peek_solid();
      if (auto found = operand()) out.push_back(std::move(*found));
      const Token& token = next();
      if (token.kind == TokenKind::space) continue;
      if (token.kind == TokenKind::right || token.kind == TokenKind::close) --at_;
      else if (token.kind != TokenKind::pipe) unexpected(token, "operand");
      break;
    }
    if (out.empty()) wrong(phrase("empty command"));
    return out;
  }

  std::optional<Operand> operand() {
    Operand out;
    const Token token = peek();
    switch (token.kind) {
      case TokenKind::name:
        if (!is_function(token.text)) wrong(phrase("function {} not defined", in_quotes(token.text)));
        out = {.kind = OperandKind::function, .name = token.text};
        ++at_;
        break;
      case TokenKind::dot: ++at_; break;
      case TokenKind::variable:
        if (token.text != "$" && std::ranges::find(variables_, token.text) == variables_.end())
          wrong(phrase("undefined variable {}", in_quotes(token.text)));
        note(token.text);
        out = {.kind = OperandKind::variable, .name = token.text};
        ++at_;
        break;
      case TokenKind::field:
        out.kind = OperandKind::field;
        break;
      case TokenKind::constant:
        out = {.kind = OperandKind::constant, .value = token.value};
        ++at_;
        break;
      case TokenKind::open:
        ++at_;
        out.kind = OperandKind::pipe;
        out.pipe = pipeline("parenthesized pipeline", TokenKind::close);
        break;
      default: return std::nullopt;
    }
    while (peek().kind == TokenKind::field) {
      if (out.kind == OperandKind::constant || out.kind == OperandKind::dot)
        wrong(phrase("unexpected . after term {}", in_quotes(out.kind == OperandKind::dot ? "."
                                                             : out.value.text()           ? in_quotes(*out.value.text())
                                                                                          : printed(out.value))));
      // Of what stands in parentheses, Ollama's list of names has no fields.
      if (out.kind == OperandKind::field || out.kind == OperandKind::variable) note(peek().text);
      out.chain.push_back(next().text);
    }
    return out;
  }

  void note(std::string name) {
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    names_.push_back(std::move(name));
  }

  std::vector<Token> in_;
  std::size_t at_ = 0, depth_ = 0, loops_ = 0;
  std::string ended_by_;
  std::vector<std::string> variables_, names_;
};

}  // namespace

Parsed parse(std::string_view source) { return Parser(tokens(source)).run(); }

}  // namespace maru::chat::go
