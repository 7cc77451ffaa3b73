// Closes the target region that isa_begin.h opened.
#if defined(MARU_TARGET_OPEN)
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef MARU_TARGET_OPEN
#endif
