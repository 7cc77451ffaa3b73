// How an Ollama name is read, filled up, and refused.
#include "maru/hub/ollama_name.h"

#include <doctest/doctest.h>

#include "maru/hub/test_folder.h"

namespace maru::hub {

TEST_CASE("what an Ollama name leaves out is registry.ollama.ai, library and latest") {
  const OllamaName name = parse_ollama_name("llama3.2");
  CHECK(name == OllamaName{.tls = true, .host = "registry.ollama.ai", .space = "library", .model = "llama3.2", .tag = "latest", .digest = ""});
  CHECK(name.registry() == "https://registry.ollama.ai");
}

TEST_CASE("every spelling of an Ollama name has one tidy text") {
  const std::pair<const char*, const char*> rows[] = {
      {"llama3.2:1b", "llama3.2:1b"},
      {"library/llama3.2:1b", "llama3.2:1b"},
      {"registry.ollama.ai/library/llama3.2:1b", "llama3.2:1b"},
      {"https://registry.ollama.ai/library/llama3.2", "llama3.2:latest"},
      {"someone/x", "someone/x:latest"},
      {"example.com:8080/a/b:q4", "example.com:8080/a/b:q4"},
      {"http://example.com/a/b", "http://example.com/a/b:latest"},
      {"127.0.0.1:5000/library/x", "http://127.0.0.1:5000/library/x:latest"},
      {"localhost:5000/library/x", "http://localhost:5000/library/x:latest"},
      {"https://127.0.0.1:5000/library/x", "https://127.0.0.1:5000/library/x:latest"},
  };
  for (const auto& [given, text] : rows) {
    CAPTURE(given);
    CHECK(parse_ollama_name(given).text() == text);
    CHECK(parse_ollama_name(text) == parse_ollama_name(given));
  }
}

TEST_CASE("only this machine itself is asked without https unless the person wrote http") {
  CHECK(parse_ollama_name("127.0.0.1:1/a/b").registry() == "http://127.0.0.1:1");
  CHECK(parse_ollama_name("http://example.com/a/b").registry() == "http://example.com");
  for (const char* far : {"example.com/a/b", "127.evil.example/a/b", "localhost.example/a/b"}) {
    CAPTURE(far);
    CHECK(parse_ollama_name(far).registry().starts_with("https://"));
  }
}

TEST_CASE("a manifest's digest pins an Ollama name") {
  const std::string digest(64, 'a');
  CHECK(parse_ollama_name("x:1b@sha256:" + digest).digest == digest);
  CHECK(parse_ollama_name("x@sha256:" + digest).text() == "x:latest@sha256:" + digest);
  CHECK(error_of([&] { parse_ollama_name("x@sha256:" + digest.substr(1)); }).find("64 hex digits") != std::string::npos);
}

TEST_CASE("an Ollama name outside the grammar is refused, naming the part") {
  const std::string long_part(81, 'a');
  const std::pair<std::string, const char*> rows[] = {
      {"", "the model \"\""},           {"-x", "the model \"-x\""},         {"x:", "the tag \"\""},
      {"../x", "the namespace \"..\""}, {"a/../../x", "the host"},          {"a/b/..", "the model \"..\""},
      {"x:../y", "the namespace \"x:..\""},  {"x y", "the model \"x y\""},       {"a.b/x", "the namespace \"a.b\""},
      {"x:a%2f", "the tag"},            {"a\\b", "the model"},              {"http://x:1b", "all parts are needed"},
      {long_part, "the model"},         {"me@host/a/b", "expected @sha256:"},
  };
  for (const auto& [given, words] : rows) {
    CAPTURE(given);
    CAPTURE(error_of([&] { parse_ollama_name(given); }));
    CHECK((error_of([&] { parse_ollama_name(given); }).find(words) != std::string::npos));
  }
}

}  // namespace maru::hub
