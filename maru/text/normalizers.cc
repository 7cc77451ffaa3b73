// Normalisers that cut, put in and replace text, and the reader of tokenizer.json's "normalizer".
#include "maru/base/unicode.h"
#include "maru/text/pattern.h"
#include "maru/text/pipeline.h"

namespace maru::text {
namespace {

class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  void apply(Aligned& text) const override {
    const std::string_view old = text.text;
    std::size_t begin = old.size(), end = 0;  // of what is no white space
    for (std::size_t at = 0; at < old.size();) {
      const std::size_t here = at;
      if (unicode::is_white_space(unicode::next(old, at))) continue;
      begin = std::min(begin, here);
      end = at;
    }
    if (!left_ || end == 0) begin = 0;
    if (!right_ && end > 0) end = old.size();
    if ((!left_ && !right_) || (begin == 0 && end == old.size())) return;
    text.text = text.text.substr(begin, end - begin);
    if (text.tracked)
      text.source = std::vector<Range>(text.source.begin() + std::ptrdiff_t(begin), text.source.begin() + std::ptrdiff_t(end));
  }

 private:
  bool left_, right_;
};

class Prepend final : public Normalizer {
 public:
  explicit Prepend(std::string text) : text_(std::move(text)) {}
  void apply(Aligned& text) const override {
    if (text.text.empty()) return;
    text.text.insert(0, text_);
    if (text.tracked) text.source.insert(text.source.begin(), text_.size(), Range(text.source[0]));
  }

 private:
  std::string text_;
};

class Replace final : public Normalizer {
 public:
  Replace(std::unique_ptr<Pattern> pattern, std::string content) : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void apply(Aligned& text) const override {
    Aligned out;
    out.tracked = text.tracked;
    Rewrite rewrite(text, 0, text.text.size(), 0, out);
    std::size_t skipped = 0;  // bytes that matches took: Rewrite::skip counts characters
    pattern_->each(text.text, [&](std::size_t begin, std::size_t end) {
      rewrite.copy(begin - rewrite.at());
      rewrite.text(content_, text.tracked ? text.source[end - 1] : Range{});
      rewrite.skip(unicode::length(std::string_view(text.text).substr(begin, end - begin)));
      skipped += end - begin;
    });
    if (skipped == 0) return;
    rewrite.copy_rest();
    text = std::move(out);
  }

 private:
  std::unique_ptr<Pattern> pattern_;
  std::string content_;
};

class ByteLevel final : public Normalizer {
 public:
  void apply(Aligned& text) const override {
    Aligned out;
    out.tracked = text.tracked;
    for (std::size_t i = 0; i < text.text.size(); ++i) {
      unicode::append(out.text, byte_alphabet()[static_cast<unsigned char>(text.text[i])]);
      if (out.tracked) out.source.resize(out.text.size(), text.source[i]);
    }
    text = std::move(out);
  }
};

std::unique_ptr<Normalizer> one(const Field& step) {
  const std::string_view type = step["type"].string();
  if (type == "BertNormalizer") return bert_normalizer(read_bert_normalizer(step));
  if (type == "Strip") return strip_normalizer(step["strip_left"].boolean_or(true), step["strip_right"].boolean_or(true));
  if (type == "StripAccents") return accents_normalizer();
  if (type == "NFC") return unicode_normalizer(true, false);
  if (type == "NFD") return unicode_normalizer(false, false);
  if (type == "NFKC") return unicode_normalizer(true, true);
  if (type == "NFKD") return unicode_normalizer(false, true);
  if (type == "Lowercase") return lowercase_normalizer();
  if (type == "Nmt") return nmt_normalizer();
  if (type == "Prepend") return prepend_normalizer(std::string(step["prepend"].string()));
  if (type == "ByteLevel") return std::make_unique<ByteLevel>();
  if (type == "Replace") return replace_normalizer(read_pattern(step["pattern"]), std::string(step["content"].string()));
  if (type == "Precompiled") {
    const Field map = step["precompiled_charsmap"];
    return charsmap_normalizer(map.present() ? decoded_base64(map) : std::string(), map.where + ": " + map.path);
  }
  step["type"].unknown(type, "BertNormalizer, Strip, StripAccents, NFC, NFD, NFKC, NFKD, Lowercase, Nmt, Precompiled, Replace, Prepend, "
                             "ByteLevel, Sequence");
}

}  // namespace

std::unique_ptr<Normalizer> strip_normalizer(bool left, bool right) { return std::make_unique<Strip>(left, right); }
std::unique_ptr<Normalizer> prepend_normalizer(std::string text) { return std::make_unique<Prepend>(std::move(text)); }
std::unique_ptr<Normalizer> replace_normalizer(std::unique_ptr<Pattern> pattern, std::string content) {
  return std::make_unique<Replace>(std::move(pattern), std::move(content));
}

BertNormalizer read_bert_normalizer(const Field& step) {
  BertNormalizer out;
  out.lowercase = step["lowercase"].boolean_or(true);
  out.clean_text = step["clean_text"].boolean_or(true);
  out.space_around_han = step["handle_chinese_chars"].boolean_or(true);
  out.strip_accents = step["strip_accents"].boolean_or(out.lowercase);
  return out;
}

std::unique_ptr<Pattern> read_pattern(const Field& pattern) {
  if (pattern["String"].present()) return literal_pattern(std::string(pattern["String"].string()));
  const Field regex = pattern["Regex"];
  return regex_pattern(regex.string(), regex.where + ": " + regex.path);
}

std::vector<std::unique_ptr<Normalizer>> read_normalizers(const Field& field) {
  std::vector<std::unique_ptr<Normalizer>> out;
  for (const Field& step : flattened(field, "normalizers")) out.push_back(one(step));
  return out;
}

std::string decoded_base64(const Field& field) {
  const std::string_view text = field.string();
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int have = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '=' && i + 2 >= text.size()) break;
    const int value = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+' ? 62 : c == '/' ? 63 : -1;
    check(value >= 0, "{}: {}: not base64 at byte {}", field.where, field.path, i);
    bits = bits << 6 | std::uint32_t(value);
    have += 6;
    if (have >= 8) out.push_back(char(bits >> (have -= 8) & 0xFF));
  }
  return out;
}

}  // namespace maru::text
