// Lists of what a question's grammar is made of, and what remains without them.
#include "maru/rag/content_words.h"

#include <algorithm>
#include <array>
#include <span>

#include "maru/base/unicode.h"
#include "maru/rag/lexical.h"

namespace maru::rag {
namespace {

// Sorted, for binary search.
constexpr auto kEnglish = std::to_array<std::string_view>(
    {"about", "all", "also", "am", "any", "been", "being", "can", "could", "describe", "did", "do", "does", "each", "every", "explain", "find", "from",
     "get", "give", "had", "has", "have", "he", "her", "him", "his", "how", "i", "its", "kind", "long", "many", "may", "me", "mean", "might", "more",
     "most", "much", "must", "my", "need", "one", "our", "please", "s", "say", "shall", "she", "should", "so", "some", "tell", "than", "them", "thing",
     "through", "type", "us", "use", "used", "uses", "using", "very", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "whose",
     "why", "would", "you", "your"});
constexpr auto kKoreanQuestion = std::to_array<std::string_view>(
    {"가장", "것", "게", "곳", "그", "그리고", "나", "내", "누가", "누구", "누구의", "대한", "대해", "대해서", "때", "때문", "또는", "뜻", "뭐", "뭘", "몇", "무슨", "무엇",
     "무엇이", "및", "방법", "수", "알려", "알려줘", "알려주세요", "어느", "어디", "어디서", "어떠", "어떤", "어떻", "어떻게", "언제", "얼마", "얼마나", "없", "왜", "위해", "위한",
     "이", "이유", "있", "있는", "저", "점", "정도", "제", "좀", "주세요", "중", "지", "하", "해", "설명", "설명해", "설명해줘"});
// Longest first: the first that fits is taken off, if something of at least one syllable remains (two for the single-syllable ones).
constexpr auto kKoreanEndings = std::to_array<std::string_view>(
    {"하였습니까", "되었습니까", "이었습니까", "했습니까", "됐습니까", "였습니까", "었습니까", "았습니까", "있습니까", "없습니까", "합니까", "됩니까", "입니까", "습니까", "하려면", "되려면",
     "하셨나요", "되었나요", "이었나요", "했나요", "됐나요", "였나요", "었나요", "았나요", "있나요", "없나요", "하나요", "되나요", "인가요", "한가요", "은가요", "는가요", "할까요", "될까요",
     "일까요", "을까요", "나요", "까요", "이에요", "예요", "에요", "인지", "하는지", "되는지", "는지", "인가", "는가", "한다", "된다", "했다", "됐다", "이다", "하는", "되는", "하면", "되면",
     "해야", "하기", "되기", "하고", "되고", "하지", "해서", "되어", "하여", "니까",
     "에서는", "에서도", "에게서", "으로는", "으로서", "으로써", "까지는", "부터는", "이라는", "이라고", "에서", "에게", "에는", "에도", "으로", "까지", "부터", "이나", "이란", "라는", "라고",
     "처럼", "보다", "이며", "마다", "과의", "와의", "들은", "들이", "들을", "들의",
     "의", "은", "는", "이", "가", "을", "를", "에", "와", "과", "도", "로", "만", "란", "한", "된", "할", "될", "인", "들"});

constexpr auto kPredicates = std::to_array<std::string_view>({"나요", "까요", "가요", "니까", "는가", "는지", "해요", "어요", "아요"});

bool listed(std::span<const std::string_view> list, std::string_view word) { return std::ranges::find(list, word) != list.end(); }

std::string without_ending(std::string word) {
  for (int round = 0; round < 2; ++round)
    for (const std::string_view ending : kKoreanEndings) {
      if (!word.ends_with(ending)) continue;
      const std::size_t remains = unicode::length(word) - unicode::length(ending);
      if (remains < (unicode::length(ending) == 1 ? 2u : 1u)) continue;
      word.resize(word.size() - ending.size());
      break;
    }
  return word;
}

void add_hangul(std::vector<ContentWord>& words, const std::string& run) {
  if (listed(kKoreanQuestion, run)) return;
  const std::string bare = without_ending(run);
  if (bare.empty() || listed(kKoreanQuestion, bare)) return;
  const bool predicate = std::ranges::any_of(kPredicates, [&](std::string_view ending) { return run.ends_with(ending); });
  words.push_back({bare, true, predicate});
}

void add_others(std::vector<ContentWord>& words, const std::string& run) {
  const auto grammar = [](std::string_view word) { return std::ranges::binary_search(kEnglish, word); };
  if (grammar(unicode::lower(run))) return;
  for (std::string& term : query_terms(run))
    if (!grammar(term)) words.push_back({.term = std::move(term)});  // "what's" gives "what"
}

}  // namespace

std::vector<ContentWord> content_words(std::string_view question) {
  const std::u32string text = unicode::code_points(unicode::nfc(question));
  std::vector<ContentWord> words;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    if (unicode::is_hangul(text[i])) {
      while (end < text.size() && unicode::is_hangul(text[end])) ++end;
      add_hangul(words, unicode::utf8(std::u32string_view(text).substr(i, end - i)));
    } else if (!unicode::is_white_space(text[i])) {
      while (end < text.size() && !unicode::is_white_space(text[end]) && !unicode::is_hangul(text[end])) ++end;
      std::u32string_view run = std::u32string_view(text).substr(i, end - i);
      while (!run.empty() && unicode::category(run.back()) == unicode::Category::punctuation) run.remove_suffix(1);
      add_others(words, unicode::utf8(run));
    }
    i = std::max(end, i + 1);
  }
  std::vector<ContentWord> unique;
  for (ContentWord& word : words)
    if (std::ranges::none_of(unique, [&](const ContentWord& seen) { return seen.term == word.term; })) unique.push_back(std::move(word));
  return unique;
}

Wording::Wording(std::string_view text) : terms_(index_terms(text)), text_(unicode::nfc(text)) { std::ranges::sort(terms_); }

double Wording::holds(const ContentWord& word) const {
  if (!word.hangul) return std::ranges::binary_search(terms_, word.term) ? 1.0 : 0.0;
  const std::u32string letters = unicode::code_points(word.term);
  const std::size_t shortest = std::min<std::size_t>(2, letters.size());
  for (std::size_t size = letters.size(); size >= shortest; --size)
    if (text_.contains(unicode::utf8(std::u32string_view(letters).substr(0, size)))) return double(size) / double(letters.size());
  return 0.0;
}

}  // namespace maru::rag
