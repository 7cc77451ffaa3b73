// The HTTP core over real sockets on loopback.
#include <doctest/doctest.h>

#include <span>

#include "maru/base/file.h"
#include "maru/server/client_test.h"

using namespace maru;
using namespace maru::server;

namespace {

std::string raw(const TestServer& server, std::string_view bytes) {
  Client client = server.client();
  client.send(bytes);
  return client.rest();
}

}  // namespace

TEST_CASE("a request is answered, and the connection goes on") {
  TestServer server;
  server.start();
  REQUIRE_MESSAGE(server.port != 0, server.problem);
  Client client = server.client();
  for (int i = 0; i < 3; ++i) {
    const Client::Got got = client.ask("GET", "/health", "X-Request-Id: abc-1\r\n");
    CHECK(got.status == 200);
    CHECK(got.body == "{\"status\":\"ok\"}");
    CHECK(got.header("X-Request-Id") == "abc-1");
    CHECK(got.header("Content-Type") == "application/json; charset=utf-8");
  }
  CHECK(client.ask("GET", "/health", "X-Request-Id: <script>\r\n").header("X-Request-Id").size() == 24);
}

TEST_CASE("a stream comes in chunks, and to HTTP/1.0 until the connection ends") {
  TestServer server;
  server.start();
  Client client = server.client();
  const Client::Got got = client.ask("GET", "/api/stream");
  CHECK(got.header("Transfer-Encoding") == "chunked");
  CHECK(got.body == "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n");
  CHECK(client.ask("GET", "/health").status == 200);
  const std::string old = raw(server, "GET /api/stream HTTP/1.0\r\n\r\n");
  CHECK(old.contains("Connection: close\r\n"));
  CHECK_FALSE(old.contains("Transfer-Encoding"));
  CHECK(old.ends_with("\r\n\r\n{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n"));
}

TEST_CASE("a stream that pauses on a connection's last answer goes on after the pause") {
  TestServer server;
  server.start();
  for (const char* head : {"GET /api/hang HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "GET /api/hang HTTP/1.0\r\n\r\n"}) {
    Client client = server.client();
    client.send(head);
    CHECK(eventually([&] { return server.world.count() == 1; }));
    CHECK(client.receive());
    CHECK_FALSE(client.receive(50ms));            // what was sent has left the server, and nothing more
    CHECK_FALSE(client.ended());
    ExchangePtr exchange;
    {
      const std::lock_guard lock(server.world.mutex);
      exchange = server.world.held.front();
      server.world.held.clear();
    }
    CHECK(exchange->send("end\n"));
    exchange->end();
    CHECK(client.rest().contains("end\n"));
    CHECK(client.ended());
  }
}

TEST_CASE("HEAD has the headers of GET and no body") {
  TestServer server;
  server.start();
  Client client = server.client();
  const Client::Got got = client.ask("HEAD", "/health");
  CHECK(got.status == 200);
  CHECK(got.header("Content-Length") == "15");
  CHECK(client.ask("HEAD", "/api/stream").status == 200);
  CHECK(client.ask("GET", "/health").body == "{\"status\":\"ok\"}");
}

TEST_CASE("what a route throws is told in its dialect, and what the system said stays here") {
  TestServer server;
  server.start();
  Client client = server.client();
  const auto fault = [&](std::string_view kind, std::string_view api = "/api") { return client.ask("GET", fmt::format("{}/fault?kind={}",
      api, kind)); };
  CHECK(fault("invalid").body == "{\"error\":\"options.top_p: wrong\"}");
  CHECK(fault("invalid").status == 400);
  CHECK(fault("not_found").status == 404);
  CHECK(fault("busy").status == 503);
  CHECK(fault("busy").header("Retry-After") == "1");
  const Client::Got full = fault("full");
  CHECK(full.status == 507);
  CHECK_FALSE(full.body.contains("/secret"));
  const Client::Got io = fault("io", "/v1");
  CHECK(io.status == 500);
  CHECK_FALSE(io.body.contains("/secret"));
  const Json error = parse_json(io.body, "answer")["error"];
  CHECK(error["type"] == "api_error");
  CHECK(error["request_id"] == io.header("X-Request-Id"));
  CHECK(fault("memory").status == 503);
  CHECK(fault("int").status == 500);
  CHECK(fault("nothing").status == 500);          // no answer at all
  CHECK(fault("not_found",
      "/v1").body == "{\"error\":{\"message\":\"model 'x' not found\",\"type\":\"not_found_error\",\"param\":null,\"code\":null}}");
  CHECK(eventually([&] { return server.lines().size() == 4; }));
  CHECK(server.lines()[0].contains("/secret/path: could not be written"));   // the log says it
  client.send("GET /api/fault?kind=cut HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const std::string cut = client.rest();
  CHECK(cut.ends_with("4\r\npart\r\n"));           // without the chunk that ends it
  CHECK(client.ended());
}

TEST_CASE("a header's value cannot end its line") {
  TestServer server;
  server.start();
  Client client = server.client();
  const Client::Got got = client.ask("GET", "/api/header");
  CHECK(got.header("X-Said") == "a%0D%0AX-Made-Up: 1");
  CHECK(got.header("X-Made-Up").empty());
}

TEST_CASE("a body is checked before its route sees it, and what has no effect is told") {
  TestServer server;
  server.start();
  Client client = server.client();
  const auto ask = [&](std::string_view body) { return client.ask("POST", "/api/echo", {}, body); };
  CHECK(ask("{\"options\":{\"top_p\":7}}").body == "{\"error\":\"options.top_p: expected a number from 0 to 1, got 7\"}");
  const Client::Got odd = ask("{\"model\":\"m\",\"odd\":1,\"options\":{\"a\\nb\":2}}");
  CHECK(odd.status == 200);
  CHECK(odd.header("X-Maru-Ignored") == "odd, options.a%0Ab");
  CHECK(client.ask("POST", "/api/echo").status == 400);
  CHECK(client.ask("GET", "/api/stream", {}, "{}").header("X-Maru-Ignored") == "body");
}

TEST_CASE("a file's body goes to disk, hashed, and is gone after the answer") {
  TestServer server([](Options& options) { options.limits.file_bytes = 8 << 20; });
  server.start();
  Client client = server.client();
  std::string body(5'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = char(i * 2654435761u >> 13);
  std::thread sender([&] {
    client.send("POST /api/blobs/sha256:abc HTTP/1.1\r\nHost: localhost\r\n");
    client.send(fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body));
  });
  const Client::Got got = client.get();
  sender.join();
  CHECK(got.status == 201);
  const Json answer = parse_json(got.body, "answer");
  CHECK(answer["sha256"] == sha256(std::as_bytes(std::span(body))));
  CHECK(answer["bytes"] == body.size());
  CHECK(answer["name"] == "sha256:abc");
  CHECK(client.ask("POST", "/api/blobs/empty", "Content-Length: 0\r\n").status == 201);
  CHECK(client.ask("POST", "/api/blobs/gz", "Content-Encoding: gzip\r\n", "x").status == 415);
  Client large = server.client();
  CHECK(large.ask("POST", "/api/blobs/large", "Content-Length: 9000000\r\n").status == 413);
  {
    Client leaves = server.client();
    leaves.send("POST /api/blobs/cut HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nsome");
    CHECK(eventually([&] { return !std::filesystem::is_empty(server.home / "uploads"); }));
  }
  CHECK(eventually([&] { return std::filesystem::is_empty(server.home / "uploads"); }));
  std::filesystem::remove_all(server.home / "uploads");
  write_file(server.home / "uploads", "no folder");
  Client refused = server.client();
  const Client::Got told = refused.ask("POST", "/api/blobs/x", {}, "body");
  CHECK(told.status == 500);
  CHECK_FALSE(told.body.contains(server.home.string()));
}

TEST_CASE("where to listen: a taken port says by whom, others' addresses need a key") {
  TestServer first;
  first.start();
  CHECK(first.bound == fmt::format("http://127.0.0.1:{}", first.port));
  TestServer second([&](Options& options) { options.port = first.port; });
  second.start();
  CHECK(second.problem.starts_with(fmt::format("port {} of 127.0.0.1 is taken by test_", first.port)));
  CHECK(second.problem.contains(fmt::format("(process {}); choose another with --port", ::getpid())));
  TestServer open([](Options& options) { options.host = "0.0.0.0"; });
  open.start();
  CHECK(open.problem.contains("maru key create"));
  TestServer insecure([](Options& options) {
    options.host = "::";
    options.insecure_no_auth = true;
  });
  insecure.start();
  CHECK_MESSAGE(insecure.client().ask("GET", "/api/stream").status == 200, insecure.problem);
  TestServer keyed([](Options& options) { options.host = "0.0.0.0"; });
  const Keys::Created key = keyed.keys->create("", Scope::inference, {}, 0);
  keyed.start();
  CHECK(keyed.client().ask("GET", "/api/stream").status == 401);
  keyed.keys->revoke(key.key.id);
  CHECK(keyed.client().ask("GET", "/api/stream").status == 401);   // the last key's end opens nothing
  TestServer nowhere([](Options& options) { options.host = "no such host"; });
  nowhere.start();
  CHECK(nowhere.problem.contains("--host no such host"));
}

TEST_CASE("a client that closes its side first is answered; a line of the log cannot be forged") {
  TestServer server([](Options& options) { options.access_log = true; });
  server.start();
  Client client = server.client();
  client.send("GET /v1/models/forged?secret=1 HTTP/1.0\r\n\r\n");
  client.half_close();
  CHECK(client.rest().contains("HTTP/1.1 200 OK\r\n"));
  CHECK(server.client().ask("GET", "/api/no\x7f").status == 400);
  CHECK(server.client().ask("GET", "/api/nope%0Aforged").status == 404);
  CHECK(eventually([&] { return server.lines().size() == 3; }));
  for (const std::string& line : server.lines()) {
    CHECK_FALSE(line.contains('\n'));
    CHECK_FALSE(line.contains("forged"));
    CHECK_FALSE(line.contains("secret"));
  }
  CHECK(server.lines()[0].contains(" GET /v1/models/{} 200 "));
}
