#pragma once
// What a registry asks for when it answers 401, and the token that answers it. Knows the challenge, not what is fetched with it.
#include <string>
#include <string_view>

#include "maru/base/cancel.h"
#include "maru/net/http.h"

namespace maru::hub {

// WWW-Authenticate: Bearer realm="…",service="…",scope="…".  Docker's registry token protocol.
struct Challenge {
  std::string realm, service, scope;
};
// Throws Error (invalid) naming `registry`: no Bearer, no realm, or a realm that is not the registry itself: who could send people's
// signatures to another host could be that host (CVE-2025-51471).
Challenge parse_challenge(std::string_view header, std::string_view registry);
// The realm with its query; `nonce` and `seconds` (since 1970) keep a signature from being used twice.
std::string token_url(const Challenge& challenge, std::string_view nonce, long long seconds);
// Asks, signed when ~/.ollama/id_ed25519 is there. The Authorization header's value: "Bearer …". Throws Error (io, invalid).
std::string fetch_token(const Challenge& challenge, std::string_view registry, net::Client& client, const Cancel* cancel);

}  // namespace maru::hub
