// Which file of a folder is its tokenizer, and how the families that ship bare SentencePiece files number and frame their tokens.
// Facts: transformers' tokenizers of Llama, T5, XLM-R (the order of fairseq) and Marian.
#include "maru/text/tokenizer_folder.h"

#include <array>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/text/sentencepiece.h"

namespace maru::text {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kLargestModel = std::size_t{256} << 20, kLargestJson = std::size_t{64} << 20;
constexpr std::array<std::string_view, 3> kFiles = {"spiece.model", "sentencepiece.bpe.model", "tokenizer.model"};

Json json_of(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return Json::object();
  Json out = parse_json(read_file(path, kLargestJson), path.string());
  check(out.is_object(), "{}: expected an object", path.string());
  return out;
}
std::string text_or(const Json& json, const char* name, std::string otherwise) {
  return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : otherwise;
}
bool flag_or(const Json& json, const char* name, bool otherwise) {
  return json.contains(name) && json[name].is_boolean() ? json[name].get<bool>() : otherwise;
}

enum class Family { plain, llama, t5, xlm_roberta };

Family family_of(const fs::path& folder, const Json& config) {
  const std::string kind = text_or(config, "tokenizer_class", ""), model = text_or(json_of(folder / "config.json"), "model_type", "");
  const auto named = [&](std::string_view name) {
    return kind == std::string(name) + "Tokenizer" || kind == std::string(name) + "TokenizerFast";
  };
  if (named("Llama") || named("CodeLlama") || (kind.empty() && (model == "llama" || model == "mistral"))) return Family::llama;
  if (named("T5") || named("MT5") || (kind.empty() && (model == "t5" || model == "mt5" || model == "umt5"))) return Family::t5;
  if (named("XLMRoberta") || (kind.empty() && model == "xlm-roberta")) return Family::xlm_roberta;
  for (const char* other : {"MBart", "MBart50", "Nllb", "Camembert", "Barthez", "XGLM", "Pegasus", "BigBird", "Albert", "XLNet", "DebertaV2"})
    check(!named(other),
          "{}: the tokenizer {} has no tokenizer.json, and its way to number SentencePiece's pieces is not known here; save it as tokenizer.json "
          "with the reference library",
          folder.string(), kind);
  return Family::plain;
}

std::shared_ptr<const Tokenizer> framed(SentencePieceModel model, const std::vector<std::int32_t>& before,
                                        const std::vector<std::int32_t>& after) {
  TokenizerParts parts;
  frame_with(parts, before, after, false);
  return make_sentencepiece(std::move(model), std::move(parts));
}

std::shared_ptr<const Tokenizer> llama(SentencePieceModel model, const Json& config) {
  std::vector<std::int32_t> before, after;
  if (flag_or(config, "add_bos_token", true) && model.bos >= 0) before = {model.bos};
  if (flag_or(config, "add_eos_token", false) && model.eos >= 0) after = {model.eos};
  return framed(std::move(model), before, after);
}

// The tokens that stand for cut-out spans follow the file's pieces, the last one first.
std::shared_ptr<const Tokenizer> t5(SentencePieceModel model, const Json& config) {
  bool has_extra = false;
  for (const SentencePiece& piece : model.pieces) has_extra = has_extra || piece.text == "<extra_id_0>";
  std::int64_t extra = 100;
  if (config.contains("extra_ids") && config["extra_ids"].is_number_integer()) extra = config["extra_ids"].get<std::int64_t>();
  check(extra >= 0 && extra <= 10000, "{}: extra_ids: expected 0 to 10000, found {}", model.where, extra);
  for (std::int64_t k = has_extra ? 0 : extra; k-- > 0;)
    model.pieces.push_back({"<extra_id_" + std::to_string(k) + ">", 0, SentencePieceType::control});
  const std::vector<std::int32_t> after = {model.eos};
  check(model.eos >= 0, "{}: it names no end of text", model.where);
  return framed(std::move(model), {}, after);
}

// <s> <pad> </s> <unk>, then the pieces from the fourth on, then <mask>.
std::shared_ptr<const Tokenizer> xlm_roberta(SentencePieceModel model) {
  check(model.pieces.size() > 3 && model.pieces[0].text == "<unk>" && model.pieces[1].text == "<s>" && model.pieces[2].text == "</s>",
        "{}: expected the pieces <unk>, <s>, </s> first, as XLM-R has them", model.where);
  TokenizerParts parts;
  parts.where = model.where;
  for (const char* token : {"<s>", "<pad>", "</s>", "<unk>"}) parts.vocabulary.add(token);
  std::vector<std::int32_t> ids = {3, 0, 2};
  for (std::size_t i = 3; i < model.pieces.size(); ++i) {
    parts.vocabulary.add(model.pieces[i].text);
    ids.push_back(std::int32_t(i) + 1);
  }
  const auto mask = std::int32_t(model.pieces.size()) + 1;
  parts.vocabulary.add("<mask>");
  if (const auto twice = parts.vocabulary.index())
    fail(ErrorKind::invalid, "{}: the piece {:?} stands twice", model.where, parts.vocabulary.piece(std::size_t(*twice)));
  parts.special.resize(parts.vocabulary.size());
  for (const std::int32_t id : {0, 1, 2, 3, mask})
    add_token(parts, {.content = std::string(parts.vocabulary.piece(std::size_t(id))), .id = id, .special = true, .strip_left = id == mask});
  parts.bos = parts.classify = 0, parts.padding = 1, parts.eos = parts.separator = 2, parts.unknown = 3, parts.mask = mask;
  parts.single = {{.id = 0}, {.text = 0}, {.id = 2}};
  parts.pair = {{.id = 0}, {.text = 0}, {.id = 2}, {.id = 2}, {.text = 1}, {.id = 2}};
  return make_sentencepiece(std::move(model), std::move(parts), std::move(ids));
}

// vocab.json numbers the pieces of both languages; ">>fra<<" in the text asks for a language.
std::shared_ptr<const Tokenizer> marian(const fs::path& folder) {
  const fs::path source = folder / "source.spm";
  SentencePieceModel model = sentencepiece_from_bytes(read_file(source, kLargestModel), source.string());
  const fs::path path = folder / "vocab.json";
  const Json numbers = json_of(path);
  std::vector<std::string> spelled(numbers.size());
  for (const auto& [piece, id] : numbers.items()) {
    check(id.is_number_integer() && id.get<std::int64_t>() >= 0 && id.get<std::int64_t>() < std::int64_t(numbers.size()) && !piece.empty(),
          "{}: {:?}: expected an id of 0 to {} (ids have no gaps)", path.string(), piece, numbers.size() - 1);
    std::string& place = spelled[id.get<std::size_t>()];
    check(place.empty(), "{}: the id {} belongs to {:?} and {:?}", path.string(), id.get<std::size_t>(), place, piece);
    place = piece;
  }
  TokenizerParts parts;
  parts.where = path.string();
  for (const std::string& piece : spelled) parts.vocabulary.add(piece);
  parts.vocabulary.index();
  parts.special.resize(spelled.size());
  const auto token = [&](const char* name) {
    const std::int32_t id = parts.vocabulary.find(name);
    check(id >= 0, "{}: token {:?} is not in the vocabulary", path.string(), name);
    add_token(parts, {.content = name, .id = id, .special = true});
    return id;
  };
  parts.eos = token("</s>"), parts.unknown = token("<unk>"), parts.padding = token("<pad>");
  for (std::size_t id = 0; id < spelled.size(); ++id)
    if (spelled[id].size() > 4 && spelled[id].starts_with(">>") && spelled[id].ends_with("<<"))
      parts.added.push_back({.content = spelled[id], .id = std::int32_t(id)});
  std::vector<std::int32_t> ids;
  for (const SentencePiece& piece : model.pieces) {
    const std::int32_t id = parts.vocabulary.find(piece.text);
    ids.push_back(id >= 0 ? id : *parts.unknown);
  }
  parts.single = {{.text = 0}, {.id = *parts.eos}};
  parts.pair = {{.text = 0}, {.text = 1}, {.id = *parts.eos}};
  return make_sentencepiece(std::move(model), std::move(parts), std::move(ids));
}

bool present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

}  // namespace

bool has_tokenizer(const fs::path& folder) {
  if (present(folder / "tokenizer.json") || (present(folder / "source.spm") && present(folder / "vocab.json"))) return true;
  for (const std::string_view name : kFiles)
    if (present(folder / name)) return true;
  return false;
}

std::shared_ptr<const Tokenizer> tokenizer_from_folder(const fs::path& folder) {
  if (present(folder / "tokenizer.json")) return tokenizer_from_json(folder / "tokenizer.json");
  if (present(folder / "source.spm") && present(folder / "vocab.json")) return marian(folder);
  for (const std::string_view name : kFiles) {
    const fs::path path = folder / name;
    if (!present(path)) continue;
    SentencePieceModel model = sentencepiece_from_bytes(read_file(path, kLargestModel), path.string());
    const Json config = json_of(folder / "tokenizer_config.json");
    switch (family_of(folder, config)) {
      case Family::llama: return llama(std::move(model), config);
      case Family::t5: return t5(std::move(model), config);
      case Family::xlm_roberta: return xlm_roberta(std::move(model));
      case Family::plain: return make_sentencepiece(std::move(model), {});
    }
  }
  fail(ErrorKind::not_found, "{}: no tokenizer.json, no SentencePiece file (spiece.model, tokenizer.model, sentencepiece.bpe.model) and no "
       "source.spm with vocab.json", folder.string());
}

}  // namespace maru::text
