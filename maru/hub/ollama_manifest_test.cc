// What is taken from an Ollama manifest, and which manifests are refused.
#include "maru/hub/ollama_manifest.h"

#include <doctest/doctest.h>

#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace {

std::string digest(char digit) { return "sha256:" + std::string(64, digit); }

std::string layer(std::string_view kind, std::string_view digest_text = digest('a'), std::string_view size = "5") {
  return fmt::format(R"({{"mediaType":"application/vnd.ollama.image.{}","digest":"{}","size":{}}})", kind, digest_text, size);
}

std::string manifest(std::string_view layers) {
  return fmt::format(R"({{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",)"
                     R"("config":{{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"{}","size":9}},"layers":[{}]}})",
                     digest('c'), layers);
}

std::string refusal(std::string_view text) {
  return error_of([&] { parse_ollama_manifest(text, "ollama:x"); });
}

}  // namespace

TEST_CASE("an Ollama manifest's layers become files with names of ours, the model first") {
  const std::string text = manifest(layer("template", digest('b')) + "," + layer("model", digest('a'), "1000") + "," + layer("system") + "," +
                                    layer("params") + "," + layer("messages") + "," + layer("license") + "," + layer("license", digest('d')));
  const OllamaManifest read = parse_ollama_manifest(text, "ollama:x");
  std::string names;
  for (const OllamaFile& file : read.files) names += file.name + " ";
  CHECK(names == "model.gguf template system params.json messages.json LICENSE LICENSE-2 ");
  CHECK(read.files[0].digest == std::string(64, 'a'));
  CHECK(read.files[0].size == 1000);
  CHECK(read.digest.size() == 64);
  CHECK(read.notes.empty());
}

TEST_CASE("a part that this program does not use is left out with its size said") {
  const OllamaManifest read = parse_ollama_manifest(manifest(layer("model") + "," + layer("projector", digest('b'), "600000000")), "ollama:x");
  CHECK(read.files.size() == 1);
  REQUIRE(read.notes.size() == 1);
  CHECK(read.notes[0].text.find("600 MB") != std::string::npos);
}

TEST_CASE("a hostile Ollama manifest is refused with the field, and none of it becomes a path") {
  const std::string model = layer("model");
  const std::pair<std::string, const char*> rows[] = {
      {"", "ollama:x"},
      {"[]", "must be an object"},
      {R"({"schemaVersion":1,"layers":[]})", "schemaVersion must be 2"},
      {R"({"schemaVersion":2})", "lacks layers"},
      {R"({"schemaVersion":2,"mediaType":"text/html","layers":[]})", "mediaType must be"},
      {manifest(""), "names no model layer"},
      {manifest(layer("template")), "names no model layer"},
      {manifest(model + "," + layer("model", digest('b'))), "more than one layer application/vnd.ollama.image.model"},
      {manifest(model + "," + layer("template") + "," + layer("template")), "more than one layer"},
      {manifest(model + "," + layer("adapter")), "adapter"},
      {manifest(layer("tensor")), "bare tensors"},
      {manifest(model + "," + layer("../../x")), "unknown kind"},
      {manifest(model + "," + R"({"mediaType":"text/html","digest":")" + digest('b') + R"(","size":1})"), "must begin with"},
      {manifest(layer("model", "sha256:../../../../etc/passwd")), "64 lower-case hex digits"},
      {manifest(layer("model", "sha256:" + std::string(64, 'A'))), "64 lower-case hex digits"},
      {manifest(layer("model", "sha256:" + std::string(63, 'a'))), "64 lower-case hex digits"},
      {manifest(layer("model", "sha512:" + std::string(64, 'a'))), "64 lower-case hex digits"},
      {manifest(layer("model", "")), "64 lower-case hex digits"},
      {manifest(layer("model", digest('a'), "-1")), "size of layer 0"},
      {manifest(layer("model", digest('a'), "1.5")), "size of layer 0"},
      {manifest(layer("model", digest('a'), "18446744073709551615")), "size of layer 0"},
      {manifest(layer("model", digest('a'), "\"5\"")), "size of layer 0"},
      {manifest(model + "," + layer("template", digest('b'), "99999999")), "such a text has at most"},
      {manifest("7"), "layer 0 must be an object"},
      {manifest(R"({"mediaType":7,"digest":"x","size":1})"), "mediaType of layer 0"},
      {manifest(R"({"mediaType":"x","mediaType":"y","digest":"x","size":1})"), "mediaType"},
      {std::string(kMaxOllamaManifest + 1, ' '), "at most"},
  };
  for (const auto& [text, words] : rows) {
    CAPTURE(text.substr(0, 300));
    const std::string said = refusal(text);
    CAPTURE(said);
    CHECK((said.find(words) != std::string::npos));
  }
  std::string many = model;
  for (int i = 0; i < 1000; ++i) many += "," + layer("license");
  CHECK(refusal(manifest(many)).find("at most 256") != std::string::npos);
}

TEST_CASE("a licence is called by its first line") {
  CHECK(licence_title("\n\n  LLAMA 3.2 COMMUNITY LICENSE AGREEMENT \nmore") == "LLAMA 3.2 COMMUNITY LICENSE AGREEMENT");
  CHECK(licence_title("# \x1b[31mMIT").find('\x1b') == std::string::npos);
  CHECK(licence_title(std::string(500, 'x')).size() == 80);
  CHECK(licence_title("\n \n").empty());
}

}  // namespace maru::hub
