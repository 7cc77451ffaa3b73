// Requests that are wrong on purpose: list A of what a server on a network must stand.
#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include <fstream>

#include "maru/base/json.h"
#include "maru/server/client_test.h"

using namespace maru;
using namespace maru::server;

namespace {

constexpr std::string_view kGet = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string raw(const TestServer& server, std::string_view bytes) {
  Client client = server.client();
  client.send(bytes);
  return client.rest();
}

int status_of(std::string_view answer) { return answer.starts_with("HTTP/1.1 ") ? std::atoi(std::string(answer.substr(9, 3)).c_str()) : 0; }

int answers_in(std::string_view text) {
  int count = 0;
  for (std::size_t at = text.find("HTTP/1.1 "); at != text.npos; at = text.find("HTTP/1.1 ", at + 1)) ++count;
  return count;
}

std::string gzipped(std::string_view text, int window = 15 + 16) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = uInt(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = uInt(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

}  // namespace

TEST_CASE("A1: a head and a body that come too slowly are told 408, and others are answered meanwhile") {
  TestServer server([](Options& options) {
    options.limits.header_time = 150ms;
    options.limits.body_floor = 1 << 20;
  });
  server.start();
  std::vector<Client> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(server.client());
    slow.back().send(i % 2 ? "GET /hea" : "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{");
  }
  Client other = server.client();
  CHECK(other.ask("GET", "/health").status == 200);
  for (Client& one : slow) {
    const Client::Got got = one.get();
    CHECK(got.status == 408);
    CHECK(got.header("Connection") == "close");
    CHECK(one.rest().empty());
    CHECK(one.ended());
  }
}

TEST_CASE("A2: a long target, a long header and many headers are refused") {
  TestServer server;
  server.start();
  CHECK(status_of(raw(server, "GET /" + std::string(64 << 10, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n")) == 414);
  CHECK(status_of(raw(server, "GET /" + std::string(64 << 10, 'a'))) == 414);
  CHECK(status_of(raw(server, "GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(64 << 10, 'a') + "\r\n\r\n")) == 431);
  std::string many = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 10'000; ++i) many += fmt::format("X{}: 1\r\n", i);
  CHECK(status_of(raw(server, many + "\r\n")) == 431);
}

TEST_CASE("A3: bodies whose length two readers could see differently are refused, and the connection ends") {
  TestServer server([](Options& options) {
    options.limits.body_bytes = 1000;
    options.limits.header_time = 100ms;
  });
  server.start();
  const auto post = [&](std::string_view headers, std::string_view body = "{}") {
    const std::string answer = raw(server, fmt::format("POST /api/echo HTTP/1.1\r\nHost: localhost\r\n{}\r\n{}", headers, body));
    CHECK(answer.contains("Connection: close\r\n"));
    return status_of(answer);
  };
  CHECK(post("Content-Length: 1001\r\n") == 413);
  CHECK(post("Content-Length: -1\r\n") == 400);
  CHECK(post("Content-Length: +2\r\n") == 400);
  CHECK(post("Content-Length: 2, 2\r\n") == 400);
  CHECK(post("Content-Length: 0x2\r\n") == 400);
  CHECK(post("Content-Length: \r\n") == 400);
  CHECK(post("Content-Length: 99999999999999999999999\r\n") == 400);
  CHECK(post("Content-Length: 2\r\nContent-Length: 3\r\n") == 400);
  CHECK(post("Content-Length: 2\r\nContent-Length: 2\r\n") == 400);
  CHECK(post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n") == 400);
  CHECK(post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n") == 400);
  CHECK(post("Transfer-Encoding: gzip, chunked\r\n") == 400);
  CHECK(post("Transfer-Encoding: xchunked\r\n") == 400);
  CHECK(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") == 400);
  CHECK(post("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n") == 400);
  CHECK(post("Transfer-Encoding: chunked\r\n", "-2\r\n{}\r\n0\r\n\r\n") == 400);
  CHECK(post("Transfer-Encoding: chunked\r\n", "2\n{}\n0\n\n") == 400);
  CHECK(post("Transfer-Encoding: chunked\r\n", "3e9\r\n" + std::string(1001, ' ') + "\r\n0\r\n\r\n") == 413);
  CHECK(post("Transfer-Encoding: chunked\r\n", "2;" + std::string(32 << 10, 'x')) == 400);
  CHECK(post("Content-Length : 2\r\n") == 400);
  CHECK(post("X: a\r\n b\r\nContent-Length: 2\r\n") == 400);
  CHECK(post("X: a\nContent-Length: 2\r\n") == 400);
  CHECK(post("X: a\rb\r\nContent-Length: 2\r\n") == 400);
  CHECK(post(std::string_view("X: a\0b\r\n", 8)) == 400);
  CHECK(post("Content-Length: 10\r\n", "{}") == 408);                    // says more than it sends
  const std::string more = raw(server, "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}\x01garbage\r\n\r\n");
  CHECK(answers_in(more) == 2);                                           // sends more than it says: the rest is no request
  CHECK(more.contains("HTTP/1.1 400 "));
}

TEST_CASE("a chunked body is read, in whatever pieces it comes") {
  TestServer server;
  server.start();
  Client client = server.client();
  const std::string_view bytes = "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "5;name=value\r\n{\"mod\r\n9\r\nel\":\"ab\"}\r\n0\r\nTrailer: x\r\n\r\n";
  for (const char c : bytes) client.send({&c, 1});
  CHECK(parse_json(client.get().body, "answer")["json"]["model"] == "ab");
  CHECK(client.ask("GET", "/health").status == 200);
}

TEST_CASE("A4: compressed bodies are read up to their limit, one coding at a time") {
  TestServer server([](Options& options) { options.limits.body_bytes = 1 << 20; });
  server.start();
  Client client = server.client();
  const std::string json = "{\"model\":\"" + std::string(1000, 'a') + "\"}";
  const auto ask = [&](std::string_view coding, const std::string& body) {
    return client.ask("POST", "/api/echo", fmt::format("Content-Encoding: {}\r\n", coding), body).status;
  };
  CHECK(ask("gzip", gzipped(json)) == 200);
  CHECK(ask("deflate", gzipped(json, 15)) == 200);
  CHECK(ask("zstd", zstd(json)) == 200);
  CHECK(ask("identity", json) == 200);
  const std::string bomb(std::size_t{64} << 20, ' ');
  CHECK(ask("gzip", gzipped(bomb)) == 413);
  CHECK(ask("zstd", zstd(bomb)) == 413);
  CHECK(ask("gzip", gzipped(json).substr(0, 20)) == 400);
  CHECK(ask("zstd", zstd(json).substr(0, 20)) == 400);
  CHECK(ask("gzip", gzipped(json) + "more") == 400);
  CHECK(ask("gzip", json) == 400);
  CHECK(ask("gzip, gzip", gzipped(gzipped(json))) == 415);
  CHECK(client.ask("POST", "/api/echo", "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", gzipped(json)).status == 415);
  CHECK(ask("br", "x") == 415);
  CHECK(client.ask("GET", "/health").status == 200);
}

TEST_CASE("A5: methods and paths that are not served are told so") {
  TestServer server;
  server.start();
  Client client = server.client();
  const Client::Got wrong = client.ask("GET", "/api/echo");
  CHECK(wrong.status == 405);
  CHECK(wrong.header("Allow") == "POST, DELETE");
  CHECK(wrong.body == "405 method not allowed");
  CHECK(client.ask("POST", "/api/tags").header("Allow") == "GET, HEAD");
  CHECK(client.ask("BREW", "/health").status == 405);
  const Client::Got missing = client.ask("GET", "/api/nope");
  CHECK(missing.status == 404);
  CHECK(missing.body == "404 page not found");
  const Client::Got openai = client.ask("GET", "/v1/nope");
  CHECK(openai.status == 404);
  CHECK(parse_json(openai.body, "answer")["error"]["type"] == "not_found_error");
  for (const char* target : {"/api//echo", "//health", "/api/../health", "/api/%2e%2e/health", "/./health", "/health/",
      "/v1/models/..%2fx", "/v1%2fmodels%2fall"}) {
    CHECK_MESSAGE(client.ask("GET", target).status == 404, target);
  }
  for (const char* target : {"/%00", "/health%00", "/%zz", "/%", "/%ff", "health", "*", "/health#x"}) {
    Client one = server.client();
    const int status = one.ask("GET", target).status;
    CHECK_MESSAGE((status == 400 || status == 404), target);
  }
  CHECK(client.ask("GET", "http://localhost/health").status == 200);
  CHECK(client.ask("GET", "http://evil.example/health").status == 403);
  CHECK(parse_json(client.ask("GET", "/v1/models/org%2Fname").body, "answer")["captures"] == Json::array({"org/name"}));
  CHECK(parse_json(client.ask("GET", "/v1/models/org/name").body, "answer")["captures"] == Json::array({"org/name"}));
  CHECK(client.ask("GET", "/v1/models/all").header("Transfer-Encoding") == "chunked");
  const Client::Got options = client.ask("OPTIONS", "/api/echo",
      "Origin: http://localhost:3000\r\nAccess-Control-Request-Method: POST\r\n");
  CHECK(options.status == 204);
  CHECK(options.header("Access-Control-Allow-Origin") == "http://localhost:3000");
  CHECK(options.header("Access-Control-Allow-Headers").contains("Authorization"));
  CHECK(options.header("Allow") == "POST, DELETE");
}

TEST_CASE("A6: other names and other pages may not ask") {
  TestServer server([](Options& options) { options.origins = {"https://*.example.org"}; });
  server.start();
  const auto host = [&](std::string_view line) { return status_of(raw(server,
      fmt::format("GET /health HTTP/1.1\r\n{}Connection: close\r\n\r\n", line))); };
  for (const char* name : {"localhost", "LOCALHOST:80", "127.0.0.1:11434", "[::1]:11434", "a.localhost", "host.docker.internal",
      "10.0.0.5"}) {
    CHECK_MESSAGE(host(fmt::format("Host: {}\r\n", name)) == 200, name);
  }
  for (const char* name : {"evil.com", "localhost.evil.com", "127.0.0.1.evil.com",
      "evil.com:11434"}) CHECK_MESSAGE(host(fmt::format("Host: {}\r\n", name)) == 403, name);
  for (const char* line : {"", "Host: localhost\r\nHost: localhost\r\n", "Host: a b\r\n", "Host: localhost@evil.com\r\n",
      "Host: localhost:80:80\r\n", "Host: \r\n"}) {
    CHECK_MESSAGE(host(line) == 400, line);
  }
  Client client = server.client();
  const auto origin = [&](std::string_view value) { return client.ask("GET", "/health", fmt::format("Origin: {}\r\n", value)); };
  for (const char* value : {"http://localhost", "http://localhost:3000", "https://127.0.0.1:8", "http://[::1]:3000", "app://x",
      "tauri://localhost", "https://a.example.org"}) {
    CHECK_MESSAGE(origin(value).header("Access-Control-Allow-Origin") == value, value);
  }
  for (const char* value : {"null", "http://evil.com", "http://localhost.evil.com", "http://localhost:1@evil.com",
      "http://localhost:80.evil.com", "https://example.org", "moz-extension://x"}) {
    const Client::Got got = origin(value);
    CHECK_MESSAGE(got.status == 403, value);
    CHECK(got.header("Access-Control-Allow-Origin").empty());
  }
  const auto form = [&](std::string_view type) { return client.ask("POST", "/api/echo",
      fmt::format("Origin: http://localhost:3000\r\nContent-Type: {}\r\n", type), "{}").status; };
  CHECK(form("application/json; charset=utf-8") == 200);
  CHECK(form("text/plain") == 403);
  CHECK(form("application/x-www-form-urlencoded") == 403);
  CHECK(form("application/json+x") == 403);
  CHECK(client.ask("POST", "/api/echo", "Content-Type: text/plain\r\n", "{}").status == 200);   // no page sent this
}

TEST_CASE("A7: keys in every spelling, wrong ones all alike") {
  TestServer server([](Options& options) { options.limits.wrong_keys_per_minute = 1000; });
  const Keys::Created user = server.keys->create("user", Scope::inference, {}, 0), admin = server.keys->create("admin",
      Scope::administration, {}, 0);
  const Keys::Created brief = server.keys->create("brief", Scope::inference, 1s, 0);
  server.start();
  Client client = server.client();
  const auto ask = [&](std::string_view headers, std::string_view method = "POST",
      std::string_view target = "/api/echo") { return client.ask(method, target, headers, "{}"); };
  CHECK(user.secret.size() == 48);
  for (const char* name : {"Authorization: Bearer ", "authorization: bearer ", "x-api-key: ", "X-API-KEY: ", "api-key: "}) {
    const Client::Got got = ask(fmt::format("{}{}\r\n", name, user.secret));
    CHECK_MESSAGE(got.status == 200, name);
    CHECK(parse_json(got.body, "answer")["key"] == user.key.id);
  }
  const Client::Got none = ask("");
  CHECK(none.status == 401);
  CHECK(none.header("WWW-Authenticate") == "Bearer");
  std::string changed = user.secret;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  for (const std::string& headers : {fmt::format("Authorization: Bearer {}\r\n", changed), std::string("Authorization: Bearer x\r\n"),
                                     fmt::format("Authorization: Basic {}\r\n", user.secret), fmt::format("Authorization: Bearer {}x\r\n",
                                         user.secret),
                                     std::string("x-api-key:\r\n"), fmt::format("Cookie: key={}\r\n", user.secret)}) {
    const Client::Got got = ask(headers);
    CHECK(got.status == 401);
    CHECK(got.body == none.body);
  }
  CHECK(ask("", "POST", "/api/echo?api_key=" + user.secret).status == 401);
  CHECK(ask(fmt::format("x-api-key: {}\r\n", user.secret), "DELETE").status == 403);
  CHECK(ask(fmt::format("x-api-key: {}\r\n", admin.secret), "DELETE").status == 200);
  CHECK(client.ask("GET", "/health").status == 200);
  Client streaming = server.client();
  streaming.send(fmt::format("GET /api/hang HTTP/1.1\r\nHost: localhost\r\nx-api-key: {}\r\n\r\n", user.secret));
  CHECK(streaming.receive());
  // By another process, as this server sees it.
  CHECK(Keys(server.home).revoke(user.key.id));
  CHECK(eventually([&] { return ask(fmt::format("x-api-key: {}\r\n", user.secret)).status == 401; }, 1000ms));
  streaming.rest(2500ms);
  CHECK(streaming.ended());
  CHECK(eventually([&] { return server.world.gone == 1; }));
  CHECK(eventually([&] { return ask(fmt::format("x-api-key: {}\r\n", brief.secret)).status == 401; }, 2500ms));
}

TEST_CASE("A8: who guesses keys or asks too often is told to wait, and the table stays small") {
  TestServer server([](Options& options) {
    options.limits.wrong_keys_per_minute = 5;
    options.limits.requests_per_minute = 20;
  });
  const Keys::Created key = server.keys->create("", Scope::inference, {}, 0), busy = server.keys->create("", Scope::inference, {}, 3);
  server.start();
  Client client = server.client();
  int unauthorised = 0, later = 0;
  for (int i = 0; i < 20; ++i) {
    const Client::Got got = client.ask("GET", "/api/stream", "x-api-key: wrong\r\n");
    unauthorised += got.status == 401;
    later += got.status == 429 && std::atoi(got.header("Retry-After").c_str()) >= 1;
  }
  CHECK(unauthorised == 5);
  CHECK(later == 15);
  const auto asked = [&](const std::string& secret) { return client.ask("GET", "/api/stream", fmt::format("x-api-key: {}\r\n",
      secret)).status; };
  CHECK(asked(key.secret) == 200);                // the right key is not locked out by wrong ones
  for (int i = 0; i < 3; ++i) CHECK(asked(busy.secret) == 200);
  CHECK(asked(busy.secret) == 429);
}

TEST_CASE("A9: a thousand requests at once are answered in order; who never reads is dropped") {
  TestServer server([](Options& options) {
    options.limits.unread_bytes = 256 << 10;
    options.limits.slow_reader = 300ms;
  });
  server.start();
  std::string all;
  for (int i = 0; i < 1000; ++i) all += fmt::format("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: r{}\r\n\r\n", i);
  Client client = server.client();
  std::thread sender([&] { client.send(all); });
  bool ordered = true;
  for (int i = 0; i < 1000 && ordered; ++i) ordered = client.get().header("X-Request-Id") == fmt::format("r{}", i);
  sender.join();
  CHECK(ordered);
  std::vector<Client> deaf;
  for (int i = 0; i < 4; ++i) {
    deaf.push_back(server.client());
    deaf.back().send("GET /api/flood HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  CHECK(eventually([&] { return server.world.gone == 4; }, 8000ms));
  CHECK(eventually([&] { return server.metrics.text().contains("maru_dropped_total{why=\"slow reader\"} 4"); }));
  Client other = server.client();
  CHECK(other.ask("GET", "/health").status == 200);
}

TEST_CASE("A10: a client that leaves is noticed at once, in the queue, before and during its answer") {
  TestServer server;
  server.start();
  for (const char* path : {"/api/hold", "/api/hang"}) {
    const int before = server.world.gone;
    Client stays = server.client(), leaves = server.client();
    stays.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
    leaves.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path));
    CHECK(eventually([&] { return server.world.count() == 2; }));
    const auto left = std::chrono::steady_clock::now();
    leaves.close();
    CHECK(eventually([&] { return server.world.gone == before + 1; }));
    CHECK(std::chrono::steady_clock::now() - left < 100ms);
    ExchangePtr other;
    {
      const std::lock_guard lock(server.world.mutex);
      for (const ExchangePtr& one : server.world.held) {
        if (!one->gone()) other = one;
      }
      server.world.held.clear();
    }
    REQUIRE(other);
    if (!other->begun()) other->begin(200, "text/plain");
    CHECK(other->send("end\n"));
    other->end();
    other.reset();
    CHECK(stays.get().body.ends_with("end\n"));
    CHECK(server.world.gone == before + 1);
  }
}

TEST_CASE("A11: Expect is met; Upgrade is passed over; what is no HTTP/1.1 is refused") {
  TestServer server;
  server.start();
  Client client = server.client();
  client.send("POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.get().status == 100);
  client.send("{}");
  CHECK(client.get().status == 200);
  CHECK(client.ask("GET", "/health",
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n").status == 200);
  const std::string refused = raw(server,
      "POST /api/nope HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(status_of(refused) == 404);               // told before it sends
  CHECK(refused.contains("Connection: close\r\n"));
  CHECK(status_of(raw(server, "GET /health HTTP/1.1\r\nHost: localhost\r\nExpect: something\r\n\r\n")) == 417);
  CHECK(status_of(raw(server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) == 505);
  CHECK(status_of(raw(server, "GET /health HTTP/2.0\r\nHost: localhost\r\n\r\n")) == 505);
  CHECK(status_of(raw(server, "GET /health HTTP/0.9\r\nHost: localhost\r\n\r\n")) == 505);
  CHECK(status_of(raw(server, std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11))) == 400);
  CHECK(status_of(raw(server, std::string_view("\x00\x01\x02\x03", 4))) == 400);
  CHECK(status_of(raw(server, "hello\r\n\r\n")) == 400);
  CHECK(status_of(raw(server, "GET /health\r\n\r\n")) == 400);
}

TEST_CASE("A12: a server that is stopped ends what runs, refuses what is new, and a second time ends at once") {
  TestServer server;
  server.start();
  Client running = server.client(), kept = server.client(), idle = server.client();
  running.send("GET /api/hang HTTP/1.1\r\nHost: localhost\r\n\r\n");
  kept.send("GET /api/hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(idle.ask("GET", "/health").status == 200);
  CHECK(eventually([&] { return server.world.count() == 2; }));
  server.stop.raise();
  CHECK(eventually([&] { return !server.stop.raised(); }));
  CHECK(idle.rest().empty());
  CHECK(idle.ended());                            // nothing was lost with it
  CHECK(eventually([&] { return !server.client().open(); }));
  kept.send(kGet);                                // after its first answer
  std::vector<ExchangePtr> held;
  {
    const std::lock_guard lock(server.world.mutex);
    held.swap(server.world.held);
  }
  for (const ExchangePtr& one : held) {
    if (!one->begun()) one->answer(200, "{}");
  }
  CHECK(kept.get().header("Connection") == "close");
  CHECK_FALSE(server.ended);
  server.stop.raise();
  CHECK(eventually([&] { return bool(server.ended); }));
  running.rest();
  CHECK(running.ended());
}
