#pragma once
// The parts that a tokenizer is put together from where neither fast path reads its file: normaliser, pre-tokenizer, model, decoder.
// Each kind is made from a tokenizer.json (the readers at the end) or by other code that knows a format.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "maru/text/aligned.h"
#include "maru/text/json_field.h"
#include "maru/text/pattern.h"
#include "maru/text/tokenizer_parts.h"

namespace maru::text {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void apply(Aligned& text) const = 0;
};

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // `begins`: the part stands at the beginning of its text.
  virtual void split(Words& words, bool begins) const = 0;
  // Whether split asks where pieces came from, even where nobody wants offsets.
  virtual bool needs_source() const { return false; }
};

struct Piece {
  std::int32_t id = 0;
  std::uint32_t begin = 0, end = 0;  // bytes of the word
};
class PieceModel {
 public:
  virtual ~PieceModel() = default;
  // Appends the pieces of one word that is not empty; counts the bytes that nothing stands for.
  virtual void pieces(std::string_view word, std::vector<Piece>& out, std::size_t& dropped_bytes) const = 0;
};

// One step of a decoder at work on one stream of tokens.
class DecodeStep {
 public:
  // `joins`: the text goes on with the token before it.
  using Emit = std::function<void(std::string_view text, bool joins)>;
  virtual ~DecodeStep() = default;
  virtual void push(std::string_view text, bool joins, const Emit& emit) = 0;
  virtual void finish(const Emit&) {}
};
// Makes a step; `first`: nothing was shown before.
using DecoderStep = std::function<std::unique_ptr<DecodeStep>(bool first)>;

// Makes a model over the vocabulary, which stays where it is.
using ModelMaker = std::function<std::unique_ptr<PieceModel>(const Vocabulary&)>;

struct Pipeline {
  std::vector<std::unique_ptr<Normalizer>> normalizers;
  std::vector<std::unique_ptr<PreTokenizer>> pre_tokenizers;
  ModelMaker model;
  std::vector<DecoderStep> decoders;  // none: tokens are joined with blanks
};
// parts.vocabulary is indexed.
std::shared_ptr<const Tokenizer> make_pipeline(TokenizerParts parts, Pipeline pipeline);

// Readers of tokenizer.json's parts. They throw Error naming the field.
std::vector<std::unique_ptr<Normalizer>> read_normalizers(const Field& field);
std::vector<std::unique_ptr<PreTokenizer>> read_pre_tokenizers(const Field& field);
std::vector<DecoderStep> read_decoders(const Field& field);
// Sets parts.unknown and parts.continuing, too. parts.vocabulary is indexed.
ModelMaker read_model(const Field& model, std::string_view type, TokenizerParts& parts);

BertNormalizer read_bert_normalizer(const Field& step);
std::unique_ptr<Pattern> read_pattern(const Field& pattern);  // {"String": …} or {"Regex": …}
std::string decoded_base64(const Field& field);

// The single kinds.
std::unique_ptr<Normalizer> unicode_normalizer(bool compose, bool compatible);  // NFC, NFD, NFKC, NFKD
std::unique_ptr<Normalizer> bert_normalizer(const BertNormalizer& how);
std::unique_ptr<Normalizer> strip_normalizer(bool left, bool right);
std::unique_ptr<Normalizer> prepend_normalizer(std::string text);
std::unique_ptr<Normalizer> replace_normalizer(std::unique_ptr<Pattern> pattern, std::string content);
std::unique_ptr<Normalizer> lowercase_normalizer();
std::unique_ptr<Normalizer> accents_normalizer();  // every mark vanishes
std::unique_ptr<Normalizer> nmt_normalizer();
// SentencePiece's precompiled character map: a double-array trie and the texts it leads to. Empty: nothing changes.
std::unique_ptr<Normalizer> charsmap_normalizer(std::string_view bytes, std::string_view where);
enum class PrependScheme { always, first, never };
std::unique_ptr<PreTokenizer> metaspace_pre_tokenizer(std::string replacement, PrependScheme scheme, bool split);

struct UnigramOptions {
  std::optional<std::int32_t> unknown;
  bool byte_fallback = false, fuse_unknown = true;
};
// Kudo 2018. `scores`: per id of the vocabulary, only the first scores.size() ids are pieces. Scores are logarithms.
std::unique_ptr<PieceModel> unigram_model(const Vocabulary& vocabulary, std::vector<double> scores, const UnigramOptions& options);
struct BpeOptions {
  std::optional<std::int32_t> unknown;
  std::string continuing, ending;  // what is put before each character but the first, and behind the last
  bool byte_fallback = false, fuse_unknown = false, whole_words = false;
};
// Sennrich et al. 2016. `merges` by rank.
std::unique_ptr<PieceModel> bpe_model(const Vocabulary& vocabulary, const std::vector<Merge>& merges, BpeOptions options);
std::unique_ptr<PieceModel> wordpiece_model(const Vocabulary& vocabulary, std::int32_t unknown, std::string continuing,
                                            std::size_t longest);
std::unique_ptr<PieceModel> word_level_model(const Vocabulary& vocabulary, std::optional<std::int32_t> unknown, std::string where);

// Reads "merges" of a BPE model.
std::vector<Merge> read_merges(const Field& model, const Vocabulary& vocabulary, std::string_view continuing);
std::int32_t token_id(const TokenizerParts& parts, const Field& field, std::string_view piece);
// The id of "<0x00>" … "<0xFF>" per byte, -1 where the vocabulary has none.
std::array<std::int32_t, 256> byte_pieces(const Vocabulary& vocabulary);
// English punctuation moved left, as WordPiece and CTC decoders do to each token.
std::string cleaned(std::string piece);

}  // namespace maru::text
