#pragma once
// Keeps what people write apart from what a chat template writes: a special token that a person spells out stays letters, wherever the
// template puts it. It knows neither templates nor conversations.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/text/tokenizer.h"

namespace maru::engine {

// Inside a special token's spelling, behind its first letter, and at an end of the text where another text might complete one, guarded()
// puts the noncharacter U+FDD0, which no text interchanges. The template may trim, search, split and escape the text as it is. ids() takes
// the marks out and lets no special token reach across the place of one. A special token of one letter cannot be told apart in this way.
class Guard {
 public:
  explicit Guard(std::shared_ptr<const text::Tokenizer> tokenizer);
  ~Guard();
  Guard(Guard&&) noexcept;
  std::string guarded(std::string_view people) const;
  Json guarded_json(const Json& people) const;                         // every text in it, the names of fields too
  // What the template wrote -> ids; nothing is added in front or behind.
  std::vector<std::int32_t> ids(std::string_view rendered) const;
  static std::string plain(std::string_view rendered);                 // without marks
  const text::Tokenizer& tokenizer() const { return *tokenizer_; }

 private:
  struct Spellings;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  std::unique_ptr<const Spellings> spellings_;
};

}  // namespace maru::engine
