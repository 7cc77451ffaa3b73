// Cuts a conversation to a number of tokens. What it costs to look grows with what is kept, not with what is left out.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/chat/format_parts.h"

namespace maru::chat {
namespace {

constexpr std::size_t kBytesPerToken = 16;       // a conversation with fewer per token may well fit as a whole

// Where a conversation may begin when what stands before is left out (system messages stay): at what a person says, the best place, or at
// the assistant's turn; never at a tool's result. The last message is always kept.
std::vector<std::size_t> beginnings(const std::vector<Message>& messages, bool of_people) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string& role = messages[i].role;
    if (of_people ? role == "user" : role == "user" || role == "assistant") out.push_back(i);
  }
  return out;
}

Conversation from(const Conversation& whole, std::size_t begin) {
  Conversation out = whole;
  std::size_t number = 0;
  std::erase_if(out.messages, [&](const Message& message) { return number++ < begin && message.role != "system"; });
  return out;
}

}  // namespace

Prompt Format::fit(const Conversation& conversation, std::size_t limit) const {
  const Parts& p = *parts_;
  const Conversation asked = checked(conversation);
  p.check_abilities(asked);
  std::size_t bytes = 0;
  for (const Message& message : asked.messages) bytes += message.content.size() + message.thinking.size();

  const auto render = [&](std::size_t begin) {
    Conversation kept = begin == 0 ? asked : from(asked, begin);
    Prompt prompt;
    prompt.dropped_messages = asked.messages.size() - kept.messages.size();
    p.merge_system(kept, prompt.notes);
    p.write(p.guarded(std::move(kept)), prompt);
    return prompt;
  };
  // Nothing where the prompt is too long.
  std::size_t smallest = 0;
  const auto attempt = [&](std::size_t begin) -> std::optional<Prompt> {
    try {
      Prompt prompt = render(begin);
      if (prompt.ids.size() <= limit) return prompt;
      smallest = prompt.ids.size();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::limit) throw;
    }
    return std::nullopt;
  };
  if (bytes / kBytesPerToken <= limit)
    if (auto whole = attempt(0)) return std::move(*whole);

  for (const bool of_people : {true, false}) {
    const std::vector<std::size_t> places = beginnings(asked.messages, of_people);
    if (places.empty()) continue;
    // places[at] fits, places[at - step] does not: first in growing steps towards the beginning, then between the two.
    std::size_t at = places.size() - 1;
    std::optional<Prompt> best = attempt(places[at]);
    if (!best) continue;
    std::size_t too_long = std::size_t(-1);
    for (std::size_t step = 1; at > 0; step *= 2) {
      const std::size_t next = at > step ? at - step : 0;
      auto longer = attempt(next == 0 && places[0] == 0 ? 0 : places[next]);
      if (!longer) {
        too_long = next;
        break;
      }
      best = std::move(longer);
      at = next;
    }
    while (too_long != std::size_t(-1) && at - too_long > 1) {
      const std::size_t middle = too_long + (at - too_long) / 2;
      if (auto longer = attempt(places[middle])) {
        best = std::move(longer);
        at = middle;
      } else {
        too_long = middle;
      }
    }
    std::size_t number = 0;
    for (const Message& message : asked.messages) {
      if (number++ >= places[at]) break;
      if (message.role != "system") best->dropped_tokens += p.guard.tokenizer().encode(message.content, {.add_special = false}).ids.size();
    }
    if (best->dropped_messages > 0)
      best->notes.push_back(phrase("{} of {} messages were left out, the oldest first, with {} tokens: the limit is {} tokens",
                                   best->dropped_messages, asked.messages.size(), best->dropped_tokens, limit));
    return std::move(*best);
  }
  if (smallest == 0) smallest = render(asked.messages.size() - 1).ids.size();
  fail(ErrorKind::limit,
       "the last message alone, with the system's and the tools, is {} tokens of prompt and the limit is {}; shorten it or raise num_ctx",
       smallest, limit);
}

}  // namespace maru::chat
