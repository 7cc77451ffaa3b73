#pragma once
// One thread pool. Work is cut into numbered pieces; which thread takes a piece never changes a result.
#include <cstdint>
#include <type_traits>

namespace maru {

// Threads that work: MARU_THREADS, else the physical cores this process may use (affinity, cgroup limit).
int thread_count();
// For benches and tests; takes effect at the next call of parallel().
void set_thread_count(int count);

namespace detail {
void parallel(std::int64_t pieces, void (*run)(void* context, std::int64_t piece), void* context);
}
// Calls run(piece) for 0 … pieces-1, the calling thread included, and returns when all are done. An exception of a piece is
// thrown again here. A call inside a piece runs in place.
template <class F>
void parallel(std::int64_t pieces, F&& run) {
  detail::parallel(pieces, [](void* context, std::int64_t piece) { (*static_cast<std::remove_reference_t<F>*>(context))(piece); },
                   const_cast<void*>(static_cast<const void*>(&run)));
}

}  // namespace maru
