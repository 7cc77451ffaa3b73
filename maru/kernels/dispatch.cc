// Which build of the kernels runs here: the best that this CPU and its system allow, or the one MARU_ISA names.
#include <cstdlib>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "maru/base/error.h"
#include "maru/kernels/half.h"
#include "maru/kernels/kernels.h"

namespace maru::kernels {
namespace baseline { extern const Table functions; }
namespace avx2 { extern const Table functions; }
namespace avx512 { extern const Table functions; }
namespace amx { extern const Table functions; }
namespace {

// AMX needs the system's leave, because its tiles make a thread's saved state larger (Linux: arch_prctl, once a process).
bool amx_usable() {
#if defined(__x86_64__) && defined(__linux__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  const bool tiles = d >> 24 & 1, int8 = d >> 25 & 1;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return tiles && int8 && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

const Table* const kAll[] = {&baseline::functions, &avx2::functions, &avx512::functions, &amx::functions};

int best_index() {
#if defined(__x86_64__)
  static const int best = [] {
    if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"))) return 0;
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
    return !wide ? 1 : amx_usable() ? 3 : 2;
  }();
  return best;
#else
  return 0;
#endif
}

int index_of(std::string_view name) {
  for (int i = 0; i < 4; ++i)
    if (kAll[i]->isa == name) return i;
  fail(ErrorKind::usage, "MARU_ISA: expected baseline, avx2, avx512 or amx, got '{}'", name);
}

int& chosen() {
  static int index = [] {
    const char* asked = std::getenv("MARU_ISA");
    if (!asked || !*asked) return best_index();
    const int i = index_of(asked);
    if (i > best_index()) fail(ErrorKind::usage, "MARU_ISA={}: this CPU offers at most {}; unset it or name a lower one", asked, kAll[best_index()]->isa);
    return i;
  }();
  return index;
}

}  // namespace

const Table& table() { return *kAll[chosen()]; }
std::span<const Table* const> tables() { return {kAll, std::size_t(best_index()) + 1}; }
int isa_index() { return chosen(); }
std::string_view isa_name() { return table().isa; }
Phrase isa_reason() {
  const char* asked = std::getenv("MARU_ISA");
  if (asked && *asked) return phrase("MARU_ISA asked for it; the best this CPU offers is {}", kAll[best_index()]->isa);
  switch (best_index()) {
    case 0: return phrase("this CPU offers no AVX2 with FMA and F16C");
    case 1: return phrase("this CPU has AVX2 and FMA, but not all of AVX-512 F, BW, DQ, VL and VNNI");
    case 2: return phrase("this CPU has AVX-512 with VNNI");
    default: return phrase("this CPU has AVX-512 with VNNI and AMX int8 tiles");
  }
}
void set_isa(std::string_view name) {
  const int i = index_of(name);
  if (i > best_index()) fail(ErrorKind::usage, "instruction set {}: this CPU offers at most {}", name, kAll[best_index()]->isa);
  chosen() = i;
}
float half_to_float(std::uint16_t h) { return float_from_half(h); }
std::uint16_t float_to_half(float f) { return half_from_float(f); }

}  // namespace maru::kernels
