// A store laid out as Ollama lays it out: what is found, and what is not followed.
#include "maru/hub/ollama_store.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "maru/base/file.h"
#include "maru/hub/hub.h"
#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

// $OLLAMA_MODELS for the length of a test.
class Models {
 public:
  explicit Models(const fs::path& path) { ::setenv("OLLAMA_MODELS", path.c_str(), 1); }
  ~Models() { ::unsetenv("OLLAMA_MODELS"); }
  Models(const Models&) = delete;
  Models& operator=(const Models&) = delete;
};

std::string sum(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

std::string layer(std::string_view kind, std::string_view content) {
  return fmt::format(R"({{"mediaType":"application/vnd.ollama.image.{}","digest":"sha256:{}","size":{}}})", kind, sum(content), content.size());
}

constexpr std::string_view kWeights = "GGUF and some weights", kLicence = "MIT License\n\nPermission is …";
constexpr const char* kTagFile = "models/manifests/registry.ollama.ai/library/tiny/1b";

void write_store(const TestFolder& folder) {
  for (const std::string_view content : {kWeights, kLicence}) folder.write("models/blobs/sha256-" + sum(content), content);
  folder.write(kTagFile, fmt::format(R"({{"schemaVersion":2,"layers":[{},{}]}})", layer("license", kLicence), layer("model", kWeights)));
}

const Source& ollama() { return source_of({"ollama", "x"}); }

}  // namespace

TEST_CASE("a model of an Ollama store is planned without a network, with its files where they lie") {
  const TestFolder folder;
  const Models models(folder.path() / "models");
  write_store(folder);
  const Reference reference = parse_reference("tiny:1b");
  CHECK(reference.text() == "ollama:tiny:1b");
  const std::optional<Plan> plan = ollama().local_plan(reference);
  REQUIRE(plan);
  CHECK(plan->revision.starts_with("sha256:"));
  CHECK(plan->licence == "MIT License");
  REQUIRE(plan->files.size() == 2);
  CHECK(plan->files[0].name == "model.gguf");
  CHECK(read_file(ollama().elsewhere(reference, plan->files[0])) == kWeights);
  REQUIRE(models_of_ollama().size() == 1);
  CHECK(models_of_ollama()[0].reference == "ollama:tiny:1b");
  CHECK(models_of_ollama()[0].bytes == kWeights.size() + kLicence.size());
}

TEST_CASE("offline, a pull takes an Ollama store's model in place: nothing is copied, and its removal there is said") {
  const TestFolder folder;
  const Models models(folder.path() / "models");
  write_store(folder);
  ::setenv("MARU_OFFLINE", "1", 1);
  Store store(folder.path() / "home");
  std::string notes;
  const Model model = store.pull("tiny:1b", {.note = [&](const Phrase& note) { notes += note.text; }});
  ::unsetenv("MARU_OFFLINE");
  CHECK(notes.find("another program keeps") != std::string::npos);
  CHECK(model.name == "tiny-1b");
  CHECK(count_files(folder.path() / "home/blobs") == 0);
  CHECK(read_file(store.open_path(model)) == kWeights);
  CHECK(store.find("tiny-1b")->files[0].place == (folder.path() / "models/blobs" / ("sha256-" + sum(kWeights))));
  CHECK(store.verify(model, {}, nullptr).empty());
  fs::remove(folder.path() / "models/blobs" / ("sha256-" + sum(kWeights)));
  CHECK(error_of([&] { (void)store.open_path(model); }).find("kept by another program, and is gone") != std::string::npos);
}

TEST_CASE("a bare name means Ollama where its store has it, and nothing elsewhere") {
  const TestFolder folder;
  const Models models(folder.path() / "models");
  write_store(folder);
  CHECK_THROWS_AS(parse_reference("tiny"), Error);
  fs::rename(folder.path() / kTagFile, (folder.path() / kTagFile).parent_path() / "latest");
  CHECK(parse_reference("tiny").text() == "ollama:tiny:latest");
  CHECK(parse_reference("https://ollama.com/library/tiny:1b").text() == "ollama:tiny:1b");
  CHECK(parse_reference("registry.ollama.ai/library/tiny").text() == "ollama:tiny:latest");
  CHECK_THROWS_AS(parse_reference("a b:c"), Error);
}

TEST_CASE("a store that lacks a blob, or has another size, has no model") {
  const TestFolder folder;
  const Models models(folder.path() / "models");
  write_store(folder);
  folder.write("models/blobs/sha256-" + sum(kWeights), "GGUF");
  CHECK_FALSE(ollama().local_plan({"ollama", "tiny:1b"}));
  CHECK(models_of_ollama().empty());
}

TEST_CASE("links of a store are followed inside it only") {
  const TestFolder folder;
  const Models models(folder.path() / "models");
  write_store(folder);
  const fs::path blob = folder.path() / "models/blobs" / ("sha256-" + sum(kWeights));
  fs::rename(blob, folder.path() / "models/blobs/other");
  fs::create_symlink("other", blob);
  CHECK(read_file(find_ollama_blob(sum(kWeights), kWeights.size())) == kWeights);
  fs::rename(folder.path() / "models/blobs/other", folder.path() / "outside");
  fs::remove(blob);
  fs::create_symlink("../../outside", blob);
  CHECK(find_ollama_blob(sum(kWeights), kWeights.size()).empty());
}

TEST_CASE("a pinned name is found only under the manifest it pins") {
  const TestFolder folder;
  const Models models(folder.path() / "models");
  write_store(folder);
  const std::string digest = sum(read_file(folder.path() / kTagFile));
  CHECK(find_in_ollama_store(parse_ollama_name("tiny:1b@sha256:" + digest)));
  CHECK_FALSE(find_in_ollama_store(parse_ollama_name("tiny:1b@sha256:" + std::string(64, '0'))));
}

TEST_CASE("a damaged manifest of a store is named with its path, and does not hide the others") {
  const TestFolder folder;
  const Models models(folder.path() / "models");
  write_store(folder);
  folder.write("models/manifests/registry.ollama.ai/library/bad/latest", "{");
  folder.write("models/manifests/registry.ollama.ai/stray", "{");
  CHECK(error_of([] { find_in_ollama_store(parse_ollama_name("bad")); }).find("library/bad/latest") != std::string::npos);
  CHECK(models_of_ollama().size() == 1);
}

TEST_CASE("no store at all is nothing found") {
  const TestFolder folder;
  const Models models(folder.path() / "nothing");
  CHECK(ollama_stores().empty());
  CHECK(find_ollama_blob(std::string(64, 'a'), 1).empty());
  CHECK_FALSE(ollama().local_plan({"ollama", "tiny:1b"}));
}

}  // namespace maru::hub
