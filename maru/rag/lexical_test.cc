#include "maru/rag/lexical.h"

#include <doctest/doctest.h>

#include "maru/rag/content_words.h"

using namespace maru::rag;
using Terms = std::vector<std::string>;

TEST_CASE("Porter's examples stem as his paper says") {
  const std::pair<const char*, const char*> examples[] = {
      {"caresses", "caress"}, {"ponies", "poni"}, {"ties", "ti"}, {"cats", "cat"}, {"feed", "feed"}, {"agreed", "agre"}, {"plastered", "plaster"},
      {"bled", "bled"}, {"motoring", "motor"}, {"sing", "sing"}, {"conflated", "conflat"}, {"troubled", "troubl"}, {"sized", "size"}, {"hopping", "hop"},
      {"tanned", "tan"}, {"falling", "fall"}, {"hissing", "hiss"}, {"fizzed", "fizz"}, {"failing", "fail"}, {"filing", "file"}, {"happy", "happi"},
      {"sky", "sky"}, {"relational", "relat"}, {"conditional", "condit"}, {"rational", "ration"}, {"valenci", "valenc"}, {"digitizer", "digit"},
      {"conformabli", "conform"}, {"radicalli", "radic"}, {"vietnamization", "vietnam"}, {"predication", "predic"}, {"operator", "oper"},
      {"feudalism", "feudal"}, {"decisiveness", "decis"}, {"hopefulness", "hope"}, {"callousness", "callous"}, {"formaliti", "formal"},
      {"sensitiviti", "sensit"}, {"sensibiliti", "sensibl"}, {"triplicate", "triplic"}, {"formative", "form"}, {"formalize", "formal"},
      {"electrical", "electr"}, {"hopeful", "hope"}, {"goodness", "good"}, {"revival", "reviv"}, {"allowance", "allow"}, {"inference", "infer"},
      {"airliner", "airlin"}, {"gyroscopic", "gyroscop"}, {"adjustable", "adjust"}, {"defensible", "defens"}, {"irritant", "irrit"},
      {"replacement", "replac"}, {"adjustment", "adjust"}, {"dependent", "depend"}, {"adoption", "adopt"}, {"communism", "commun"},
      {"activate", "activ"}, {"angulariti", "angular"}, {"homologous", "homolog"}, {"effective", "effect"}, {"bowdlerize", "bowdler"},
      {"probate", "probat"}, {"rate", "rate"}, {"cease", "ceas"}, {"controll", "control"}, {"roll", "roll"}, {"generalizations", "gener"}};
  for (const auto& [word, expected] : examples) CHECK_MESSAGE(stem(word) == expected, word);
}

TEST_CASE("stop words leave, other words are stemmed in order") {
  CHECK(index_terms("The patients were not in the hospitals.") == Terms{"patient", "were", "hospit"});
}

TEST_CASE("an identifier is indexed whole and in parts") {
  CHECK(index_terms("parse_http.body") == Terms{"parse_http.body", "pars", "http", "bodi"});
  CHECK(index_terms("readFile") == Terms{"readfil", "read", "file"});
  CHECK(index_terms("mRNA") == Terms{"mrna"});
  CHECK(index_terms("v1.5") == Terms{"v1.5", "v1", "5"});
}

TEST_CASE("Hangul and Han are indexed in 1- and 2-grams") {
  CHECK(index_terms("마루는") == Terms{"마", "마루", "루", "루는", "는"});
  CHECK(index_terms("漢字") == Terms{"漢", "漢字", "字"});
}

TEST_CASE("Hangul is asked in 2-grams, and in 1-grams where a run has at most two syllables") {
  CHECK(query_terms("마루는") == Terms{"마루", "루는"});
  CHECK(query_terms("마루") == Terms{"마", "마루", "루"});
  CHECK(query_terms("집") == Terms{"집"});
}

TEST_CASE("runs split at the border of scripts, and full-width letters are letters") {
  CHECK(query_terms("GPU에서") == Terms{"gpu", "에", "에서", "서"});
  CHECK(index_terms("ＡＢＣ") == Terms{"abc"});
}

TEST_CASE("decomposed Hangul gives the terms of composed Hangul") { CHECK(index_terms("\u1106\u1161\u1105\u116e") == index_terms("마루")); }

TEST_CASE("a question's terms come once each") { CHECK(query_terms("cat cats CAT") == Terms{"cat"}); }

TEST_CASE("content words are what a question is about") {
  const auto terms = [](std::string_view question) {
    Terms all;
    for (const auto& word : content_words(question)) all.push_back(word.term);
    return all;
  };
  CHECK(terms("What is the capital of France?") == Terms{"capit", "franc"});
  CHECK(terms("회의실은 어떻게 예약하나요?") == Terms{"회의실", "예약"});
}

TEST_CASE("an inflected Korean word is held by a text that has its beginning") {
  const Wording wording("회의실 예약은 총무팀에서 합니다.");
  CHECK(wording.holds({"예약", true, false}) == 1.0);
  CHECK(wording.holds({"총무과", true, false}) == doctest::Approx(2.0 / 3));
  CHECK(wording.holds({"휴가", true, false}) == 0.0);
}
