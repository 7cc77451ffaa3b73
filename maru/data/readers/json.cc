// A .json file: an array of objects, an object with such an array under "data", or, as many have it, JSON lines under this name.
#include <simdjson.h>

#include "maru/base/error.h"
#include "maru/data/json_rows.h"
#include "maru/data/lines.h"

namespace maru::data {
namespace {

// The first line is an object by itself, and not one that holds the array.
bool lines_of_objects(const std::filesystem::path& path, const ReadOptions& options) {
  Lines lines(path, options);
  std::string_view line;
  try {
    do
      if (!lines.next(line)) return false;
    while (line.find_first_not_of(" \t") == std::string_view::npos);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::limit) return false;  // an array may well be on one line
    throw;
  }
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(line.data(), line.size(), false).get(object) != simdjson::SUCCESS) return false;
  simdjson::dom::array data;
  return object["data"].get(data) != simdjson::SUCCESS;
}

bool recognises(const std::filesystem::path& path, std::string_view) { return path.extension() == ".json"; }

std::unique_ptr<Stream> open(const std::filesystem::path& path, const ReadOptions& options) {
  return json_rows(lines_of_objects(path, options) ? json_lines(path, options) : json_items(path, options), options);
}

}  // namespace

Reader json_reader() {
  return {.name = "json", .about = "an array of JSON objects, alone or under \"data\"", .about_ko = "JSON 객체의 배열, 그대로 또는 \"data\" 아래에",
          .example = "train.json", .settings = "schema encoding", .recognises = recognises, .open = open};
}

}  // namespace maru::data
