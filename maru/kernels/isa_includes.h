// What every kernel source includes before its target region opens.
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include "maru/kernels/half.h"
#include "maru/kernels/kernels.h"
