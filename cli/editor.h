#pragma once
// Reads what a person types: editing with Hangul, history between sessions, several lines as one message. Where there is no
// terminal it reads plain lines. Uses libedit's wide interface, which needs a UTF-8 locale (main.cc sets one).
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "maru/base/cancel.h"

namespace maru::cli {

class Editor {
 public:
  struct Answer {
    enum class Kind { text, interrupted, end } kind = Kind::text;
    std::string text;
  };
  // `history`: a file that is read now and written by save(). `cancel` is what Ctrl-C raises; a raised one is answered and cleared by
  // read().
  Editor(std::filesystem::path history, Cancel& cancel);
  ~Editor();
  Editor(const Editor&) = delete;
  Editor& operator=(const Editor&) = delete;
  // One message: a line; lines joined where one ends in a backslash; or everything between two """.
  Answer read(std::string_view prompt, std::string_view continuation);
  void save();  // throws Error (io)

 private:
  struct Parts;
  Answer line(std::string_view prompt);
  std::unique_ptr<Parts> parts_;
};

}  // namespace maru::cli
