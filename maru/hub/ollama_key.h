#pragma once
// The key with which Ollama signs its requests to a registry: ~/.ollama/id_ed25519. Reads and signs; never writes or makes one.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace maru::hub {

struct OllamaKey {
  std::string public_blob;  // as SSH sends it: "ssh-ed25519" and 32 bytes, each with its length before it
  std::string seed;         // the 32 secret bytes
};
// PEM text "OPENSSH PRIVATE KEY" without a passphrase.  OpenSSH PROTOCOL.key.  Throws Error (invalid) naming `where`.
OllamaKey parse_ollama_key(std::string_view pem, std::string_view where);
// $HOME/.ollama/id_ed25519; nothing when there is none.
std::optional<OllamaKey> find_ollama_key();
// The Authorization header's value for a GET of `url` without a body: "<public blob>:<signature>", each in base64, over
// "GET,<url>,<base64 of the hex sha256 of nothing>".  RFC 8032; ollama's auth/auth.go.
std::string sign_for_ollama(const OllamaKey& key, std::string_view url);

}  // namespace maru::hub
