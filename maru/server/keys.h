#pragma once
// API keys: who may ask what. Only their SHA-256 is stored, in $MARU_HOME/keys.json; a key itself is shown once.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maru::server {

enum class Scope {
  open,            // no key: health
  inference,       // whatever reads models
  administration,  // whatever changes the store; includes inference
};
std::string_view scope_name(Scope scope);

struct Key {
  std::string id = {};             // eight letters, public: names the key in lists and logs
  std::string label = {};          // whose it is
  std::string sha256 = {};         // of the key, 64 hex digits
  Scope scope = Scope::inference;
  std::string created = {};        // ISO 8601, UTC
  std::string expires = {};        // "" never
  int requests_per_minute = 0;     // 0: the server's own limit
};

// Who asks.
struct Caller {
  std::string key_id;              // "" where the server asks for none
  Scope scope = Scope::open;
};

// The stored keys; a change by another process is seen within a second. Thread safe.
class Keys {
 public:
  explicit Keys(std::filesystem::path home);
  ~Keys();
  struct Created {
    Key key;
    std::string secret;            // "maru_" and 43 letters of base64url: 256 bits from the system
  };
  Created create(std::string_view label, Scope scope, std::optional<std::chrono::seconds> lifetime, int requests_per_minute);
  std::vector<Key> list() const;
  bool revoke(std::string_view id);
  bool empty() const;
  // The key that this secret is, unless revoked or expired. Takes the same time for every secret of a length.
  std::optional<Key> find(std::string_view secret) const;
  bool holds(std::string_view id) const;         // the key is there still and has not expired

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace maru::server
