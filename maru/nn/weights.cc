// Fresh parameters for training from nothing.
#include "maru/nn/weights.h"

#include <cmath>
#include <map>
#include <random>

namespace maru::nn {
namespace {

class Fresh final : public Source {
 public:
  explicit Fresh(std::uint64_t seed) : seed_(seed) {}
  Tensor get(const std::string& name, const Shape& shape) override {
    Tensor& kept = made_[name];
    if (kept) return kept;
    Tensor t(shape);
    // The name is part of the seed, so that the order in which a model asks does not matter.
    std::mt19937_64 random(seed_ ^ std::hash<std::string>{}(name));
    std::normal_distribution<float> normal(0.0f, 0.02f);
    const bool gain = shape.rank() == 1 && name.ends_with("weight"), bias = name.ends_with("bias");
    for (float& v : t.values()) v = gain ? 1.0f : bias ? 0.0f : normal(random);
    t.set_trainable(true);
    return kept = t;
  }
  bool has(const std::string&) const override { return true; }

 private:
  std::uint64_t seed_;
  std::map<std::string, Tensor> made_;
};

}  // namespace

std::shared_ptr<Source> fresh(std::uint64_t seed) { return std::make_shared<Fresh>(seed); }

}  // namespace maru::nn
