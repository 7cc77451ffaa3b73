// The client against a server that does what the test says: redirects, credentials, limits, and every way an answer can fail to come.
#include "maru/net/http.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>

#include "maru/base/error.h"
#include "maru/net/address.h"
#include "maru/net/fake_server_test.h"

namespace maru::net {
namespace {

using namespace std::chrono_literals;
using Asked = FakeServer::Asked;
using Reply = FakeServer::Reply;

Settings quick() {
  return {.connect_time = 2s, .stall_time = 100ms, .pause_unit = 1ms};
}

ErrorKind kind_of_refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("nothing was refused");
  return ErrorKind::internal;
}

Response get(const std::string& url, Settings settings = quick()) { return Client(std::move(settings)).send({.url = url}); }

class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("an answer's status, headers and body come whole, and no encoding is asked for") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, "X-Repo-Commit:  abc \r\n", "hello"); });
  const Response response = get(server.url("/a?b=c"));
  CHECK(response.status == 200);
  CHECK(response.ok());
  CHECK(response.body == "hello");
  CHECK(response.header("x-repo-commit") == "abc");
  CHECK(response.header("absent").empty());
  CHECK(response.url == server.url("/a?b=c"));
  REQUIRE(server.count() == 1);
  CHECK(server.asked()[0].target == "/a?b=c");
  CHECK(server.asked()[0].header("accept-encoding") == "identity");
}

TEST_CASE("statuses are answers, with their headers and bodies") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    reply.answer(std::stoi(asked.target.substr(1)), "X-Error-Code: GatedRepo\r\n", "why");
  });
  Client client(quick());
  for (const int status : {401, 403, 404, 416, 429, 500}) {
    const Response response = client.send({.url = server.url(fmt::format("/{}", status))});
    CHECK(response.status == status);
    CHECK(response.header("X-Error-Code") == "GatedRepo");
    CHECK(response.body == "why");
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("relative and absolute redirects are followed and remembered") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    if (asked.target == "/one/a") return reply.answer(302, "X-Linked-Size: 7\r\nLocation: ../two b\r\n", "moved");
    if (asked.target == "/two%20b") return reply.answer(307, "Location: /three#part\r\n");
    reply.answer(200, "", "there");
  });
  const Response response = get(server.url("/one/a"));
  CHECK(response.body == "there");
  CHECK(response.url == server.url("/three"));
  REQUIRE(response.redirects.size() == 2);
  CHECK(response.redirects[0].header("x-linked-size") == "7");
  CHECK(response.redirects[1].status == 307);
}

TEST_CASE("the authorization goes to the same scheme, host and port only") {
  const FakeServer other([](const Asked&, Reply& reply) { reply.answer(200, "", "from the CDN"); });
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (asked.target == "/here") return reply.answer(302, "Location: /renamed\r\n");
    reply.answer(302, fmt::format("Location: {}\r\n", other.url("/file")));
  });
  Client client(quick());
  CHECK(client.send({.url = server.url("/here"), .authorization = "Bearer secret"}).body == "from the CDN");
  REQUIRE(server.count() == 2);
  CHECK(server.asked()[0].header("authorization") == "Bearer secret");
  CHECK(server.asked()[1].header("authorization") == "Bearer secret");
  REQUIRE(other.count() == 1);
  CHECK(other.asked()[0].header("authorization") == "");
}

TEST_CASE("a redirect back to the first host is authorized again, one to its other port is not") {
  int port = 0;
  const FakeServer other([&](const Asked& asked, Reply& reply) {
    if (asked.target == "/back") return reply.answer(302, fmt::format("Location: http://127.0.0.1:{}/end\r\n", port));
    reply.answer(200, "");
  });
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (asked.target == "/end") return reply.answer(200, "");
    reply.answer(302, fmt::format("Location: {}\r\n", other.url("/back")));
  });
  port = server.port();
  Client(quick()).send({.url = server.url("/go"), .authorization = "Bearer secret"});
  CHECK(other.asked().at(0).header("authorization") == "");
  CHECK(server.asked().at(1).header("authorization") == "Bearer secret");
}

TEST_CASE("a circle of redirects and one longer than ten are refused") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    if (asked.target == "/a") return reply.answer(302, "Location: /b\r\n");
    if (asked.target == "/b") return reply.answer(302, "Location: /a\r\n");
    const int n = std::stoi(asked.target.substr(1));
    if (n == 0) return reply.answer(200, "", "end");
    reply.answer(302, fmt::format("Location: /{}\r\n", n - 1));
  });
  CHECK(refusal([&] { get(server.url("/a")); }).contains("redirects in a circle"));
  CHECK(get(server.url("/10")).body == "end");
  CHECK(refusal([&] { get(server.url("/11")); }).contains("more than 10 redirects"));
}

TEST_CASE("a redirect to another kind of URL is refused, as is one with a password") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    if (asked.target == "/file") return reply.answer(302, "Location: file:///etc/passwd\r\n");
    reply.answer(302, "Location: http://user:word@127.0.0.1/\r\n");
  });
  CHECK(refusal([&] { get(server.url("/file")); }).contains("not an http or https URL"));
  CHECK(refusal([&] { get(server.url("/user")); }).contains("carries a user name"));
  CHECK(refusal([&] { get("ftp://127.0.0.1/x"); }).contains("not an http or https URL"));
  CHECK(refusal([&] { get("nonsense"); }).contains("nonsense"));
}

TEST_CASE("a body is streamed, and one that is not wanted is not read") {
  const std::string big(3 << 20, 'x');
  const FakeServer server([&](const Asked&, Reply& reply) { reply.answer(200, "", big); });
  Client client(quick());
  std::size_t got = 0;
  bool seen = false;
  const Response response = client.stream({.url = server.url("/")}, [&](const Answer& answer) { return seen = answer.status == 200; },
                                          [&](std::span<const std::byte> bytes) { got += bytes.size(); });
  CHECK(seen);
  CHECK(got == big.size());
  CHECK(response.body.empty());
  got = 0;
  CHECK(client.stream({.url = server.url("/")}, [](const Answer&) { return false; }, [&](auto bytes) { got += bytes.size(); }).status == 200);
  CHECK(got == 0);
}

TEST_CASE("what a callback throws comes out") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, "", "abc"); });
  Client client(quick());
  const auto nothing = [](std::span<const std::byte>) {};
  CHECK_THROWS_AS(client.stream({.url = server.url("/")}, [](const Answer&) -> bool { throw 7; }, nothing), int);
  CHECK_THROWS_AS(client.stream({.url = server.url("/")}, [](const Answer&) { return true; }, [](auto) { throw 7; }), int);
  CHECK(client.send({.url = server.url("/")}).body == "abc");
}

TEST_CASE("a range is asked for as it stands") {
  const FakeServer server([](const Asked& asked, Reply& reply) { reply.file(asked, "0123456789"); });
  Client client(quick());
  CHECK(client.send({.url = server.url("/"), .range = Range{2, 4}}).body == "234");
  CHECK(client.send({.url = server.url("/"), .range = Range{7, {}}}).body == "789");
  CHECK(client.send({.url = server.url("/"), .range = Range{20, {}}}).status == 416);
}

TEST_CASE("chunked bodies and HEAD") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    if (asked.method == "HEAD") return reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\nETag: W/\"x\"\r\n\r\n");
    reply.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-B: 2\r\n\r\n");
  });
  Client client(quick());
  const Response response = client.send({.url = server.url("/")});
  CHECK(response.body == "abcde");
  CHECK(response.header("x-b").empty());
  CHECK(client.send({.url = server.url("/"), .method = "HEAD"}).header("etag") == "W/\"x\"");
}

TEST_CASE("an encoding that nobody asked for is taken off, an unknown one refused") {
  // gzip of "hello", by Python's gzip.compress(b"hello", mtime=0).
  constexpr unsigned char kGzip[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xcb, 0x48, 0xcd,
                                     0xc9, 0xc9, 0x07, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};
  const std::string_view gzip(reinterpret_cast<const char*>(kGzip), sizeof kGzip);
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    reply.answer(200, asked.target == "/gzip" ? "Content-Encoding: gzip\r\n" : "Content-Encoding: secret\r\n", gzip);
  });
  const Response response = get(server.url("/gzip"));
  CHECK(response.body == "hello");
  CHECK(response.encoded());
  CHECK(refusal([&] { get(server.url("/other")); }).contains("cannot be read"));
}

TEST_CASE("a body cut at any byte is an error that counts the bytes") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + std::string(std::stoul(asked.target.substr(1)), 'x'));
    reply.close();
  });
  for (int k = 0; k < 10; ++k) {
    CHECK(refusal([&] { get(server.url(fmt::format("/{}", k))); }).contains(fmt::format("broke after {} bytes", k)));
  }
}

TEST_CASE("a reset, a silent close and a garbled answer are told apart") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    if (asked.target == "/reset") {
      reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
      std::this_thread::sleep_for(20ms);
      return reply.reset();
    }
    if (asked.target == "/garbage") reply.raw("SSH-2.0-OpenSSH_9\r\n\r\n");
    reply.close();
  });
  CHECK(refusal([&] { get(server.url("/reset")); }).contains("broke after 3 bytes"));
  CHECK(refusal([&] { get(server.url("/none")); }).contains("closed before an answer came"));
  CHECK(kind_of_refusal([&] { get(server.url("/garbage")); }) == ErrorKind::invalid);
}

TEST_CASE("a stalled body is cut after stall_time, a dripping one is not") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    if (asked.target == "/stall") return reply.stall();
    for (int i = 3; i < 10; ++i) {
      std::this_thread::sleep_for(30ms);
      reply.raw("x");
    }
  });
  const auto start = std::chrono::steady_clock::now();
  CHECK(refusal([&] { get(server.url("/stall")); }).contains("nothing came for 0.1 s, after 3 bytes"));
  CHECK(std::chrono::steady_clock::now() - start < 400ms);
  CHECK(get(server.url("/drip")).body == "abcxxxxxxx");
}

TEST_CASE("a person who stops during a stall waits a fifth of a second at most") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.stall(); });
  Cancel cancel;
  std::chrono::steady_clock::time_point raised;
  std::thread person([&] {
    std::this_thread::sleep_for(60ms);
    raised = std::chrono::steady_clock::now();
    cancel.raise();
  });
  Client client({.stall_time = 30s});
  CHECK(kind_of_refusal([&] { client.send({.url = server.url("/")}, &cancel); }) == ErrorKind::cancelled);
  person.join();
  CHECK(std::chrono::steady_clock::now() - raised < 200ms);
}

TEST_CASE("unknown names, closed ports and unreachable proxies say what they are") {
  CHECK(refusal([] { get("http://x.invalid/"); }).contains("x.invalid: no such name"));
  CHECK(kind_of_refusal([] { get("http://x.invalid/"); }) == ErrorKind::not_found);
  int port = 0;
  { port = FakeServer([](const Asked&, Reply&) {}).port(); }
  const std::string message = refusal([&] { get(fmt::format("http://127.0.0.1:{}/", port)); });
  CHECK(message.contains("no connection could be made: Connection refused"));
  const Variable proxy("http_proxy", "http://proxy.invalid:1");
  CHECK(refusal([] { get("http://example.invalid/"); }).contains("the proxy's name is not known"));
}

TEST_CASE("the proxy of the environment is asked, and no_proxy spares a host") {
  const FakeServer proxy([](const Asked&, Reply& reply) { reply.answer(200, "", "by proxy"); });
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, "", "direct"); });
  const Variable set("http_proxy", proxy.url(""));
  CHECK(get("http://hub.invalid/x").body == "by proxy");
  CHECK(proxy.asked().at(0).target == "http://hub.invalid/x");
  const Variable spared("no_proxy", "127.0.0.1");
  CHECK(get(server.url("/")).body == "direct");
}

TEST_CASE("IPv6 is spoken") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, "", "six"); }, true);
  if (!server.usable()) return;
  CHECK(get(server.url("/")).body == "six");
}

TEST_CASE("offline, no server and no name is asked") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, ""); });
  CHECK(refusal([&] { get(server.url("/"), {.offline = true}); }).contains("MARU_OFFLINE"));
  CHECK(refusal([&] { get("http://x.invalid/", {.offline = true}); }).contains("MARU_OFFLINE"));
  Client client({.offline = true, .pause_unit = 1h});
  CHECK(refusal([&] { send_patiently(client, {.url = server.url("/")}); }).contains("MARU_OFFLINE"));
  CHECK(server.connections() == 0);
}

TEST_CASE("private addresses are refused after resolution where the settings say so, redirects included") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, ""); });
  const Settings closed{.private_addresses = false};
  for (const char* host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"}) {
    const std::string message = refusal([&] { get(fmt::format("http://{}:{}/", host, server.port()), closed); });
    CHECK_MESSAGE(message.contains("lies inside this machine"), host << ": " << message);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("addresses: what the world reaches and what it does not") {
  const auto closed = [](const char* text) {
    sockaddr_storage storage{};
    auto& four = reinterpret_cast<sockaddr_in&>(storage);
    auto& six = reinterpret_cast<sockaddr_in6&>(storage);
    if (::inet_pton(AF_INET, text, &four.sin_addr) == 1) storage.ss_family = AF_INET;
    else if (::inet_pton(AF_INET6, text, &six.sin6_addr) == 1) storage.ss_family = AF_INET6;
    return is_private(reinterpret_cast<const sockaddr&>(storage));
  };
  for (const char* text : {"0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.8.8.8", "169.254.169.254", "172.16.0.1", "172.31.255.255",
                           "192.168.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
                           "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "::127.0.0.1"}) {
    CHECK_MESSAGE(closed(text), text);
  }
  for (const char* text : {"8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1", "2606:4700::1", "::ffff:8.8.8.8"}) {
    CHECK_MESSAGE(!closed(text), text);
  }
}

TEST_CASE("a body longer than max_body is refused, promised or not, and so are endless headers") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    if (asked.target == "/promised") return reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    if (asked.target == "/headers") {
      reply.raw("HTTP/1.1 200 OK\r\n");
      while (reply.open) reply.raw("X-Filler: " + std::string(1000, 'x') + "\r\n");
      return;
    }
    reply.raw("HTTP/1.1 200 OK\r\n\r\n");
    while (reply.open) reply.raw(std::string(1000, 'x'));
  });
  const Settings small{.max_body = 100'000};
  CHECK(kind_of_refusal([&] { get(server.url("/promised"), small); }) == ErrorKind::limit);
  CHECK(kind_of_refusal([&] { get(server.url("/endless"), small); }) == ErrorKind::limit);
  CHECK(refusal([&] { get(server.url("/headers"), small); }).contains("headers are longer"));
}

TEST_CASE("bodies are posted and uploaded") {
  const FakeServer server([](const Asked& asked, Reply& reply) { reply.answer(200, "", asked.method + " " + asked.body); });
  Client client(quick());
  CHECK(client.send({.url = server.url("/"), .method = "POST", .body = "abc"}).body == "POST abc");
  std::string left = "0123456789";
  const auto upload = [&](std::span<std::byte> into) {
    const std::size_t count = std::min(left.size(), into.size());
    std::memcpy(into.data(), left.data(), count);
    left.erase(0, count);
    return count;
  };
  CHECK(client.send({.url = server.url("/"), .method = "PUT", .upload = upload, .upload_bytes = 10}).body == "PUT 0123456789");
  CHECK(client.send({.url = server.url("/"), .method = "DELETE"}).body == "DELETE ");
  CHECK(refusal([&] { client.send({.url = server.url("/"), .headers = {{"X", "a\r\nY: b"}}}); }).contains("line end"));
}

TEST_CASE("a 303 turns a POST into a GET, a 307 sends it again") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    if (asked.target == "/303") return reply.answer(303, "Location: /end\r\n");
    if (asked.target == "/307") return reply.answer(307, "Location: /end\r\n");
    reply.answer(200, "", asked.method + " " + asked.body);
  });
  Client client(quick());
  CHECK(client.send({.url = server.url("/303"), .method = "POST", .body = "abc"}).body == "GET ");
  CHECK(client.send({.url = server.url("/307"), .method = "POST", .body = "abc"}).body == "POST abc");
}

TEST_CASE("the pause is what the server asks for, else it doubles, and never over a minute") {
  const auto asks = [](std::vector<Header> headers) {
    const Answer answer{.status = 429, .url = {}, .headers = std::move(headers)};
    return pause_before(2, &answer);
  };
  CHECK(asks({{"Retry-After", "7"}}) == 7s);
  CHECK(asks({{"retry-after", "100000"}}) == 60s);
  CHECK(asks({{"retry-after", "99999999999999999999"}}) == 60s);
  CHECK(asks({{"Retry-After", "soon"}}) == 2s);
  CHECK(asks({{"Retry-After", "-5"}}) == 2s);
  CHECK(asks({{"RateLimit", "\"resolvers\";r=0;t=42"}}) == 42s);
  CHECK(asks({{"RateLimit", "\"api\"; r=0; t=5, \"pages\";r=9;t=50"}}) == 5s);
  CHECK(asks({{"Retry-After", "3"}, {"RateLimit", "\"resolvers\";r=0;t=42"}}) == 3s);
  CHECK(asks({{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}) == 0s);
  const std::time_t soon = std::time(nullptr) + 20;
  char date[64];
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&soon));
  CHECK(asks({{"Retry-After", date}}) >= 18s);
  CHECK(asks({{"Retry-After", date}}) <= 20s);
  for (int attempt = 1; attempt <= 4; ++attempt) CHECK(pause_before(attempt, nullptr) == std::chrono::seconds(1 << (attempt - 1)));
  CHECK(pause_before(100, nullptr) == 8s);
}

TEST_CASE("a stumbling server is asked up to five times") {
  std::atomic<int> left = 0;
  const FakeServer server([&](const Asked& asked, Reply& reply) {
    if (asked.target == "/cut" && left-- > 0) return reply.close();
    if (left-- > 0) return reply.answer(std::stoi(asked.target.substr(1)), "Retry-After: 1\r\n");
    reply.answer(200, "", "at last");
  });
  Client client(quick());
  for (const std::string target : {"/429", "/500", "/502", "/503", "/504", "/408", "/cut"}) {
    left = 4;
    CHECK(send_patiently(client, {.url = server.url(target)}).body == "at last");
  }
  const std::size_t before = server.count();
  left = 100;
  CHECK(send_patiently(client, {.url = server.url("/503")}).status == 503);
  CHECK(server.count() - before == 5);
  CHECK(send_patiently(client, {.url = server.url("/404")}).status == 404);
  CHECK(server.count() - before == 6);
}

TEST_CASE("waiting between attempts can be stopped") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(429, "Retry-After: 50\r\n"); });
  Cancel cancel;
  std::thread person([&] {
    std::this_thread::sleep_for(50ms);
    cancel.raise();
  });
  Client client(Settings{});
  const auto start = std::chrono::steady_clock::now();
  CHECK(kind_of_refusal([&] { send_patiently(client, {.url = server.url("/")}, &cancel); }) == ErrorKind::cancelled);
  person.join();
  CHECK(std::chrono::steady_clock::now() - start < 300ms);
}

TEST_CASE("the environment sets offline, certificates and times, and nonsense in it is told") {
  ::unsetenv("SSL_CERT_FILE");
  ::unsetenv("REQUESTS_CA_BUNDLE");
  ::unsetenv("CURL_CA_BUNDLE");
  CHECK(!Settings::from_environment().offline);
  const Variable certificates("REQUESTS_CA_BUNDLE", "/some/ca.pem");
  CHECK(Settings::from_environment().authority_file == "/some/ca.pem");
  {
    const Variable offline("HF_HUB_OFFLINE", "TRUE");
    const Variable time("HF_HUB_DOWNLOAD_TIMEOUT", "2.5");
    CHECK(Settings::from_environment().offline);
    CHECK(Settings::from_environment().stall_time == 2500ms);
  }
  const Variable wrong("MARU_OFFLINE", "perhaps");
  CHECK(refusal([] { Settings::from_environment(); }).contains("MARU_OFFLINE=perhaps"));
}

TEST_CASE("certificates that cannot be read are named") {
  const std::string message = refusal([] { get("https://127.0.0.1:1/", {.authority_file = "/no/such/ca.pem"}); });
  CHECK(message.contains("127.0.0.1:1"));
}

}  // namespace maru::net
