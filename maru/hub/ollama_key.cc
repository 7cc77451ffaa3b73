// Takes the seed out of an OpenSSH key and signs with OpenSSL's Ed25519.
#include "maru/hub/ollama_key.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>
#include <span>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----", kEnd = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view kKind = "ssh-ed25519";

std::string to_base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                                   int(bytes.size()));
  out.resize(std::size_t(size));
  return out;
}

std::string from_base64(std::string_view text, std::string_view where) {
  std::string letters;
  for (const char c : text)
    if (c != '\n' && c != '\r' && c != ' ') letters += c;
  std::string out(letters.size() + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(letters.data()),
                                   int(letters.size()));
  check(size >= 0, "{}: the key is no base64", where);
  out.resize(std::size_t(size));
  return out;
}

// SSH's fields one after the other: numbers of four bytes, texts behind their length.  RFC 4251, 5.
class Fields {
 public:
  Fields(std::string_view bytes, std::string_view where) : rest_(bytes), where_(where) {}
  std::uint32_t number() {
    const std::string_view four = take(4);
    std::uint32_t value = 0;
    for (const char c : four) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view text() { return take(number()); }
  std::string_view take(std::size_t size) {
    check(size <= rest_.size(), "{}: the key is cut short", where_);
    const std::string_view part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }

 private:
  std::string_view rest_, where_;
};

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

OllamaKey parse_ollama_key(std::string_view pem, std::string_view where) {
  const std::size_t begin = pem.find(kBegin), end = pem.find(kEnd);
  check(begin != std::string_view::npos && end != std::string_view::npos && begin + kBegin.size() < end,
        "{}: expected an OpenSSH private key", where);
  const std::string bytes = from_base64(pem.substr(begin + kBegin.size(), end - begin - kBegin.size()), where);
  Fields outer(bytes, where);
  check(outer.take(15) == std::string_view("openssh-key-v1\0", 15), "{}: expected an OpenSSH private key", where);
  const std::string_view cipher = outer.text();
  check(cipher == "none", "{}: the key has a passphrase ({}), which ollama does not use either; take a key without one", where, cipher);
  outer.text();  // the passphrase's derivation and its options
  outer.text();
  check(outer.number() == 1, "{}: expected one key in the file", where);
  const std::string_view public_blob = outer.text();
  Fields inner(outer.text(), where);
  check(inner.number() == inner.number(), "{}: the key is damaged: its check numbers differ", where);
  const std::string_view kind = inner.text();
  check(kind == kKind, "{}: expected a key of the kind {}, got {:?}", where, kKind, kind);
  inner.text();  // the public half
  const std::string_view secret = inner.text();
  check(secret.size() == 64, "{}: an Ed25519 key has 64 secret bytes, got {}", where, secret.size());
  return {.public_blob = std::string(public_blob), .seed = std::string(secret.substr(0, 32))};
}

std::optional<OllamaKey> find_ollama_key() {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return std::nullopt;
  const fs::path path = fs::path(home) / ".ollama" / "id_ed25519";
  std::error_code absent;
  if (!fs::exists(path, absent)) return std::nullopt;
  return parse_ollama_key(read_file(path, 16'384), path.string());
}

std::string sign_for_ollama(const OllamaKey& key, std::string_view url) {
  const std::string message = fmt::format("GET,{},{}", url, to_base64(sha256({})));
  const std::unique_ptr<EVP_PKEY, Free> secret(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(key.seed.data()), key.seed.size()));
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  unsigned char signature[64];
  std::size_t size = sizeof signature;
  const bool good = secret && context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, secret.get()) == 1 &&
                    EVP_DigestSign(context.get(), signature, &size, reinterpret_cast<const unsigned char*>(message.data()),
                                   message.size()) == 1;
  if (!good) fail(ErrorKind::internal, "ed25519: OpenSSL cannot sign");
  return to_base64(key.public_blob) + ":" + to_base64({reinterpret_cast<const char*>(signature), size});
}

}  // namespace maru::hub
