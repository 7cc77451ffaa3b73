#pragma once
// How Ollama names a model: [host/][namespace/]model[:tag], with registry.ollama.ai, library and latest where a part is left out.
// Knows the spelling only, neither a registry nor a folder.
#include <string>
#include <string_view>

namespace maru::hub {

struct OllamaName {
  bool tls = true;        // https; http where the person wrote http:// or named this machine itself
  std::string host = "registry.ollama.ai";
  std::string space = "library";
  std::string model;
  std::string tag = "latest";
  std::string digest;     // of the manifest, 64 hex digits: "…:latest@sha256:…" means exactly this one; "" for what the tag names now

  std::string registry() const;  // "https://registry.ollama.ai"
  std::string text() const;      // the one way to write it: "llama3.2:1b", "someone/x:latest", "http://127.0.0.1:5000/library/x:latest"
  bool operator==(const OllamaName&) const = default;
};

// Throws Error (usage) naming the part that breaks the grammar: every part begins with a letter, digit or _, goes on with those and . - (a
// host also with :, a namespace without .), and is at most 80 long (a host 350).  Ollama's types/model/name.go.
OllamaName parse_ollama_name(std::string_view text);

bool is_loopback(std::string_view host);  // localhost, 127.…: with or without :port

}  // namespace maru::hub
