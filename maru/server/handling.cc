// Whatever goes wrong here ends one request and nothing else.
#include "maru/server/handling.h"

#include "maru/server/body_coding.h"
#include "maru/server/fields.h"
#include "maru/server/head.h"

namespace maru::server {

void check_uncoded(const Request& request) {
  if (coding_of(request) == Coding::identity) return;
  throw Refused{.status = 415, .message = "a file's body is taken as it is, without Content-Encoding"};
}

void handle(Service& service, const std::shared_ptr<Answer>& answer, const Limits& limits) noexcept {
  const ExchangePtr exchange = answer->handle();
  try {
    Request& request = answer->request();
    const Route& route = answer->route();
    // Who left while the request waited is not worked for; a short question is answered all the same: some clients close their side first.
    if (answer->gone() && route.method != "GET") return answer->fail(499, phrase("the client has left").text);
    if (!route.body_to_file) decode_body(request, limits.body_bytes);
    if (!route.fields.empty()) {
      check(!request.body.empty(), "the body is empty; expected a JSON object");
      CheckedBody checked = check_body(request.body, route.fields, limits.json_depth);
      request.json = std::move(checked.json);
      request.ignored = std::move(checked.ignored);
    } else if (!route.body_to_file && !request.body.empty()) {
      request.ignored = {"body"};
    }
    route.run(service, exchange);
  } catch (const Refused& refused) {
    answer->fail(refused.status, refused.message);
  } catch (const std::exception& error) {
    answer->fail(error);
  } catch (...) {
    answer->fail(Error(ErrorKind::internal, "an exception of unknown type"));
  }
}

}  // namespace maru::server
