// A token is barred when the text with it would hold "[n" that cannot become the number of a passage.
#include "maru/rag/citation_mask.h"

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace maru::rag {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// From an open "[" with only digits, commas and blanks behind it to the end, or nothing.
std::string_view open_mark(std::string_view text) {
  std::size_t at = text.size();
  while (at > 0 && (digit(text[at - 1]) || text[at - 1] == ',' || text[at - 1] == ' ')) --at;
  return at > 0 && text[at - 1] == '[' ? text.substr(at - 1) : std::string_view{};
}

// `number` begun by these digits may still become, and if `closed` already is, one of 1 … passages.
bool possible(std::string_view digits, bool closed, std::size_t passages) {
  std::size_t value = 0;
  for (const char c : digits) {
    value = value * 10 + std::size_t(c - '0');
    if (value > passages) return false;
  }
  // Without a leading zero every beginning of a number is a number of its own, and not a greater one.
  return digits.front() != '0' && (value > 0 || !closed);
}

bool allowed(std::string_view text, std::size_t passages) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '[') continue;
    std::size_t at = i + 1;
    while (at < text.size() && (digit(text[at]) || text[at] == ',' || text[at] == ' ')) {
      std::size_t end = at;
      while (end < text.size() && digit(text[end])) ++end;
      if (end > at && !possible(text.substr(at, end - at), end < text.size(), passages)) return false;
      at = std::max(end, at + 1);
    }
  }
  return true;
}

}  // namespace

std::function<void(std::string_view, std::span<float>)> citation_mask(const TextWriter& writer, std::size_t passages) {
  struct Suspects {
    std::vector<std::int32_t> always;                              // hold an impossible mark themselves
    std::vector<std::pair<std::int32_t, std::string>> after_mark;  // go on with digits, commas or blanks
  };
  auto suspects = std::make_shared<Suspects>();
  for (std::int32_t id = 0; id < writer.vocabulary; ++id) {
    std::string bytes = writer.bytes(id);
    if (!allowed(bytes, passages)) suspects->always.push_back(id);
    else if (!bytes.empty() && (digit(bytes[0]) || bytes[0] == ',' || bytes[0] == ' ')) suspects->after_mark.emplace_back(id, std::move(bytes));
  }
  return [suspects, passages](std::string_view so_far, std::span<float> logits) {
    const auto bar = [&](std::int32_t id) {
      if (std::size_t(id) < logits.size()) logits[std::size_t(id)] = -std::numeric_limits<float>::infinity();
    };
    for (const std::int32_t id : suspects->always) bar(id);
    const std::string_view mark = open_mark(so_far);
    if (mark.empty()) return;
    for (const auto& [id, bytes] : suspects->after_mark)
      if (!allowed(std::string(mark) + bytes, passages)) bar(id);
  };
}

}  // namespace maru::rag
