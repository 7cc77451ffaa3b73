#pragma once
// What an answer may look like, compiled: JSON Schema, regular expressions, GBNF or lists of choices become one automaton of bytes with
// a stack. Knows no tokens and no model; matcher.h lays a grammar over a vocabulary.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"

namespace maru::grammar {

// What compiling one grammar may cost. Over it: Error (limit) that names what ran out, how much there was and, for a schema, where.
struct Budget {
  std::size_t nodes = 200'000;       // states of the automaton, before and after it is made deterministic
  std::size_t rules = 20'000;
  std::size_t steps = 20'000'000;    // units of work: edges looked at
  std::size_t text = 1 << 20;        // bytes of a pattern or of a GBNF text
  std::size_t depth = 128;           // nesting of a schema, of groups in a pattern, of parentheses in GBNF
  std::int64_t cpu_ms = 1000;        // of the compiling thread: how busy the machine is does not matter
};

// Where JSON may have blanks. Never before ':' or ','.
enum class Blanks : std::uint8_t {
  none,      // {"a":1,"b":[1,2]}
  single,    // {"a": 1, "b": [1, 2]}: exactly one behind ':' and ','
  flexible,  // behind '{' '[' ':' ',' and before '}' ']': nothing, one blank, or a line feed with up to 32 blanks or tabs
};
struct JsonOptions {
  Blanks blanks = Blanks::flexible;
  // An object that lists properties and does not say additionalProperties: false takes no others (models wander), true as JSON Schema says.
  bool open_objects = false;
};

struct Automaton;

// Immutable; shared by every request that asks for the same. All makers throw Error: (invalid) naming the place of what is wrong or
// not supported, (limit) over the budget. Nothing unknown is skipped. docs/design.md, "Grammars", says what is supported.
class Grammar {
 public:
  using Pointer = std::shared_ptr<const Grammar>;

  // A JSON text that the schema (draft 2020-12, and draft 7's definitions) accepts. Errors name the keyword by its JSON pointer.
  static Pointer from_json_schema(const Json& schema, const Budget& budget = {}, const JsonOptions& options = {});
  static Pointer any_json(const Budget& budget = {}, const JsonOptions& options = {});     // any value
  static Pointer any_object(const Budget& budget = {}, const JsonOptions& options = {});   // OpenAI's json_object, Ollama's "json"
  // The whole text matches. ECMA 262 syntax with u; \d \w are ASCII, \s is ECMA's; '.' is all but line ends. No look-around, no \1.
  static Pointer from_regex(std::string_view pattern, const Budget& budget = {});
  // llama.cpp's GBNF (grammars/README.md); the text begins at `root`. Left recursion is an error.
  static Pointer from_gbnf(std::string_view text, const Budget& budget = {});
  static Pointer from_choice(std::span<const std::string> choices, const Budget& budget = {});

  // Parts of a larger whole.
  static Pointer literal(std::string_view bytes);
  static Pointer text();                                                     // any UTF-8, the empty text too
  static Pointer text_without(std::span<const std::string> markers, const Budget& budget = {});  // none of the markers stands in it
  // Free UTF-8 text up to and with the first place where the marker stands.
  static Pointer text_until(std::string_view marker, const Budget& budget = {});
  static Pointer sequence(std::span<const Pointer> parts, const Budget& budget = {});
  static Pointer either(std::span<const Pointer> parts, const Budget& budget = {});
  static Pointer repeated(const Pointer& part, std::uint32_t least, std::uint32_t most, const Budget& budget = {});

  // One call or more of the listed tools as a model writes them.
  struct Tool {
    std::string name;
    Json parameters;  // a JSON Schema; null: no arguments, {}
  };
  struct Framing {
    std::string begin = "<tool_call>\n", end = "\n</tool_call>";
    std::string between = "\n";                 // between two calls
    std::string name = "name", arguments = "arguments";
    bool text_before = false;                   // tool_choice auto: free text, with calls behind it or none
    bool parallel = true;                       // more than one call
  };
  static Pointer from_tools(std::span<const Tool> tools, const Framing& framing, const Budget& budget = {},
                            const JsonOptions& options = {});

  bool matches(std::string_view text) const;  // the whole text; for tests and small inputs
  std::size_t nodes() const;
  std::size_t rules() const;
  const Automaton& automaton() const { return *automaton_; }
  explicit Grammar(std::shared_ptr<const Automaton> automaton) : automaton_(std::move(automaton)) {}

 private:
  std::shared_ptr<const Automaton> automaton_;
};

}  // namespace maru::grammar
