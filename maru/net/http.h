#pragma once
// HTTP as a client. libcurl speaks the protocol (proxies, TLS, HTTP/2); redirects, credentials, limits and the offline rule are decided
// here. Knows nothing of hubs and models.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/phrase.h"

namespace maru::net {

struct Header {
  std::string name, value;
};

struct Range {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;  // inclusive; to the end when absent
};

struct Request {
  std::string url;                    // http:// or https://
  std::string method = "GET";
  std::vector<Header> headers{};
  std::string authorization{};        // the Authorization header's value: sent to this url's scheme, host and port only, never further
  std::optional<Range> range{};
  std::string body{};                 // of POST and PUT
  std::function<std::size_t(std::span<std::byte>)> upload{};  // instead of `body`: fills a part, 0 at the end
  std::uint64_t upload_bytes = 0;
};

// One answer. Of a redirect that was followed, only its headers are kept.
struct Answer {
  int status = 0;
  std::string url;                    // that gave it
  std::vector<Header> headers;
  std::string_view header(std::string_view name) const;  // "" when absent; names in any case
  // A Content-Encoding other than identity came though none was asked for. The body is decoded as it arrives; Content-Length and
  // Content-Range count the encoded bytes and say nothing of it.
  bool encoded() const;
};
struct Response : Answer {
  std::vector<Answer> redirects;      // in the order they were followed
  std::string body;                   // empty when it was streamed
  bool ok() const { return status >= 200 && status < 300; }
};

struct Settings {
  bool offline = false;               // every request throws before a socket is made or a name looked up
  std::string offline_by{};           // the variable that says so, or "--offline"
  bool private_addresses = true;      // false: loopback, link-local and private networks are refused, after name resolution, a proxy's too
  int redirects = 10;                 // more are an error
  std::chrono::milliseconds connect_time{10'000};  // name, connection and TLS together
  std::chrono::milliseconds stall_time{30'000};    // without a byte
  std::chrono::milliseconds pause_unit{1'000};     // what a second of waiting between attempts takes: tests set less
  std::uint64_t max_body = std::uint64_t{64} << 20;  // of send()
  std::string authority_file{};       // PEM of certificate authorities; "" is the system's
  // MARU_OFFLINE (1, 0, or "--offline" where the flag set it), HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE; SSL_CERT_FILE, REQUESTS_CA_BUNDLE,
  // CURL_CA_BUNDLE; HF_HUB_DOWNLOAD_TIMEOUT and HF_HUB_ETAG_TIMEOUT, in seconds, for stall_time and connect_time. Proxies (HTTP_PROXY,
  // HTTPS_PROXY, ALL_PROXY, NO_PROXY; in lower case too, which wins; HTTP_PROXY not where REQUEST_METHOD is set) are read at every request.
  // Throws Error (usage) for a value that means nothing.
  static Settings from_environment();
};

// What a request ends with when no answer came. The text says host, what happened (no such name, refused, certificate, stalled after n
// bytes) and what to do.
//   io         the network: asking again may help, but for being offline
//   not_found  no such host
//   limit      the body of send() is longer than max_body
//   invalid    asking again is no use: certificate, a redirect or an address that is refused, an answer that is not HTTP
//   cancelled  within a tenth of a second

// A client keeps its connections; one thread uses it at a time. Statuses are no errors here: the caller knows what they mean.
class Client {
 public:
  explicit Client(Settings settings = Settings::from_environment());
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Response send(const Request& request, const Cancel* cancel = nullptr);
  // `started` sees status and headers before the first byte and says whether the body is wanted; `take` gets it in pieces. What either
  // throws ends the request and comes out here.
  using Started = std::function<bool(const Answer&)>;
  using Take = std::function<void(std::span<const std::byte>)>;
  Response stream(const Request& request, const Started& started, const Take& take, const Cancel* cancel = nullptr);

  const Settings& settings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Statuses after which the same request may do better: 408, 425, 429, 500, 502, 503, 504.
bool may_pass(int status);
// How long to wait before attempt n (from 1): what Retry-After (RFC 9110 §10.2.3) or RateLimit (t=…) ask for, else 1, 2, 4, 8 s; never
// over a minute. A second takes `unit`.
std::chrono::milliseconds pause_before(int attempt, const Answer* refused, std::chrono::milliseconds unit = std::chrono::seconds(1));
// Sleeps; throws Error (cancelled) within a twentieth of a second.
void wait(std::chrono::milliseconds time, const Cancel* cancel);
// Sends, and sends again while the network or the server stumbles: up to five attempts. The last answer is returned whatever its status.
Response send_patiently(Client& client, const Request& request, const Cancel* cancel = nullptr);

// Whether both name the same scheme, host and port. Throws Error (invalid) when either is no http or https URL.
bool same_origin(std::string_view one, std::string_view other);

// What keeps the network shut, for a sentence that begins "not asked, because ".
Phrase offline_reason(const Settings& settings);

}  // namespace maru::net
