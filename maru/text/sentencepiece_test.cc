// SentencePiece models against what the package makes of texts in many scripts (tests/golden/sentencepiece, tools/golden_sentencepiece.py).
#include "maru/text/sentencepiece.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"

using namespace maru;
using namespace maru::text;

namespace {

using Ids = std::vector<std::int32_t>;
const std::filesystem::path kFolder = std::filesystem::path(MARU_TESTS) / "golden" / "sentencepiece";

std::shared_ptr<const Tokenizer> opened(const std::filesystem::path& path) {
  return make_sentencepiece(sentencepiece_from_bytes(read_file(path), path.filename().string()), {});
}

// Compares ids, places and decoded texts with the rows of a file.
void check_rows(const Tokenizer& t, const Json& texts, const Json& rows, std::string_view name) {
  REQUIRE(texts.size() == rows.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    INFO(name << " " << i << " " << dump(texts[i]));
    const Encoding e = t.encode(texts[i].get<std::string>(), {.offsets = true});
    const auto want = rows[i]["ids"].get<Ids>();
    CHECK(e.ids == want);
    CHECK(e.offsets == rows[i]["offsets"].get<std::vector<std::array<std::size_t, 2>>>());
    CHECK(t.encode(texts[i].get<std::string>()).ids == want);
    CHECK(t.decode(want, false) == rows[i]["decoded"].get<std::string>());
  }
}
Json read_json(const std::filesystem::path& path) { return parse_json(read_file(path), path.string()); }

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += char(value | 0x80);
  return out + char(value);
}
std::string field(int number, std::string_view bytes) {
  return varint(std::uint64_t(number) << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}
std::string piece(std::string_view text, int type) { return field(1, field(1, text) + "\x18" + varint(std::uint64_t(type))); }
std::string complaint(std::string_view bytes) {
  try {
    make_sentencepiece(sentencepiece_from_bytes(bytes, "x.model"), {});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("SentencePiece models give the package's ids, offsets and texts") {
  const Json texts = read_json(kFolder / "texts.json");
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".model") continue;
    check_rows(*opened(entry.path()), texts, read_json(std::filesystem::path(entry.path()).replace_extension(".json")),
               entry.path().filename().string());
    ++cases;
  }
  CHECK(cases >= 11);
}

TEST_CASE("the models of $MARU_TEST_SENTENCEPIECE give the package's ids" *
          doctest::skip(!std::getenv("MARU_TEST_SENTENCEPIECE"))) {
  // A folder of NAME.model with NAME.json beside, as tools/golden_sentencepiece.py writes them.
  const std::filesystem::path folder = std::getenv("MARU_TEST_SENTENCEPIECE");
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".model")
      check_rows(*opened(entry.path()), read_json(folder / "texts.json"),
                 read_json(std::filesystem::path(entry.path()).replace_extension(".json")), entry.path().filename().string());
}

TEST_CASE("a broken SentencePiece file is told by the byte") {
  const std::string good = piece("<unk>", 2) + piece("a", 1);
  CHECK(complaint(good) == "");
  CHECK(complaint("").contains("no pieces"));
  CHECK(complaint(good.substr(0, good.size() - 1)).contains("byte"));
  CHECK(complaint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").contains("does not end"));
  CHECK(complaint("\x0a\xff\xff\xff\xff\x0f").contains("are left"));
  CHECK(complaint(piece("a", 1)).contains("unknown piece"));
  CHECK(complaint(good + piece("a", 1)).contains("stands twice"));
  CHECK(complaint(good + piece("b", 7)).contains("expected a type of 1 to 6"));
  CHECK(complaint(good + piece("\xff", 1)).contains("not UTF-8"));
  CHECK(complaint(good + piece("", 1)).contains("1 to 1024 bytes"));
  CHECK(complaint(good + piece(std::string(2000, 'a'), 1)).contains("1 to 1024 bytes"));
  CHECK(complaint(good + field(2, "\x18\x09")).contains("model_type"));
  CHECK(complaint(good + field(2, "\x98\x02\x01")).contains("256 byte pieces"));
  CHECK(complaint(good + field(3, field(2, "abcdefgh"))).contains("character map"));
  CHECK(complaint(good + field(9, "unknown fields are skipped")) == "");
}

TEST_CASE("a word of a megabyte is cut in a moment") {
  const std::string word(1'000'000, 'a');
  for (const char* name : {"bpe.model", "unigram_nmt.model"}) {
    const Encoding e = opened(kFolder / name)->encode(word);
    CHECK(!e.ids.empty());
  }
}

TEST_CASE("control pieces in the text are letters, except where a template wrote them") {
  const auto t = opened(kFolder / "bpe.model");
  CHECK(t->special(1));
  CHECK(t->encode("<s>", {.parse_special = true}).ids == Ids{1});
  CHECK(t->encode("<s>").ids.size() > 1);
}
