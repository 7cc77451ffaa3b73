#pragma once
// Answers of the hub's API as JSON, or as an error that says what to do. Knows no particular route.
#include <string>
#include <string_view>

#include "maru/base/json.h"
#include "maru/net/http.h"

namespace maru::hub {

// The body of an answer that went well. `what` names what was asked for, "hf:org/name". Throws Error: not_found for 404, invalid for
// 401 and 403 (with where a token is made) and for a body that is no JSON, limit for 429, io for what the hub could not do.
Json json_answer(const net::Response& response, std::string_view what);

// Members of an object from outside; what is absent or of another kind is "", 0, false.
std::string text_of(const Json& object, std::string_view key);
std::uint64_t count_of(const Json& object, std::string_view key);

}  // namespace maru::hub
