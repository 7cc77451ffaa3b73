#pragma once
// The name of a blob as clients write it: a type that can hold a sha256 and nothing else, so that no other text ever becomes a path.
#include <optional>
#include <string>
#include <string_view>

#include "maru/hub/digest.h"

namespace maru::hub {

class BlobName {
 public:
  // "sha256:" or "sha256-" and 64 lower-case hex digits; nothing for every other text.  Ollama's server/routes.go
  static std::optional<BlobName> parse(std::string_view text) {
    constexpr std::size_t kFront = 7;
    if (!text.starts_with("sha256:") && !text.starts_with("sha256-")) return std::nullopt;
    if (!is_hex(text.substr(kFront), 64)) return std::nullopt;
    return BlobName(std::string(text.substr(kFront)));
  }
  const std::string& hex() const { return hex_; }
  std::string text() const { return "sha256:" + hex_; }
  bool operator==(const BlobName&) const = default;

 private:
  explicit BlobName(std::string hex) : hex_(std::move(hex)) {}
  std::string hex_;
};

}  // namespace maru::hub
