// Sentence borders: English, Korean and other scripts.
#include <doctest/doctest.h>

#include "maru/rag/document.h"

namespace maru::rag {
namespace {

std::vector<std::string> cut(std::string_view text) {
  std::vector<std::string> out;
  for (const Range range : sentences(text)) out.emplace_back(text.substr(range.begin, range.end - range.begin));
  return out;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("English sentences end at their marks") {
  CHECK(cut("One is here. Two is there! Is three?") == Texts{"One is here.", "Two is there!", "Is three?"});
  CHECK(cut("No mark at all") == Texts{"No mark at all"});
  CHECK(cut("").empty());
  CHECK(cut(" \n\n ").empty());
}

TEST_CASE("abbreviations, decimals and initials do not end a sentence") {
  CHECK(cut("Dr. Kim measured 3.14 m, e.g. Twice. Then he left.") == Texts{"Dr. Kim measured 3.14 m, e.g. Twice.", "Then he left."});
  CHECK(cut("J. R. Smith wrote it. See Fig. 3 and No. 5 there.") == Texts{"J. R. Smith wrote it.", "See Fig. 3 and No. 5 there."});
  CHECK(cut("Tea, milk etc. are sold. Tea, milk etc. Nothing else.") ==
        Texts{"Tea, milk etc. are sold.", "Tea, milk etc.", "Nothing else."});
  CHECK(cut("It opened in 2024. The door is red.") == Texts{"It opened in 2024.", "The door is red."});
  CHECK(cut("Version 1.2.3 of www.example.org is out. Good.") == Texts{"Version 1.2.3 of www.example.org is out.", "Good."});
  CHECK(cut("is there no. There is none.") == Texts{"is there no.", "There is none."});
}

TEST_CASE("Korean sentences end with or without a space behind the mark") {
  CHECK(cut("한옥은 집이다. 마루는 넓다.") == Texts{"한옥은 집이다.", "마루는 넓다."});
  CHECK(cut("한옥은 집이다.마루는 넓어요.정말일까?그렇다.") == Texts{"한옥은 집이다.", "마루는 넓어요.", "정말일까?", "그렇다."});
  CHECK(cut("공사는 2024. 3. 15. 시작했다. 끝났다.") == Texts{"공사는 2024. 3. 15. 시작했다.", "끝났다."});
  CHECK(cut("면적은 3.5평이다. 넓다.") == Texts{"면적은 3.5평이다.", "넓다."});
  CHECK(cut("그는 \"좋다.\"라고 말했다. 나도 그랬다.") == Texts{"그는 \"좋다.\"라고 말했다.", "나도 그랬다."});
  CHECK(cut("그는 “좋다. 아주 좋다.”라고 말했다.") == Texts{"그는 “좋다. 아주 좋다.”라고 말했다."});
}

TEST_CASE("marks of Chinese and Japanese need no space") {
  CHECK(cut("你好。再见！真的？是") == Texts{"你好。", "再见！", "真的？", "是"});
  CHECK(cut("「行く。」と言った。終わり。") == Texts{"「行く。」", "と言った。", "終わり。"});
}

TEST_CASE("closing quotes and brackets stay with their sentence") {
  CHECK(cut("He said \"Stop.\" Then he left.") == Texts{"He said \"Stop.\"", "Then he left."});
  CHECK(cut("\"Really?\" she asked. Yes.") == Texts{"\"Really?\" she asked.", "Yes."});
  CHECK(cut("It works (see A. Then B.) every day. Fine.") == Texts{"It works (see A. Then B.) every day.", "Fine."});
}

TEST_CASE("list items, table rows and blocks are sentences of their own") {
  CHECK(cut("- one\n- two\n\nThree") == Texts{"- one", "- two", "Three"});
  CHECK(cut("1. first thing\n2. second thing") == Texts{"1. first thing", "2. second thing"});
  CHECK(cut("a | b\n1 | 2") == Texts{"a | b", "1 | 2"});
}

TEST_CASE("a wrapped line goes on, a line that was broken on purpose ends") {
  CHECK(cut("The dot product of two vectors is a number that says\nhow alike they are.") ==
        Texts{"The dot product of two vectors is a number that says\nhow alike they are."});
  CHECK(cut("Name: Kim\nDate of the last inspection: 3 May 2024") == Texts{"Name: Kim", "Date of the last inspection: 3 May 2024"});
}

TEST_CASE("an endless line is cut in linear time") {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "(x. ";
  CHECK(sentences(text).size() > 1000);
  CHECK(sentences(std::string(2'000'000, '.')).size() == 1);
  CHECK(sentences(std::string(2'000'000, '\n')).empty());
}

}  // namespace maru::rag
