#pragma once
// Texts in, other texts out: an encoder–decoder with its tokenizers. How it searches stands in search.h; which task it is used for is not
// known here.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "maru/engine/search.h"
#include "maru/text/tokenizer.h"

namespace maru::engine {

struct Written {
  std::string text;
  std::vector<std::int32_t> ids;       // the decoder's start first, the end last where it was reached
  float score = 0;                     // as FoundText's
  bool ended = false;                  // false: the greatest length cut it off
};
struct Rewritten {
  std::vector<Written> texts;          // best first, options.returned of them
  std::size_t source_tokens = 0;       // read, special ones included
  std::size_t truncated = 0;           // cut off where truncation was asked for
};

struct RewriteCall {
  bool truncate = false;               // false: a text that is too long is an Error (limit) with the counts
  std::size_t max_source_tokens = 0;   // special ones included; 0: as many as the model has positions
  const Cancel* cancel = nullptr;
  OnProgress progress = {};
};

class Seq2Seq {
 public:
  // `source` reads, `target` writes; most models have one tokenizer for both. The model must outlive this. Throws Error for a model that is
  // no encoder–decoder.
  Seq2Seq(const models::Model& model, std::shared_ptr<const text::Tokenizer> source, std::shared_ptr<const text::Tokenizer> target);
  // One per text, in order; options.prefix goes before each. What looks like a special token in a text stays letters.
  std::vector<Rewritten> operator()(std::span<const std::string> texts, const SearchOptions& options, const RewriteCall& call = {}) const;

 private:
  std::vector<std::int32_t> source_ids(const std::string& text, const RewriteCall& call, Rewritten& to) const;
  const models::Model& model_;
  std::shared_ptr<const text::Tokenizer> source_, target_;
};

}  // namespace maru::engine
