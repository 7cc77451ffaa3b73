// Folders with bare SentencePiece files against the reference's tokenizers (tests/golden/tokenizer_folders).
#include "maru/text/tokenizer_folder.h"

#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "tests/scratch.h"

using namespace maru;
using namespace maru::text;

namespace {

using Ids = std::vector<std::int32_t>;
const std::filesystem::path kFolder = std::filesystem::path(MARU_TESTS) / "golden" / "tokenizer_folders";

}  // namespace

TEST_CASE("a folder's SentencePiece files are numbered and framed as its family does") {
  for (const char* name : {"llama", "t5", "xlm_roberta", "marian"}) {
    const Json want = parse_json(read_file(kFolder / name / "expected.json"), name);
    const auto t = tokenizer_from_folder(kFolder / name);
    CHECK(t->vocabulary() == want["vocabulary"].get<int>());
    for (const Json& one : want["texts"]) {
      INFO(name << " " << dump(one));
      CHECK(t->encode(one["text"].get<std::string>(), {.parse_special = true}).ids == one["ids"].get<Ids>());
    }
    CHECK(t->encode_pair("Hello", "world").ids == want["pair"].get<Ids>());
    CHECK(t->decode(t->encode("The quick brown fox jumps.").ids) == "The quick brown fox jumps.");
  }
}

TEST_CASE("a folder without a tokenizer, or of a family that renumbers pieces, says so") {
  const maru::testing::Scratch scratch;
  const auto complaint = [&] { return maru::testing::error_of([&] { tokenizer_from_folder(scratch.path); }); };
  CHECK(complaint().contains("no tokenizer.json"));
  CHECK_FALSE(has_tokenizer(scratch.path));
  scratch.put("sentencepiece.bpe.model", read_file(kFolder / "xlm_roberta" / "sentencepiece.bpe.model"));
  CHECK(has_tokenizer(scratch.path));
  CHECK(complaint().empty());
  scratch.put("tokenizer_config.json", R"({"tokenizer_class": "NllbTokenizer"})");
  CHECK(complaint().contains("NllbTokenizer"));
}
