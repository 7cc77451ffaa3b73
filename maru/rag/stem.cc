// Porter's stemmer: English endings taken off in five steps, each guarded by the measure of what would remain.
// M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980; the rule tables below are the paper's.
#include <array>
#include <span>

#include "maru/rag/lexical.h"

namespace maru::rag {
namespace {

bool consonant(std::string_view word, std::size_t at) {
  switch (word[at]) {
    case 'a': case 'e': case 'i': case 'o': case 'u': return false;
    case 'y': return at == 0 || !consonant(word, at - 1);
    default: return true;
  }
}

// m in the paper: how many times a vowel run is followed by a consonant run.
int measure(std::string_view word) {
  int count = 0;
  for (std::size_t i = 1; i < word.size(); ++i) count += consonant(word, i) && !consonant(word, i - 1);
  return count;
}

bool has_vowel(std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i)
    if (!consonant(word, i)) return true;
  return false;
}

bool ends_double_consonant(std::string_view word) {
  const std::size_t n = word.size();
  return n >= 2 && word[n - 1] == word[n - 2] && consonant(word, n - 1);
}

// *o in the paper: consonant, vowel, consonant, and the last is none of w, x, y.
bool ends_short(std::string_view word) {
  const std::size_t n = word.size();
  return n >= 3 && consonant(word, n - 3) && !consonant(word, n - 2) && consonant(word, n - 1) &&
         std::string_view("wxy").find(word[n - 1]) == std::string_view::npos;
}

struct Rule {
  std::string_view ending, replacement;
};

// Applies the first rule whose ending fits, if the measure of what remains is over `least`; later rules are not tried then.
void replace_first(std::string& word, std::span<const Rule> rules, int least) {
  for (const Rule& rule : rules) {
    if (!word.ends_with(rule.ending)) continue;
    const std::string_view rest = std::string_view(word).substr(0, word.size() - rule.ending.size());
    const bool needs_s_or_t = rule.ending == "ion";
    if (measure(rest) > least && (!needs_s_or_t || rest.ends_with('s') || rest.ends_with('t')))
      word = std::string(rest) + std::string(rule.replacement);
    return;
  }
}

void plurals(std::string& word) {  // step 1a
  if (word.ends_with("sses") || word.ends_with("ies")) word.resize(word.size() - 2);
  else if (word.ends_with('s') && !word.ends_with("ss")) word.pop_back();
}

void participles(std::string& word) {  // step 1b
  if (word.ends_with("eed")) {
    if (measure(std::string_view(word).substr(0, word.size() - 3)) > 0) word.pop_back();
    return;
  }
  const std::size_t cut = word.ends_with("ed") ? 2 : word.ends_with("ing") ? 3 : 0;
  if (cut == 0 || !has_vowel(std::string_view(word).substr(0, word.size() - cut))) return;
  word.resize(word.size() - cut);
  if (word.ends_with("at") || word.ends_with("bl") || word.ends_with("iz")) word += 'e';
  else if (ends_double_consonant(word) && !word.ends_with('l') && !word.ends_with('s') && !word.ends_with('z')) word.pop_back();
  else if (measure(word) == 1 && ends_short(word)) word += 'e';
}

void final_y(std::string& word) {  // step 1c
  if (word.ends_with('y') && has_vowel(std::string_view(word).substr(0, word.size() - 1))) word.back() = 'i';
}

constexpr std::array<Rule, 20> kStep2{{{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
    {"abli", "able"}, {"alli", "al"}, {"entli", "ent"}, {"eli", "e"}, {"ousli", "ous"}, {"ization", "ize"}, {"ation", "ate"},
    {"ator", "ate"}, {"alism", "al"}, {"iveness", "ive"}, {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"}, {"iviti", "ive"},
    {"biliti", "ble"}}};
constexpr std::array<Rule, 7> kStep3{{{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""}}};
constexpr std::array<Rule, 19> kStep4{{{"al", ""}, {"ance", ""}, {"ence", ""}, {"er", ""}, {"ic", ""}, {"able", ""}, {"ible", ""},
    {"ant", ""}, {"ement", ""}, {"ment", ""}, {"ent", ""}, {"ion", ""}, {"ou", ""}, {"ism", ""}, {"ate", ""}, {"iti", ""}, {"ous", ""},
    {"ive", ""}, {"ize", ""}}};

void final_e(std::string& word) {  // step 5a
  if (!word.ends_with('e')) return;
  const std::string_view rest = std::string_view(word).substr(0, word.size() - 1);
  const int m = measure(rest);
  if (m > 1 || (m == 1 && !ends_short(rest))) word.pop_back();
}

void double_l(std::string& word) {  // step 5b
  if (word.ends_with("ll") && measure(std::string_view(word).substr(0, word.size() - 1)) > 1) word.pop_back();
}

}  // namespace

std::string stem(std::string_view original) {
  std::string word(original);
  if (word.size() <= 2) return word;
  plurals(word);
  participles(word);
  final_y(word);
  replace_first(word, kStep2, 0);
  replace_first(word, kStep3, 0);
  replace_first(word, kStep4, 1);
  final_e(word);
  double_l(word);
  return word;
}

}  // namespace maru::rag
