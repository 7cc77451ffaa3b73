// The tokenizers of GGUF files: SentencePiece models put into metadata, every named pre-tokenizer, and vocabularies of llama.cpp.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/base/unicode.h"
#include "maru/io/model_file.h"
#include "maru/text/gguf_pre_tokenizers.h"
#include "maru/text/sentencepiece.h"
#include "maru/text/tokenizer_parts.h"

using namespace maru;
using namespace maru::text;

namespace {

using Ids = std::vector<std::int32_t>;
const std::filesystem::path kFolder = std::filesystem::path(MARU_TESTS) / "golden" / "sentencepiece";

// What a converter writes of a SentencePiece model. The model outlives the metadata.
io::Metadata metadata_of(const SentencePieceModel& model) {
  io::Metadata out("made");
  std::vector<std::string_view> tokens;
  std::vector<double> scores;
  std::vector<std::int64_t> types, charsmap;
  for (const SentencePiece& piece : model.pieces) {
    tokens.push_back(piece.text);
    scores.push_back(double(piece.score));
    types.push_back(std::int64_t(piece.type));
  }
  for (const char byte : model.charsmap) charsmap.push_back(static_cast<unsigned char>(byte));
  const bool unigram = model.kind == SentencePieceKind::unigram;
  out.set("tokenizer.ggml.model", std::string_view(unigram ? "t5" : "llama"));
  out.set("tokenizer.ggml.tokens", tokens);
  out.set("tokenizer.ggml.scores", scores);
  out.set("tokenizer.ggml.token_type", types);
  if (!charsmap.empty()) out.set("tokenizer.ggml.precompiled_charsmap", charsmap);
  out.set("tokenizer.ggml.add_space_prefix", model.add_dummy_prefix);
  out.set("tokenizer.ggml.remove_extra_whitespaces", model.remove_extra_whitespaces);
  out.set("tokenizer.ggml.unknown_token_id", std::int64_t(model.unknown));
  out.set("tokenizer.ggml.bos_token_id", std::int64_t(model.bos));
  out.set("tokenizer.ggml.eos_token_id", std::int64_t(model.eos));
  return out;
}

// Byte-level BPE that merges whatever stands in one word, so that the words show: one token of two bytes for each pair in `text`.
io::Metadata bytes_with(std::string_view pre, std::vector<std::string>& kept) {
  io::Metadata out("made");
  for (const char32_t c : byte_alphabet()) unicode::append(kept.emplace_back(), c);
  kept.push_back("<|end|>");
  out.set("tokenizer.ggml.model", std::string_view("gpt2"));
  out.set("tokenizer.ggml.pre", pre);
  out.set("tokenizer.ggml.tokens", std::vector<std::string_view>(kept.begin(), kept.end()));
  out.set("tokenizer.ggml.merges", std::vector<std::string_view>{});
  out.set("tokenizer.ggml.bos_token_id", std::int64_t(256));
  return out;
}

}  // namespace

TEST_CASE("SentencePiece models in a GGUF give the package's ids") {
  const Json texts = parse_json(read_file(kFolder / "texts.json"), "texts.json");
  for (const char* name : {"bpe", "bpe_bytes", "bpe_unused", "unigram_nmt", "unigram_identity", "unigram_across_unused"}) {
    const SentencePieceModel model = sentencepiece_from_bytes(read_file(kFolder / (std::string(name) + ".model")), name);
    const auto t = tokenizer_from_gguf(metadata_of(model));
    const Json rows = parse_json(read_file(kFolder / (std::string(name) + ".json")), name);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      INFO(name << " " << dump(texts[i]));
      CHECK(t->encode(texts[i].get<std::string>(), {.add_special = false}).ids == rows[i]["ids"].get<Ids>());
    }
    const Ids framed = t->encode("a").ids;
    CHECK((model.kind == SentencePieceKind::unigram ? framed.back() == *t->eos : framed.front() == *t->bos));
  }
}

TEST_CASE("every named pre-tokenizer of a GGUF cuts and gives back any text") {
  const std::string text = "Hello WORLD it's 12345 x=1\n\n\t  é한국어 日本 ไทย 🙂!? a_b  end  ";
  const std::string names = gguf_pre_tokenizer_names();
  std::size_t count = 0;
  for (std::size_t at = 0; at < names.size(); ++count) {
    const std::size_t end = std::min(names.find(", ", at), names.size());
    const std::string name = names.substr(at, end - at);
    at = end + 2;
    if (gguf_pre_tokenizer(name)->characters) continue;
    INFO(name);
    std::vector<std::string> kept;
    const auto t = tokenizer_from_gguf(bytes_with(name, kept));
    const Encoding e = t->encode(text, {.add_special = false});
    CHECK(e.ids.size() == text.size());
    CHECK(t->decode(e.ids) == text);
  }
  CHECK(count >= 70);
}

TEST_CASE("the vocabularies of $MARU_TEST_GGUF_VOCABS give llama.cpp's ids" * doctest::skip(!std::getenv("MARU_TEST_GGUF_VOCABS"))) {
  // NAME.gguf with NAME.gguf.inp, texts between lines of __ggml_vocab_test__, and NAME.gguf.out, a line of ids for each.
  constexpr std::string_view kBetween = "\n__ggml_vocab_test__\n";
  std::size_t files = 0, texts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::getenv("MARU_TEST_GGUF_VOCABS"))) {
    if (entry.path().extension() != ".gguf") continue;
    ++files;
    const io::ModelFile file = io::open_file(entry.path());
    const auto t = tokenizer_from_gguf(file.metadata);
    const std::string inputs = read_file(entry.path().string() + ".inp"), outputs = read_file(entry.path().string() + ".out");
    std::string_view in = inputs, out = outputs;
    while (!in.empty()) {
      const std::size_t end = std::min(in.find(kBetween), in.size()), line = std::min(out.find('\n'), out.size());
      Ids want;
      for (const char* at = out.data(); at < out.data() + line;) {
        char* next = nullptr;
        want.push_back(std::int32_t(std::strtol(at, &next, 10)));
        at = next == at ? out.data() + line : next;
        while (at < out.data() + line && *at == ' ') ++at;
      }
      INFO(entry.path().filename().string() << " " << texts << " " << dump(Json(std::string(in.substr(0, end)))));
      CHECK(t->encode(in.substr(0, end), {.add_special = false}).ids == want);
      ++texts;
      in.remove_prefix(std::min(in.size(), end + kBetween.size()));
      out.remove_prefix(std::min(out.size(), line + 1));
    }
  }
  MESSAGE(files << " vocabularies, " << texts << " texts");
  CHECK(files > 0);
}
