#pragma once
// A prompt in, text out, one token at a time.
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/engine/pretrained.h"
#include "maru/text/chat_template.h"

namespace maru::engine {

struct Sampling {
  float temperature = 0.7f;     // 0 is greedy
  int top_k = 40;               // 0: off
  float top_p = 0.95f, min_p = 0.0f;
  float repeat_penalty = 1.0f;  // over the last 64 tokens of the answer
  std::uint64_t seed = 0;
  int max_tokens = 512;
  std::vector<std::string> stop;
  // Called before each choice with the text so far and the logits, which it may mask (a citation number that is not in the context …).
  std::function<void(std::string_view so_far, std::span<float> logits)> mask;
};
enum class Finish { stop, length, stop_string, cancelled };
struct Generation {
  std::string text;
  std::vector<std::int32_t> ids;
  Finish finish = Finish::stop;
  std::size_t prompt_tokens = 0;
  std::chrono::nanoseconds prefill{}, decode{};
};
using OnText = std::function<bool(std::string_view)>;  // complete characters; false stops

class Generator {
 public:
  explicit Generator(const std::filesystem::path& model);   // throws Error
  explicit Generator(std::shared_ptr<const Pretrained> opened);
  ~Generator();
  Generator(Generator&&) noexcept;
  // The ids of a chat: template text is parsed for special tokens, the turns' own text never is.
  std::vector<std::int32_t> prompt(std::span<const text::Turn> turns) const;
  // Throws Error (limit) with the counts when prompt + max_tokens would not fit context().
  Generation operator()(std::span<const std::int32_t> prompt, const Sampling&, const OnText& = {}, const Cancel* = nullptr) const;
  std::size_t context() const;                               // tokens the model was trained for
  const text::Tokenizer& tokenizer() const;
  std::string name() const;                                  // general.name or the folder's name
  // False where the vocabulary spells the script of this text byte by byte or nearly so: then the model was hardly taught it.
  bool writes(std::string_view text) const;
  void set_precision(ops::Precision precision);              // fast unless said otherwise

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace maru::engine
