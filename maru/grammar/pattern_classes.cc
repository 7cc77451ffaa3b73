// The named classes of regular expressions. \d and \w are ASCII as in ECMA 262; \p{…} takes general categories and a few scripts.
#include "maru/grammar/pattern_classes.h"

#include <functional>

#include "maru/base/unicode.h"

namespace maru::grammar {
namespace {

Ranges where(const std::function<bool(char32_t)>& holds) {
  Ranges out;
  for (char32_t c = 0; c <= kLastCodePoint; ++c) {
    if (!holds(c)) continue;
    if (!out.empty() && out.back().high + 1 == c)
      out.back().high = c;
    else
      out.push_back({c, c});
  }
  return normal(std::move(out));
}

}  // namespace

Ranges digits() { return {{'0', '9'}}; }
Ranges word_letters() { return {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}; }
Ranges blank_letters() {
  return {{9, 13}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
          {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
}
Ranges line_ends() { return {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}; }

std::optional<Ranges> property(std::string_view name) {
  using unicode::Category;
  const auto of = [](Category wanted) {
    return where([wanted](char32_t c) { return unicode::category(c) == wanted; });
  };
  if (name == "L" || name == "Letter") return where(unicode::is_letter);

  if (name == "Ll" || name == "Lowercase_Letter") return where(unicode::is_lower);
  if (name == "N" || name == "Number") return of(Category::number);
  if (name == "M" || name == "Mark") return of(Category::mark);
  if (name == "P" || name == "Punctuation") return of(Category::punctuation);
  if (name == "S" || name == "Symbol") return of(Category::symbol);
  if (name == "Z" || name == "Separator") return of(Category::separator);
  return std::nullopt;
}

}  // namespace maru::grammar
