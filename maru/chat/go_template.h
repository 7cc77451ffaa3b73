#pragma once
// A subset of Go's text/template (Go 1.26), as Ollama's templates use it, run within limits. Templates are code from strangers: nothing of
// the host can be reached. It does not know what a conversation is.
#include <memory>
#include <string>
#include <string_view>

#include "maru/chat/go_value.h"
#include "maru/text/chat_template.h"

namespace maru::chat {

class GoTemplate {
 public:
  // Throws Error (invalid), "template error: WHERE:LINE: …". define, template, block, call, html, js and urlquery are refused by name.
  explicit GoTemplate(std::string_view source, std::string_view where);
  ~GoTemplate();
  GoTemplate(GoTemplate&&) noexcept;
  // Throws Error: invalid with the line, limit when one is reached.
  std::string render(const go::Value& data, const text::TemplateLimits& limits = {}) const;
  // Whether a field or a variable of this name (small letters) stands anywhere in it.
  bool uses(std::string_view name) const;
  // {{ .NAME }} behind all else.
  void append_field(std::string_view name);
  // A copy that ends behind the first printed .NAME.
  GoTemplate cut_behind(std::string_view name) const;

 private:
  struct Program;
  explicit GoTemplate(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace maru::chat
