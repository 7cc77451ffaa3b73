// Finds the places of a pattern and writes what stands at each on its own.
#include "maru/base/phrase.h"

#include <system_error>

namespace maru {

Phrase made(fmt::string_view pattern, fmt::format_args arguments) {
  Phrase out{.text = fmt::vformat(pattern, arguments), .pattern = std::string(pattern.data(), pattern.size()), .values = {}};
  const std::string& written = out.pattern;
  for (std::size_t at = 0; at < written.size(); ++at) {
    if (written[at] != '{' && written[at] != '}') continue;
    if (at + 1 < written.size() && written[at + 1] == written[at]) {
      ++at;  // a doubled brace stands for itself
      continue;
    }
    const std::size_t end = written.find('}', at), colon = written.find(':', at);
    const std::string how = colon < end ? written.substr(colon, end - colon) : std::string();
    out.values.push_back({.text = fmt::vformat(fmt::format("{{{}{}}}", out.values.size(), how), arguments), .pattern = {}, .values = {}});
    at = end;
  }
  return out;
}

Phrase system_reason(int code) {
  const std::string text = std::generic_category().message(code);
  return {.text = text, .pattern = text, .values = {}};
}

}  // namespace maru
