#pragma once
// Where the hub is and who asks: HF_ENDPOINT and the token, from the variables and files that its other clients use.
#include <string>
#include <string_view>

namespace maru::hub::hf {

// HF_ENDPOINT without a slash at its end, else https://huggingface.co
std::string endpoint();

// The Authorization header's value, "" without a token. HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HF_TOKEN_PATH, $HF_HOME/token (default
// ~/.cache/huggingface); none when HF_HUB_DISABLE_IMPLICIT_TOKEN is set. Throws Error (invalid) saying where a malformed one lies, never
// the token itself.
std::string authorization();

// Bytes outside A-Z a-z 0-9 . _ ~ - as %XX; a slash stays where `keep_slash`.  RFC 3986 §2.
std::string quoted(std::string_view text, bool keep_slash);

}  // namespace maru::hub::hf
