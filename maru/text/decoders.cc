// Decoders: from tokens back to text, one token at a time, and the reader of tokenizer.json's "decoder".
#include <array>

#include "maru/base/unicode.h"
#include "maru/text/pipeline.h"
#include "maru/text/text_stream.h"

namespace maru::text {
namespace {

constexpr std::size_t kLongestToken = std::size_t{1} << 20;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
}

// A step that sees whole tokens: parts that join are gathered first.
class WholeTokens : public DecodeStep {
 public:
  void push(std::string_view text, bool joins, const Emit& emit) final {
    if (joins) {
      held_ += text;
      return;
    }
    if (have_) token(std::move(held_), emit);
    held_ = text;
    have_ = true;
    if (eager_) flush(emit);
  }
  void finish(const Emit& emit) override { flush(emit); }

  // Set where the steps before never join: nothing needs to wait then.
  void be_eager() { eager_ = true; }

 protected:
  virtual void token(std::string text, const Emit& emit) = 0;

 private:
  void flush(const Emit& emit) {
    if (have_) token(std::move(held_), emit);
    held_.clear();
    have_ = false;
  }
  std::string held_;
  bool have_ = false, eager_ = false;
};

// Changes each token by itself.
template <class Change>
class Changes final : public WholeTokens {
 public:
  Changes(Change change, bool first) : change_(std::move(change)), first_(first) {}
  void token(std::string text, const Emit& emit) override {
    text = change_(std::move(text), first_);
    if (text.size() > kLongestToken)
      fail(ErrorKind::limit, "a token grew to {} bytes while it was decoded; its tokenizer is broken", text.size());
    emit(text, false);
    first_ = false;
  }

 private:
  Change change_;
  bool first_;
};
template <class Change>
DecoderStep changes(Change change) {
  return [change](bool first) { return std::make_unique<Changes<Change>>(change, first); };
}

// The suffix of a word's last piece becomes a blank, and nothing behind the last word.
class BpeWords final : public WholeTokens {
 public:
  explicit BpeWords(std::string suffix) : suffix_(std::move(suffix)) {}
  void token(std::string text, const Emit& emit) override {
    if (have_) send(" ", emit);
    waiting_ = std::move(text);
    have_ = true;
    if (!suffix_.empty() && !waiting_.contains(suffix_)) send(" ", emit);
  }
  void finish(const Emit& emit) override {
    WholeTokens::finish(emit);
    if (have_) send("", emit);
  }

 private:
  void send(std::string_view blank, const Emit& emit) {
    replace_all(waiting_, suffix_, blank);
    emit(waiting_, false);
    have_ = false;
  }
  std::string suffix_, waiting_;
  bool have_ = false;
};

class Bytes final : public DecodeStep {
 public:
  void push(std::string_view text, bool joins, const Emit& emit) override {
    (void)joins;
    held_ += raw_bytes(text);
    if (const std::string whole = take_whole(held_); !whole.empty()) send(whole, emit);
  }
  void finish(const Emit& emit) override {
    if (!held_.empty()) send(kReplacement, emit);
    held_.clear();
  }

 private:
  void send(std::string_view text, const Emit& emit) {
    emit(text, joins_);
    joins_ = true;
  }
  std::string held_;
  bool joins_ = false;
};

class Fuse final : public DecodeStep {
 public:
  void push(std::string_view text, bool, const Emit& emit) override {
    emit(text, joins_);
    joins_ = true;
  }

 private:
  bool joins_ = false;
};

// "<0xE3>" and its neighbours become the characters they spell; a run that is not UTF-8 as a whole becomes one U+FFFD per byte, so it
// has to end before it can be shown.
class ByteRuns final : public WholeTokens {
 public:
  void token(std::string text, const Emit& emit) override {
    if (const int byte = byte_piece(text); byte >= 0) {
      held_.push_back(char(byte));
      return;
    }
    send(emit);
    emit(text, false);
  }
  void finish(const Emit& emit) override {
    WholeTokens::finish(emit);
    send(emit);
  }

 private:
  void send(const Emit& emit) {
    if (held_.empty()) return;
    if (!unicode::first_invalid(held_)) emit(held_, false);
    else
      for (std::size_t i = 0; i < held_.size(); ++i) emit(kReplacement, false);
    held_.clear();
  }
  std::string held_;
};

// Takes up to `start` of a character from the front of each token and up to `stop` from its end.
class Strip final : public DecodeStep {
 public:
  Strip(std::string content, std::size_t start, std::size_t stop, bool first)
      : content_(std::move(content)), start_(first ? start : 0), stop_(stop), left_(start_), each_start_(start) {}
  void push(std::string_view text, bool joins, const Emit& emit) override {
    if (!joins) {
      held_.clear();  // at most `stop` characters: they were the end of a token
      left_ = seen_ ? each_start_ : start_;
      joined_ = false;
      seen_ = true;
    }
    std::string all = held_ + std::string(text);
    held_.clear();
    while (left_ > 0 && all.starts_with(content_)) all.erase(0, content_.size()), --left_;
    if (!all.empty()) left_ = 0;
    for (std::size_t i = 0; i < stop_ && all.ends_with(content_); ++i) {
      all.erase(all.size() - content_.size());
      held_ += content_;
    }
    if (all.empty() && joined_) return;
    emit(all, joined_);
    joined_ = true;
  }

 private:
  std::string content_, held_;
  std::size_t start_, stop_, left_, each_start_;
  bool joined_ = false, seen_ = false;
};

class Ctc final : public WholeTokens {
 public:
  Ctc(std::string pad, std::string delimiter, bool cleanup) : pad_(std::move(pad)), delimiter_(std::move(delimiter)), cleanup_(cleanup) {}
  void token(std::string text, const Emit& emit) override {
    if (last_ == text) return;
    last_ = text;
    replace_all(text, pad_, "");
    if (cleanup_) {
      text = cleaned(std::move(text));
      replace_all(text, delimiter_, " ");
    }
    if (!text.empty()) emit(text, false);
  }

 private:
  std::string pad_, delimiter_;
  bool cleanup_;
  std::optional<std::string> last_;
};

DecoderStep read_wordpiece(const Field& step) {
  const std::string prefix(step["prefix"].string_or("##"));
  const bool cleanup = step["cleanup"].boolean_or(true);
  return changes([prefix, cleanup](std::string text, bool first) {
    if (!first) {
      if (text.starts_with(prefix)) text.erase(0, prefix.size());
      else text.insert(0, " ");
    }
    return cleanup ? cleaned(std::move(text)) : text;
  });
}

DecoderStep read_metaspace(const Field& step) {
  std::string replacement;
  unicode::append(replacement, step["replacement"].character());
  bool prepends = step["add_prefix_space"].boolean_or(true);
  if (step["prepend_scheme"].present()) prepends = step["prepend_scheme"].string() != "never";
  return changes([replacement, prepends](std::string text, bool first) {
    replace_all(text, replacement, first && prepends ? "" : " ");
    return text;
  });
}

DecoderStep read_replace(const Field& step) {
  const std::shared_ptr<const Pattern> pattern = read_pattern(step["pattern"]);
  const std::string content(step["content"].string());
  return changes([pattern, content](std::string text, bool) {
    std::string out;
    std::size_t at = 0;
    pattern->each(text, [&](std::size_t begin, std::size_t end) {
      if (out.size() <= kLongestToken) out.append(text, at, begin - at).append(content);
      at = end;
    });
    return out.append(text, at);
  });
}

DecoderStep read_strip(const Field& step) {
  std::string content;
  unicode::append(content, step["content"].character());
  const auto start = std::size_t(step["start"].integer_or(0, 0, 1 << 16)), stop = std::size_t(step["stop"].integer_or(0, 0, 1 << 16));
  return [content, start, stop](bool first) { return std::make_unique<Strip>(content, start, stop, first); };
}

DecoderStep one(const Field& step) {
  const std::string_view type = step["type"].string();
  if (type == "BPEDecoder") {
    const std::string suffix(step["suffix"].string_or("</w>"));
    return [suffix](bool) { return std::make_unique<BpeWords>(suffix); };
  }
  if (type == "ByteLevel") return [](bool) { return std::make_unique<Bytes>(); };
  if (type == "WordPiece") return read_wordpiece(step);
  if (type == "Metaspace") return read_metaspace(step);
  if (type == "CTC") {
    const std::string pad(step["pad_token"].string_or("<pad>")), delimiter(step["word_delimiter_token"].string_or("|"));
    const bool cleanup = step["cleanup"].boolean_or(true);
    return [=](bool) { return std::make_unique<Ctc>(pad, delimiter, cleanup); };
  }
  if (type == "Replace") return read_replace(step);
  if (type == "Fuse") return [](bool) { return std::make_unique<Fuse>(); };
  if (type == "Strip") return read_strip(step);
  if (type == "ByteFallback") return [](bool) { return std::make_unique<ByteRuns>(); };
  step["type"].unknown(type, "BPEDecoder, ByteLevel, WordPiece, Metaspace, CTC, Replace, Fuse, Strip, ByteFallback, Sequence");
}

// Nothing joins before the first of these: tokens need not wait for more.
bool joins(std::string_view type) { return type == "ByteLevel" || type == "Fuse"; }

}  // namespace

std::vector<DecoderStep> read_decoders(const Field& field) {
  std::vector<DecoderStep> out;
  bool joined = false;
  for (const Field& step : flattened(field, "decoders")) {
    DecoderStep made = one(step);
    if (!joined)
      made = [made](bool first) {
        std::unique_ptr<DecodeStep> state = made(first);
        if (auto* whole = dynamic_cast<WholeTokens*>(state.get())) whole->be_eager();
        return state;
      };
    joined = joined || joins(step["type"].string());
    out.push_back(std::move(made));
  }
  return out;
}

}  // namespace maru::text
