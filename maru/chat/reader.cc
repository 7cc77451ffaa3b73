// Takes a model's text apart while it is written. A decision is made only when no later text can change it, so cuts change nothing.
#include <algorithm>
#include <array>

#include "maru/chat/call_text.h"
#include "maru/chat/chat.h"

namespace maru::chat {
namespace {

constexpr std::size_t kLongestCall = std::size_t{1} << 20;
constexpr std::string_view kSpace = " \t\r\n";

// How much of the end of `text` could be the beginning of `mark`.
std::size_t begun(std::string_view text, std::string_view mark) {
  for (std::size_t n = std::min(mark.empty() ? 0 : mark.size() - 1, text.size()); n > 0; --n)
    if (text.ends_with(mark.substr(0, n))) return n;
  return 0;
}

// Bytes at the end that are the beginning of one character.
std::size_t cut_character(std::string_view text) {
  for (std::size_t n = 1; n <= 3 && n <= text.size(); ++n) {
    const auto byte = static_cast<unsigned char>(text[text.size() - n]);
    if ((byte & 0xC0) == 0x80) continue;
    const std::size_t size = byte >= 0xF0 && byte <= 0xF4 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
    return byte < 0xF5 && size > n ? n : 0;
  }
  return 0;
}

std::size_t space_before(std::string_view text, std::size_t end) {
  const std::size_t last = text.substr(0, end).find_last_not_of(kSpace);
  return last == std::string_view::npos ? 0 : last + 1;
}

}  // namespace

Reader::Reader(Marks marks, Expected expected) : marks_(std::move(marks)), expected_(std::move(expected)) {
  if (expected_.tools.empty() && marks_.calls != Marks::Calls::channels) marks_.calls = Marks::Calls::none;
  if (expected_.starts_thinking && !marks_.think_end.empty()) {
    where_ = Where::thinking;
    thought_ = trim_ = true;
    if (marks_.calls == Marks::Calls::channels) channel_ = "analysis";
  } else if (marks_.calls == Marks::Calls::channels) {
    where_ = Where::header;
  }
}

Delta Reader::push(std::string_view text) {
  Delta out;
  held_ += text;
  while (step(out)) {}
  return out;
}

bool Reader::step(Delta& out) {
  if (held_.empty()) return false;
  if (marks_.calls == Marks::Calls::channels) return where_ == Where::header ? read_header(out) : read_channel(out);
  switch (where_) {
    case Where::content: return read_content(out);
    case Where::thinking: return read_thinking(out);
    default: return read_call(out);
  }
}

void Reader::emit(Delta& out, std::size_t size, bool as_thinking) {
  (as_thinking ? out.thinking : out.content).append(held_, 0, size);
  held_.erase(0, size);
  if (size > 0 && !as_thinking) fresh_ = false;
}

// The answer begins with what may be a JSON object.
bool Reader::bare_call() const {
  return marks_.calls == Marks::Calls::bare_json && fresh_;
}

void Reader::open_call(std::size_t at, std::size_t mark) {
  where_ = Where::call;
  body_ = at + mark;
  scan_ = {.at = body_};
}

bool Reader::read_content(Delta& out) {
  const bool calls = marks_.calls != Marks::Calls::none;
  if (trim_) {
    // Llama 3 puts semicolons between its calls.
    held_.erase(
        0, std::min(held_.find_first_not_of(calls_ > 0 && marks_.calls == Marks::Calls::bare_json ? " \t\r\n;" : kSpace), held_.size()));
    if (held_.empty()) return false;
    trim_ = false;
  }
  const std::size_t first = std::min(held_.find_first_not_of(kSpace), held_.size());
  if (fresh_) {
    if (first == held_.size()) return false;
    const std::string_view rest = std::string_view(held_).substr(first);
    if (!thought_ && !marks_.think_begin.empty()) {
      if (rest.starts_with(marks_.think_begin)) {
        held_.erase(0, first + marks_.think_begin.size());
        where_ = Where::thinking;
        thought_ = trim_ = true;
        return true;
      }
      if (rest.size() < marks_.think_begin.size() && std::string_view(marks_.think_begin).starts_with(rest)) return false;
    }
    if (calls && bare_call() && rest[0] == '{') {
      open_call(first, 0);
      return true;
    }
  }
  if (!calls) {
    const std::size_t size = held_.size() - cut_character(held_);
    if (size > 0) thought_ = true;
    emit(out, size, false);
    return false;
  }
  if (!marks_.call_begin.empty())
    if (const std::size_t mark = held_.find(marks_.call_begin); mark != std::string::npos) {
      const std::size_t said = space_before(held_, mark);
      if (said > 0) thought_ = true;
      emit(out, said, false);
      open_call(mark - said, marks_.call_begin.size());
      return true;
    }
  // What may become a mark stays, and the space in front of it.
  std::size_t size = held_.size() - std::max(begun(held_, marks_.call_begin), cut_character(held_));
  size = space_before(held_, size);
  if (size > 0) thought_ = true;
  emit(out, size, false);
  return false;
}

bool Reader::read_thinking(Delta& out) {
  if (trim_) {
    held_.erase(0, std::min(held_.find_first_not_of(kSpace), held_.size()));
    if (held_.empty()) return false;
    trim_ = false;
  }
  if (const std::size_t end = held_.find(marks_.think_end); end != std::string::npos) {
    out.thinking.append(held_, 0, space_before(held_, end));
    held_.erase(0, end + marks_.think_end.size());
    where_ = Where::content;
    trim_ = fresh_ = true;
    return true;
  }
  const std::size_t size = held_.size() - std::max(begun(held_, marks_.think_end), cut_character(held_));
  emit(out, space_before(held_, size), true);
  return false;
}

// Where the call's text ends, when that is certain; `behind`: where the text after it begins.
std::optional<std::size_t> Reader::call_ends(std::size_t& behind) {
  const bool json_only = marks_.calls == Marks::Calls::bare_json || (marks_.calls == Marks::Calls::list && marks_.call_end.empty());
  for (; scan_.at < held_.size(); ++scan_.at) {
    const char c = held_[scan_.at];
    if (scan_.text) {
      if (scan_.escaped) scan_.escaped = false;
      else if (c == '\\') scan_.escaped = true;
      else if (c == '"' || c == '\n') scan_.text = false;  // a line break is no JSON, and the mark must not be missed for it
      continue;
    }
    if (!json_only && c == marks_.call_end[0]) {
      const std::string_view rest = std::string_view(held_).substr(scan_.at);
      if (rest.starts_with(marks_.call_end)) {
        behind = scan_.at + marks_.call_end.size();
        return scan_.at;
      }
      if (std::string_view(marks_.call_end).starts_with(rest)) return std::nullopt;
    }
    if (!scan_.begun) {
      // JSON begins here, or a name stands in front of it: only of JSON can quotes hide the mark.
      if (kSpace.contains(c)) continue;
      const bool first = std::string_view(held_).substr(body_, scan_.at - body_).find_first_not_of(kSpace) == std::string_view::npos;
      const bool named = marks_.calls == Marks::Calls::list && c == '{';
      if (first && (c == '{' || c == '[') ? true : named) scan_.begun = true;
      else if (json_only && marks_.calls == Marks::Calls::bare_json) return behind = scan_.at, scan_.at;
      else continue;
    }
    if (c == '"') scan_.text = true;
    else if (c == '{' || c == '[') ++scan_.depth;
    else if ((c == '}' || c == ']') && --scan_.depth == 0 && json_only) {
      behind = ++scan_.at;
      return behind;
    }
  }
  return std::nullopt;
}

bool Reader::read_call(Delta& out) {
  std::size_t behind = 0;
  const auto end = call_ends(behind);
  if (end && *end <= body_ + kLongestCall) {
    if (take_calls(std::string_view(held_).substr(body_, *end - body_), out)) {
      held_.erase(0, behind);
      where_ = Where::content;
      trim_ = true;
      thought_ = true;
    } else {
      give_back(out, behind);
    }
    return true;
  }
  if (held_.size() <= body_ + kLongestCall + marks_.call_end.size()) return false;
  give_back(out, body_ + kLongestCall);
  return true;
}

bool Reader::take_calls(std::string_view body, Delta& out) {
  std::vector<ToolCall> calls = calls_in(body, marks_, expected_.tools);
  if (calls.empty()) return false;
  for (ToolCall& call : calls) {
    call.id = call_id(expected_.seed, calls_++);
    out.calls.push_back(std::move(call));
  }
  return true;
}

void Reader::give_back(Delta& out, std::size_t size) {
  where_ = Where::content;
  thought_ = true;
  emit(out, size, false);
}

Delta Reader::finish() {
  Delta out;
  if (marks_.calls == Marks::Calls::channels) {
    if (where_ != Where::header) {
      const bool call = channel_.contains("to=functions.");
      if (call && !take_calls(channel_ + "\n" + held_, out)) out.content += held_;
      else if (!call) (channel_.starts_with("analysis") ? out.thinking : out.content).append(held_, 0, space_before(held_, held_.size()));
    }
    else if (!held_.contains("<|")) out.content += held_;   // no frame at all
    held_.clear();
    return out;
  }
  if (where_ == Where::call) {
    // The model may have stopped at the mark, or inside it.
    std::string_view body = std::string_view(held_).substr(std::min(body_, held_.size()));
    body.remove_suffix(begun(body, marks_.call_end));
    if (body.size() > kLongestCall || !take_calls(body, out)) emit(out, held_.size(), false);
  } else if (where_ == Where::thinking) {
    if (trim_) held_.erase(0, std::min(held_.find_first_not_of(kSpace), held_.size()));
    emit(out, space_before(held_, held_.size()), true);
  } else {
    if (trim_) held_.erase(0, std::min(held_.find_first_not_of(kSpace), held_.size()));
    emit(out, held_.size(), false);
  }
  held_.clear();
  return out;
}

// gpt-oss, between messages: "<|start|>assistant<|channel|>analysis<|message|>". The prompt ends with <|start|>assistant.
bool Reader::read_header(Delta& out) {
  static constexpr std::string_view kMessage = "<|message|>";
  const std::size_t end = held_.find(kMessage);
  if (end == std::string::npos) {
    if (held_.size() <= kLongestCall) return false;
    emit(out, kLongestCall, false);
    return true;
  }
  static constexpr std::string_view kChannel = "<|channel|>";
  const std::string_view header = std::string_view(held_).substr(0, end);
  const std::size_t channel = header.find(kChannel);
  channel_ = channel == std::string_view::npos ? std::string("final") : std::string(header.substr(channel + kChannel.size()));
  // The recipient may stand in front of the channel: "<|start|>assistant to=functions.NAME<|channel|>commentary".
  if (channel != std::string_view::npos && header.substr(0, channel).contains("to=functions.")) channel_ = std::string(header);
  held_.erase(0, end + kMessage.size());
  where_ = Where::content;
  return true;
}

bool Reader::read_channel(Delta& out) {
  static constexpr std::array<std::string_view, 4> kEnds = {"<|end|>", "<|call|>", "<|return|>", "<|start|>"};
  std::size_t end = std::string::npos, mark = 0, hold = cut_character(held_);
  for (const std::string_view one : kEnds) {
    if (const std::size_t at = held_.find(one); at < end) {
      end = at;
      mark = one.size();
    }
    hold = std::max(hold, begun(held_, one));
  }
  const bool call = channel_.contains("to=functions.") && !expected_.tools.empty();
  const bool thinking = channel_.starts_with("analysis");
  if (end == std::string::npos) {
    if (call && held_.size() <= kLongestCall) return false;
    if (call) channel_ = "final";
    emit(out, space_before(held_, held_.size() - hold), thinking);
    return false;
  }
  if (!call || end > kLongestCall || !take_calls(channel_ + "\n" + held_.substr(0, end), out))
    (thinking ? out.thinking : out.content).append(held_, 0, thinking ? space_before(held_, end) : end);
  held_.erase(0, end + mark);
  where_ = Where::header;
  return true;
}

}  // namespace maru::chat
