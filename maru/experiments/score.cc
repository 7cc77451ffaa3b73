// Filling prompts, and judging what came.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/experiments/grid.h"
#include "maru/text/pattern.h"

namespace maru::experiments {
namespace {

std::string plain(std::string_view text) {
  std::string out = unicode::lower(unicode::nfc(text));
  const std::size_t begin = out.find_first_not_of(" \t\r\n"), end = out.find_last_not_of(" \t\r\n");
  return begin == std::string::npos ? std::string() : out.substr(begin, end - begin + 1);
}

bool matches(std::string_view answer, const std::string& expression) {
  bool found = false;
  text::regex_pattern(expression, "answer.regex")->each(answer, [&](std::size_t, std::size_t) { found = true; });
  return found;
}

}  // namespace

std::string filled(std::string_view text, const std::map<std::string, std::string>& fields) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if ((c == '{' || c == '}') && at + 1 < text.size() && text[at + 1] == c) {
      out += c;
      at += 2;
    } else if (c == '{') {
      const std::size_t end = text.find('}', at);
      check(end != std::string_view::npos, "a brace is opened and not closed; {{{{ is a brace itself");
      const std::string name(text.substr(at + 1, end - at - 1));
      const auto field = fields.find(name);
      if (field == fields.end()) {
        std::string names;
        for (const auto& [known, value] : fields) names += (names.empty() ? "" : ", ") + known;
        fail(ErrorKind::invalid, "there is no {{{}}}; this question has {}{}", name, names,
             name == "context" ? "; a collection: gives {context}" : "");
      }
      out += field->second;
      at = end + 1;
    } else {
      out += c;
      ++at;
    }
  }
  return out;
}

double score(std::string_view answer, const Expected& expected) {
  switch (expected.how) {
    case Expected::How::contains: return plain(answer).find(plain(expected.text)) != std::string::npos;
    case Expected::How::equals: return plain(answer) == plain(expected.text);
    case Expected::How::regex: return matches(answer, expected.text);
    case Expected::How::json: break;
  }
  try {
    return nlohmann::json::parse(answer) == nlohmann::json::parse(expected.text);
  } catch (const nlohmann::json::exception&) {
    return 0;
  }
}

}  // namespace maru::experiments
