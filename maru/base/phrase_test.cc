// Messages keep how they were made.
#include <doctest/doctest.h>

#include "maru/base/error.h"

using namespace maru;

TEST_CASE("a phrase keeps its pattern and what stands at each place") {
  const Phrase said = phrase("{}: {{}} expected {:.2f}, got {:?}", "file", 1.5, std::string("a\nb"));
  CHECK(said.text == "file: {} expected 1.50, got \"a\\nb\"");
  CHECK(said.pattern == "{}: {{}} expected {:.2f}, got {:?}");
  REQUIRE(said.values.size() == 3);
  CHECK(said.values[0].text == "file");
  CHECK(said.values[1].text == "1.50");
  CHECK(said.values[2].text == "\"a\\nb\"");
  CHECK(said.values[0].pattern.empty());
}

TEST_CASE("a phrase inside a phrase stays one") {
  const Phrase inner = phrase("line {} is odd", 3), outer = phrase("{}: {}", "a {} file", inner);
  CHECK(outer.text == "a {} file: line 3 is odd");
  CHECK(outer.values[0].text == "a {} file");
  CHECK(outer.values[1].pattern == "line {} is odd");
  CHECK(outer.values[1].values[0].text == "3");
}

TEST_CASE("an error says its phrase, whole or made") {
  try {
    fail(ErrorKind::io, "{}: could not {}", "x", "read it");
  } catch (const Error& error) {
    CHECK(std::string_view(error.what()) == "x: could not read it");
    CHECK(error.said().pattern == "{}: could not {}");
  }
  const Error plain(ErrorKind::usage, "100 {} as it stands");
  CHECK(plain.said().text == "100 {} as it stands");
  CHECK(plain.said().pattern.empty());
}
