// JSON lines: one object per line.
#include "maru/data/json_rows.h"

namespace maru::data {
namespace {

bool recognises(const std::filesystem::path& path, std::string_view) {
  const std::string extension = path.extension().string();
  return extension == ".jsonl" || extension == ".ndjson";
}

std::unique_ptr<Stream> open(const std::filesystem::path& path, const ReadOptions& options) {
  return json_rows(json_lines(path, options), options);
}

}  // namespace

Reader jsonl_reader() {
  return {.name = "jsonl", .about = "a JSON object per line", .about_ko = "한 줄에 JSON 객체 하나", .example = "train.jsonl",
          .settings = "schema encoding", .recognises = recognises, .open = open};
}

}  // namespace maru::data
