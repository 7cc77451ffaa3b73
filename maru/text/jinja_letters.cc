// Stripping, splitting, replacing and changing the case of template texts.
#include "maru/text/jinja_letters.h"

#include <utf8proc.h>

#include <algorithm>

#include "maru/base/unicode.h"

namespace maru::text::jinja {
namespace {

bool space(char32_t c) { return unicode::is_white_space(c) || (c >= 0x1c && c <= 0x1f); }

void upper(std::string& out, char32_t c) {
  if (c == U'ß') out += "SS";
  else unicode::append(out, char32_t(utf8proc_toupper(utf8proc_int32_t(c))));
}
void lower(std::string& out, char32_t c) {
  std::string one;
  unicode::append(one, c);
  out += unicode::lower(one);
}
void title(std::string& out, char32_t c) {
  if (c == U'ß') out += "Ss";
  else unicode::append(out, char32_t(utf8proc_totitle(utf8proc_int32_t(c))));
}
bool is_lower(char32_t c) { return utf8proc_islower(utf8proc_int32_t(c)); }
bool is_upper(char32_t c) { return utf8proc_isupper(utf8proc_int32_t(c)); }
bool is_cased(char32_t c) { return is_lower(c) || is_upper(c) || utf8proc_category(utf8proc_int32_t(c)) == UTF8PROC_CATEGORY_LT; }
bool is_decimal(char32_t c) { return utf8proc_category(utf8proc_int32_t(c)) == UTF8PROC_CATEGORY_ND; }
}  // namespace

std::string stripped(std::string_view text, Strip side, const std::optional<std::string>& characters) {
  const std::u32string set = characters ? unicode::code_points(*characters) : std::u32string();
  const auto goes = [&](char32_t c) { return characters ? set.contains(c) : space(c); };
  std::size_t from = 0, to = text.size();
  while (side != Strip::right && from < to) {
    std::size_t at = from;
    if (!goes(unicode::next(text, at))) break;
    from = at;
  }
  while (side != Strip::left && from < to) {
    std::size_t start = to - 1;
    while (start > from && (text[start] & 0xc0) == 0x80) --start;
    std::size_t at = start;
    if (!goes(unicode::next(text, at))) break;
    to = start;
  }
  return std::string(text.substr(from, to - from));
}

std::vector<std::string> words(std::string_view text, std::int64_t most, bool from_right) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const bool blank = space(unicode::next(text, at));
    if (!blank && !inside) found.emplace_back(from, at);
    if (!blank) found.back().second = at;
    inside = !blank;
  }
  std::vector<std::string> out;
  const std::size_t count = found.size();
  const bool cut = most >= 0 && std::size_t(most) < count;
  if (cut && from_right) {  // the words that are not split off keep the space between them
    const std::size_t rest = count - std::size_t(most);
    out.emplace_back(text.substr(found[0].first, found[rest - 1].second - found[0].first));
    out[0] = text.substr(0, found[rest - 1].second);
    out[0] = stripped(out[0], Strip::right);
    for (std::size_t i = rest; i < count; ++i) out.emplace_back(text.substr(found[i].first, found[i].second - found[i].first));
    return out;
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (cut && i == std::size_t(most)) {
      out.emplace_back(text.substr(found[i].first));
      break;
    }
    out.emplace_back(text.substr(found[i].first, found[i].second - found[i].first));
  }
  return out;
}

std::vector<std::string> split(std::string_view text, std::string_view separator, std::int64_t most, bool from_right) {
  if (separator.empty()) fault("split() takes a separator that is not empty");
  std::vector<std::string> out;
  if (from_right) {
    for (std::size_t at; most != 0 && (at = text.rfind(separator)) != std::string_view::npos; --most) {
      out.emplace_back(text.substr(at + separator.size()));
      text = text.substr(0, at);
    }
    out.emplace_back(text);
    std::reverse(out.begin(), out.end());
    return out;
  }
  for (std::size_t at; most != 0 && (at = text.find(separator)) != std::string_view::npos; --most) {
    out.emplace_back(text.substr(0, at));
    text = text.substr(at + separator.size());
  }
  out.emplace_back(text);
  return out;
}

std::vector<std::string> lines(std::string_view text, bool keep_ends) {
  std::vector<std::string> out;
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = at;
    const char32_t c = unicode::next(text, at);
    if (!((c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029)) continue;
    if (c == '\r' && at < text.size() && text[at] == '\n') ++at;
    out.emplace_back(text.substr(from, (keep_ends ? at : end) - from));
    from = at;
  }
  if (from < text.size()) out.emplace_back(text.substr(from));
  return out;
}

std::string replaced(std::string_view text, std::string_view old, std::string_view fresh, std::int64_t most, Budget& budget) {
  std::string out;
  std::size_t at = 0;
  for (; most != 0 && at <= text.size(); --most) {
    const std::size_t found = text.find(old, at);
    if (found == std::string_view::npos) break;
    out.append(text, at, found - at).append(fresh);
    at = found + old.size();
    budget.fits(out.size());
    if (!old.empty()) continue;
    if (found >= text.size()) return out;  // nothing is found between all characters, and at both ends
    unicode::next(text, at);
    out.append(text, found, at - found);
  }
  if (at < text.size()) out.append(text, at, text.size() - at);
  return out;
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  if (part.empty()) return unicode::length(text) + 1;
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

bool all_are(std::string_view text, std::string_view method) {
  const bool casing = method == "isupper" || method == "islower";
  bool some = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = unicode::next(text, at);
    bool holds = true;
    if (method == "isupper") holds = !is_lower(c);
    else if (method == "islower") holds = !is_upper(c);
    else if (method == "isspace") holds = space(c);
    else if (method == "isalpha") holds = unicode::is_letter(c);
    else if (method == "isalnum") holds = unicode::is_letter(c) || unicode::is_number(c);
    else if (method == "isdigit" || method == "isdecimal") holds = is_decimal(c);
    else if (method == "isnumeric") holds = unicode::is_number(c);
    else holds = c < 0x80;
    if (!holds) return false;
    some = some || !casing || is_cased(c);
  }
  return some || method == "isascii";
}

std::string cased(std::string_view text, std::string_view method) {
  if (method == "lower" || method == "casefold") return unicode::lower(text);
  std::string out;
  bool begins = true;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = unicode::next(text, at);
    if (method == "upper" || (method == "swapcase" && is_lower(c))) upper(out, c);
    else if (begins && (method == "title" || method == "capitalize")) title(out, c);
    else lower(out, c);
    begins = method == "title" && !is_cased(c);
  }
  return out;
}

std::string title_of_words(std::string_view text) {
  std::string out;
  bool begins = true;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = unicode::next(text, at);
    if (begins) upper(out, c);
    else lower(out, c);
    begins = space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
  }
  return out;
}

Value joined(const Value& items, std::string_view between, bool any, Budget& budget) {
  std::string out;
  bool first = true;
  for (const Value& item : iterate(items, budget)) {
    if (!std::exchange(first, false)) out += between;
    out += any ? shown(item, budget) : text(item, "an item to join");
    budget.fits(out.size());
  }
  return make_text(std::move(out), budget);
}

}  // namespace maru::text::jinja
