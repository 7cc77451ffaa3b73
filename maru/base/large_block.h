#pragma once
// Memory in large pieces, on the system's large pages where it has them: what reads much of it then waits less for addresses to be
// translated. Decoding with SmolLM2 takes a fifth less time from weights and keys that lie so.
#include <cstddef>
#include <memory>

namespace maru {

// Zeroed bytes that start at a multiple of kLargePage, rounded up to whole ones. Throws std::bad_alloc.
constexpr std::size_t kLargePage = std::size_t(2) << 20;
class LargeBlock {
 public:
  explicit LargeBlock(std::size_t bytes);
  ~LargeBlock();
  LargeBlock(LargeBlock&& other) noexcept;
  LargeBlock& operator=(LargeBlock&&) = delete;
  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  std::byte* data_;
  std::size_t size_;
};

// Bytes for long, such as a weight's, aligned to 64 and side by side with others in one large block, which goes when all in it have gone.
// Safe from any thread. Throws std::bad_alloc.
std::shared_ptr<std::byte[]> lasting_bytes(std::size_t bytes);

}  // namespace maru
