// Pre-tokenizers: what cuts a normalised text into words, and the reader of tokenizer.json's "pre_tokenizer".
#include <algorithm>

#include "maru/base/unicode.h"
#include "maru/text/bert_normalizer.h"
#include "maru/text/pipeline.h"
#include "maru/text/scripts.h"

namespace maru::text {
namespace {

enum class Behavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

struct Span {
  std::size_t begin, end;
  bool match;
};

// Matches and what lies between them, in order.
std::vector<Span> spans(const Pattern& pattern, std::string_view text, bool invert) {
  std::vector<Span> out;
  std::size_t at = 0;
  pattern.each(text, [&](std::size_t begin, std::size_t end) {
    if (begin > at) out.push_back({at, begin, invert});
    out.push_back({begin, end, !invert});
    at = end;
  });
  if (at < text.size()) out.push_back({at, text.size(), invert});
  return out;
}

// Joins neighbours as the behaviour says; keeps their order.
std::vector<Span> joined(std::vector<Span> spans, Behavior behavior) {
  if (behavior == Behavior::isolated) return spans;
  if (behavior == Behavior::removed) {
    std::erase_if(spans, [](const Span& s) { return s.match; });
    return spans;
  }
  if (behavior == Behavior::merged_with_next) std::reverse(spans.begin(), spans.end());
  std::vector<Span> out;
  bool before = false;
  for (const Span& s : spans) {
    const bool joins = behavior == Behavior::contiguous ? s.match == before : s.match && !before;
    if (joins && !out.empty()) {
      out.back().begin = std::min(out.back().begin, s.begin);
      out.back().end = std::max(out.back().end, s.end);
    } else {
      out.push_back(s);
    }
    before = s.match;
  }
  if (behavior == Behavior::merged_with_next) std::reverse(out.begin(), out.end());
  return out;
}

Cut sliced(const Words& words, std::size_t begin, std::size_t end) {
  return {std::uint32_t(begin), std::uint32_t(end), words.aligned.tracked ? words.aligned.source[begin][0] : 0};
}

void cut_all(Words& words, const Pattern& pattern, Behavior behavior, bool invert) {
  std::vector<Cut> out;
  for (const Cut& cut : words.cuts) {
    const std::string_view text = std::string_view(words.aligned.text).substr(cut.begin, cut.end - cut.begin);
    for (const Span& s : joined(spans(pattern, text, invert), behavior))
      out.push_back(sliced(words, cut.begin + s.begin, cut.begin + s.end));
  }
  words.cuts = std::move(out);
}

class SplitBy final : public PreTokenizer {
 public:
  SplitBy(std::unique_ptr<Pattern> pattern, Behavior behavior, bool invert = false)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}
  void split(Words& words, bool) const override { cut_all(words, *pattern_, behavior_, invert_); }

 private:
  std::unique_ptr<Pattern> pattern_;
  Behavior behavior_;
  bool invert_;
};

class Metaspace final : public PreTokenizer {
 public:
  Metaspace(std::string replacement, PrependScheme scheme, bool split)
      : replacement_(std::move(replacement)), scheme_(scheme), split_(split), pattern_(literal_pattern(replacement_)) {}

  bool needs_source() const override { return scheme_ == PrependScheme::first; }

  void split(Words& words, bool begins) const override {
    Words out;
    out.aligned.tracked = words.aligned.tracked;
    out.aligned.text.reserve(words.aligned.text.size() + words.cuts.size() * replacement_.size());
    for (const Cut& cut : words.cuts) {
      const std::size_t begin = out.aligned.text.size();
      one(words.aligned, cut, begins && cut.origin == 0, out.aligned);
      out.cuts.push_back({std::uint32_t(begin), std::uint32_t(out.aligned.text.size()), cut.origin});
    }
    words = std::move(out);
    if (split_) cut_all(words, *pattern_, Behavior::merged_with_next, false);
  }

 private:
  void one(const Aligned& from, const Cut& cut, bool first, Aligned& to) const {
    const std::string_view text = std::string_view(from.text).substr(0, cut.end);
    Rewrite rewrite(from, cut.begin, cut.end, cut.origin, to);
    const std::string_view begins = text.substr(cut.begin);
    const bool wanted = scheme_ == PrependScheme::always || (scheme_ == PrependScheme::first && first);
    if (wanted && !begins.starts_with(' ') && !begins.starts_with(replacement_))
      rewrite.text(replacement_, from.tracked ? from.source[cut.begin] : Range{});
    while (rewrite.at() < cut.end) {
      const std::size_t blank = std::min(text.find(' ', rewrite.at()), std::size_t(cut.end));
      rewrite.copy(blank - rewrite.at());
      if (blank == cut.end) break;
      rewrite.text(replacement_, from.tracked ? from.source[blank] : Range{});
      rewrite.skip(1);
    }
  }

  std::string replacement_;
  PrependScheme scheme_;
  bool split_;
  std::unique_ptr<Pattern> pattern_;
};

class ByteLevel final : public PreTokenizer {
 public:
  ByteLevel(bool prefix_space, bool regex) : prefix_space_(prefix_space), regex_(regex), pattern_(scanner_pattern(gpt2_split())) {}

  void split(Words& words, bool) const override {
    if (prefix_space_) add_spaces(words);
    if (regex_) cut_all(words, *pattern_, Behavior::isolated, false);
    Words out;
    out.aligned.tracked = words.aligned.tracked;
    for (const Cut& cut : words.cuts) {
      const std::size_t begin = out.aligned.text.size();
      for (std::size_t i = cut.begin; i < cut.end; ++i) {
        unicode::append(out.aligned.text, byte_alphabet()[static_cast<unsigned char>(words.aligned.text[i])]);
        if (out.aligned.tracked) out.aligned.source.resize(out.aligned.text.size(), words.aligned.source[i]);
      }
      out.cuts.push_back({std::uint32_t(begin), std::uint32_t(out.aligned.text.size()), cut.origin});
    }
    words = std::move(out);
  }

 private:
  static void add_spaces(Words& words) {
    Words out;
    out.aligned.tracked = words.aligned.tracked;
    for (const Cut& cut : words.cuts) {
      const std::size_t begin = out.aligned.text.size();
      Rewrite rewrite(words.aligned, cut.begin, cut.end, cut.origin, out.aligned);
      if (words.aligned.text[cut.begin] != ' ') rewrite.text(" ", words.aligned.tracked ? words.aligned.source[cut.begin] : Range{});
      rewrite.copy_rest();
      out.cuts.push_back({std::uint32_t(begin), std::uint32_t(out.aligned.text.size()), cut.origin});
    }
    words = std::move(out);
  }

  bool prefix_space_, regex_;
  std::unique_ptr<Pattern> pattern_;
};

// Cuts where the script changes; blanks belong to the word before, and those before the first word vanish as in the reference.
class Scripts final : public PreTokenizer {
 public:
  void split(Words& words, bool) const override {
    std::vector<Cut> out;
    for (const Cut& cut : words.cuts) {
      std::optional<std::size_t> begin;
      int last = -1;
      for (std::size_t at = cut.begin; at < cut.end;) {
        const std::size_t here = at;
        const int script = script_of(unicode::next(words.aligned.text, at));
        if (script == kAnyScript) continue;
        if (script != last) {
          if (begin) out.push_back(sliced(words, *begin, here));
          begin = here;
        }
        last = script;
      }
      if (begin) out.push_back(sliced(words, *begin, cut.end));
    }
    words.cuts = std::move(out);
  }
};

class FixedLength final : public PreTokenizer {
 public:
  explicit FixedLength(std::size_t length) : length_(length) {}
  void split(Words& words, bool) const override {
    std::vector<Cut> out;
    for (const Cut& cut : words.cuts)
      for (std::size_t at = cut.begin; at < cut.end;) {
        const std::size_t begin = at;
        for (std::size_t i = 0; i < length_ && at < cut.end; ++i) unicode::next(words.aligned.text, at);
        out.push_back(sliced(words, begin, at));
      }
    words.cuts = std::move(out);
  }

 private:
  std::size_t length_;
};

bool bert_punctuation(char32_t c) { return bert_kind(c) == BertKind::punctuation; }
bool no_word_no_space(char32_t c) { return !is_word_character(c) && !unicode::is_white_space(c); }

Behavior read_behavior(const Field& field, std::string_view otherwise) {
  const std::string_view name = field.string_or(otherwise);
  if (name == "Removed") return Behavior::removed;
  if (name == "Isolated") return Behavior::isolated;
  if (name == "MergedWithPrevious") return Behavior::merged_with_previous;
  if (name == "MergedWithNext") return Behavior::merged_with_next;
  if (name == "Contiguous") return Behavior::contiguous;
  field.unknown(name, "Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous");
}

std::unique_ptr<PreTokenizer> read_metaspace(const Field& step) {
  std::string replacement;
  unicode::append(replacement, step["replacement"].character());
  // Older files say add_prefix_space; the reference reads prepend_scheme where both are there.
  PrependScheme scheme = step["add_prefix_space"].boolean_or(true) ? PrependScheme::always : PrependScheme::never;
  if (const Field field = step["prepend_scheme"]; field.present()) {
    const std::string_view name = field.string();
    if (name != "always" && name != "first" && name != "never") field.unknown(name, "always, first, never");
    scheme = name == "always" ? PrependScheme::always : name == "first" ? PrependScheme::first : PrependScheme::never;
  }
  return metaspace_pre_tokenizer(std::move(replacement), scheme, step["split"].boolean_or(true));
}

void add(const Field& step, std::vector<std::unique_ptr<PreTokenizer>>& out) {
  const auto by = [&](std::unique_ptr<Pattern> pattern, Behavior behavior, bool invert = false) {
    out.push_back(std::make_unique<SplitBy>(std::move(pattern), behavior, invert));
  };
  const std::string_view type = step["type"].string();
  if (type == "BertPreTokenizer") {
    by(character_pattern(unicode::is_white_space), Behavior::removed);
    by(character_pattern(bert_punctuation), Behavior::isolated);
  } else if (type == "ByteLevel") {
    out.push_back(std::make_unique<ByteLevel>(step["add_prefix_space"].boolean_or(true), step["use_regex"].boolean_or(true)));
  } else if (type == "CharDelimiterSplit") {
    by(character_pattern(step["delimiter"].character()), Behavior::removed);
  } else if (type == "Metaspace") {
    out.push_back(read_metaspace(step));
  } else if (type == "Whitespace") {  // \w+|[^\w\s]+
    by(character_pattern(unicode::is_white_space), Behavior::removed);
    by(run_pattern(no_word_no_space), Behavior::isolated);
  } else if (type == "WhitespaceSplit") {
    by(character_pattern(unicode::is_white_space), Behavior::removed);
  } else if (type == "Split") {
    by(read_pattern(step["pattern"]), read_behavior(step["behavior"], ""), step["invert"].boolean_or(false));
  } else if (type == "Punctuation") {
    by(character_pattern(bert_punctuation), read_behavior(step["behavior"], "Isolated"));
  } else if (type == "Digits") {
    by(character_pattern(unicode::is_number), step["individual_digits"].boolean_or(false) ? Behavior::isolated : Behavior::contiguous);
  } else if (type == "UnicodeScripts") {
    out.push_back(std::make_unique<Scripts>());
  } else if (type == "FixedLength") {
    out.push_back(std::make_unique<FixedLength>(std::size_t(step["length"].integer_or(5, 1, 1 << 20))));
  } else {
    step["type"].unknown(type, "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Metaspace, Whitespace, WhitespaceSplit, Split, "
                               "Punctuation, Digits, UnicodeScripts, FixedLength, Sequence");
  }
}

}  // namespace

std::unique_ptr<PreTokenizer> metaspace_pre_tokenizer(std::string replacement, PrependScheme scheme, bool split) {
  return std::make_unique<Metaspace>(std::move(replacement), scheme, split);
}

std::vector<std::unique_ptr<PreTokenizer>> read_pre_tokenizers(const Field& field) {
  std::vector<std::unique_ptr<PreTokenizer>> out;
  for (const Field& step : flattened(field, "pretokenizers")) add(step, out);
  return out;
}

}  // namespace maru::text
