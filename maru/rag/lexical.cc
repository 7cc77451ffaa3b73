// The rules by which text becomes search terms: script runs, identifier parts, stop words, stems, n-grams.
#include "maru/rag/lexical.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <unordered_set>

#include "maru/base/file.h"
#include "maru/base/unicode.h"

namespace maru::rag {
namespace {

enum class Script { none, word, hangul, han, kana };

Script script_of(char32_t c) {
  if (unicode::is_hangul(c)) return Script::hangul;
  if (unicode::is_han(c)) return Script::han;
  if (unicode::is_kana(c)) return Script::kana;
  return unicode::is_letter(c) || unicode::is_number(c) ? Script::word : Script::none;
}

// NFC, full-width forms as ASCII, and without the characters that have no width.
std::u32string plain(std::string_view utf8) {
  std::u32string text = unicode::code_points(unicode::nfc(utf8));
  std::erase_if(text, [](char32_t c) { return (c >= 0x200B && c <= 0x200D) || c == 0xFEFF || c == 0x00AD; });
  for (char32_t& c : text)
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
  return text;
}

bool continues_word(char32_t c) { return script_of(c) == Script::word || unicode::is_mark(c); }
bool is_joiner(char32_t c) { return c == U'_' || c == U'.' || c == U'-'; }
bool is_upper(char32_t c) { return c >= U'A' && c <= U'Z'; }
bool is_lower(char32_t c) { return c >= U'a' && c <= U'z'; }

// The end of the word that begins at `at`; a joiner belongs to it only between two of its letters.
std::size_t word_end(std::u32string_view text, std::size_t at) {
  while (at < text.size() && (continues_word(text[at]) || (is_joiner(text[at]) && at + 1 < text.size() && script_of(text[at + 1]) == Script::word)))
    ++at;
  return at;
}

// "parseHttp_body" → parse, Http, body. A single lower-case letter before a capital ("mRNA", "iPhone") is not a part of its own.
std::vector<std::u32string_view> parts_of(std::u32string_view word) {
  std::vector<std::u32string_view> parts;
  std::size_t begin = 0;
  const auto close = [&](std::size_t end) {
    if (end > begin) parts.push_back(word.substr(begin, end - begin));
  };
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (is_joiner(word[i])) {
      close(i);
      begin = i + 1;
    } else if (i >= begin + 2 && is_upper(word[i]) && is_lower(word[i - 1]) && i + 1 < word.size() && is_lower(word[i + 1])) {
      close(i);
      begin = i;
    }
  }
  close(word.size());
  return parts;
}

// Terms longer than this are cut, when indexing and when asking alike, so that they still meet: encoded data, not words.
constexpr std::size_t kLongestTerm = 128;

void add_word(std::vector<std::string>& terms, std::u32string_view word) {
  const std::string term = unicode::lower(unicode::utf8(word.substr(0, kLongestTerm)));
  if (is_stop_word(term)) return;
  const bool english = std::ranges::all_of(term, [](char c) { return c >= 'a' && c <= 'z'; });
  terms.push_back(english ? stem(term) : term);
}

void add_identifier(std::vector<std::string>& terms, std::u32string_view word) {
  const auto parts = parts_of(word);
  if (parts.size() != 1) add_word(terms, word);
  for (const auto part : parts) add_word(terms, part);
}

void add_grams(std::vector<std::string>& terms, std::u32string_view run, bool asking) {
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (!asking || run.size() <= 2) terms.push_back(unicode::utf8(run.substr(i, 1)));
    if (i + 1 < run.size()) terms.push_back(unicode::utf8(run.substr(i, 2)));
  }
}

std::vector<std::string> all_terms(std::string_view utf8, bool asking) {
  const std::u32string text = plain(utf8);
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < text.size();) {
    const Script script = script_of(text[i]);
    std::size_t end = i + 1;
    if (script == Script::word) {
      end = word_end(text, i);
      add_identifier(terms, std::u32string_view(text).substr(i, end - i));
      // "patient's": the ending says nothing, and as a term of its own it would be everywhere.
      if (end + 1 < text.size() && (text[end] == U'\'' || text[end] == U'\u2019') && text[end + 1] == U's' &&
          (end + 2 == text.size() || script_of(text[end + 2]) == Script::none))
        end += 2;
    } else if (script != Script::none) {
      while (end < text.size() && script_of(text[end]) == script) ++end;
      add_grams(terms, std::u32string_view(text).substr(i, end - i), asking);
    }
    i = end;
  }
  return terms;
}

constexpr std::array<std::string_view, 33> kStopWords{"a",  "an", "and",  "are",  "as",    "at",    "be",    "but",  "by",   "for", "if",
                                                      "in", "into", "is", "it",   "no",    "not",   "of",    "on",   "or",   "such", "that",
                                                      "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with"};

}  // namespace

std::vector<std::string> index_terms(std::string_view utf8) { return all_terms(utf8, false); }

std::vector<std::string> query_terms(std::string_view utf8) {
  std::vector<std::string> terms;
  std::unordered_set<std::string> seen;
  for (std::string& term : all_terms(utf8, true))
    if (seen.insert(term).second) terms.push_back(std::move(term));
  return terms;
}

bool is_stop_word(std::string_view word) { return std::ranges::binary_search(kStopWords, word); }

std::string lexical_fingerprint() {
  // The terms of a text that exercises every rule, so that a changed rule cannot forget to change the fingerprint.
  constexpr std::string_view sample =
      "The patient's relational readings hopped happily; parseHttp_body v1.5 dose-dependent mRNA ＡＢＣ caf\u00e9 "
      "\ub9c8\ub8e8\ub294 \uc9d1\uc774\ub2e4 \u6f22\u5b57 \u30ab\u30ca GPU\uc5d0\uc11c";
  std::string joined = "2";
  for (const auto& term : index_terms(sample)) joined += '\n' + term;
  for (const auto& term : query_terms(sample)) joined += '\r' + term;
  return sha256(std::as_bytes(std::span(joined)));
}

}  // namespace maru::rag
