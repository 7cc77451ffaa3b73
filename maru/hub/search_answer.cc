// What each status of the hub's API means for a person.
#include "maru/hub/search_answer.h"

#include "maru/base/error.h"
#include "maru/hub/hf/endpoint.h"

namespace maru::hub {
namespace {

// What the hub itself says of it, on one line.
std::string said_by(const net::Response& response) {
  std::string said(response.header("X-Error-Message"));
  if (said.empty() && response.body.size() < 4096 && response.body.starts_with('{')) {
    const Json body = Json::parse(response.body, nullptr, false);
    if (!body.is_discarded()) said = text_of(body, "error");
  }
  return said.empty() ? "" : " (" + dump(Json(said.substr(0, 200))) + ")";
}

}  // namespace

Json json_answer(const net::Response& response, std::string_view what) {
  if (response.ok()) return parse_json(response.body, what);
  const std::string said = said_by(response), endpoint = hf::endpoint();
  switch (response.status) {
    case 401:
      fail(ErrorKind::invalid,
          "{}: the hub does not know who asks, or there is no such repository{}; make a token at {}/settings/tokens and set HF_TOKEN",
           what, said, endpoint);
    case 403:
      fail(ErrorKind::invalid, "{}: the hub refuses this to your token{}; a token with write access to it is made at {}/settings/tokens",
          what, said, endpoint);
    case 404: fail(ErrorKind::not_found, "{}: the hub has no such repository or revision{}", what, said);
    case 409:
    case 412: fail(ErrorKind::invalid, "{}: somebody changed the repository meanwhile{}; try again", what, said);
    case 413: fail(ErrorKind::limit, "{}: the hub finds it too large{}", what, said);
    case 429: fail(ErrorKind::limit,
        "{}: the hub takes no more requests from here for now{}; try again in a few minutes, with HF_TOKEN set it takes more", what,
                   said);
  }
  fail(ErrorKind::io, "{}: the hub answered with status {}{}; try again later", what, response.status, said);
}

std::string text_of(const Json& object, std::string_view key) {
  if (!object.is_object()) return {};
  const auto at = object.find(std::string(key));
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::uint64_t count_of(const Json& object, std::string_view key) {
  if (!object.is_object()) return 0;
  const auto at = object.find(std::string(key));
  return at != object.end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}

}  // namespace maru::hub
