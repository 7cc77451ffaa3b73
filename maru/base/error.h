#pragma once
// The one error of maru. Thrown where this request cannot go on; translated once at each edge (cli/main.cc).
// A message says what, where, expected, got, and what to do next.
#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "maru/base/phrase.h"

namespace maru {

enum class ErrorKind {
  invalid,    // input from outside breaks a rule (file, document, request)
  not_found,  // a name or path leads nowhere
  limit,      // a size, time or depth limit was reached
  busy,       // not now: a queue is full, or work is being ended
  io,         // the operating system refused: disk full, permission, broken pipe
  usage,      // the command line is wrong: exit code 2
  cancelled,  // the person stopped it
  internal,   // our own mistake
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, Phrase said) : std::runtime_error(said.text), kind_(kind), said_(std::make_shared<const Phrase>(std::move(said))) {}
  Error(ErrorKind kind, std::string message) : Error(kind, Phrase{.text = std::move(message), .pattern = {}, .values = {}}) {}
  ErrorKind kind() const { return kind_; }
  const Phrase& said() const { return *said_; }  // what(), and how it was made

 private:
  ErrorKind kind_;
  std::shared_ptr<const Phrase> said_;  // shared: copying an exception must not throw
};

template <class... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> text, Args&&... args) {
  throw Error(kind, phrase(text, std::forward<Args>(args)...));
}

// Throws an `invalid` error with the formatted text when the claim does not hold.
template <class... Args>
void check(bool claim, fmt::format_string<Args...> text, Args&&... args) {
  if (!claim) [[unlikely]] throw Error(ErrorKind::invalid, phrase(text, std::forward<Args>(args)...));
}

}  // namespace maru
