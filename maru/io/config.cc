// config.json flattened into typed values, so that a model asks it the same way as it asks a GGUF.
#include "maru/io/config.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "maru/base/json.h"

namespace maru::io {
namespace {

constexpr std::size_t kMostBytes = 16 << 20;
constexpr auto kMostInteger = std::uint64_t(std::numeric_limits<std::int64_t>::max());

class Flattener {
 public:
  Flattener(Metadata& metadata, std::string& texts) : metadata_(metadata), texts_(texts) {}

  void add(const std::string& key, const Json& value) {
    if (value.is_null()) return;
    if (value.is_object()) {
      for (const auto& [name, inner] : value.items()) add(key.empty() ? name : key + "." + name, inner);
      return;
    }
    check(!metadata_.has(key), "{}: the key {} stands twice, once nested and once with a dot", metadata_.where(), key);
    if (value.is_array()) {
      add_list(key, value);
    } else if (value.is_string()) {
      metadata_.set(key, kept(value));
    } else if (value.is_boolean()) {
      metadata_.set(key, value.get<bool>());
    } else if (whole(value)) {
      metadata_.set(key, value.get<std::int64_t>());
    } else {
      metadata_.set(key, value.get<double>());
    }
  }

 private:
  static bool whole(const Json& value) {
    return value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= kMostInteger);
  }

  // The texts were given room for the whole file at the start, so a view of an earlier one stays good.
  std::string_view kept(const Json& value) {
    const auto& text = value.get_ref<const std::string&>();
    const std::size_t at = texts_.size();
    texts_ += text;
    return std::string_view(texts_).substr(at);
  }

  // Lists of anything else (objects, lists, mixtures) are no value that a model could ask for.
  void add_list(const std::string& key, const Json& list) {
    const auto every = [&](auto claim) { return std::all_of(list.begin(), list.end(), claim); };
    if (every(whole)) {
      metadata_.set(key, list.get<std::vector<std::int64_t>>());
    } else if (every([](const Json& value) { return value.is_number(); })) {
      metadata_.set(key, list.get<std::vector<double>>());
    } else if (every([](const Json& value) { return value.is_string(); })) {
      std::vector<std::string_view> texts;
      for (const Json& value : list) texts.push_back(kept(value));
      metadata_.set(key, std::move(texts));
    }
  }

  Metadata& metadata_;
  std::string& texts_;
};

}  // namespace

void read_config(const std::filesystem::path& path, ModelFile& model) {
  const std::string json = read_file(path, kMostBytes);
  const Json value = parse_json(json, path.string());
  check(value.is_object(), "{}: expected an object, as {{\"model_type\": …}}", path.string());
  model.metadata = Metadata(path.string());
  const auto texts = std::make_shared<std::string>();
  texts->reserve(json.size());  // a decoded text is never longer than what stands in the file
  Flattener(model.metadata, *texts).add("", value);
  model.config = texts;
}

}  // namespace maru::io
