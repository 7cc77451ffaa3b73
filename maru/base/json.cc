// JSON from outside is read event by event, so that a duplicate key or a deep nest is refused while it is met.
#include "maru/base/json.h"

#include <cstddef>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "maru/base/error.h"

namespace maru {
namespace {

// Builds the value from the reader's events. The member names are those that nlohmann's reader calls.
class Builder {
 public:
  Builder(std::string_view where, int max_depth) : where_(where), max_depth_(std::size_t(max_depth)) {}
  Json take() { return std::move(root_); }

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(Json::number_integer_t value) { return put(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return put(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(Json::binary_t& value) { return put(std::move(value)); }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    check(levels_.back().keys.insert(name).second, "{}: the key \"{}\" stands twice in one object", where_, shown(name));
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception& error) {
    // The library's own prefix and the token, which may be as long as the file, do not help a reader.
    std::string_view reason = error.what();
    if (const auto at = reason.find("] "); at != reason.npos) reason.remove_prefix(at + 2);
    if (const auto at = reason.find(": "); at != reason.npos && reason.starts_with("parse error")) reason.remove_prefix(at + 2);
    reason = reason.substr(0, reason.find("; last read"));
    fail(ErrorKind::invalid, "{}: is not valid JSON at byte {}: {}", where_, position, shown(reason));
  }

 private:
  struct Level {
    Json* value;
    std::unordered_set<std::string> keys;
  };
  using Members = std::vector<Json::object_t::value_type>;

  static std::string shown(std::string_view text) { return std::string(text.substr(0, 200)); }

  Json* place(Json&& value) {
    if (levels_.empty()) return &(root_ = std::move(value));
    Json& parent = *levels_.back().value;
    if (parent.is_array()) return &parent.get_ref<Json::array_t&>().emplace_back(std::move(value));
    // Through the vector below the ordered map: its own insertion searches every key again, which is quadratic.
    Members& members = parent.get_ref<Json::object_t&>();
    return &members.emplace_back(std::move(key_), std::move(value)).second;
  }
  bool put(Json&& value) {
    place(std::move(value));
    return true;
  }
  // A pointer into a parent stays good: a parent does not grow while its child is open.
  bool open(Json&& value) {
    if (levels_.size() >= max_depth_) fail(ErrorKind::invalid, "{}: JSON is nested deeper than {} levels", where_, max_depth_);
    levels_.push_back({place(std::move(value)), {}});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string_view where_;
  std::size_t max_depth_;
  Json root_;
  std::string key_;
  std::vector<Level> levels_;
};

}  // namespace

Json parse_json(std::string_view text, std::string_view where, int max_depth) {
  Builder builder(where, max_depth);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

Phrase kind_of(const Json& value) {
  if (value.is_object()) return phrase("an object");
  if (value.is_array()) return phrase("an array");
  if (value.is_string()) return phrase("a string");
  if (value.is_boolean()) return phrase("a boolean");
  return value.is_number() ? phrase("a number") : phrase("null");
}

std::string dump(const Json& value, int indent) { return value.dump(indent, ' ', false, Json::error_handler_t::replace); }

}  // namespace maru
