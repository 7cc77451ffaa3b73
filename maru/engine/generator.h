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
#include "maru/engine/sampling.h"
#include "maru/text/chat_template.h"

namespace maru::engine {

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
