// What people see: widths, wrapping, sizes, and the word that was meant.
#include <CLI/CLI.hpp>

#include "cli/terminal.h"

#include <doctest/doctest.h>

#include "cli/help.h"
#include "cli/options.h"
#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::cli {

TEST_CASE("a table aligns Hangul by its two columns") {
  const std::string text = table({"NAME", ">SIZE"}, {{"한글", "1 MB"}, {"abcdef", "12 MB"}}, false);
  CHECK(text == "NAME     SIZE\n한글     1 MB\nabcdef  12 MB");
}

TEST_CASE("wrapped lines are never wider than asked, Hangul included") {
  const std::string text = wrapped("온돌은 아궁이에서 땐 불의 열기가 방바닥 밑의 고래를 지나며 구들장을 데우는 난방이다", 30, 4);
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    CHECK(unicode::width(text.substr(begin, end - begin)) <= 30);
    begin = end + 1;
  }
}

TEST_CASE("a word wider than the line is broken, not lost") {
  CHECK(wrapped("abcdefghijklmnop", 12, 2) == "  abcdefghij\n  klmnop");
}

TEST_CASE("control characters of a document cannot steer the terminal") {
  CHECK(visible("a\x1b[2Jb\nc\td") == "a\xef\xbf\xbd[2Jb\nc\td");
  CHECK(visible("a\xe2\x80\xae""b") == "a\xef\xbf\xbd""b");
  CHECK(one_line("  a\n\n b\t") == "a b");
}

TEST_CASE("a cut text ends in an ellipsis and fits") {
  CHECK(fitted("한글한글", 5) == "한글…");
  CHECK(fitted("abc", 3) == "abc");
}

TEST_CASE("sizes, counts and spans read well") {
  CHECK(size_text(999) == "999 B");
  CHECK(size_text(97'000'000) == "97 MB");
  CHECK(size_text(1'500) == "1.5 kB");
  CHECK(count_text(1234567) == "1,234,567");
  CHECK(duration_text(std::chrono::milliseconds(3210)) == "3.21 s");
  CHECK(duration_text(std::chrono::seconds(125)) == "2 min 05 s");
}

TEST_CASE("the nearest command is named, a far one is not") {
  CHECK(nearest("serch", {"ask", "search", "show"}) == "search");
  CHECK(nearest("aks", {"ask", "search", "show"}) == "ask");
  CHECK(nearest("frobnicate", {"ask", "search", "show"}).empty());
}

namespace {
struct Parsed {
  std::vector<std::string> texts;
  std::int64_t k = 1;
  double temperature = 0;
};
Parsed parsed(std::vector<std::string> arguments) {
  Parsed out;
  CLI::App app("", "maru test");
  Options options(app, false);
  options.texts("TEXT", out.texts, {"", ""});
  options.integer("-k,--k", out.k, {1, 10}, {"", ""});
  options.number("--temp", out.temperature, 0, 2, {"", ""});
  std::vector<std::string> reversed;
  for (auto it = arguments.rbegin(); it != arguments.rend(); ++it) reversed.push_back(marked(*it));
  app.parse(reversed);
  return out;
}
}  // namespace

TEST_CASE("texts with brackets, braces and nothing in them arrive as they were typed") {
  CHECK(parsed({"[a,b]", "{}", "", "x=1", "[]"}).texts == std::vector<std::string>{"[a,b]", "{}", "", "x=1", "[]"});
}

TEST_CASE("numbers out of range name the option and the range") {
  for (const char* bad : {"-3", "0", "11", "3x", "", "99999999999999999999", "1.5", "0x3"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH_AS(parsed({"--k", bad}), doctest::Contains("--k takes a whole number from 1 to 10"), Error);
  }
  for (const char* bad : {"nan", "inf", "-1", "2.5", "hot"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH_AS(parsed({"--temp", bad}), doctest::Contains("--temp takes a number from 0 to 2"), Error);
  }
  CHECK(parsed({"--k=7", "--temp", "0.5"}).k == 7);
}

TEST_CASE("every command has help in both languages and an option set that parses") {
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    CHECK(!command.about.empty());
    CHECK(!command.about_ko.empty());
    for (const bool korean : {false, true}) {
      CLI::App app("", "maru");
      GlobalOptions global;
      const auto action = command.declare(app, korean);
      add_global_options(app, global, korean);
      CHECK(action);
      CHECK(command_help(command, app, korean, false, 80).contains("--json"));
    }
    CHECK(help(false, false, 80).contains(command.name));
  }
}

}  // namespace maru::cli
