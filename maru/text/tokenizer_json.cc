// Reads tokenizer.json (the format of the Rust library "tokenizers", 0.2x). What it says is either followed exactly or refused by
// name; the stored truncation and padding are the caller's business and are left alone.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/text/pipeline.h"

namespace maru::text {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
constexpr std::size_t kLargestFile = std::size_t{256} << 20;
constexpr std::size_t kLongestWord = 10'000, kMostPieces = 0xFFFFFE, kDeepest = 64;

// Absent, or of no effect.
bool off(const Field& field) {
  if (!field.present()) return true;
  std::string_view text;
  bool flag = true;
  double number = 1;
  return (field.value->get(text) == simdjson::SUCCESS && text.empty()) || (field.value->get(flag) == simdjson::SUCCESS && !flag) ||
         (field.value->get(number) == simdjson::SUCCESS && number == 0);
}

// Model vocabulary and added tokens as one list without gaps.
void read_vocabulary(const Field& root, bool list, TokenizerParts& parts) {
  const Field vocab = root["model"]["vocab"], added = root["added_tokens"];
  std::size_t most = 0, bytes = 0;
  if (list) most = vocab.items().size();
  else
    for ([[maybe_unused]] const auto& member : vocab.members()) ++most;
  if (added.present())
    for ([[maybe_unused]] const element e : added.items()) ++most;
  check(most > 0, "{}: {}: the vocabulary is empty", root.where, vocab.path);
  const std::int64_t last = std::int64_t(std::min<std::size_t>(most, 0x7fffffff)) - 1;
  std::vector<std::string_view> pieces(most);
  std::size_t count = 0;
  const auto place = [&](const Field& field, std::string_view piece, std::int64_t id) {
    std::string_view& slot = pieces[std::size_t(id)];
    check(slot.data() == nullptr || slot == piece, "{}: {}: id {} belongs to two tokens, {:?} and {:?}", field.where, field.path, id,
          slot, piece);
    if (slot.data() == nullptr) {
      slot = piece;
      bytes += piece.size();
      count = std::max(count, std::size_t(id) + 1);
    }
  };
  if (list) {
    std::size_t i = 0;
    for (const element e : vocab.items()) {
      check(i < kMostPieces, "{}: {}: more than {} pieces", vocab.where, vocab.path, kMostPieces);
      const Field pair = vocab.item(i, e);
      const array both = pair.items();
      std::string_view piece;
      if (both.size() != 2 || both.at(0).get(piece) != simdjson::SUCCESS) pair.wrong(phrase("a piece and its score"));
      place(pair, piece, std::int64_t(i++));
    }
  } else {
    for (const auto& member : vocab.members()) {
      std::int64_t id = 0;
      if (member.value.get(id) != simdjson::SUCCESS || id < 0 || id > last)
        fail(ErrorKind::invalid, "{}: {}[{:?}]: expected an id of 0 to {} (ids have no gaps), found {}", vocab.where, vocab.path,
             member.key, last, simdjson::minify(member.value));
      check(pieces[std::size_t(id)].data() == nullptr, "{}: {}[{:?}]: id {} belongs to {:?} as well", vocab.where, vocab.path, member.key,
            id, pieces[std::size_t(id)]);
      place(vocab, member.key, id);
    }
  }
  std::vector<AddedToken> tokens;
  std::size_t i = 0;
  if (added.present())
    for (const element e : added.items()) {
      const Field token = added.item(i++, e);
      AddedToken out;
      out.content = token["content"].string();
      out.id = std::int32_t(token["id"].integer(0, last));
      out.special = token["special"].boolean_or(false);
      out.single_word = token["single_word"].boolean_or(false);
      out.strip_left = token["lstrip"].boolean_or(false);
      out.strip_right = token["rstrip"].boolean_or(false);
      out.normalized = token["normalized"].boolean_or(!out.special);
      place(token, token["content"].string(), out.id);
      tokens.push_back(std::move(out));
    }
  parts.vocabulary.reserve(count, bytes);
  for (std::size_t id = 0; id < count; ++id) {
    check(pieces[id].data() != nullptr, "{}: {}: no token has id {}, yet the largest id is {}", vocab.where, vocab.path, id, count - 1);
    parts.vocabulary.add(pieces[id]);
  }
  if (const auto twice = parts.vocabulary.index())
    fail(ErrorKind::invalid, "{}: {}: {:?} stands twice, the second time with id {}", vocab.where, vocab.path,
         parts.vocabulary.piece(std::size_t(*twice)), *twice);
  parts.special.resize(count);
  for (AddedToken& token : tokens) add_token(parts, std::move(token));
}

// A list of TemplateProcessing: special tokens and each of the texts A, B once.
std::vector<FrameItem> read_template(const Field& list, const Field& specials, bool pair, const TokenizerParts& parts) {
  std::vector<FrameItem> out;
  std::array<bool, 2> seen{};
  std::size_t i = 0;
  for (const element e : list.items()) {
    const Field item = list.item(i++, e);
    const bool text = item["Sequence"].present();
    const Field what = text ? item["Sequence"] : item["SpecialToken"];
    const std::int32_t type = what["type_id"].present() ? std::int32_t(what["type_id"].integer(0, 0xffff)) : 0;
    const std::string_view id = what["id"].string();
    if (text) {
      check(id == "A" || (pair && id == "B"), "{}: {}: expected {}, found {:?}", item.where, item.path, pair ? "A or B" : "A", id);
      check(!seen[id == "B"], "{}: {}: expected the text {} exactly once", item.where, item.path, id);
      seen[id == "B"] = true;
      out.push_back({.text = id == "B", .type = type});
      continue;
    }
    const Field ids = specials[id]["ids"];
    std::size_t k = 0;
    for (const element token : ids.items())
      out.push_back({.id = std::int32_t(ids.item(k++, token).integer(0, std::int64_t(parts.vocabulary.size()) - 1)), .type = type});
  }
  check(seen[0], "{}: {}: expected the text {} exactly once, found none", list.where, list.path, "A");
  check(seen[1] || !pair, "{}: {}: expected the text {} exactly once, found none", list.where, list.path, "B");
  return out;
}

// ["[SEP]", 102]
std::int32_t named_token(const Field& pair, const TokenizerParts& parts) {
  std::size_t i = 0;
  std::string_view piece;
  std::int64_t id = -1;
  for (const element e : pair.items()) {
    const Field item = pair.item(i, e);
    if (i == 0) piece = item.string();
    if (i == 1) id = item.integer(0, std::int64_t(parts.vocabulary.size()) - 1);
    ++i;
  }
  if (i != 2) pair.wrong(phrase("a token and its id"));
  const std::int32_t known = token_id(parts, pair, piece);
  check(known == id, "{}: {}: token {:?} has id {}, not {}", pair.where, pair.path, piece, known, id);
  return std::int32_t(id);
}

void read_post_processor(const Field& root, TokenizerParts& parts) {
  bool framed = false;
  for (const Field& step : flattened(root["post_processor"], "processors")) {
    const std::string_view type = step["type"].string();
    if (type == "ByteLevel" || type == "RobertaProcessing") {
      parts.trim_offsets = step["trim_offsets"].boolean_or(true);
      parts.keep_added_space = step["add_prefix_space"].boolean_or(true);
    }
    if (type == "ByteLevel") continue;
    check(!framed, "{}: {}: a step before it adds special tokens already; expected one that does", step.where, step.path);
    framed = true;
    if (type == "TemplateProcessing") {
      parts.single = read_template(step["single"], step["special_tokens"], false, parts);
      if (step["pair"].present()) parts.pair = read_template(step["pair"], step["special_tokens"], true, parts);
    } else if (type == "BertProcessing") {
      frame_with(parts, {named_token(step["cls"], parts)}, {named_token(step["sep"], parts)}, true);
    } else if (type == "RobertaProcessing") {
      const std::int32_t cls = named_token(step["cls"], parts), sep = named_token(step["sep"], parts);
      parts.single = {{.id = cls}, {.text = 0}, {.id = sep}};
      parts.pair = {{.id = cls}, {.text = 0}, {.id = sep}, {.id = sep}, {.text = 1}, {.id = sep}};
    } else {
      step["type"].unknown(type, "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence");
    }
  }
}

// BERT's own tokenizer goes the fast way. False: not one of these, and nothing was read.
bool read_fast_wordpiece(const Field& root, TokenizerParts& parts) {
  const Field model = root["model"], splitter = root["pre_tokenizer"], decoder = root["decoder"];
  const std::string continuing(model["continuing_subword_prefix"].string_or("##"));
  const auto normalizers = flattened(root["normalizer"], "normalizers");
  if (normalizers.size() > 1 || (!normalizers.empty() && normalizers[0]["type"].string() != "BertNormalizer")) return false;
  if (!splitter.present() || splitter["type"].string() != "BertPreTokenizer") return false;
  if (!decoder.present() || decoder["type"].string() != "WordPiece" || decoder["prefix"].string_or("##") != continuing) return false;
  parts.wordpiece = true;
  parts.unknown = token_id(parts, model["unk_token"], model["unk_token"].string_or("[UNK]"));
  parts.continuing = continuing;
  parts.longest_word = std::size_t(model["max_input_chars_per_word"].integer_or(100, 1, std::int64_t(kLongestWord)));
  if (!normalizers.empty()) parts.bert = read_bert_normalizer(normalizers[0]);
  parts.cleanup = decoder["cleanup"].boolean_or(true);
  return true;
}

// The splits before and of a ByteLevel step that the fast way can do, or nothing.
std::optional<std::vector<Split>> fast_splits(const Field& pre_tokenizer, bool& prefix_space) {
  const std::vector<Field> steps = flattened(pre_tokenizer, "pretokenizers");
  if (steps.empty() || steps.back()["type"].string() != "ByteLevel") return {};
  std::vector<Split> out;
  for (const Field& step : steps) {
    const std::string_view type = step["type"].string();
    if (type == "ByteLevel") {
      prefix_space = step["add_prefix_space"].boolean_or(true);
      if (prefix_space && steps.size() > 1) return {};
      if (step["use_regex"].boolean_or(true)) out.push_back(gpt2_split());
    } else if (type == "Digits") {
      out.push_back(digits_split(step["individual_digits"].boolean_or(false)));
    } else if (type == "Split" && step["pattern"]["Regex"].present()) {
      const auto split = split_for_regex(step["pattern"]["Regex"].string());
      const std::string_view behavior = step["behavior"].string();
      const bool invert = step["invert"].boolean_or(false);
      if (!split || (!(behavior == "Isolated" && !invert) && !(behavior == "Removed" && invert))) return {};
      out.push_back(*split);
    } else {
      return {};
    }
    if (&step != &steps.back() && type == "ByteLevel") return {};
  }
  return out;
}

bool read_fast_byte_level(const Field& root, TokenizerParts& parts) {
  const Field model = root["model"];
  for (const std::string_view name : {"dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"})
    if (!off(model[name])) return false;
  const auto normalizers = flattened(root["normalizer"], "normalizers");
  for (const Field& step : normalizers)
    if (step["type"].string() != "NFC") return false;
  const auto decoders = flattened(root["decoder"], "decoders");
  if (decoders.size() != 1 || decoders[0]["type"].string() != "ByteLevel") return false;
  auto splits = fast_splits(root["pre_tokenizer"], parts.prefix_space);
  if (!splits) return false;
  parts.splits = std::move(*splits);
  parts.nfc = !normalizers.empty();
  parts.whole_words = model["ignore_merges"].boolean_or(false);
  parts.fuse_unknown = model["fuse_unk"].boolean_or(false);
  if (model["unk_token"].present()) {
    parts.unknown = token_id(parts, model["unk_token"], model["unk_token"].string());
    parts.unknown_for_bytes = true;
  }
  parts.merges = read_merges(model, parts.vocabulary, {});
  return true;
}

// The tokens by their customary spellings; tokenizer_config.json, where there is one, says it better.
void name_tokens(const Field& root, TokenizerParts& parts) {
  const auto customary = [&](std::string_view piece) -> std::optional<std::int32_t> {
    const std::int32_t id = parts.vocabulary.find(piece);
    return id >= 0 && parts.special[std::size_t(id)] ? std::optional(id) : std::nullopt;
  };
  parts.mask = customary("[MASK]");
  if (!parts.mask) parts.mask = customary("<mask>");
  parts.classify = customary("[CLS]");
  parts.separator = customary("[SEP]");
  const Field padding = root["padding"];
  if (!padding.present() || !padding["pad_token"].present()) return;
  parts.padding = token_id(parts, padding["pad_token"], padding["pad_token"].string());
}

// Files written before the field existed are told apart by what they hold, as the reference does it.
std::string_view model_type(const Field& model) {
  if (model["type"].present()) {
    const std::string_view type = model["type"].string();
    if (type != "WordPiece" && type != "BPE" && type != "Unigram" && type != "WordLevel")
      model["type"].unknown(type, "BPE, WordPiece, WordLevel, Unigram");
    return type;
  }
  if (model["merges"].present()) return "BPE";
  if (model["vocab"].present() && model["vocab"].value->is_array()) return "Unigram";
  return model["continuing_subword_prefix"].present() ? "WordPiece" : "WordLevel";
}

// What a file says; `pipeline` holds the parts where neither fast way reads it.
struct Read {
  TokenizerParts parts;
  std::optional<Pipeline> pipeline;
};

Read read(std::string_view json, std::string_view where_name) {
  const std::string where(where_name);
  if (json.size() > kLargestFile)
    fail(ErrorKind::limit, "{}: {} bytes, more than the {} a tokenizer may have", where, json.size(), kLargestFile);
  simdjson::dom::parser parser;
  element top;
  if (const auto error = parser.allocate(json.size(), kDeepest); error != simdjson::SUCCESS)
    fail(ErrorKind::limit, "{}: no memory to read {} bytes of JSON", where, json.size());
  if (const auto error = parser.parse(json.data(), json.size(), true).get(top); error != simdjson::SUCCESS)
    fail(ErrorKind::invalid, "{}: not valid JSON ({}); the file may be cut: get it again", where, simdjson::error_message(error));
  const Field root{where, "", top};
  Read out;
  TokenizerParts& parts = out.parts;
  parts.where = where;
  if (const Field version = root["version"]; version.present() && version.string() != "1.0") version.unknown(version.string(), "1.0");
  const Field model = root["model"];
  const std::string_view type = model_type(model);
  read_vocabulary(root, type == "Unigram", parts);
  const bool fast = (type == "WordPiece" && read_fast_wordpiece(root, parts)) || (type == "BPE" && read_fast_byte_level(root, parts));
  read_post_processor(root, parts);
  if (!fast) {
    out.pipeline.emplace();
    out.pipeline->normalizers = read_normalizers(root["normalizer"]);
    out.pipeline->pre_tokenizers = read_pre_tokenizers(root["pre_tokenizer"]);
    out.pipeline->decoders = read_decoders(root["decoder"]);
    out.pipeline->model = read_model(model, type, parts);
  }
  name_tokens(root, parts);
  return out;
}

std::shared_ptr<const Tokenizer> built(Read read) {
  if (read.pipeline) return make_pipeline(std::move(read.parts), std::move(*read.pipeline));
  return read.parts.wordpiece ? make_wordpiece(std::move(read.parts)) : make_byte_level_bpe(std::move(read.parts));
}

// "bos_token": "<s>" or {"content": "<s>", …}
void read_config(const std::filesystem::path& path, TokenizerParts& parts) {
  const std::string where = path.string();
  const Json config = parse_json(read_file(path, std::size_t{16} << 20), where);
  check(config.is_object(), "{}: expected an object", where);
  const auto token = [&](const char* name, std::optional<std::int32_t>& out) {
    if (!config.contains(name) || config[name].is_null()) return;
    const Json& value = config[name].is_object() && config[name].contains("content") ? config[name]["content"] : config[name];
    check(value.is_string(), "{}: {}: expected a string or an object with content", where, name);
    const auto piece = value.get<std::string>();
    const std::int32_t id = parts.vocabulary.find(piece);
    check(id >= 0, "{}: {}: token {:?} is not in the vocabulary of {}", where, name, piece, parts.where);
    out = id;
  };
  token("bos_token", parts.bos);
  token("eos_token", parts.eos);
  token("pad_token", parts.padding);
  token("cls_token", parts.classify);
  token("sep_token", parts.separator);
  token("mask_token", parts.mask);
  std::optional<std::int32_t> unknown;
  token("unk_token", unknown);
  if (!parts.unknown) parts.unknown = unknown;
}

}  // namespace

std::shared_ptr<const Tokenizer> tokenizer_from_json_text(std::string_view json, std::string_view where) {
  return built(read(json, where));
}

std::shared_ptr<const Tokenizer> tokenizer_from_json(const std::filesystem::path& tokenizer_json) {
  Read out = read(read_file(tokenizer_json, kLargestFile), tokenizer_json.string());
  const std::filesystem::path config = tokenizer_json.parent_path() / "tokenizer_config.json";
  std::error_code ignored;
  if (std::filesystem::exists(config, ignored)) read_config(config, out.parts);
  return built(std::move(out));
}

}  // namespace maru::text
