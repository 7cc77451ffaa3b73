// Whether the texts of a node are complete. Reads them as they are written; runs nothing.
#include <algorithm>
#include <sstream>

#include "maru/base/error.h"
#include "maru/learn/verify.h"

namespace maru::learn {
namespace {

constexpr std::size_t kMostWords = 400, kHints = 3;

std::size_t words(const std::string& text) {
  std::istringstream stream(text);
  std::size_t count = 0;
  for (std::string word; stream >> word;) ++count;
  return count;
}

std::size_t headings(const std::string& text) {
  std::size_t count = 0;
  bool code = false;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("```")) code = !code;
    if (!code && line.starts_with("#")) ++count;
  }
  return count;
}

void walk(const Yaml& value, const std::string& file, const VerifyOptions& options, std::vector<Phrase>& out) {
  if (value.is_map() && (value.find("ko") || value.find("en")))
    for (const auto& [language, wanted] : {std::pair{"ko", options.korean}, std::pair{"en", options.english}}) {
      const Yaml* text = value.find(language);
      if (wanted && (!text || text->scalar.find_first_not_of(" \n") == std::string::npos))
        out.push_back(phrase("{}:{}: the text in {} is missing", file, value.line, language));
    }
  for (const Yaml& one : value.items) walk(one, file, options, out);
}

}  // namespace

std::vector<Phrase> text_problems(const Lesson& lesson, const Graph& graph, const VerifyOptions& options) {
  std::vector<Phrase> out;
  const std::string& id = lesson.node.id;
  const std::string file = (lesson.node.folder / "node.yaml").string();
  walk(lesson.node.fields, file, options, out);
  for (const auto& [language, text, wanted] : {std::tuple{"ko", &lesson.theory_ko, options.korean},
      std::tuple{"en", &lesson.theory_en, options.english}}) {
    if (!wanted) continue;
    if (text->empty()) out.push_back(phrase("{}: theory.{}.md is missing", id, language));
    if (words(*text) > kMostWords) out.push_back(phrase("{}: theory.{}.md has {} words, more than {}", id, language, words(*text),
        kMostWords));
  }
  if (options.korean && options.english && headings(lesson.theory_ko) != headings(lesson.theory_en))
    out.push_back(phrase("{}: theory has {} headings in Korean, {} in English", id, headings(lesson.theory_ko),
        headings(lesson.theory_en)));
  if (lesson.hints.size() != kHints) out.push_back(phrase("{}: has {} hints, expected {}", id, lesson.hints.size(), kHints));
  if (lesson.predictions.empty()) out.push_back(phrase("{}: asks for no prediction", id));
  const auto leads = [&](const std::string& to) {
    if (!graph.find(to)) out.push_back(phrase("{}: names {}, and there is no such node", id, to));
  };
  for (const Diagnosis& one : lesson.diagnoses) std::for_each(one.review.begin(), one.review.end(), leads);
  for (const std::string& one : lesson.node.recommended) leads(one);
  for (const Weighted& one : lesson.node.encompasses) leads(one.id);
  return out;
}

}  // namespace maru::learn
