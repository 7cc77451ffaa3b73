#pragma once
// Where parameters come from: a mapped file, or random numbers. A model asks by Hugging Face's names and never knows which.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "maru/io/metadata.h"
#include "maru/tensor/tensor.h"

namespace maru::nn {

// Gives tensors by their full name. Throws Error naming the tensor that is missing or of another shape.
class Source {
 public:
  virtual ~Source() = default;
  virtual Tensor get(const std::string& name, const Shape& shape) = 0;
  virtual bool has(const std::string& name) const = 0;
};

// Small normal random numbers (deviation 0.02, gains 1, biases 0), trainable; the same for the same seed.
std::shared_ptr<Source> fresh(std::uint64_t seed);

class Weights {
 public:
  explicit Weights(std::shared_ptr<Source> source, std::string path = {}) : source_(std::move(source)), path_(std::move(path)) {}
  Weights operator/(std::string_view child) const { return Weights(source_, path_.empty() ? std::string(child) : path_ + "." + std::string(child)); }
  Weights operator/(int index) const { return *this / std::to_string(index); }
  Tensor get(std::string_view leaf, const Shape& shape) const { return source_->get((*this / leaf).path_, shape); }
  bool has(std::string_view leaf) const { return source_->has((*this / leaf).path_); }
  const std::string& path() const { return path_; }

 private:
  std::shared_ptr<Source> source_;
  std::string path_;
};

}  // namespace maru::nn
