// The functions of one instruction set, gathered.
#include "maru/kernels/kernels.h"
#define MARU_NAME_OF_(x) #x
#define MARU_NAME_OF(x) MARU_NAME_OF_(x)
namespace maru::kernels::MARU_ISA {
void gemm_f32(const GemmF32&) noexcept;
void gemm_rows(const GemmRows&) noexcept;
void quantise_rows(const float*, std::int64_t, std::int64_t, std::int8_t*, float*, float*) noexcept;
void attention(const AttentionTile&) noexcept;
void write_page(const PageWrite&) noexcept;
void rms_norm(const float*, const float*, float*, std::int64_t, std::int64_t, float) noexcept;
void layer_norm(const float*, const float*, const float*, float*, std::int64_t, std::int64_t, float) noexcept;
void swiglu(const float*, const float*, float*, std::int64_t) noexcept;
void gelu(const float*, float*, std::int64_t) noexcept;
void gelu_tanh(const float*, float*, std::int64_t) noexcept;
void relu(const float*, float*, std::int64_t) noexcept;
void silu(const float*, float*, std::int64_t) noexcept;
void tanh_values(const float*, float*, std::int64_t) noexcept;
void multiply(const float*, const float*, float*, std::int64_t) noexcept;
void add_values(const float*, const float*, float*, std::int64_t) noexcept;
void add_row(const float*, const float*, float*, std::int64_t, std::int64_t) noexcept;
float dot(const float*, const float*, std::int64_t) noexcept;
void softmax(float*, std::int64_t) noexcept;
extern const Table functions;
const Table functions{MARU_NAME_OF(MARU_ISA), gemm_f32, gemm_rows, quantise_rows, attention, write_page, rms_norm, layer_norm, swiglu, gelu, gelu_tanh,
                      relu, silu, tanh_values, multiply, add_values, add_row, dot, softmax};
}  // namespace maru::kernels::MARU_ISA
