// Chunks: nothing is lost, nothing is too long, and each lies under its heading and on its page.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/rag/extract.h"

namespace maru::rag {
namespace {

// Counts words, and one more for every four bytes of a long one: near to what a real tokenizer does.
std::size_t count(std::string_view text) {
  std::size_t out = 0, run = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n') run = 0;
    else if (run++ % 4 == 0) ++out;
  }
  return out;
}
ChunkOptions options(std::size_t most = 40, std::size_t overlap = 1) {
  return {.max_tokens = most, .overlap_sentences = overlap, .tokens = count};
}

void check_law(const Document& document, const std::vector<Chunk>& all, std::size_t most) {
  const std::u32string text = unicode::code_points(document.text);
  std::vector<bool> covered(text.size());
  std::size_t last = 0;
  for (const Chunk& chunk : all) {
    REQUIRE(chunk.begin < chunk.end);
    REQUIRE(chunk.end <= text.size());
    CHECK(chunk.begin >= last);
    last = chunk.begin;
    CHECK(unicode::utf8(std::u32string_view(text).substr(chunk.begin, chunk.end - chunk.begin)) == chunk.text);
    CHECK(count(chunk.heading.empty() ? chunk.text : chunk.heading + "\n" + chunk.text) <= most);
    std::fill(covered.begin() + std::ptrdiff_t(chunk.begin), covered.begin() + std::ptrdiff_t(chunk.end), true);
    for (const Block& block : document.blocks) {
      if (block.page && block.begin < chunk.end && block.end > chunk.begin) CHECK(block.page == chunk.page);
    }
  }
  for (const Block& block : document.blocks) {
    if (block.kind == BlockKind::heading) continue;
    for (std::size_t i = block.begin; i < block.end; ++i) REQUIRE((covered[i] || unicode::is_white_space(text[i])));
  }
}

Document guide() {
  Builder builder("guide.md");
  builder.page(1);
  builder.add(BlockKind::heading, "Guide", 1);
  builder.add(BlockKind::paragraph, "The first sentence is short. The second one is a little longer than that. 한옥의 마루는 넓고 시원하다.");
  builder.add(BlockKind::heading, "Install", 2);
  builder.add(BlockKind::heading, "Linux", 3);
  builder.add(BlockKind::list_item, "- run the first command");
  builder.add(BlockKind::list_item, "- run the second command");
  builder.page(2);
  builder.add(BlockKind::paragraph, "On another page the same section goes on. It has two sentences.");
  builder.add(BlockKind::heading, "Empty", 2);
  builder.add(BlockKind::heading, "Last", 2);
  builder.add(BlockKind::table, "name | value\na | 1\nb | 2");
  return builder.finish();
}

}  // namespace

TEST_CASE("chunks carry their heading path and page, and do not cross them") {
  const Document document = guide();
  const auto all = chunks(document, options());
  check_law(document, all, 40);
  REQUIRE(all.size() == 5);
  CHECK(all[0].heading == "Guide");
  CHECK(all[1].heading == "Guide > Install > Linux");
  CHECK(all[1].text == "- run the first command\n- run the second command");
  CHECK(all[1].page == 1);
  CHECK(all[2].heading == "Guide > Install > Linux");
  CHECK(all[2].page == 2);
  CHECK(all[3].text == "Empty");
  CHECK(all[3].heading == "Guide");
  CHECK(all[4].heading == "Guide > Last");
}

TEST_CASE("one sentence is repeated between neighbours, none where overlap is 0") {
  Builder builder("a.txt");
  std::string text;
  for (int i = 0; i < 30; ++i) text += fmt::format("Line {} says one thing. ", i);
  builder.add(BlockKind::paragraph, text);
  const Document document = builder.finish();
  const auto with = chunks(document, options());
  check_law(document, with, 40);
  REQUIRE(with.size() > 2);
  CHECK(with[1].begin < with[0].end);
  const auto without = chunks(document, options(40, 0));
  for (std::size_t i = 1; i < without.size(); ++i) CHECK(without[i].begin >= without[i - 1].end);
}

TEST_CASE("what has no sentence border is cut at words, then at characters") {
  for (const std::string& text : {std::string(5000, 'x'),
                                  [] {
                                    std::string s;
                                    for (int i = 0; i < 900; ++i) s += "word ";
                                    return s;
                                  }(),
                                  [] {
                                    std::string s;
                                    for (int i = 0; i < 3000; ++i) s += "가";
                                    return s;
                                  }(),
                                  [] {
                                    std::string s;
                                    for (int i = 0; i < 700; ++i) s += "👩‍👩‍👧";
                                    return s;
                                  }(),
                                  [] {
                                    std::string s = "a";
                                    for (int i = 0; i < 4000; ++i) s += "\u0301";
                                    return s;
                                  }()}) {
    Builder builder("a.txt");
    builder.add(BlockKind::heading, "가나다", 1);
    builder.add(BlockKind::paragraph, text);
    const Document document = builder.finish();
    const auto all = chunks(document, options(16));
    check_law(document, all, 16);
    CHECK(all.size() > 3);
  }
}

TEST_CASE("a long heading is cut in the path and kept as text") {
  Builder builder("a.md");
  std::string heading;
  for (int i = 0; i < 300; ++i) heading += fmt::format("part{} ", i);
  builder.add(BlockKind::heading, heading, 1);
  builder.add(BlockKind::paragraph, "Body.");
  const Document document = builder.finish();
  const auto all = chunks(document, options());
  check_law(document, all, 40);
  CHECK(all.size() > 2);
  CHECK(all.back().text == "Body.");
}

TEST_CASE("every heading stands in a path or in a text, however long the paths are") {
  Builder builder("a.md");
  std::vector<std::string> words;
  for (int level = 1; level <= 6; ++level) {
    std::string heading;
    for (int i = 0; i < 5 * level; ++i) words.push_back(fmt::format("h{}x{}", level, i)), heading += words.back() + " ";
    builder.add(BlockKind::heading, heading, level);
    if (level % 3 == 0) builder.add(BlockKind::paragraph, "Body.");
  }
  const Document document = builder.finish();
  std::string all;
  for (const Chunk& chunk : chunks(document, options())) all += chunk.heading + "\n" + chunk.text + "\n";
  for (const std::string& word : words) CHECK_MESSAGE(all.contains(word), word);
}

TEST_CASE("the whole is measured, not only its parts") {
  // Counts every chunk as dearer than its parts.
  const auto dear = [](std::string_view text) { return count(text) + std::size_t(std::ranges::count(text, '.')) * 3; };
  Builder builder("a.txt");
  builder.add(BlockKind::heading, "H", 1);
  std::string text;
  for (int i = 0; i < 50; ++i) text += "Short one here. ";
  builder.add(BlockKind::paragraph, text);
  const Document document = builder.finish();
  for (const Chunk& chunk : chunks(document, {.max_tokens = 32, .overlap_sentences = 1, .tokens = dear}))
    CHECK(dear(chunk.heading + "\n" + chunk.text) <= 32);
}

TEST_CASE("too small a chunk is an error") {
  CHECK_THROWS_WITH_AS(chunks(guide(), options(5)), doctest::Contains("max_tokens is 5"), Error);
}

TEST_CASE("twenty megabytes are cut in linear time") {
  std::string text;
  while (text.size() < (std::size_t{20} << 20))
    text += "The floor of the house is made of pine. 대청마루는 소나무로 만들었다. It is wide,\nand it is cool.\n\n";
  Decoded plain{.text = std::move(text), .notes = {}, .repaired = false};
  const std::size_t bytes = plain.text.size();
  const Document document = marked("a.txt", std::move(plain), {{.begin = 0, .end = bytes}});
  const auto start = std::chrono::steady_clock::now();
  const auto all = chunks(document, options(200));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CHECK(all.size() > 1000);
  // A quadratic step would take minutes; the bound is wide for slow machines and sanitizers.
  CHECK(seconds < 60);
  MESSAGE("chunks of 20 MiB: ", seconds, " s");
}

}  // namespace maru::rag
