#pragma once
// A new folder of a model: what lies around the weights is taken along, and it appears whole or not at all.
#include <filesystem>

namespace maru::convert {

// Configurations, vocabularies, templates and the card, those in folders below too; no weights and no index of them.
void copy_around(const std::filesystem::path& from, const std::filesystem::path& to);

// `out`.unfinished, which is gone with its owner unless it was published.
class Unfinished {
 public:
  explicit Unfinished(const std::filesystem::path& out);   // throws Error (io)
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  const std::filesystem::path& path() const { return path_; }
  void publish(const std::filesystem::path& out) const;    // throws Error (io)

 private:
  std::filesystem::path path_;
};

}  // namespace maru::convert
