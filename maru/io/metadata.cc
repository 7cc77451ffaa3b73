// Typed look-ups: a key that is absent or of another type is an error that says so.
#include "maru/io/metadata.h"

#include <array>
#include <cmath>

namespace maru::io {
namespace {

// As the alternatives of Value follow each other.
Phrase kind(std::size_t index) {
  const std::array<Phrase, std::variant_size_v<Value>> kinds{
      phrase("a truth value"),      phrase("an integer"),        phrase("a number"),       phrase("a text"),
      phrase("a list of integers"), phrase("a list of numbers"), phrase("a list of texts")};
  return kinds[index];
}

const Value& present(const Metadata& metadata, std::string_view key) {
  const Value* value = metadata.find(key);
  check(value != nullptr, "{}: {} is missing", metadata.where(), key);
  return *value;
}

template <class T>
const T& expected(const Metadata& metadata, std::string_view key) {
  const Value& value = present(metadata, key);
  if (const T* typed = std::get_if<T>(&value)) return *typed;
  fail(ErrorKind::invalid, "{}: {}: expected {}, got {}", metadata.where(), key, kind(Value(T{}).index()), kind(value.index()));
}

double finite(const Metadata& metadata, std::string_view key, double number) {
  check(std::isfinite(number), "{}: {}: expected a finite number, got {}", metadata.where(), key, number);
  return number;
}

}  // namespace

std::int64_t Metadata::integer(std::string_view key, std::int64_t low, std::int64_t high) const {
  const auto value = expected<std::int64_t>(*this, key);
  check(value >= low && value <= high, "{}: {}: expected {} to {}, got {}", where_, key, low, high, value);
  return value;
}

std::int64_t Metadata::integer(std::string_view key, std::int64_t low, std::int64_t high, std::int64_t otherwise) const {
  return has(key) ? integer(key, low, high) : otherwise;
}

double Metadata::number(std::string_view key) const {
  if (const auto* whole = std::get_if<std::int64_t>(&present(*this, key))) return double(*whole);
  return finite(*this, key, expected<double>(*this, key));
}

double Metadata::number(std::string_view key, double otherwise) const { return has(key) ? number(key) : otherwise; }

bool Metadata::boolean(std::string_view key, bool otherwise) const { return has(key) ? expected<bool>(*this, key) : otherwise; }

std::string_view Metadata::string(std::string_view key) const { return expected<std::string_view>(*this, key); }

std::string_view Metadata::string(std::string_view key, std::string_view otherwise) const {
  return has(key) ? string(key) : otherwise;
}

const std::vector<std::string_view>& Metadata::strings(std::string_view key) const {
  return expected<std::vector<std::string_view>>(*this, key);
}

const std::vector<std::int64_t>& Metadata::integers(std::string_view key) const {
  return expected<std::vector<std::int64_t>>(*this, key);
}

std::vector<double> Metadata::numbers(std::string_view key) const {
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&present(*this, key))) return {whole->begin(), whole->end()};
  const auto& values = expected<std::vector<double>>(*this, key);
  for (const double value : values) finite(*this, key, value);
  return values;
}

}  // namespace maru::io
