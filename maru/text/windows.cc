// Cuts an encoding that is longer than a model reads into overlapping windows. Knows nothing of vocabularies.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/text/tokenizer.h"

namespace maru::text {
namespace {

// Appends the tokens [begin, end).
void take(const Encoding& from, std::size_t begin, std::size_t end, Encoding& out) {
  const auto part = [&](const auto& list, auto& into) {
    into.insert(into.end(), list.begin() + std::ptrdiff_t(begin), list.begin() + std::ptrdiff_t(end));
  };
  part(from.ids, out.ids);
  part(from.types, out.types);
  part(from.offsets, out.offsets);
  part(from.sequence, out.sequence);
  part(from.words, out.words);
}

}  // namespace

std::vector<Encoding> windows(const Encoding& whole, std::size_t longest, std::size_t stride) {
  const std::size_t n = whole.ids.size();
  if (whole.sequence.size() != n) fail(ErrorKind::internal, "windows: this encoding was made without offsets");
  std::int32_t last = -1;
  for (const std::int32_t text : whole.sequence) last = std::max(last, text);
  std::size_t begin = 0, end = n;  // of the text that is cut
  while (begin < end && whole.sequence[begin] != last) ++begin;
  while (end > begin && whole.sequence[end - 1] != last) --end;
  if (last < 0) begin = end = n;
  const std::size_t rest = n - (end - begin);
  if (rest > longest || (rest == longest && begin < end))
    fail(ErrorKind::limit, "a window of {} tokens leaves no room for the text: {} tokens are taken by the question and special tokens; "
         "give longer windows or a shorter question", longest, rest);
  const std::size_t room = longest - rest;
  check(stride < room || end - begin <= room, "a stride of {} tokens leaves no step: a window has room for {} tokens of the text", stride,
        room);
  std::vector<Encoding> out;
  for (std::size_t at = begin;; at += room - stride) {
    const std::size_t stop = std::min(end, at + room);
    Encoding& window = out.emplace_back();
    take(whole, 0, begin, window);
    take(whole, at, stop, window);
    take(whole, end, n, window);
    if (stop == end) break;
  }
  out.front().dropped_bytes = whole.dropped_bytes;
  return out;
}

}  // namespace maru::text
