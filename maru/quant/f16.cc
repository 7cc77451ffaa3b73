// F16: IEEE 754 half precision, one number a block.
#include <cstring>

#include "maru/kernels/half.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

void decode(const std::byte* in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Half half;
    std::memcpy(&half, in + 2 * i, 2);
    out[i] = kernels::float_from_half(half);
  }
}

void encode(std::span<const float> in, std::byte* out) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    const Half half = kernels::half_from_float(in[i]);
    std::memcpy(out + 2 * i, &half, 2);
  }
}

}  // namespace

Format f16() { return {.name = "F16", .gguf_id = 1, .block = 1, .bytes = 2, .decode = decode, .encode = encode}; }

}  // namespace maru::quant
