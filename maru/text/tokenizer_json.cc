// Reads tokenizer.json (the format of the Rust library "tokenizers", 0.2x). What it says is either followed exactly or refused by
// name; the stored truncation and padding are the caller's business and are left alone.
#include <simdjson.h>

#include <algorithm>
#include <initializer_list>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/text/tokenizer_parts.h"

namespace maru::text {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;
constexpr std::size_t kLargestFile = std::size_t{256} << 20;
constexpr std::size_t kLongestWord = 10'000, kMostSplits = 16;

Phrase type_name(const element& e) {
  using simdjson::dom::element_type;
  switch (e.type()) {
    case element_type::ARRAY: return phrase("an array");
    case element_type::OBJECT: return phrase("an object");
    case element_type::STRING: return phrase("a string");
    case element_type::BOOL: return phrase("a boolean");
    case element_type::NULL_VALUE: return phrase("null");
    default: return phrase("a number");
  }
}

// One value of the file and the way to it, so that every complaint can name its field.
struct Field {
  const std::string& where;
  std::string path;
  std::optional<element> value;  // nothing: absent or null

  [[noreturn]] void wrong(const Phrase& expected) const {
    if (path.empty()) fail(ErrorKind::invalid, "{}: expected {}, found {}", where, expected, type_name(*value));
    fail(ErrorKind::invalid, "{}: {}: expected {}, found {}", where, path, expected, value ? type_name(*value) : phrase("nothing"));
  }
  [[noreturn]] void unknown(std::string_view got, std::string_view known) const {
    fail(ErrorKind::invalid, "{}: {}: {:?} is not known here (known: {}); convert the tokenizer or use another model", where, path, got,
         known);
  }
  bool present() const { return value.has_value(); }
  template <class T>
  T get(const auto& expected) const {
    T out;
    if (!value || value->get(out) != simdjson::SUCCESS) wrong(expected());
    return out;
  }
  array items() const { return get<array>([] { return phrase("an array"); }); }
  object members() const { return get<object>([] { return phrase("an object"); }); }
  std::string_view string() const { return get<std::string_view>([] { return phrase("a string"); }); }
  std::string_view string_or(std::string_view otherwise) const { return present() ? string() : otherwise; }
  bool boolean_or(bool otherwise) const { return present() ? get<bool>([] { return phrase("true or false"); }) : otherwise; }
  std::int64_t integer(std::int64_t low, std::int64_t high) const {
    const auto out = get<std::int64_t>([&] { return phrase("an integer of {} to {}", low, high); });
    check(out >= low && out <= high, "{}: {}: expected an integer of {} to {}, found {}", where, path, low, high, out);
    return out;
  }
  Field operator[](std::string_view name) const {
    Field out{where, path.empty() ? std::string(name) : path + "." + std::string(name), {}};
    element found;
    if (members().at_key(name).get(found) == simdjson::SUCCESS && !found.is_null()) out.value = found;
    return out;
  }
  Field item(std::size_t i, element e) const {
    return {where, fmt::format("{}[{}]", path, i), e.is_null() ? std::nullopt : std::optional(e)};
  }
};

// {"type": "Sequence", <list>: [...]} as its leaves; anything else as itself; null as nothing.
void flatten(const Field& field, std::string_view list, std::vector<Field>& out, int depth = 0) {
  if (!field.present()) return;
  check(depth < 8, "{}: {}: sequences are nested more than 8 deep", field.where, field.path);
  if (field["type"].string() != "Sequence") return out.push_back(field);
  const Field steps = field[list];
  std::size_t i = 0;
  for (const element e : steps.items()) flatten(steps.item(i++, e), list, out, depth + 1);
}
std::vector<Field> flattened(const Field& field, std::string_view list) {
  std::vector<Field> out;
  flatten(field, list, out);
  return out;
}

void refuse_unless_off(const Field& field) {
  if (!field.present()) return;
  std::string_view text;
  bool flag = true;
  double number = 1;
  if (field.value->get(text) == simdjson::SUCCESS && text.empty()) return;
  if (field.value->get(flag) == simdjson::SUCCESS && !flag) return;
  if (field.value->get(number) == simdjson::SUCCESS && number == 0) return;
  fail(ErrorKind::invalid, "{}: {}: this is not supported for byte-level BPE; expected it to be absent or off", field.where, field.path);
}

// Model vocabulary and added tokens as one list without gaps.
void read_vocabulary(const Field& root, TokenizerParts& parts) {
  const Field vocab = root["model"]["vocab"], added = root["added_tokens"];
  std::size_t most = 0, bytes = 0;
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
  for (const auto& member : vocab.members()) {
    std::int64_t id = 0;
    if (member.value.get(id) != simdjson::SUCCESS || id < 0 || id > last)
      fail(ErrorKind::invalid, "{}: {}[{:?}]: expected an id of 0 to {} (ids have no gaps), found {}", vocab.where, vocab.path, member.key,
           last, simdjson::minify(member.value));
    check(pieces[std::size_t(id)].data() == nullptr, "{}: {}[{:?}]: id {} belongs to {:?} as well", vocab.where, vocab.path, member.key, id,
          pieces[std::size_t(id)]);
    place(vocab, member.key, id);
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

std::int32_t token_id(const TokenizerParts& parts, const Field& field, std::string_view piece) {
  const std::int32_t id = parts.vocabulary.find(piece);
  check(id >= 0, "{}: {}: token {:?} is not in the vocabulary", field.where, field.path, piece);
  return id;
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
    if (type == "ByteLevel") {
      parts.trim_offsets = step["trim_offsets"].boolean_or(true);
      continue;
    }
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
      parts.trim_offsets = step["trim_offsets"].boolean_or(true);
    } else {
      step["type"].unknown(type, "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence");
    }
  }
}

void read_wordpiece(const Field& root, TokenizerParts& parts) {
  const Field model = root["model"];
  parts.wordpiece = true;
  parts.unknown = token_id(parts, model["unk_token"], model["unk_token"].string_or("[UNK]"));
  parts.continuing = model["continuing_subword_prefix"].string_or("##");
  if (model["max_input_chars_per_word"].present())
    parts.longest_word = std::size_t(model["max_input_chars_per_word"].integer(1, std::int64_t(kLongestWord)));
  for (const Field& step : flattened(root["normalizer"], "normalizers")) {
    const std::string_view type = step["type"].string();
    if (type != "BertNormalizer") step["type"].unknown(type, "BertNormalizer");
    parts.bert.lowercase = step["lowercase"].boolean_or(true);
    parts.bert.clean_text = step["clean_text"].boolean_or(true);
    parts.bert.space_around_han = step["handle_chinese_chars"].boolean_or(true);
    parts.bert.strip_accents = step["strip_accents"].boolean_or(parts.bert.lowercase);
  }
  const Field splitter = root["pre_tokenizer"], decoder = root["decoder"];
  const std::string_view type = splitter["type"].string();
  if (type != "BertPreTokenizer") splitter["type"].unknown(type, "BertPreTokenizer");
  if (decoder["type"].string() != "WordPiece") decoder["type"].unknown(decoder["type"].string(), "WordPiece");
  check(decoder["prefix"].string_or("##") == parts.continuing, "{}: decoder.prefix: expected {:?} as in the model, found {:?}", root.where,
        parts.continuing, decoder["prefix"].string_or("##"));
  parts.cleanup = decoder["cleanup"].boolean_or(true);
}

void read_merges(const Field& model, TokenizerParts& parts) {
  const Field merges = model["merges"];
  std::size_t i = 0;
  for (const element e : merges.items()) {
    std::string_view left, right, both;
    array pair;
    if (e.get(both) == simdjson::SUCCESS) {
      const std::size_t blank = both.find(' ');
      check(blank != std::string_view::npos && both.find(' ', blank + 1) == std::string_view::npos,
            "{}: {}[{}]: expected two pieces with one blank between, found {:?}", merges.where, merges.path, i, both);
      left = both.substr(0, blank), right = both.substr(blank + 1);
    } else if (e.get(pair) != simdjson::SUCCESS || pair.size() != 2 || pair.at(0).get(left) != simdjson::SUCCESS ||
               pair.at(1).get(right) != simdjson::SUCCESS) {
      merges.item(i, e).wrong(phrase("two pieces"));
    }
    const Merge m = merge_of(parts.vocabulary, left, right);
    if (m.left < 0 || m.right < 0 || m.merged < 0)
      fail(ErrorKind::invalid, "{}: {}[{}]: token {:?} is not in the vocabulary", merges.where, merges.path, i, missing_of(m, left, right));
    parts.merges.push_back(m);
    ++i;
  }
}

void read_splits(const Field& root, TokenizerParts& parts) {
  bool byte_level = false;
  const std::vector<Field> steps = flattened(root["pre_tokenizer"], "pretokenizers");
  for (const Field& step : steps) {
    const std::string_view type = step["type"].string();
    check(!byte_level, "{}: {}: expected ByteLevel to be the last step", step.where, step.path);
    if (type == "ByteLevel") {
      byte_level = true;
      parts.prefix_space = step["add_prefix_space"].boolean_or(true);
      check(!parts.prefix_space || steps.size() == 1, "{}: {}.add_prefix_space: supported only where ByteLevel is the only step",
            step.where, step.path);
      if (step["use_regex"].boolean_or(true)) parts.splits.push_back(gpt2_split());
    } else if (type == "Digits") {
      parts.splits.push_back(digits_split(step["individual_digits"].boolean_or(false)));
    } else if (type == "Split") {
      const Field pattern = step["pattern"]["Regex"];
      const auto split = split_for_regex(pattern.string());
      if (!split) pattern.unknown(pattern.string(), "the patterns of GPT-2, cl100k with {1,3} digits, Qwen2");
      const std::string_view behavior = step["behavior"].string();
      const bool invert = step["invert"].boolean_or(false);
      if (!(behavior == "Isolated" && !invert) && !(behavior == "Removed" && invert))
        step["behavior"].unknown(fmt::format("{}, invert {}", behavior, invert), "Isolated; Removed with invert");
      parts.splits.push_back(*split);
    } else {
      step["type"].unknown(type, "ByteLevel, Digits, Split, Sequence");
    }
  }
  check(parts.splits.size() <= kMostSplits, "{}: pre_tokenizer: {} steps are more than {}", root.where, parts.splits.size(), kMostSplits);
  check(byte_level, "{}: pre_tokenizer: expected a ByteLevel step; only byte-level BPE is supported", root.where);
}

void read_bpe(const Field& root, TokenizerParts& parts) {
  const Field model = root["model"];
  for (const std::string_view name : {"dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"})
    refuse_unless_off(model[name]);
  parts.whole_words = model["ignore_merges"].boolean_or(false);
  parts.fuse_unknown = model["fuse_unk"].boolean_or(false);
  if (model["unk_token"].present()) {
    parts.unknown = token_id(parts, model["unk_token"], model["unk_token"].string());
    parts.unknown_for_bytes = true;
  }
  for (const Field& step : flattened(root["normalizer"], "normalizers")) {
    const std::string_view type = step["type"].string();
    if (type != "NFC") step["type"].unknown(type, "NFC");
    parts.nfc = true;
  }
  read_splits(root, parts);
  read_merges(model, parts);
  const Field decoder = root["decoder"];
  for (const Field& step : flattened(decoder, "decoders"))
    if (step["type"].string() != "ByteLevel") step["type"].unknown(step["type"].string(), "ByteLevel");
  if (!decoder.present()) decoder.wrong(phrase("a ByteLevel decoder"));
}

// The tokens by their customary spellings; tokenizer_config.json, where there is one, says it better.
void name_tokens(const Field& root, TokenizerParts& parts) {
  const auto customary = [&](std::string_view piece) -> std::optional<std::int32_t> {
    const std::int32_t id = parts.vocabulary.find(piece);
    return id >= 0 && parts.special[std::size_t(id)] ? std::optional(id) : std::nullopt;
  };
  parts.mask = customary("[MASK]");
  if (!parts.mask) parts.mask = customary("<mask>");
  if (parts.wordpiece) {
    parts.classify = customary("[CLS]");
    parts.separator = customary("[SEP]");
  }
  const Field padding = root["padding"];
  if (!padding.present() || !padding["pad_token"].present()) return;
  parts.padding = token_id(parts, padding["pad_token"], padding["pad_token"].string());
}

TokenizerParts parts_from(std::string_view json, std::string_view where_name) {
  const std::string where(where_name);
  if (json.size() > kLargestFile)
    fail(ErrorKind::limit, "{}: {} bytes, more than the {} a tokenizer may have", where, json.size(), kLargestFile);
  simdjson::dom::parser parser;
  element top;
  if (const auto error = parser.parse(json.data(), json.size(), true).get(top); error != simdjson::SUCCESS)
    fail(ErrorKind::invalid, "{}: not valid JSON ({}); the file may be cut: get it again", where, simdjson::error_message(error));
  const Field root{where, "", top};
  TokenizerParts parts;
  parts.where = where;
  if (const Field version = root["version"]; version.present() && version.string() != "1.0") version.unknown(version.string(), "1.0");
  // Files written before the field existed are byte-level BPE when they have merges; the reference tells them apart the same way.
  const Field model = root["model"];
  const std::string_view type = model["type"].present() ? model["type"].string() : model["merges"].present() ? "BPE" : "WordPiece";
  if (type != "WordPiece" && type != "BPE") model["type"].unknown(type, "WordPiece, BPE");
  read_vocabulary(root, parts);
  type == "WordPiece" ? read_wordpiece(root, parts) : read_bpe(root, parts);
  read_post_processor(root, parts);
  name_tokens(root, parts);
  return parts;
}

std::shared_ptr<const Tokenizer> built(TokenizerParts parts) {
  return parts.wordpiece ? make_wordpiece(std::move(parts)) : make_byte_level_bpe(std::move(parts));
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
  return built(parts_from(json, where));
}

std::shared_ptr<const Tokenizer> tokenizer_from_json(const std::filesystem::path& tokenizer_json) {
  TokenizerParts parts = parts_from(read_file(tokenizer_json, kLargestFile), tokenizer_json.string());
  const std::filesystem::path config = tokenizer_json.parent_path() / "tokenizer_config.json";
  std::error_code ignored;
  if (std::filesystem::exists(config, ignored)) read_config(config, parts);
  return built(std::move(parts));
}

}  // namespace maru::text
