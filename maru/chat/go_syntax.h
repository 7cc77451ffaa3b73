#pragma once
// A Go template as a tree, and the tokens it is made of.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "maru/chat/go_value.h"

namespace maru::chat::go {

enum class TokenKind : std::uint8_t {
  data, left, right, space, field, variable, dot, name, constant, pipe, comma, declare, assign, open, close, other, end
};
struct Token {
  TokenKind kind = TokenKind::end;
  std::string text = {};                         // a field's name without its dot, a variable with its $
  Value value = {};                              // of a constant
  int line = 1;
};
struct SyntaxFault {
  Phrase said;
  int line;
};
// The last one is `end`. Throws SyntaxFault.
std::vector<Token> tokens(std::string_view source);

struct Pipe;
enum class OperandKind : std::uint8_t { dot, constant, field, variable, function, pipe };
struct Operand {
  OperandKind kind = OperandKind::dot;
  std::string name = {};                         // of a variable or a function
  std::vector<std::string> chain = {};           // .A.B behind it; of a field the field itself
  Value value = {};
  std::shared_ptr<const Pipe> pipe = {};
};
struct Pipe {
  std::vector<std::string> declared = {};        // at most two, of a range
  bool assigns = false;                          // = and not :=
  std::vector<std::vector<Operand>> commands = {};
  int line = 1;
};
enum class NodeKind : std::uint8_t { text, print, if_, range, with, break_, continue_ };
struct Node {
  NodeKind kind = NodeKind::text;
  int line = 1;
  std::string text = {};
  std::shared_ptr<const Pipe> pipe = {};
  std::vector<Node> body = {}, otherwise = {};
};
using Body = std::vector<Node>;

struct Parsed {
  Body body;
  std::vector<std::string> names;                // fields and variables, small letters, sorted
};
Parsed parse(std::string_view source);           // throws SyntaxFault

bool is_function(std::string_view name);
// Calls it with what stands behind its name. `and` and `or` are the interpreter's. Throws Fault.
Value call(std::string_view name, const List& arguments);

// Runs `body`. Throws RunFault.
struct RunFault {
  Phrase said;
  ErrorKind kind;
  int line;
};
std::string run(const Body& body, const Value& data, std::size_t steps, std::size_t bytes);

}  // namespace maru::chat::go
