// The two spellings of a tokenizer. GGUF names the splitting of text ("smollm"), tokenizer.json spells it out; the table below knows both.
#include "maru/convert/tokenizer.h"

#include <algorithm>
#include <map>

#include "maru/base/file.h"

namespace maru::convert {
namespace {

constexpr std::size_t kMostJson = std::size_t{256} << 20;
constexpr std::string_view kWordBegins = "\xE2\x96\x81";  // ▁

enum TokenType : std::int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5 };

// A splitting by its name in GGUF: digits apart or not, and a regular expression, empty for GPT-2's own.
struct Splitting {
  std::string_view name;
  bool digits;
  std::string_view regex;
  bool whole_words = false;   // a word that is in the vocabulary is one token, whatever the merges say
  bool nfc = false;
};
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr Splitting kSplittings[] = {{"gpt-2", false, ""}, {"smollm", true, ""}, {"llama-bpe", false, kLlama3, true}, {"qwen2", false, kQwen2, false, true}};

const Splitting* splitting_by_name(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> same[] = {{"gpt2", "gpt-2"},        {"starcoder", "smollm"},   {"refact", "smollm"},
                                                                    {"command-r", "smollm"}, {"llama3", "llama-bpe"}, {"llama-v3", "llama-bpe"}};
  for (const auto& [other, known] : same)
    if (name == other) name = known;
  for (const Splitting& s : kSplittings)
    if (s.name == name) return &s;
  return nullptr;
}

// ---- tokenizer.json -> GGUF

Json read_json(const std::filesystem::path& path) { return parse_json(read_file(path, kMostJson), path.string()); }

std::string text_of(const Json& object, std::string_view key) {
  const auto at = object.find(std::string(key));
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

bool truth_of(const Json& object, std::string_view key, bool otherwise) {
  const auto at = object.find(std::string(key));
  return at != object.end() && at->is_boolean() ? at->get<bool>() : otherwise;
}

// What a pre-tokenizer does, as far as GGUF has words for it. False for a part that it has none for.
bool add_step(const Json& step, bool& digits, std::string& regex, bool& gpt2) {
  const std::string type = text_of(step, "type");
  if (type == "Sequence") {
    for (const Json& part : step.value("pretokenizers", Json::array()))
      if (!add_step(part, digits, regex, gpt2)) return false;
    return true;
  }
  if (type == "Digits") return digits = truth_of(step, "individual_digits", false);
  if (type == "Split") {
    const Json pattern = step.value("pattern", Json::object());
    regex = text_of(pattern, "Regex");
    return !regex.empty() && text_of(step, "behavior") == "Isolated" && !truth_of(step, "invert", false);
  }
  if (type == "ByteLevel") {
    gpt2 = truth_of(step, "use_regex", true);
    return !truth_of(step, "add_prefix_space", true);
  }
  return false;
}

const Splitting* splitting_of(const Json& tokenizer) {
  bool digits = false, gpt2 = false;
  std::string regex;
  if (!tokenizer.contains("pre_tokenizer") || !add_step(tokenizer["pre_tokenizer"], digits, regex, gpt2)) return nullptr;
  for (const Splitting& s : kSplittings)
    if (s.digits == digits && s.regex == regex && gpt2 == s.regex.empty()) return &s;
  return nullptr;
}

// "<s>", or {"content": "<s>", …}.
std::string token_text(const Json& config, const std::string& key) {
  const auto at = config.find(key);
  if (at == config.end()) return {};
  return at->is_object() ? text_of(*at, "content") : at->is_string() ? at->get<std::string>() : std::string();
}

struct Pieces {
  std::vector<std::string> texts;
  std::vector<std::int32_t> types;
  std::map<std::string, std::int32_t> ids;
};

Pieces pieces_of(const Json& tokenizer, const std::filesystem::path& where, std::int64_t vocabulary) {
  Pieces pieces;
  pieces.texts.resize(std::size_t(vocabulary));
  pieces.types.assign(std::size_t(vocabulary), kUnused);
  const auto add = [&](const std::string& text, const Json& id, std::int32_t type) {
    check(id.is_number_integer() && id.get<std::int64_t>() >= 0 && id.get<std::int64_t>() < vocabulary,
          "{}: the id of {:?} is {}, expected 0 to {}, as the model has words", where.string(), text, dump(id), vocabulary - 1);
    const auto number = id.get<std::int32_t>();
    pieces.texts[std::size_t(number)] = text;
    pieces.types[std::size_t(number)] = type;
    pieces.ids[text] = number;
  };
  const Json& vocab = tokenizer.at("model").at("vocab");
  check(vocab.is_object(), "{}: model.vocab: expected an object", where.string());
  for (const auto& [text, id] : vocab.items()) add(text, id, kNormal);
  for (const Json& token : tokenizer.value("added_tokens", Json::array()))
    add(text_of(token, "content"), token.value("id", Json()), truth_of(token, "special", false) ? kControl : kUserDefined);
  for (std::size_t i = 0; i < pieces.texts.size(); ++i)
    if (pieces.types[i] == kUnused) pieces.texts[i] = fmt::format("[PAD{}]", i);
  return pieces;
}

void add_named_tokens(std::vector<io::GgufEntry>& out, const Json& config, const Pieces& pieces) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {{"bos_token", "bos"},     {"eos_token", "eos"}, {"unk_token", "unknown"},
                                                                     {"pad_token", "padding"}, {"cls_token", "cls"}, {"sep_token", "seperator"},
                                                                     {"mask_token", "mask"}};  // "seperator": the key is spelled so
  for (const auto& [json, gguf] : names)
    if (const auto at = pieces.ids.find(token_text(config, std::string(json))); at != pieces.ids.end())
      out.push_back(io::gguf_u32(fmt::format("tokenizer.ggml.{}_token_id", gguf), std::uint32_t(at->second)));
}

void add_bpe(std::vector<io::GgufEntry>& out, const Json& tokenizer, const std::filesystem::path& where) {
  const Splitting* const splitting = splitting_of(tokenizer);
  check(splitting, "{}: pre_tokenizer: GGUF has no name that this program knows for such a splitting; it knows gpt-2, smollm, llama-bpe and qwen2",
        where.string());
  out.push_back(io::gguf_text("tokenizer.ggml.model", "gpt2"));
  out.push_back(io::gguf_text("tokenizer.ggml.pre", splitting->name));
  std::vector<std::string> merges;
  for (const Json& merge : tokenizer.at("model").value("merges", Json::array())) {
    check(merge.is_string() || (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()),
          "{}: model.merges[{}]: expected \"left right\" or [left, right]", where.string(), merges.size());
    merges.push_back(merge.is_string() ? merge.get<std::string>() : merge[0].get<std::string>() + " " + merge[1].get<std::string>());
  }
  out.push_back(io::gguf_texts("tokenizer.ggml.merges", merges));
}

// A GGUF spells word beginnings "▁word" and continuations bare.
void add_wordpiece(std::vector<io::GgufEntry>& out, const Json& tokenizer, Pieces& pieces, const std::filesystem::path& where) {
  const Json normalizer = tokenizer.value("normalizer", Json::object());
  check(text_of(normalizer, "type") == "BertNormalizer" && text_of(tokenizer.at("model"), "continuing_subword_prefix") == "##",
        "{}: GGUF knows WordPiece only with BertNormalizer and ##", where.string());
  out.push_back(io::gguf_text("tokenizer.ggml.model", "bert"));
  out.push_back(io::gguf_text("tokenizer.ggml.pre", "default"));
  out.push_back(io::gguf_boolean("tokenizer.ggml.normalizer.lowercase", truth_of(normalizer, "lowercase", true)));
  out.push_back(io::gguf_u32("tokenizer.ggml.token_type_count", 2));
  for (std::size_t i = 0; i < pieces.texts.size(); ++i) {
    std::string& text = pieces.texts[i];
    if (pieces.types[i] != kNormal || (text.starts_with('[') && text.ends_with(']'))) continue;
    text = text.starts_with("##") ? text.substr(2) : std::string(kWordBegins) + text;
  }
}

}  // namespace

std::vector<io::GgufEntry> gguf_tokenizer(const std::filesystem::path& folder, std::int64_t vocabulary, std::vector<Phrase>& notes) {
  const std::filesystem::path where = folder / "tokenizer.json";
  check(std::filesystem::exists(where), "{}: has no tokenizer.json, which a GGUF takes its tokens from", folder.string());
  const Json tokenizer = read_json(where);
  const Json config = std::filesystem::exists(folder / "tokenizer_config.json") ? read_json(folder / "tokenizer_config.json") : Json::object();
  check(tokenizer.is_object() && tokenizer.contains("model") && tokenizer["model"].is_object() && tokenizer["model"].contains("vocab"),
        "{}: model.vocab: expected an object", where.string());
  const std::string type = text_of(tokenizer["model"], "type");
  Pieces pieces = pieces_of(tokenizer, where, vocabulary);
  std::vector<io::GgufEntry> out;
  if (type == "BPE") add_bpe(out, tokenizer, where);
  else if (type == "WordPiece") add_wordpiece(out, tokenizer, pieces, where);
  else fail(ErrorKind::invalid, "{}: model.type is {:?}: this program converts BPE and WordPiece", where.string(), type);
  out.push_back(io::gguf_texts("tokenizer.ggml.tokens", pieces.texts));
  out.push_back(io::gguf_i32s("tokenizer.ggml.token_type", pieces.types));
  add_named_tokens(out, config, pieces);
  if (type == "BPE") out.push_back(io::gguf_boolean("tokenizer.ggml.add_bos_token", truth_of(config, "add_bos_token", false)));
  const std::filesystem::path template_file = folder / "chat_template.jinja";
  const std::string chat = std::filesystem::exists(template_file) ? read_file(template_file, 16 << 20) : text_of(config, "chat_template");
  if (!chat.empty()) out.push_back(io::gguf_text("tokenizer.chat_template", chat));
  else if (config.contains("chat_template") && config["chat_template"].is_array())
    notes.push_back(phrase("the chat templates of tokenizer_config.json are several, and a GGUF takes one: none was written"));
  return out;
}

// ---- GGUF -> tokenizer.json

namespace {

Json added_token(const std::string& text, std::int32_t id, bool special) {
  return {{"id", id}, {"content", text}, {"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", false}, {"special", special}};
}

Json byte_level(bool use_regex) { return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}}; }

Json pre_tokenizer_of(const Splitting& s) {
  Json steps = Json::array();
  if (s.digits) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
  if (!s.regex.empty()) steps.push_back({{"type", "Split"}, {"pattern", {{"Regex", s.regex}}}, {"behavior", "Isolated"}, {"invert", false}});
  steps.push_back(byte_level(s.regex.empty()));
  return steps.size() == 1 ? steps[0] : Json{{"type", "Sequence"}, {"pretokenizers", steps}};
}

// [CLS] text [SEP], or BOS text, as the file's keys say.
Json template_of(const std::vector<std::pair<std::string, std::int32_t>>& before, const std::vector<std::pair<std::string, std::int32_t>>& after) {
  const auto special = [](const std::string& text, int type) { return Json{{"SpecialToken", {{"id", text}, {"type_id", type}}}}; };
  Json single = Json::array(), pair = Json::array(), tokens = Json::object();
  for (const auto& [text, id] : before) single.push_back(special(text, 0));
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  for (const auto& [text, id] : after) single.push_back(special(text, 0));
  pair = single;
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
  for (const auto& [text, id] : after) pair.push_back(special(text, 1));
  for (const auto* list : {&before, &after})
    for (const auto& [text, id] : *list) tokens[text] = {{"id", text}, {"ids", {id}}, {"tokens", {text}}};
  return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", tokens}};
}

}  // namespace

JsonTokenizer json_tokenizer(const io::Metadata& gguf) {
  const std::string_view model = gguf.string("tokenizer.ggml.model");
  check(model == "gpt2" || model == "bert", "{}: tokenizer.ggml.model is {:?}: this program converts gpt2 and bert", gguf.where(), model);
  const bool wordpiece = model == "bert";
  const auto& texts = gguf.strings("tokenizer.ggml.tokens");
  const auto* types = gguf.has("tokenizer.ggml.token_type") ? &gguf.integers("tokenizer.ggml.token_type") : nullptr;
  Json vocab = Json::object(), added = Json::array();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string text(texts[i]);
    const std::int64_t type = types ? (*types)[i] : std::int64_t(kNormal);
    if (wordpiece && type == kNormal && !(text.starts_with('[') && text.ends_with(']')))
      text = text.starts_with(kWordBegins) ? text.substr(kWordBegins.size()) : "##" + text;
    vocab[text] = i;
    if (type == kControl || type == kUserDefined || type == kUnknown) added.push_back(added_token(text, std::int32_t(i), type != kUserDefined));
  }
  Json config = Json::object();
  const auto named = [&](std::string_view gguf_name, const std::string& json_name) -> std::vector<std::pair<std::string, std::int32_t>> {
    const std::string key = fmt::format("tokenizer.ggml.{}_token_id", gguf_name);
    if (!gguf.has(key)) return {};
    const auto id = gguf.integer(key, 0, std::int64_t(texts.size()) - 1);
    config[json_name] = texts[std::size_t(id)];
    return {{std::string(texts[std::size_t(id)]), std::int32_t(id)}};
  };
  const auto bos = named("bos", "bos_token"), eos = named("eos", "eos_token");
  named("unknown", "unk_token");
  named("padding", "pad_token");
  named("mask", "mask_token");
  const auto classify = named("cls", "cls_token"), separator = named("seperator", "sep_token");
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  if (gguf.has("tokenizer.chat_template")) config["chat_template"] = gguf.string("tokenizer.chat_template");

  Json out{{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}, {"added_tokens", added}, {"normalizer", nullptr}};
  if (wordpiece) {
    const bool lowercase = gguf.boolean("tokenizer.ggml.normalizer.lowercase", true);
    out["normalizer"] = {{"type", "BertNormalizer"}, {"clean_text", true}, {"handle_chinese_chars", true}, {"strip_accents", nullptr}, {"lowercase", lowercase}};
    out["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
    out["post_processor"] = template_of(classify.empty() ? bos : classify, separator.empty() ? eos : separator);
    out["decoder"] = {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}};
    out["model"] = {{"type", "WordPiece"}, {"unk_token", config.value("unk_token", "[UNK]")}, {"continuing_subword_prefix", "##"},
                    {"max_input_chars_per_word", 100}, {"vocab", vocab}};
    return {out, config};
  }
  const std::string_view name = gguf.string("tokenizer.ggml.pre");
  const Splitting* const splitting = splitting_by_name(name);
  check(splitting, "{}: tokenizer.ggml.pre is {:?}: this program can spell gpt-2, smollm, llama-bpe and qwen2 out as a tokenizer.json", gguf.where(), name);
  const bool adds_bos = gguf.boolean("tokenizer.ggml.add_bos_token", splitting->whole_words);
  if (splitting->nfc) out["normalizer"] = {{"type", "NFC"}};
  out["pre_tokenizer"] = pre_tokenizer_of(*splitting);
  out["post_processor"] = adds_bos ? template_of(bos, {}) : Json(nullptr);
  out["decoder"] = byte_level(true);
  Json merges = Json::array();
  for (const std::string_view merge : gguf.strings("tokenizer.ggml.merges")) merges.push_back(merge);
  out["model"] = {{"type", "BPE"},          {"dropout", nullptr},       {"unk_token", nullptr},     {"continuing_subword_prefix", nullptr},
                  {"end_of_word_suffix", nullptr}, {"fuse_unk", false}, {"byte_fallback", false}, {"ignore_merges", splitting->whole_words},
                  {"vocab", vocab},         {"merges", merges}};
  config["add_bos_token"] = adds_bos;
  return {out, config};
}

}  // namespace maru::convert
