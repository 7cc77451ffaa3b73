#pragma once
// A model's chat template, rendered by an interpreter of our own for the subset of Jinja that templates use. Templates are
// code from strangers: steps, depth and output are limited, and nothing of the host can be reached.
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "maru/base/json.h"

namespace maru::text {

struct Turn {
  std::string role, content;
};
struct TemplateLimits {
  std::size_t steps = 1'000'000, output_bytes = std::size_t{8} << 20, depth = 64;
};

class ChatTemplate {
 public:
  // Throws Error (invalid) with line and what was expected.
  explicit ChatTemplate(std::string_view source, std::string_view where = "chat template");
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  // `variables` holds messages, add_generation_prompt, bos_token, eos_token, tools … Throws Error: invalid for what the
  // template raises itself, limit when a limit is reached.
  std::string render(const Json& variables, const TemplateLimits& limits = {}) const;

 private:
  struct Program;
  std::unique_ptr<Program> program_;
};

}  // namespace maru::text
