#pragma once
// A message together with how it was made, so that whoever shows it can say it in another language.
#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

namespace maru {

struct Phrase {
  std::string text;            // in English, whole
  std::string pattern;         // "{}: expected {} to {}, got {}"; empty where the text is no more than itself
  std::vector<Phrase> values;  // what stands at each {} of the pattern
};

// Of a pattern whose places are taken in order; what stands at each is written as the pattern says.
Phrase made(fmt::string_view pattern, fmt::format_args arguments);

// What the system says of an error number.
Phrase system_reason(int code);

// As made(); an argument that is a phrase itself stays one, and can be said in another language too.
template <class... Args>
Phrase phrase(fmt::format_string<Args...> pattern, Args&&... arguments) {
  Phrase out = made(pattern, fmt::make_format_args(arguments...));
  [[maybe_unused]] std::size_t place = 0;
  [[maybe_unused]] const auto keep = [&](const auto& argument) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(argument)>, Phrase>) out.values[place] = argument;
    ++place;
  };
  (keep(arguments), ...);
  return out;
}

}  // namespace maru

template <>
struct fmt::formatter<maru::Phrase> : fmt::formatter<fmt::string_view> {
  auto format(const maru::Phrase& said, fmt::format_context& context) const {
    return fmt::formatter<fmt::string_view>::format(said.text, context);
  }
};
