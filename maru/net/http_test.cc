// The client against a server that does what the test says: answers, redirects, credentials, bodies.
#include <doctest/doctest.h>

#include <cstring>

#include "maru/net/url.h"
#include "maru/net/words_test.h"

namespace maru::net {

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
  const auto take = [&](std::span<const std::byte> bytes) { got += bytes.size(); };
  const auto started = [&](const Answer& answer) { return seen = answer.status == 200; };
  const Response response = client.stream({.url = server.url("/")}, started, take);
  CHECK(seen);
  CHECK(got == big.size());
  CHECK(response.body.empty());
  got = 0;
  CHECK(client.stream({.url = server.url("/")}, [](const Answer&) { return false; }, take).status == 200);
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
    reply.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-B: 2\r\n\r\n");
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

TEST_CASE("the proxy of the environment is asked, and no_proxy spares a host") {
  const FakeServer proxy([](const Asked&, Reply& reply) { reply.answer(200, "", "by proxy"); });
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, "", "direct"); });
  const Variable set("http_proxy", proxy.url(""));
  CHECK(get("http://hub.invalid/x").body == "by proxy");
  CHECK(proxy.asked().at(0).target == "http://hub.invalid/x");
  const Variable spared("no_proxy", "127.0.0.1");
  CHECK(get(server.url("/")).body == "direct");
}

TEST_CASE("HTTP_PROXY in capitals is heeded, after http_proxy, and not where a web server runs the program") {
  const FakeServer proxy([](const Asked&, Reply& reply) { reply.answer(200, "", "by proxy"); });
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, "", "direct"); });
  const Variable capitals("HTTP_PROXY", proxy.url(""));
  CHECK(get("http://hub.invalid/x").body == "by proxy");
  {
    const Variable cgi("REQUEST_METHOD", "GET");
    CHECK(get(server.url("/")).body == "direct");
  }
  {
    const Variable spared("NO_PROXY", "127.0.0.1");
    CHECK(get(server.url("/")).body == "direct");
  }
  const FakeServer other([](const Asked&, Reply& reply) { reply.answer(200, "", "by the other"); });
  const Variable small("http_proxy", other.url(""));
  CHECK(get("http://hub.invalid/x").body == "by the other");
}

TEST_CASE("IPv6 is spoken") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, "", "six"); }, true);
  if (!server.usable()) return;
  CHECK(get(server.url("/")).body == "six");
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

TEST_CASE("https is never redirected to http") {
  const Url secure = parse_url("https://example.org/a");
  CHECK(follow(secure, "/b").whole == "https://example.org/b");
  CHECK(follow(secure, "//other.org/b").whole == "https://other.org/b");
  CHECK(refusal([&] { follow(secure, "http://example.org/b"); }).contains("redirects from https to http"));
  CHECK(follow(parse_url("http://example.org/a"), "https://example.org/b").scheme == "https");
}

TEST_CASE("origins are compared by scheme, host and port, however they are spelled") {
  CHECK(same_origin("https://Example.org/a", "https://example.org:443/b?c"));
  CHECK(!same_origin("https://example.org/", "http://example.org/"));
  CHECK(!same_origin("https://example.org/", "https://example.org:444/"));
  CHECK(!same_origin("https://example.org/", "https://example.org.evil.net/"));
}

}  // namespace maru::net
