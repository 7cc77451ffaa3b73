// Follows redirects and keeps the rules of net::Client; one exchange at a time is exchange.cc's.
#include "maru/net/http.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "maru/base/error.h"
#include "maru/net/exchange.h"
#include "maru/net/url.h"

namespace maru::net {

struct Client::State {
  Settings settings;
  Handles handles;
};

std::string_view Answer::header(std::string_view name) const {
  for (const Header& one : headers) {
    if (one.name.size() == name.size() && strncasecmp(one.name.data(), name.data(), name.size()) == 0) return one.value;
  }
  return {};
}

bool Answer::encoded() const {
  const std::string_view encoding = header("content-encoding");
  return !encoding.empty() && !(encoding.size() == 8 && strncasecmp(encoding.data(), "identity", 8) == 0);
}

namespace {

std::uint64_t promised_bytes(const Answer& answer) {
  const std::string_view text = answer.header("content-length");
  std::uint64_t bytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  return answer.encoded() ? 0 : bytes;
}

}  // namespace

Client::Client(Settings settings) : state_(std::make_unique<State>()) { state_->settings = std::move(settings); }
Client::~Client() = default;
const Settings& Client::settings() const { return state_->settings; }

Response Client::stream(const Request& request, const Started& started, const Take& take, const Cancel* cancel) {
  const Settings& settings = state_->settings;
  Url url = parse_url(request.url);
  if (settings.offline) fail(ErrorKind::io, "{}: not asked, because {}", url.place(), offline_reason(settings));
  const std::string home = url.origin();
  std::string method = request.method;
  bool with_body = request.upload || !request.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  std::set<std::string> seen{url.whole};
  Response response;
  while (true) {
    const Asked asked{.request = request, .url = url, .method = method, .authorized = url.origin() == home, .with_body = with_body};
    static_cast<Answer&>(response) = exchange(state_->handles, asked, settings, started, take, cancel);
    if (!is_redirect(response)) return response;
    Url target = follow(url, response.header("location"));
    response.redirects.push_back(response);
    check(int(response.redirects.size()) <= settings.redirects, "{}: more than {} redirects, the last to {}", url.place(),
          settings.redirects, target.place());
    // RFC 9110 §15.4: after 303, and by custom after 301 and 302, a POST becomes a GET.
    if (response.status == 303 ? method != "HEAD" : response.status <= 302 && method == "POST") {
      method = "GET";
      with_body = false;
    }
    check(!(with_body && request.upload), "{}: redirects an upload to {}, which cannot be sent twice", url.place(), target.place());
    check(seen.insert(target.whole).second || method != request.method, "{}: redirects in a circle, back to {}", url.place(), target.whole);
    url = std::move(target);
  }
}

Response Client::send(const Request& request, const Cancel* cancel) {
  const std::uint64_t most = settings().max_body;
  std::string body;
  const auto refuse = [&] {
    fail(ErrorKind::limit, "{}: the answer is longer than {} bytes", parse_url(request.url).place(), most);
  };
  const auto started = [&](const Answer& answer) {
    if (request.method != "HEAD" && promised_bytes(answer) > most) refuse();
    return true;
  };
  Response response = stream(request, started, [&](std::span<const std::byte> bytes) {
    if (bytes.size() > most - body.size()) refuse();
    body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }, cancel);
  response.body = std::move(body);
  return response;
}

}  // namespace maru::net
