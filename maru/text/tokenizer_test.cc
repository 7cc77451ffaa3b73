// Tokenizers against the reference's ids, and tokenizer files that are broken on purpose.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <sstream>

#include "maru/base/error.h"
#include "maru/base/json.h"
#include "maru/base/unicode.h"
#include "maru/io/model_file.h"
#include "maru/text/tokenizer.h"
#include "maru/text/tokenizer_parts.h"

using namespace maru;
using namespace maru::text;

namespace {

using Ids = std::vector<std::int32_t>;
using Offsets = std::vector<std::array<std::size_t, 2>>;

Json wordpiece_json() {
  return Json::parse(R"({
    "version": "1.0", "truncation": {"max_length": 3}, "padding": {"strategy": {"Fixed": 9}, "pad_token": "[PAD]"},
    "added_tokens": [{"id": 0, "content": "[PAD]", "special": true}, {"id": 1, "content": "[UNK]", "special": true},
                     {"id": 2, "content": "[CLS]", "special": true}, {"id": 3, "content": "[SEP]", "special": true}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                 {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
      "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                         "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
      "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "un": 4, "##able": 5, "##a": 6, "cafe": 7, ".": 8, "[": 9, "]": 10,
                "sep": 11, "\u6f22": 12, "\u1112": 13, "##\u1161": 14, "##\u11ab": 15, "'": 16, "s": 17}}})");
}

// "a" to "f", space and newline, and "é" (two bytes) have tokens; no other byte has one.
Json bpe_json() {
  return Json::parse(R"({
    "version": "1.0", "truncation": null, "padding": null,
    "added_tokens": [{"id": 14, "content": "<|end|>", "special": true, "normalized": false},
                     {"id": 15, "content": "<tool>", "special": false, "normalized": false},
                     {"id": 16, "content": "<tool>s", "special": false, "normalized": false}],
    "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
    "post_processor": null, "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
      "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
      "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 5, "\u0120": 6, "\u010a": 7, "\u00c3": 8, "\u00a9": 9, "ab": 10, "abc": 11,
                "\u0120a": 12, "bc": 13},
      "merges": ["a b", "ab c", ["\u0120", "a"], "b c"]}})");
}

std::shared_ptr<const Tokenizer> made(const Json& json) { return tokenizer_from_json_text(json.dump(), "tiny.json"); }
std::string complaint(const std::string& json) {
  try {
    tokenizer_from_json_text(json, "tiny.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no complaint";
}
std::string complaint(const Json& json) { return complaint(json.dump()); }
bool names(const Json& json, std::string_view field) {
  const std::string text = complaint(json);
  INFO(text);
  return text.contains(field) && text.contains("tiny.json");
}

}  // namespace

TEST_CASE("WordPiece takes the longest piece, folds case and accents, and cuts nothing") {
  const auto t = made(wordpiece_json());
  CHECK(t->is_wordpiece());
  CHECK(t->special_count() == 2);
  CHECK(t->encode("unable Café. 漢 xyz").ids == Ids{2, 4, 5, 7, 8, 12, 1, 3});
  CHECK(t->encode("unable", {.add_special = false}).ids == Ids{4, 5});
  CHECK(t->encode("").ids == Ids{2, 3});
  CHECK(t->padding == 0);
  CHECK(t->unknown == 1);
  CHECK(t->classify == 2);
  CHECK(t->separator == 3);
}

TEST_CASE("WordPiece offsets are code points of the text given") {
  const auto t = made(wordpiece_json());
  const Encoding e = t->encode("é Cafe\u0301 한 un\u200bable", {.offsets = true});
  CHECK(e.ids == Ids{2, 1, 7, 13, 14, 15, 4, 5, 3});
  CHECK(e.offsets == Offsets{{0, 0}, {0, 1}, {2, 6}, {8, 9}, {8, 9}, {8, 9}, {10, 12}, {13, 17}, {0, 0}});
}

TEST_CASE("a word of more than a hundred characters is unknown") {
  const auto t = made(wordpiece_json());
  const std::string most = "un" + std::string(98, 'a');
  CHECK(t->encode(most, {.add_special = false}).ids.size() == 99);
  CHECK(t->encode(most + "a", {.add_special = false}).ids == Ids{1});
}

TEST_CASE("special tokens in a user's text stay letters") {
  const auto t = made(wordpiece_json());
  CHECK(t->encode("[SEP]", {.add_special = false}).ids == Ids{9, 11, 10});
  CHECK(t->encode("un[SEP]un", {.add_special = false, .parse_special = true}).ids == Ids{4, 3, 4});
  const auto b = made(bpe_json());
  CHECK(b->encode("a<|end|>b").ids == Ids{0, 4, 3, 1});
  CHECK(b->encode("a<|end|>b", {.parse_special = true}).ids == Ids{0, 14, 1});
}

TEST_CASE("added tokens that are not special are always found, the longest first") {
  const auto t = made(bpe_json());
  const Encoding e = t->encode("é<tool>s<tool>a", {.offsets = true});
  CHECK(e.ids == Ids{8, 9, 16, 15, 0});
  CHECK(e.offsets == Offsets{{0, 1}, {0, 1}, {1, 8}, {8, 14}, {14, 15}});
}

TEST_CASE("an added token may ask for word boundaries and swallow blanks") {
  Json json = bpe_json();
  json["added_tokens"][1]["single_word"] = true;
  json["added_tokens"][0]["lstrip"] = json["added_tokens"][0]["rstrip"] = true;
  json["added_tokens"][2]["content"] = "abba";
  json["added_tokens"][2]["single_word"] = true;
  const auto t = made(json);
  CHECK(t->encode("abba", {}).ids == Ids{16});
  CHECK(t->encode("abbac", {}).ids == Ids{10, 1, 0, 2});
  const Encoding e = t->encode("a  <|end|> b", {.parse_special = true, .offsets = true});
  CHECK(e.ids == Ids{0, 14, 1});
  CHECK(e.offsets == Offsets{{0, 1}, {1, 11}, {11, 12}});
}

TEST_CASE("an added token marked normalized is found in the normalised text") {
  Json json = wordpiece_json();
  json["added_tokens"].push_back({{"id", 18}, {"content", "NEW"}, {"special", false}, {"normalized", true}});
  const auto t = made(json);
  const Encoding e = t->encode("un new NÉW", {.add_special = false, .offsets = true});
  CHECK(e.ids == Ids{4, 18, 18});
  CHECK(e.offsets == Offsets{{0, 2}, {3, 6}, {7, 10}});
}

TEST_CASE("BPE merges by rank, the leftmost first") {
  const auto t = made(bpe_json());
  CHECK(t->encode("abc abc a").ids == Ids{11, 6, 11, 12});
  CHECK(t->encode("bcab").ids == Ids{13, 10});
  CHECK(t->decode(t->encode("abc é\nab").ids) == "abc é\nab");
  CHECK(t->vocabulary() == 17);
  CHECK(t->piece(12) == "Ġa");
  CHECK(t->bytes(12) == " a");
  CHECK(t->id("abc") == 11);
  CHECK_FALSE(t->id("zzz"));
}

TEST_CASE("a long word gives the same merges as a short one") {
  const auto t = made(bpe_json());
  std::mt19937 random(7);
  for (int length : {3, 40, 63, 64, 65, 66, 200}) {
    std::string word;
    for (int i = 0; i < length; ++i) word.push_back(char('a' + random() % 4));
    Ids symbols;
    for (const char c : word) symbols.push_back(c - 'a');
    const std::vector<std::array<int, 3>> merges = {{0, 1, 10}, {10, 2, 11}, {1, 2, 13}};
    for (const auto& [left, right, merged] : merges)  // ranks apply in order: no merge here makes a pair of lower rank
      for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
        if (symbols[i] == left && symbols[i + 1] == right) {
          symbols[i] = merged;
          symbols.erase(symbols.begin() + std::ptrdiff_t(i) + 1);
        }
    CHECK(t->encode(word).ids == symbols);
  }
}

TEST_CASE("a megabyte without a blank is not quadratic") {
  const auto t = made(bpe_json());
  std::string word(std::size_t{1} << 20, 'a');
  for (std::size_t i = 1; i < word.size(); i += 2) word[i] = 'b';
  CHECK(t->encode(word).ids.size() == word.size() / 2);
  CHECK(made(wordpiece_json())->encode(word, {.add_special = false}).ids == Ids{1});
}

TEST_CASE("bytes without a token are dropped and counted") {
  const auto t = made(bpe_json());
  const Encoding e = t->encode("axbé\x01", {.offsets = true});
  CHECK(e.dropped_bytes == 2);
  CHECK(e.ids == Ids{10, 8, 9});
  CHECK(e.offsets == Offsets{{0, 3}, {3, 4}, {3, 4}});
}

TEST_CASE("with an unknown token the bytes become it") {
  Json json = bpe_json();
  json["model"]["unk_token"] = "<|end|>";
  CHECK(made(json)->encode("axxb").ids == Ids{0, 14, 14, 1});
  json["model"]["fuse_unk"] = true;
  const Encoding e = made(json)->encode("axxb");
  CHECK(e.ids == Ids{0, 14, 1});
  CHECK(e.dropped_bytes == 0);
}

TEST_CASE("NFC is applied and offsets still belong to the text given") {
  Json json = bpe_json();
  json["normalizer"] = {{"type", "NFC"}};
  const Encoding e = made(json)->encode("ae\u0301b", {.offsets = true});
  CHECK(e.ids == Ids{0, 8, 9, 1});
  CHECK(e.offsets == Offsets{{0, 1}, {1, 2}, {1, 2}, {3, 4}});  // as in the reference: the mark is of no token
}

TEST_CASE("a prefix space is added where the file asks for one") {
  Json json = bpe_json();
  json["pre_tokenizer"]["add_prefix_space"] = true;
  const Encoding e = made(json)->encode("ab a", {.offsets = true});
  CHECK(e.ids == Ids{6, 10, 12});
  CHECK(e.offsets == Offsets{{0, 1}, {0, 2}, {2, 4}});
  json["post_processor"] = {{"type", "ByteLevel"}, {"trim_offsets", true}};
  CHECK(made(json)->encode("ab a", {.offsets = true}).offsets == Offsets{{0, 0}, {0, 2}, {3, 4}});
}

TEST_CASE("whole words win where merges are ignored") {
  Json json = bpe_json();
  json["model"]["ignore_merges"] = true;
  json["model"]["vocab"]["fade"] = 17;
  CHECK(made(json)->encode("fade").ids == Ids{17});
  CHECK(made(bpe_json())->encode("fade").ids == Ids{5, 0, 3, 4});
}

TEST_CASE("decoding joins pieces and cleans English up") {
  const auto t = made(wordpiece_json());
  CHECK(t->decode(Ids{2, 4, 5, 7, 8, 3}) == "unable cafe.");
  CHECK(t->decode(Ids{2, 4, 3}, false) == "[CLS] un [SEP]");
  CHECK_THROWS_AS(t->decode(Ids{99}), Error);
  CHECK_THROWS_AS(t->decode(Ids{-1}), Error);
}

TEST_CASE("the detokenizer never splits a character") {
  const auto t = made(bpe_json());
  Detokenizer stream(t);
  CHECK(stream.push(0) == "a");
  CHECK(stream.push(8) == "");
  CHECK(stream.push(9) == "é");
  CHECK(stream.push(14) == "");
  CHECK(stream.push(8) == "");
  CHECK(stream.push(0) == "\uFFFDa");
  CHECK(stream.push(9) == "\uFFFD");
  CHECK(stream.push(8) == "");
  CHECK(stream.finish() == "\uFFFD");
  CHECK(stream.finish() == "");
}

TEST_CASE("the detokenizer's pieces are what decode gives") {
  for (const auto& t : {made(bpe_json()), made(wordpiece_json())}) {
    std::mt19937 random(11);
    for (int round = 0; round < 200; ++round) {
      Ids ids(random() % 12);
      for (auto& id : ids) id = std::int32_t(random() % std::size_t(t->vocabulary()));
      Detokenizer stream(t);
      std::string text;
      for (const auto id : ids) {
        const std::string piece = stream.push(id);
        CHECK_FALSE(unicode::first_invalid(piece));
        text += piece;
      }
      CHECK(text + stream.finish() == t->decode(ids));
    }
  }
}

TEST_CASE("text that is not UTF-8 is refused with its place") {
  CHECK_THROWS_WITH_AS(made(bpe_json())->encode("ab\xff"), doctest::Contains("offset 2"), Error);
}

TEST_CASE("a broken tokenizer.json is named by its field") {
  const auto with = [](Json json, const char* pointer, Json value) {
    json[Json::json_pointer(pointer)] = std::move(value);
    return json;
  };
  const auto without = [](Json json, const char* key) {
    json["model"].erase(key);
    return json;
  };
  const Json w = wordpiece_json(), b = bpe_json();
  CHECK(names(with(w, "/model/vocab/un", 99), "model.vocab[\"un\"]"));
  CHECK(names(with(w, "/model/vocab/un", 3'000'000'000), "model.vocab[\"un\"]"));
  CHECK(names(with(w, "/model/vocab/un", -1), "model.vocab[\"un\"]"));
  CHECK(names(with(w, "/model/vocab/un", "4"), "model.vocab[\"un\"]"));
  CHECK(names(with(w, "/model/vocab/un", 5), "model.vocab[\"##able\"]"));
  CHECK(names(with(w, "/added_tokens/1/id", 2), "id 2"));
  CHECK(names(with(w, "/added_tokens/1/id", 3.5), "added_tokens[1].id"));
  CHECK(names(with(w, "/added_tokens/1/content", nullptr), "added_tokens[1].content"));
  CHECK(names(with(w, "/added_tokens/1/special", 1), "added_tokens[1].special"));
  CHECK(names(with(w, "/model/type", "Unigram"), "model.vocab"));
  CHECK(names(with(w, "/model/type", "Other"), "model.type"));
  CHECK(names(with(w, "/model/unk_token", "[nope]"), "model.unk_token"));
  CHECK(names(with(w, "/model/max_input_chars_per_word", 1e12), "max_input_chars_per_word"));
  CHECK(names(with(w, "/normalizer/type", "Other"), "normalizer.type"));
  CHECK(names(with(w, "/normalizer/lowercase", "yes"), "normalizer.lowercase"));
  CHECK(names(with(w, "/pre_tokenizer/type", "Other"), "pre_tokenizer.type"));
  CHECK(names(with(w, "/pre_tokenizer/type", "Metaspace"), "pre_tokenizer.replacement"));
  CHECK(names(with(w, "/post_processor/type", "Other"), "post_processor.type"));
  CHECK(names(with(w, "/post_processor/single", Json::array()), "post_processor.single"));
  CHECK(names(with(w, "/post_processor/special_tokens/[SEP]/ids/0", 77), "special_tokens.[SEP].ids[0]"));
  CHECK(names(with(w, "/decoder/type", "Other"), "decoder.type"));
  CHECK(names(with(w, "/decoder/prefix", 7), "decoder.prefix"));
  CHECK(names(with(w, "/version", "2.0"), "version"));
  CHECK(names(without(w, "vocab"), "model.vocab"));
  CHECK(names(without(b, "merges"), "model.merges"));
  CHECK(names(with(b, "/model/merges/0", "a zz"), "model.merges[0]"));
  CHECK(names(with(b, "/model/merges/0", "a d"), "\"ad\""));
  CHECK(names(with(b, "/model/merges/0", "a b c"), "model.merges[0]"));
  CHECK(names(with(b, "/model/merges/0", 7), "model.merges[0]"));
  CHECK(names(with(b, "/model/merges/2", Json::array({"a"})), "model.merges[2]"));
  CHECK(names(with(b, "/model/dropout", 0.1), "model.dropout"));
  CHECK(names(with(b, "/model/byte_fallback", 3), "model.byte_fallback"));
  CHECK(names(with(b, "/normalizer", {{"type", "Replace"}, {"pattern", {{"Regex", "(a"}}}, {"content", ""}}), "normalizer.pattern.Regex"));
  const Json odd = Json::parse(R"({"type": "Sequence", "pretokenizers": [
    {"type": "Split", "pattern": {"Regex": "\\w+("}, "behavior": "Isolated", "invert": false},
    {"type": "ByteLevel", "add_prefix_space": false}]})");
  CHECK(names(with(b, "/pre_tokenizer", odd), "pre_tokenizer.pretokenizers[0].pattern.Regex"));
  CHECK(names(Json::array(), "expected an object"));
  std::string doubled = b.dump();
  doubled.replace(doubled.find("\"bc\":13"), 7, "\"ab\":13");
  CHECK(complaint(doubled).contains("\"ab\" stands twice"));
}

TEST_CASE("a tokenizer.json cut anywhere is refused, not half read") {
  const std::string whole = bpe_json().dump();
  for (std::size_t n = 0; n < whole.size(); n += 7) CHECK(complaint(whole.substr(0, n)).contains("not valid JSON"));
}

TEST_CASE("nested sequences have an end") {
  Json steps = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  for (int i = 0; i < 50; ++i) steps = {{"type", "Sequence"}, {"pretokenizers", Json::array({steps})}};
  Json json = bpe_json();
  json["pre_tokenizer"] = steps;
  CHECK(complaint(json).contains("nested"));
}

TEST_CASE("bytes changed at random are an error or a tokenizer, never a crash") {
  std::mt19937 random(3);
  for (const std::string& whole : {bpe_json().dump(), wordpiece_json().dump()})
    for (int round = 0; round < 2000; ++round) {
      std::string json = whole;
      for (int i = 0; i < 3; ++i) json[random() % json.size()] = "\"0:,{}[]1a\\-"[random() % 12];
      try {
        tokenizer_from_json_text(json, "tiny.json")->encode("abc Café <tool> 漢", {.parse_special = true, .offsets = true});
      } catch (const Error&) {
      }
    }
}

namespace {

io::Metadata gguf_of(std::string_view model, std::string_view pre) {
  io::Metadata out("tiny.gguf");
  out.set("tokenizer.ggml.model", model);
  out.set("tokenizer.ggml.pre", pre);
  if (model == "bert") {
    out.set("tokenizer.ggml.tokens", std::vector<std::string_view>{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁un", "able", "▁."});
    out.set("tokenizer.ggml.token_type", std::vector<std::int64_t>{3, 3, 3, 3, 1, 1, 1});
    out.set("tokenizer.ggml.unknown_token_id", std::int64_t{1});
    out.set("tokenizer.ggml.cls_token_id", std::int64_t{2});
    out.set("tokenizer.ggml.seperator_token_id", std::int64_t{3});
  } else {
    out.set("tokenizer.ggml.tokens", std::vector<std::string_view>{"<|end|>", "a", "b", "ab", "<tool>"});
    out.set("tokenizer.ggml.token_type", std::vector<std::int64_t>{3, 1, 1, 1, 4});
    out.set("tokenizer.ggml.merges", std::vector<std::string_view>{"a b"});
    out.set("tokenizer.ggml.eos_token_id", std::int64_t{0});
  }
  return out;
}
std::string complaint(const io::Metadata& metadata) {
  try {
    tokenizer_from_gguf(metadata);
  } catch (const Error& error) {
    return error.what();
  }
  return "no complaint";
}

}  // namespace

TEST_CASE("a GGUF's tokens, types and merges make a tokenizer") {
  const auto t = tokenizer_from_gguf(gguf_of("gpt2", "smollm"));
  CHECK(t->encode("ab<tool><|end|>").ids == Ids{3, 4});
  CHECK(t->encode("ab<tool><|end|>", {.parse_special = true}).ids == Ids{3, 4, 0});
  CHECK(t->special(0));
  CHECK_FALSE(t->special(4));
  const auto w = tokenizer_from_gguf(gguf_of("bert", "bert-bge"));
  CHECK(w->encode("Unable.").ids == Ids{2, 4, 5, 6, 3});
  CHECK(w->piece(5) == "##able");
}

TEST_CASE("a GGUF asks for its beginning of text") {
  io::Metadata m = gguf_of("gpt2", "gpt-2");
  m.set("tokenizer.ggml.add_bos_token", true);
  CHECK(complaint(m).contains("add_bos_token"));
  m.set("tokenizer.ggml.bos_token_id", std::int64_t{0});
  CHECK(tokenizer_from_gguf(m)->encode("a").ids == Ids{0, 1});
}

TEST_CASE("a broken GGUF vocabulary is named by its key") {
  const auto with = [](std::string key, io::Value value) {
    io::Metadata m = gguf_of("gpt2", "smollm");
    m.set(std::move(key), std::move(value));
    return complaint(m);
  };
  using Strings = std::vector<std::string_view>;
  CHECK(with("tokenizer.ggml.model", std::string_view("rwkv")).contains("tokenizer.ggml.model"));
  CHECK(with("tokenizer.ggml.pre", std::string_view("unheard-of")).contains("unheard-of"));
  CHECK(with("tokenizer.ggml.merges", Strings{"a c"}).contains("merges[0]"));
  CHECK(with("tokenizer.ggml.merges", Strings{"ab"}).contains("merges[0]"));
  CHECK(with("tokenizer.ggml.tokens", Strings{"<|end|>", "a", "b", "ab", "a"}).contains("tokens[4]"));
  CHECK(with("tokenizer.ggml.tokens", Strings{"<|end|>", "a", "b", "\xff", "x"}).contains("tokens[3]"));
  CHECK(with("tokenizer.ggml.tokens", Strings{}).contains("tokenizer.ggml.tokens"));
  CHECK(with("tokenizer.ggml.token_type", std::vector<std::int64_t>{1}).contains("token_type"));
  CHECK(with("tokenizer.ggml.token_type", std::vector<std::int64_t>{3, 1, 1, 9, 1}).contains("token_type[3]"));
  CHECK(with("tokenizer.ggml.eos_token_id", std::int64_t{5}).contains("eos_token_id"));
}

namespace {

// The model's path, or nothing with a message when the variable is unset.
std::optional<std::filesystem::path> model_path(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == 0) {
    MESSAGE(std::string(variable) << " is not set: this test did not run");
    return {};
  }
  REQUIRE_MESSAGE(std::filesystem::exists(value), variable << " names a path that does not exist: " << value);
  return std::filesystem::path(value);
}
struct Loaded {
  io::ModelFile file;
  std::shared_ptr<const Tokenizer> tokenizer;
};
std::optional<Loaded> smollm2() {
  const auto path = model_path("MARU_TEST_SMOLLM2");
  if (!path) return {};
  Loaded out{io::open_file(*path), nullptr};
  out.tokenizer = tokenizer_from_gguf(out.file.metadata);
  return out;
}
std::shared_ptr<const Tokenizer> minilm() {
  const auto path = model_path("MARU_TEST_MINILM");
  return path ? tokenizer_from_json(*path / "tokenizer.json") : nullptr;
}
std::vector<Json> lines(const char* name) {
  std::ifstream in(std::string(MARU_TESTS "/golden/") + name);
  REQUIRE(in);
  std::vector<Json> out;
  for (std::string line; std::getline(in, line);) out.push_back(Json::parse(line));
  return out;
}
void check_offsets(const Encoding& e, const std::string& text) {
  REQUIRE(e.offsets.size() == e.ids.size());
  const std::size_t length = unicode::length(text);
  std::size_t last = 0;
  for (const auto& [begin, end] : e.offsets) {
    if (begin == 0 && end == 0) continue;  // special
    CHECK(begin < end);
    CHECK(end <= length);
    CHECK(begin >= last);
    last = begin;
  }
}

}  // namespace

TEST_CASE("MiniLM gives the reference's ids for eight hundred odd texts") {
  const auto t = minilm();
  if (!t) return;
  CHECK(t->vocabulary() == 30522);
  for (const Json& line : lines("tokenizers.jsonl")) {
    const std::string text = line["text"].get<std::string>();
    INFO(dump(line["text"]));
    CHECK(t->encode(text).ids == line["bert"].get<Ids>());
    const Encoding with = t->encode(text, {.offsets = true});
    CHECK(with.ids == line["bert"].get<Ids>());
    check_offsets(with, text);
  }
}

TEST_CASE("SmolLM2 gives the reference's ids for eight hundred odd texts and the texts back") {
  const auto model = smollm2();
  if (!model) return;
  const Tokenizer& t = *model->tokenizer;
  CHECK(t.vocabulary() == 49152);
  CHECK(t.eos == 2);
  CHECK(t.special_count() == 0);
  for (const Json& line : lines("tokenizers.jsonl")) {
    const std::string text = line["text"].get<std::string>();
    INFO(dump(line["text"]));
    const Encoding e = t.encode(text, {.offsets = true});
    CHECK(e.ids == line["smollm2"].get<Ids>());
    check_offsets(e, text);
    const bool whole = line["smollm2_roundtrip"].get<bool>();
    CHECK((e.dropped_bytes == 0) == whole);
    CHECK((t.decode(e.ids) == text) == whole);
    Detokenizer stream(model->tokenizer);
    std::string streamed;
    for (const auto id : e.ids) streamed += stream.push(id);
    CHECK(streamed + stream.finish() == t.decode(e.ids));
  }
}

TEST_CASE("special tokens are parsed as the reference parses them") {
  const auto wordpiece = minilm();
  const auto bpe = smollm2();
  for (const Json& line : lines("special_tokens.jsonl")) {
    const bool bert = line["model"] == "minilm";
    const Tokenizer* t = bert ? wordpiece.get() : bpe ? bpe->tokenizer.get() : nullptr;
    if (t == nullptr) continue;
    Ids ids = t->encode(line["text"].get<std::string>(), {.parse_special = true}).ids;
    if (bert && ids.size() > line["most"].get<std::size_t>()) {  // the reference cut these; maru's callers do
      ids.resize(line["most"].get<std::size_t>() - 1);
      ids.push_back(*t->separator);
    }
    INFO(dump(line["text"]));
    CHECK(ids == line["ids"].get<Ids>());
  }
}

TEST_CASE("the vocabularies of other models give their reference ids") {
  const auto folder = model_path("MARU_TEST_VOCABS");
  if (!folder) return;
  for (const char* name : {"gpt-2", "bert-bge", "deepseek-coder", "falcon"}) {
    const auto path = *folder / ("ggml-vocab-" + std::string(name) + ".gguf");
    const io::ModelFile file = io::open_gguf(path);
    const auto t = tokenizer_from_gguf(file.metadata);
    const std::string inputs = read_file(path.string() + ".inp"), mark = "\n__ggml_vocab_test__\n";
    std::istringstream outputs(read_file(path.string() + ".out"));
    std::size_t at = 0, end = 0;
    for (std::string line; (end = inputs.find(mark, at)) != std::string::npos; at = end + mark.size()) {
      REQUIRE(std::getline(outputs, line));
      std::istringstream numbers(line);
      const Ids want{std::istream_iterator<std::int32_t>(numbers), {}};
      INFO(name << ": " << inputs.substr(at, end - at));
      CHECK(t->encode(std::string_view(inputs).substr(at, end - at), {.add_special = false, .parse_special = true}).ids == want);
    }
  }
}
