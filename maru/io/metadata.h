#pragma once
// Typed look-ups in what a model file says of itself: GGUF key-values, or config.json.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "maru/base/error.h"

namespace maru::io {

// Strings of a GGUF point into the mapped file, which ModelFile keeps alive.
using Value = std::variant<bool, std::int64_t, double, std::string_view, std::vector<std::int64_t>, std::vector<double>,
                           std::vector<std::string_view>>;

class Metadata {
 public:
  explicit Metadata(std::string where = {}) : where_(std::move(where)) {}
  void set(std::string key, Value value) { values_.insert_or_assign(std::move(key), std::move(value)); }
  const Value* find(std::string_view key) const { auto it = values_.find(key); return it == values_.end() ? nullptr : &it->second; }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  // Throw Error (invalid) naming file, key, and what was found: absent, or of another type.
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high) const;
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high, std::int64_t otherwise) const;
  double number(std::string_view key) const;                      // an integer is a number too; NaN and infinity are errors
  double number(std::string_view key, double otherwise) const;
  bool boolean(std::string_view key, bool otherwise) const;
  std::string_view string(std::string_view key) const;
  std::string_view string(std::string_view key, std::string_view otherwise) const;
  const std::vector<std::string_view>& strings(std::string_view key) const;
  const std::vector<std::int64_t>& integers(std::string_view key) const;
  std::vector<double> numbers(std::string_view key) const;        // integers are widened
  const std::string& where() const { return where_; }
  const std::map<std::string, Value, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, Value, std::less<>> values_;
  std::string where_;
};

}  // namespace maru::io
