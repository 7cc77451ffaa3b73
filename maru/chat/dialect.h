#pragma once
// A template's language: what a Format asks of Jinja and of Go's templates alike. What is handed over has passed the Guard.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "maru/chat/chat.h"
#include "maru/text/chat_template.h"
#include "maru/text/tokenizer.h"

namespace maru::chat {

// What a template can do, found by trying it where it cannot be read off.
struct Abilities {
  bool tools = false, system = true, suffix = false, thinking = false;
  bool unknown_calls = false;                    // tools would be taken, but no Reader finds the calls
  bool switches_thinking = false;                // the template itself heeds Conversation::think
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  const Abilities& abilities() const { return abilities_; }
  const Marks& marks() const { return marks_; }
  // `conversation` is checked(); system messages are there only if the template takes them. With answer_follows false the text ends behind
  // whatever the template puts after the last message. Throws Error.
  virtual std::string render(const Conversation& conversation, const text::TemplateLimits& limits) const = 0;

 protected:
  Abilities abilities_;
  Marks marks_;
};

// Throw Error (invalid) with the line for a template that is none.
std::unique_ptr<Dialect> jinja_dialect(const text::Tokenizer& tokenizer, std::string_view source, std::string_view where);
std::unique_ptr<Dialect> go_dialect(std::string_view source, std::string_view where);
// Which of the two a text is: Jinja where it has {% … %}, {# … #} or prints a name without a dot in front of it.
bool is_jinja(std::string_view source);

// Enough for so many messages, and still an end for a template that has none.
text::TemplateLimits limits_for(const Conversation& conversation);

}  // namespace maru::chat
