// The marks in people's texts are one noncharacter; a text that holds it itself has it written as two of another.
#include "maru/engine/guard.h"

#include <algorithm>
#include <unordered_set>

#include "maru/base/unicode.h"
#include "maru/text/vocabulary.h"

namespace maru::engine {
namespace {

constexpr std::string_view kMark = "\uFDD0", kEscape = "\uFDD1";
constexpr std::string_view kBegins = "\xEF\xB7";  // both of them, and little else

struct Unmarked {
  std::string text;
  std::vector<std::size_t> borders;  // bytes of text
};

Unmarked unmarked(std::string_view rendered) {
  Unmarked out;
  out.text.reserve(rendered.size());
  std::size_t from = 0;
  for (std::size_t at = rendered.find(kBegins); at != std::string_view::npos; at = rendered.find(kBegins, at)) {
    const std::string_view rest = rendered.substr(at);
    if (rest.starts_with(kMark)) {
      out.text += rendered.substr(from, at - from);
      if (out.borders.empty() || out.borders.back() != out.text.size()) out.borders.push_back(out.text.size());
      from = at += kMark.size();
    } else if (rest.starts_with(kEscape) && rest.size() > kEscape.size() && (rest[kEscape.size()] == '0' || rest[kEscape.size()] == '1')) {
      out.text += rendered.substr(from, at - from);
      out.text += rest[kEscape.size()] == '0' ? kMark : kEscape;
      from = at += kEscape.size() + 1;
    } else {
      at += kBegins.size();
    }
  }
  out.text += rendered.substr(from);
  return out;
}

std::size_t first_letter(std::string_view text) {
  std::size_t at = 1;
  while (at < text.size() && (text[at] & 0xC0) == 0x80) ++at;
  return at;
}

}  // namespace

struct Guard::Spellings {
  text::AddedTokens all;
  // Hashes would do; a text's ends are looked up as they are. Beginnings and ends of spellings, without the whole ones.
  std::unordered_set<std::string> beginnings, ends;
  std::size_t longest = 0;
};

Guard::Guard(std::shared_ptr<const text::Tokenizer> tokenizer) : tokenizer_(std::move(tokenizer)) {
  auto spellings = std::make_unique<Spellings>();
  std::vector<text::AddedToken> tokens;
  for (std::int32_t id = 0; id < tokenizer_->vocabulary(); ++id) {
    if (!tokenizer_->special(id)) continue;
    const std::string content(tokenizer_->piece(id));
    if (content.empty() || unicode::first_invalid(content) || first_letter(content) == content.size()) continue;
    tokens.push_back({.content = content, .id = id, .special = true});
    spellings->longest = std::max(spellings->longest, content.size());
    for (std::size_t n = 1; n < content.size(); ++n) {
      if ((content[n] & 0xC0) == 0x80) continue;
      spellings->beginnings.insert(content.substr(0, n));
      spellings->ends.insert(content.substr(n));
    }
  }
  spellings->all = text::AddedTokens(std::move(tokens));
  spellings_ = std::move(spellings);
}
Guard::~Guard() = default;
Guard::Guard(Guard&&) noexcept = default;

std::string Guard::guarded(std::string_view people) const {
  const Spellings& s = *spellings_;
  if (people.empty()) return {};
  const auto edge = [&](const std::unordered_set<std::string>& parts, bool front) {
    for (std::size_t n = 1; n < s.longest && n <= people.size(); ++n)
      if (parts.contains(std::string(front ? people.substr(0, n) : people.substr(people.size() - n)))) return true;
    return false;
  };
  std::vector<std::size_t> places;
  if (edge(s.ends, true)) places.push_back(0);
  for (auto found = s.all.next(people, 0, true); found; found = s.all.next(people, places.back(), true))
    places.push_back(found->begin + first_letter(people.substr(found->begin)));
  if (edge(s.beginnings, false) && (places.empty() || places.back() != people.size())) places.push_back(people.size());
  if (places.empty() && !people.contains(kBegins)) return std::string(people);
  std::string out;
  std::size_t from = 0;
  const auto copy = [&](std::size_t end) {
    for (; from < end; ++from) {
      const std::string_view rest = people.substr(from);
      const bool mark = rest.starts_with(kMark);
      if (!mark && !rest.starts_with(kEscape)) {
        out += people[from];
        continue;
      }
      out.append(kEscape).append(mark ? "0" : "1");
      from += kMark.size() - 1;
    }
  };
  for (const std::size_t place : places) {
    copy(place);
    out += kMark;
  }
  copy(people.size());
  return out;
}

Json Guard::guarded_json(const Json& people) const {
  if (people.is_string()) return guarded(people.get_ref<const std::string&>());
  if (!people.is_structured()) return people;
  if (people.is_array()) {
    Json out = Json::array();
    for (const Json& item : people) out.push_back(guarded_json(item));
    return out;
  }
  Json::object_t out;
  for (const auto& [name, value] : people.items()) out.emplace_back(guarded(name), guarded_json(value));
  return out;
}

std::vector<std::int32_t> Guard::ids(std::string_view rendered) const {
  const Unmarked text = unmarked(rendered);
  return tokenizer_->encode(text.text, {.add_special = false, .parse_special = true, .borders = text.borders}).ids;
}

std::string Guard::plain(std::string_view rendered) { return unmarked(rendered).text; }

}  // namespace maru::engine
