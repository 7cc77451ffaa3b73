// Safetensors, alone or in shards: the header is checked until nothing of it has to be believed.  Format: safetensors README.
#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "maru/base/json.h"
#include "maru/base/unicode.h"
#include "maru/io/config.h"
#include "maru/io/model_file.h"
#include "maru/io/shards.h"
#include "maru/io/types.h"

namespace maru::io {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostHeaderBytes = 100'000'000;
constexpr std::int64_t kMostPieces = 2'000'000;  // values and containers of one header: twenty for each of 100 000 tensors
constexpr std::size_t kMostTensors = 100'000;
constexpr std::string_view kIndexName = "model.safetensors.index.json", kFileName = "model.safetensors";

struct Placed {
  StoredTensor tensor;
  std::uint64_t begin, end;
};

std::uint64_t whole_number(const Json& value, const std::string& where, std::string_view tensor, std::string_view field) {
  check(value.is_number_unsigned() && value.get<std::uint64_t>() <= std::uint64_t(INT64_MAX),
        "{}: tensor {}: {}: expected a whole number from 0 to 2^63 - 1, got {}", where, tensor, field, dump(value).substr(0, 80));
  return value.get<std::uint64_t>();
}

const Json& member(const Json& entry, const std::string& where, std::string_view tensor, const char* field) {
  const auto at = entry.find(field);
  check(at != entry.end(), "{}: tensor {}: {} is missing", where, tensor, field);
  return *at;
}

// The text of the header, whose length is checked against the file first.
std::string_view header_of(const MappedFile& file, const std::string& where) {
  const auto bytes = file.bytes();
  check(bytes.size() >= 8, "{}: is not a safetensors file: it has {} bytes, the length of the header alone takes 8", where, bytes.size());
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof size);
  check(size <= kMostHeaderBytes, "{}: header length: expected at most {}, got {}; is it a safetensors file?", where, kMostHeaderBytes,
        size);
  check(size <= bytes.size() - 8, "{}: header length: {} bytes, but only {} follow; the file is cut short, bring it again", where, size,
        bytes.size() - 8);
  const std::string_view header(reinterpret_cast<const char*>(bytes.data() + 8), size);
  const auto last = header.find_last_not_of(' ');
  check(header.starts_with('{') && header[last] == '}', "{}: header: expected a JSON object, padded with spaces at the end only", where);
  // Small values take many times their length in memory, so they are counted before any is taken.
  const auto pieces = std::count_if(header.begin(), header.end(), [](char c) { return c == ',' || c == '{' || c == '['; });
  check(pieces <= kMostPieces, "{}: header: has {} values, expected at most {}", where, pieces, kMostPieces);
  return header;
}

Placed placed(const std::string& name, const Json& entry, const std::string& where) {
  check(is_tensor_name(name), "{}: the name \"{}\" of a tensor: expected 1 to {} bytes without control characters", where,
        dump(Json(name)).substr(0, 80), kMostTensorName);
  check(entry.is_object(), "{}: tensor {}: expected an object with dtype, shape and data_offsets", where, name);
  check(entry.size() == 3, "{}: tensor {}: expected dtype, shape and data_offsets and nothing else, got {} members", where, name,
        entry.size());
  const Json& dtype = member(entry, where, name, "dtype");
  const Json& shape = member(entry, where, name, "shape");
  const Json& offsets = member(entry, where, name, "data_offsets");
  check(dtype.is_string(), "{}: tensor {}: dtype: expected a text", where, name);
  check(shape.is_array(), "{}: tensor {}: shape: expected a list", where, name);
  check(offsets.is_array() && offsets.size() == 2, "{}: tensor {}: data_offsets: expected a list of two numbers", where, name);

  Placed result;
  result.tensor.name = name;
  const auto& type_name = dtype.get_ref<const std::string&>();
  const StoredType* type = type_by_name(type_name);
  check(type && type->safetensors, "{}: tensor {}: unknown dtype {}", where, name, dump(dtype).substr(0, 80));
  result.tensor.type = type->name;
  std::uint64_t count = 1;
  for (const Json& dim : shape) {
    const std::uint64_t size = whole_number(dim, where, name, "shape");
    const auto all = product(count, size);
    check(all.has_value(), "{}: tensor {}: shape: its dimensions multiply to more than 2^63 - 1", where, name);
    count = *all;
    result.tensor.shape.push_back(std::int64_t(size));
  }
  const auto size = bytes_of(*type, count);
  check(size.has_value(), "{}: tensor {}: {} elements of {} do not fill whole bytes or take more than 2^63 - 1 of them", where, name, count,
        type->name);
  result.begin = whole_number(offsets[0], where, name, "data_offsets");
  result.end = whole_number(offsets[1], where, name, "data_offsets");
  check(result.end >= result.begin, "{}: tensor {}: data_offsets: {} comes before {}", where, name, result.end, result.begin);
  check(result.end - result.begin == *size, "{}: tensor {}: shape and dtype take {} bytes, data_offsets span {}", where, name, *size,
        result.end - result.begin);
  return result;
}

void check_notes(const Json& notes, const std::string& where) {
  check(notes.is_object(), "{}: __metadata__: expected an object", where);
  for (const auto& [key, value] : notes.items()) {
    check(value.is_string(), "{}: __metadata__: {}: expected a text", where, dump(Json(key)).substr(0, 80));
  }
}

// The tensors of one file in the order of their data.
std::vector<StoredTensor> tensors_of(const std::shared_ptr<const MappedFile>& file) {
  const std::string where = file->path().string();
  const std::string_view header = header_of(*file, where);
  const Json json = parse_json(header, where, 3);
  check(json.size() <= kMostTensors + 1, "{}: has {} tensors, expected at most {}", where, json.size(), kMostTensors);
  std::vector<Placed> all;
  std::unordered_set<std::string> names;
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__") {
      check_notes(entry, where);
      continue;
    }
    all.push_back(placed(name, entry, where));
    // Two spellings of one name would be told apart here and mixed up by whoever compares them as people see them.
    check(names.insert(unicode::nfc(name)).second, "{}: the tensor {} stands twice, in two Unicode spellings", where, name);
  }
  std::sort(all.begin(), all.end(), [](const Placed& a, const Placed& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });

  const auto data = file->bytes().subspan(8 + header.size());
  std::uint64_t expected = 0;
  std::vector<StoredTensor> tensors;
  for (Placed& next : all) {
    check(next.begin == expected, "{}: tensor {}: data_offsets: expected to begin at {}, directly behind the one before, got {}", where,
          next.tensor.name, expected, next.begin);
    check(next.end <= data.size(), "{}: tensor {}: ends at byte {} of the data, which has {}; the file is cut short, bring it again", where,
          next.tensor.name, next.end, data.size());
    next.tensor.bytes = data.subspan(next.begin, next.end - next.begin);
    next.tensor.file = file;
    expected = next.end;
    tensors.push_back(std::move(next.tensor));
  }
  check(expected == data.size(), "{}: the tensors end at byte {} of the data, which has {}", where, expected, data.size());
  return tensors;
}

void add_file(const fs::path& path, ModelFile& model) {
  model.files.push_back(MappedFile::open(path));
  auto tensors = tensors_of(model.files.back());
  std::move(tensors.begin(), tensors.end(), std::back_inserter(model.tensors));
}

}  // namespace

ModelFile open_safetensors(const fs::path& path) {
  ModelFile model;
  model.path = path;
  std::error_code code;  // what cannot be looked at is reported when it is opened
  const bool folder = fs::is_directory(path, code);
  const fs::path config = (folder ? path : path.parent_path()) / "config.json";
  // A lone file may be weights only; whoever asks its metadata is told what is missing.
  model.metadata = Metadata(config.string());
  if (fs::exists(config, code)) {
    read_config(config, model);
  } else if (folder) {
    fail(ErrorKind::not_found, "{}: config.json is missing; a folder of a model has it beside the weights", path.string());
  }
  if (!folder) {
    add_file(path, model);
  } else if (fs::exists(path / kFileName, code)) {
    add_file(path / kFileName, model);
  } else if (fs::exists(path / kIndexName, code)) {
    add_shards(path / kIndexName, ".safetensors", add_file, model);
  } else {
    fail(ErrorKind::not_found, "{}: holds neither {} nor {}", path.string(), kFileName, kIndexName);
  }
  return model;
}

}  // namespace maru::io
