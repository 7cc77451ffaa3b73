#pragma once
// A body on its way to disk: written and hashed as it comes, gone with the object unless kept.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "maru/hub/digest.h"

namespace maru::server {

class BodyFile {
 public:
  // A new file in the folder, which is made. Throws Error (io), as append() does when the disk is full.
  explicit BodyFile(const std::filesystem::path& folder);
  ~BodyFile();
  BodyFile(const BodyFile&) = delete;
  BodyFile& operator=(const BodyFile&) = delete;
  void append(std::string_view bytes);
  std::string finish();                          // the sha256, 64 hex digits; closes the file
  std::filesystem::path keep();                  // its path; whoever asks removes it

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  hub::Digest digest_;
};

// Removes what a server that was killed has left in the folder: files older than a day.
void clear_left_bodies(const std::filesystem::path& folder);

}  // namespace maru::server
