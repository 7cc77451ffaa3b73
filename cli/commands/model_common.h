#pragma once
// What several commands do with models and collections: find them, open a tokenizer, read texts from standard input.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/options.h"
#include "maru/hub/hub.h"
#include "maru/text/tokenizer.h"

namespace maru::cli {

inline constexpr Words kModelWords = {"A name (maru list), or a path to a GGUF file or a model folder",
                                      "이름(maru list) 또는 GGUF 파일이나 모델 폴더의 경로"};
inline constexpr std::string_view kDefaultModel = "smollm2", kDefaultEmbedder = "all-minilm";
// A collection's fact: the name or path under which its embedder is opened again.
inline constexpr std::string_view kEmbedderFact = "embedder model";
// And the path that an automatic collection was made from.
inline constexpr std::string_view kFolderFact = "folder";

// Throws Error where the header of a model is damaged.
void inspect_model(const std::filesystem::path& model);
// "82 files, 1.2 GB …": the line that says what a pull will bring.
std::string planned_words(const Context& context, const hub::Model& model, const hub::Plan& plan, std::uint64_t download_bytes);
// Progress, Ctrl-C, and notes to standard error, the planned line among them.
hub::PullOptions pull_options(Context& context);
// A stored file for --json.
Json file_json(const hub::StoredFile& file);
// Where the model lies; one that is not stored is brought first.
std::filesystem::path model_path(Context& context, std::string_view model);
// The tokenizer alone: no weights are read.
std::shared_ptr<const text::Tokenizer> open_tokenizer(const std::filesystem::path& model);
// --stdin-json: one JSON array of texts.
std::vector<std::string> texts_from_stdin(Context& context);
std::string all_of_stdin(Context& context);  // throws Error (limit) over 256 MiB, (cancelled)

// $MARU_HOME/collections/NAME.db. Throws Error (usage) for a name that is not letters, digits, . _ - (of any script).
std::filesystem::path collection_path(std::string_view name);
struct CollectionFile {
  std::string name;
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};
std::vector<CollectionFile> collections();

}  // namespace maru::cli
