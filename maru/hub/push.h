#pragma once
// Sends a model's files to a repository on the hub: large ones by Git LFS, small ones in the commit. Protocol: huggingface.co/docs/hub/api,
// git-lfs docs/api/batch.md, and the multipart transfer that the hub announces in an upload's header.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/phrase.h"
#include "maru/base/progress.h"
#include "maru/net/http.h"

namespace maru::hub {

struct PushFile {
  std::string name;                // in the repository
  std::filesystem::path path;      // here; empty where `content` is the file
  std::uint64_t size = 0;
  std::string content = {};
};

// What of a folder, or which file, would be sent, by name. Never: hidden files (.git, .env, .cache …), keys, tokens and passwords by their
// names; each is named in `left_out`. Throws Error where a small text file holds a token of the hub.
std::vector<PushFile> files_to_push(const std::filesystem::path& file_or_folder, std::vector<Phrase>& left_out);
// Throws Error naming the file when a text file of up to a megabyte holds what looks like a token of the hub.
void check_no_tokens(std::span<const PushFile> files);

// A README.md with the front matter that the hub reads.
struct CardFacts {
  std::string name, licence, base_model, task;   // "" leaves a line out
};
std::string model_card(const CardFacts& facts);

// Throws Error (usage) saying how a token is made when there is none.
void check_token(std::string_view where);

struct PushOptions {
  bool data = false;               // a data set's repository
  std::string message = "Upload by maru";
  bool create = false, private_repository = false;
  OnProgress progress = {};
  const Cancel* cancel = nullptr;
};
struct Pushed {
  std::string commit, page;        // commit: "" when the repository held everything already
  std::size_t files = 0, unchanged = 0;
  std::uint64_t bytes = 0;         // of all files
  std::size_t uploaded = 0, known = 0;   // large files: sent now, and those the hub had
  std::uint64_t uploaded_bytes = 0;
};
// To branch `revision` ("main") of repository `id`. What was uploaded before a failure is not sent again the next time. Throws Error: usage
// without a token; else what the hub or the network says.
Pushed push(std::string_view id, std::string_view revision, std::span<const PushFile> files, const PushOptions& options,
    net::Client& client);

}  // namespace maru::hub
