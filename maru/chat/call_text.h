#pragma once
// The text between a family's marks -> the calls it means. It does not know how the text came.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/chat/chat.h"

namespace maru::chat {

// Nothing where the text is no call: not JSON, nested too deeply, without a name, arguments that are no object; for bare_json also a name
// that is not among `tools`, since an answer may be JSON too. Ids are left empty.
std::vector<ToolCall> calls_in(std::string_view body, const Marks& marks, std::span<const std::string> tools);

// "call_" and ten small letters and digits; the same of the same seed and number.
std::string call_id(std::uint64_t seed, std::uint64_t number);

}  // namespace maru::chat
