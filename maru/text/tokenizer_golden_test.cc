// Tokenizers of every kind against the reference's ids, offsets, words and texts (tests/golden/tokenizers, tools/golden_tokenizers.py).
#include <doctest/doctest.h>

#include <filesystem>

#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/text/tokenizer.h"

using namespace maru;
using namespace maru::text;

namespace {

using Ids = std::vector<std::int32_t>;
const std::filesystem::path kFolder = std::filesystem::path(MARU_TESTS) / "golden" / "tokenizers";

Json read_json(const std::filesystem::path& path) {
  return parse_json(read_file(path, std::size_t{16} << 20), path.string());
}
std::vector<std::size_t> flat(const Encoding& e) {
  std::vector<std::size_t> out;
  for (const auto& [begin, end] : e.offsets) out.push_back(begin), out.push_back(end);
  return out;
}
std::string streamed(const std::shared_ptr<const Tokenizer>& t, const Ids& ids) {
  Detokenizer stream(t);
  std::string out;
  for (const auto id : ids) out += stream.push(id);
  return out + stream.finish();
}

void check_case(const std::filesystem::path& path, const Json& texts) {
  const Json golden = read_json(path);
  const auto t = tokenizer_from_json_text(dump(golden["tokenizer"]), path.filename().string());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Json& want = golden["texts"][i];
    INFO(path.filename().string() << " " << i << " " << dump(texts[i]));
    const Encoding e = t->encode(texts[i].get<std::string>(), {.parse_special = true, .offsets = true});
    CHECK(e.ids == want["ids"].get<Ids>());
    CHECK(flat(e) == want["offsets"].get<std::vector<std::size_t>>());
    CHECK(e.words == want["words"].get<Ids>());
    CHECK(t->encode(texts[i].get<std::string>(), {.parse_special = true}).ids == e.ids);
    CHECK(t->decode(want["ids"].get<Ids>()) == want["decoded"].get<std::string>());
    CHECK(streamed(t, want["ids"].get<Ids>()) == want["decoded"].get<std::string>());
  }
  for (const Json& pair : golden["pairs"]) {
    INFO(path.filename().string() << " " << dump(pair["texts"]));
    const Encoding e = t->encode_pair(pair["texts"][0].get<std::string>(), pair["texts"][1].get<std::string>(), {.parse_special = true});
    CHECK(e.ids == pair["ids"].get<Ids>());
    CHECK(e.types == pair["types"].get<Ids>());
  }
}

}  // namespace

TEST_CASE("tokenizers of every kind give the reference's ids, offsets, words and texts") {
  const Json texts = read_json(kFolder / "texts.json");
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".json" || entry.path().filename() == "texts.json") continue;
    check_case(entry.path(), texts);
    ++cases;
  }
  CHECK(cases >= 40);
}
