// Opens the target region of one instruction set. Include it after every standard header and close with isa_end.h, so that
// no inline function of a library is built for a newer CPU than the one it may run on.
#if defined(MARU_ISA_amx) || defined(MARU_ISA_avx512) || defined(MARU_ISA_avx2)
#define MARU_TARGET_OPEN 1
#if defined(__clang__)
#if defined(MARU_ISA_amx)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c,amx-tile,amx-int8"))), apply_to = function)
#elif defined(MARU_ISA_avx512)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#else
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#endif
#else
#pragma GCC push_options
#if defined(MARU_ISA_amx)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c,amx-tile,amx-int8,prefer-vector-width=512")
#elif defined(MARU_ISA_avx512)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c,prefer-vector-width=512")
#else
#pragma GCC target("avx2,fma,f16c")
#endif
#endif
#endif
