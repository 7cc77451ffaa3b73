#pragma once
// What a Format holds, shared by the files that write a prompt and cut it to a length.
#include "maru/chat/chat.h"
#include "maru/chat/dialect.h"
#include "maru/engine/guard.h"

namespace maru::chat {

struct Format::Parts {
  std::string model;                             // for messages
  engine::Guard guard;
  std::unique_ptr<Dialect> dialect;

  // The steps of a prompt, in their order.
  void check_abilities(const Conversation& asked) const;
  void merge_system(Conversation& asked, std::vector<Phrase>& notes) const;
  Conversation guarded(Conversation asked) const;
  void write(const Conversation& asked, Prompt& prompt) const;  // text, ids, thinks
  std::string continued(const Conversation& asked) const;
};

}  // namespace maru::chat
