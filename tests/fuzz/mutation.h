#pragma once
// Changes inputs at random, the same way for the same seed: bits, numbers, cuts, copies, splices and known words.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace maru::fuzz {

constexpr std::size_t kLongestInput = 64 << 10;

class Mutator {
 public:
  Mutator(std::uint64_t seed, std::vector<std::string> words) : random_(seed), words_(std::move(words)) {}
  const std::string& choice(const std::vector<std::string>& corpus) { return corpus[below(corpus.size())]; }
  std::string mutated(std::string input, const std::vector<std::string>& corpus);

 private:
  std::size_t below(std::size_t count) { return count ? std::size_t(random_() % count) : 0; }
  void change(std::string& input, const std::vector<std::string>& corpus);
  void number(std::string& input);
  std::mt19937_64 random_;
  std::vector<std::string> words_;
};

}  // namespace maru::fuzz
