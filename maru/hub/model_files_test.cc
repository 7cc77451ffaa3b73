// Which files are taken out of packages and folders.
#include "maru/hub/model_files.h"

#include <doctest/doctest.h>

#include "maru/hub/test_folder.h"

namespace maru::hub {

TEST_CASE("names that could leave their folder are unsafe") {
  for (const char* name : {"", ".", "..", "/etc/passwd", "a/../b", "a//b", "a/", "../x", "a\\b", "a\nb", "./a"}) {
    CAPTURE(name);
    CHECK_FALSE(safe_name(name));
  }
  for (const char* name : {"model.safetensors", "1_Pooling/config.json", "..a", "한글.gguf", "a b"}) {
    CAPTURE(name);
    CHECK(safe_name(name));
  }
}

TEST_CASE("a lone GGUF is chosen with the licence beside it and nothing else") {
  const ModelFiles chosen = choose_model_files("p", {"llm/__init__.py", "llm/LICENSE", "llm/x.gguf", "other/LICENSE", "llm/config.json"});
  CHECK(chosen.folder == "llm/");
  CHECK(chosen.names == std::vector<std::string>{"x.gguf", "LICENSE"});
}

TEST_CASE("a safetensors folder keeps its nested configuration, weights first, and leaves code and pictures") {
  const ModelFiles chosen =
      choose_model_files("p", {"p/cli.py", "p/model/1_Pooling/config.json", "p/model/README.md", "p/model/config.json",
                               "p/model/model.safetensors", "p/model/vocab.txt", "p/model/.gitattributes", "p-1.dist-info/METADATA"});
  CHECK(chosen.folder == "p/model/");
  CHECK(chosen.names == std::vector<std::string>{"model.safetensors", "1_Pooling/config.json", "README.md", "config.json", "vocab.txt"});
}

TEST_CASE("the shallowest of several model folders is the model") {
  const ModelFiles chosen = choose_model_files("p", {"m/config.json", "m/model.safetensors", "m/onnx/model.safetensors"});
  CHECK(chosen.folder == "m/");
}

TEST_CASE("where safetensors and GGUF lie together, safetensors are taken and this is said") {
  const ModelFiles chosen = choose_model_files("p", {"a.gguf", "b.gguf", "model.safetensors", "config.json"});
  CHECK(chosen.names == std::vector<std::string>{"model.safetensors", "config.json"});
  CHECK(chosen.notes.at(0).text.find("2 GGUF files (a.gguf, b.gguf)") != std::string::npos);
  CHECK(choose_model_files("p", {"a.gguf", "b.gguf", "model.safetensors"}, "b.gguf").names == std::vector<std::string>{"b.gguf"});
}

TEST_CASE("a named pytorch_model.bin is taken although there are safetensors, and parts beside a whole file are left") {
  CHECK(choose_model_files("p", {"model.safetensors", "pytorch_model.bin"}, "pytorch_model.bin").names ==
        std::vector<std::string>{"pytorch_model.bin"});
  CHECK(choose_model_files("p", {"model.safetensors", "model.safetensors.index.json", "model-00001-of-00002.safetensors"}).names ==
        std::vector<std::string>{"model.safetensors"});
}

TEST_CASE("a place with no model, two models, or an unsafe name is an error that names it") {
  const auto refusal = [](const std::vector<std::string>& names) { return error_of([&] { choose_model_files("there", names); }); };
  const auto says = [&](const std::vector<std::string>& names, std::string_view words) { return refusal(names).find(words) != std::string::npos; };
  CHECK(refusal({"a.txt"}).starts_with("there: expected a .gguf"));
  CHECK(says({"a.gguf", "b.gguf"}, "a.gguf, b.gguf"));
  CHECK(says({"a/model.safetensors", "b/model.safetensors"}, "2 model folders"));
  CHECK(says({"m/model.safetensors", "m/../../x.json"}, "leave its folder"));
  CHECK(says({"../m.gguf"}, "leave its place"));
}

}  // namespace maru::hub
