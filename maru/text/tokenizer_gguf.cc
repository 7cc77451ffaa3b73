// Reads the tokenizer.ggml.* keys of a GGUF: models "gpt2" and "gemma4" (BPE) and "bert" (WordPiece); the others stand in
// sentencepiece_gguf.cc.
#include <limits>

#include "maru/base/error.h"
#include "maru/base/json.h"
#include "maru/base/unicode.h"
#include "maru/text/gguf_pre_tokenizers.h"
#include "maru/text/pipeline.h"
#include "maru/text/sentencepiece.h"

namespace maru::text {
namespace {

constexpr std::size_t kMostTokens = std::size_t{1} << 24;

// tokenizer.ggml.token_type
enum TokenType : std::int64_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

// A GGUF spells word beginnings "▁word" and continuations bare; here they are "word" and "##word", as in the model's own vocabulary.
std::string wordpiece_spelling(std::string_view piece, std::int64_t type) {
  constexpr std::string_view kBegins = "\xE2\x96\x81";
  if (type != kNormal || (piece.starts_with('[') && piece.ends_with(']'))) return std::string(piece);
  if (piece.starts_with(kBegins)) return std::string(piece.substr(kBegins.size()));
  return "##" + std::string(piece);
}

void read_tokens(const io::Metadata& metadata, TokenizerParts& parts) {
  const auto& tokens = metadata.strings("tokenizer.ggml.tokens");
  check(!tokens.empty() && tokens.size() <= kMostTokens, "{}: tokenizer.ggml.tokens: expected 1 to {} tokens, found {}", metadata.where(),
        kMostTokens, tokens.size());
  static const std::vector<std::int64_t> none;
  const auto& types = metadata.has("tokenizer.ggml.token_type") ? metadata.integers("tokenizer.ggml.token_type") : none;
  check(types.empty() || types.size() == tokens.size(), "{}: tokenizer.ggml.token_type: expected {} numbers as there are tokens, found {}",
        metadata.where(), tokens.size(), types.size());
  std::size_t bytes = 0;
  for (const auto piece : tokens) bytes += piece.size() + 2;
  check(bytes < std::numeric_limits<std::uint32_t>::max(), "{}: tokenizer.ggml.tokens: {} bytes are too many", metadata.where(), bytes);
  parts.vocabulary.reserve(tokens.size(), bytes);
  parts.special.resize(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view piece = tokens[i];
    const std::int64_t type = types.empty() ? std::int64_t(kNormal) : types[i];
    check(!unicode::first_invalid(piece), "{}: tokenizer.ggml.tokens[{}]: not UTF-8", metadata.where(), i);
    check(type >= kNormal && type <= kByte, "{}: tokenizer.ggml.token_type[{}]: expected 1 to 6, found {}", metadata.where(), i, type);
    if (parts.wordpiece) parts.vocabulary.add(wordpiece_spelling(piece, type));
    else parts.vocabulary.add(piece);
    if (type != kControl && type != kUnknown && type != kUserDefined) continue;
    AddedToken token;
    token.content = piece;
    token.id = std::int32_t(i);
    token.special = type != kUserDefined;
    add_token(parts, std::move(token));
  }
  if (const auto twice = parts.vocabulary.index())
    fail(ErrorKind::invalid, "{}: tokenizer.ggml.tokens[{}]: {:?} stands twice", metadata.where(), *twice,
         parts.vocabulary.piece(std::size_t(*twice)));
}

void read_merges(const io::Metadata& metadata, TokenizerParts& parts) {
  const auto& merges = metadata.strings("tokenizer.ggml.merges");
  check(merges.size() <= kMostTokens, "{}: tokenizer.ggml.merges: {} are too many", metadata.where(), merges.size());
  parts.merges.reserve(merges.size());
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const std::string_view both = merges[i];
    const std::size_t blank = both.find(' ');
    check(blank != std::string_view::npos && both.find(' ', blank + 1) == std::string_view::npos,
          "{}: tokenizer.ggml.merges[{}]: expected two pieces with one blank between, found {:?}", metadata.where(), i, both);
    const std::string_view left = both.substr(0, blank), right = both.substr(blank + 1);
    const Merge m = merge_of(parts.vocabulary, left, right);
    if (m.left < 0 || m.right < 0 || m.merged < 0)
      fail(ErrorKind::invalid, "{}: tokenizer.ggml.merges[{}]: token {:?} is not in the vocabulary", metadata.where(), i,
           missing_of(m, left, right));
    parts.merges.push_back(m);
  }
}

std::optional<std::int32_t> id_of(const io::Metadata& metadata, std::string_view key, const TokenizerParts& parts) {
  if (!metadata.has(key)) return {};
  return std::int32_t(metadata.integer(key, 0, std::int64_t(parts.vocabulary.size()) - 1));
}

// The end of text must never be shown or stay as letters, whatever its type says.
void name_tokens(const io::Metadata& metadata, TokenizerParts& parts) {
  parts.bos = id_of(metadata, "tokenizer.ggml.bos_token_id", parts);
  parts.eos = id_of(metadata, "tokenizer.ggml.eos_token_id", parts);
  parts.unknown = id_of(metadata, "tokenizer.ggml.unknown_token_id", parts);
  parts.padding = id_of(metadata, "tokenizer.ggml.padding_token_id", parts);
  parts.classify = id_of(metadata, "tokenizer.ggml.cls_token_id", parts);
  parts.separator = id_of(metadata, "tokenizer.ggml.seperator_token_id", parts);  // sic: the key is spelled so
  if (!parts.separator) parts.separator = id_of(metadata, "tokenizer.ggml.separator_token_id", parts);
  parts.mask = id_of(metadata, "tokenizer.ggml.mask_token_id", parts);
  if (!parts.eos || parts.special[std::size_t(*parts.eos)]) return;
  std::erase_if(parts.added, [&](const AddedToken& t) { return t.id == *parts.eos; });
  AddedToken end;
  end.content = parts.vocabulary.piece(std::size_t(*parts.eos));
  end.id = *parts.eos;
  end.special = true;
  add_token(parts, std::move(end));
}

void add_around(const io::Metadata& metadata, std::string_view key, bool otherwise, std::optional<std::int32_t> id,
                std::vector<std::int32_t>& out) {
  if (!metadata.boolean(key, otherwise)) return;
  check(id.has_value(), "{}: {} is true, but the file names no such token", metadata.where(), key);
  out.push_back(*id);
}

GgufPreTokenizer pre_tokenizer_of(const io::Metadata& metadata) {
  const std::string_view name = metadata.string("tokenizer.ggml.pre");
  const auto out = gguf_pre_tokenizer(name);
  check(out.has_value(), "{}: tokenizer.ggml.pre: {:?} is not known (known: {}); use a model with one of these", metadata.where(), name,
        gguf_pre_tokenizer_names());
  return *out;
}

void read_bpe(const io::Metadata& metadata, const GgufPreTokenizer& pre, TokenizerParts& parts) {
  parts.whole_words = pre.whole_words;
  parts.nfc = pre.nfc;
  read_merges(metadata, parts);
  name_tokens(metadata, parts);
  std::vector<std::int32_t> before, after;
  add_around(metadata, "tokenizer.ggml.add_bos_token", pre.adds_bos, parts.bos, before);
  add_around(metadata, "tokenizer.ggml.add_eos_token", false, parts.eos, after);
  frame_with(parts, before, after, false);
}

// The steps as a tokenizer.json would write them.
Json steps_of(const GgufPreTokenizer& pre) {
  Json splits = Json::array();
  for (const std::string_view pattern : pre.patterns)
    splits.push_back({{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}});
  if (!pre.characters) splits.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}});
  const Json blanks = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "\u2581"}};
  const Json marks = {{"type", "Replace"}, {"pattern", {{"String", "\u2581"}}}, {"content", " "}};
  const Json spelled = {{"type", "Sequence"}, {"decoders", Json::array({marks, {{"type", "ByteFallback"}}, {{"type", "Fuse"}}})}};
  return {{"normalizer", pre.characters ? blanks : Json()},
          {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", splits}}},
          {"decoder", pre.characters ? spelled : Json{{"type", "ByteLevel"}}}};
}

std::shared_ptr<const Tokenizer> make_by_patterns(const GgufPreTokenizer& pre, TokenizerParts parts) {
  const std::string text = dump(steps_of(pre));
  simdjson::dom::parser parser;
  const Field root{parts.where, "tokenizer.ggml.pre", parser.parse(text).value()};
  Pipeline pipeline;
  pipeline.normalizers = read_normalizers(root["normalizer"]);
  pipeline.pre_tokenizers = read_pre_tokenizers(root["pre_tokenizer"]);
  pipeline.decoders = read_decoders(root["decoder"]);
  const BpeOptions options{.unknown = parts.unknown, .byte_fallback = pre.characters, .whole_words = parts.whole_words};
  pipeline.model = [merges = std::move(parts.merges), options](const Vocabulary& vocabulary) {
    return bpe_model(vocabulary, merges, options);
  };
  return make_pipeline(std::move(parts), std::move(pipeline));
}

void read_wordpiece(const io::Metadata& metadata, TokenizerParts& parts) {
  const std::string_view name = metadata.string("tokenizer.ggml.pre", "default");
  check(name == "default" || name == "bert-bge", "{}: tokenizer.ggml.pre: {:?} is not known for bert (known: default, bert-bge)",
        metadata.where(), name);
  const bool lowercase = metadata.boolean("tokenizer.ggml.normalizer.lowercase", true);
  parts.bert = {.clean_text = true, .space_around_han = true, .strip_accents = lowercase, .lowercase = lowercase};
  name_tokens(metadata, parts);
  if (!parts.classify) parts.classify = parts.bos;
  if (!parts.separator) parts.separator = parts.eos;
  check(parts.classify && parts.separator, "{}: tokenizer.ggml.cls_token_id and seperator_token_id: expected both for bert",
        metadata.where());
  frame_with(parts, {*parts.classify}, {*parts.separator}, true);
}

}  // namespace

std::shared_ptr<const Tokenizer> tokenizer_from_gguf(const io::Metadata& metadata) {
  const std::string_view model = metadata.string("tokenizer.ggml.model");
  if (model == "llama" || model == "t5") return sentencepiece_from_gguf(metadata);
  check(model == "gpt2" || model == "gemma4" || model == "bert",
        "{}: tokenizer.ggml.model: {:?} is not known (known: gpt2, gemma4, llama, t5, bert); use a model with one of these",
        metadata.where(), model);
  TokenizerParts parts;
  parts.where = metadata.where();
  parts.wordpiece = model == "bert";
  if (parts.wordpiece) parts.continuing = "##";
  read_tokens(metadata, parts);
  if (parts.wordpiece) {
    read_wordpiece(metadata, parts);
    return make_wordpiece(std::move(parts));
  }
  const GgufPreTokenizer pre = model == "gemma4" ? *gguf_pre_tokenizer("gemma4") : pre_tokenizer_of(metadata);
  read_bpe(metadata, pre, parts);
  if (pre.scanner.empty()) return make_by_patterns(pre, std::move(parts));
  parts.splits = splits_for_gguf(pre.scanner).value();
  return make_byte_level_bpe(std::move(parts));
}

}  // namespace maru::text
