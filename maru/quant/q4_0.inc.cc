// Q4_0 in registers: how one panel block becomes eight groups of unsigned bytes, sixteen scales and sixteen offsets.
#include "maru/kernels/isa_includes.h"
#include "maru/kernels/isa_begin.h"
namespace maru::kernels::MARU_ISA {
#include "maru/kernels/simd.h"
namespace {
struct Unpack {
  static constexpr int kBytes = 32 + 256;
  static constexpr bool kNibbles = true;
  static MARU_INLINE F scale(const std::uint8_t* block) { return halves(reinterpret_cast<const std::uint16_t*>(block)); }
  static MARU_INLINE F offset(const std::uint8_t* block) { return mul(scale(block), set(-8.0f)); }
  static MARU_INLINE const std::uint8_t* codes(const std::uint8_t* block) { return block + 32; }
};
}  // namespace
#include "maru/kernels/gemm_quantised.h"
void gemm_q4_0(const GemmQuantised& g) noexcept { gemm<Unpack>(g); }
}  // namespace maru::kernels::MARU_ISA
#include "maru/kernels/isa_end.h"
