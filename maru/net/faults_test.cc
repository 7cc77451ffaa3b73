// Every way an answer can fail to come, and what the person is told.
#include <doctest/doctest.h>

#include "maru/net/address.h"
#include "maru/net/words_test.h"

namespace maru::net {

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
      std::this_thread::sleep_for(50ms);
      reply.raw("x");
    }
  });
  const auto start = std::chrono::steady_clock::now();
  CHECK(refusal([&] { get(server.url("/stall"), quick(200ms)); }).contains("nothing came for 0.2 s, after 3 bytes"));
  CHECK(std::chrono::steady_clock::now() - start < 600ms);
  CHECK(get(server.url("/drip"), quick(200ms)).body == "abcxxxxxxx");
}

TEST_CASE("the time that the caller takes for a piece is no stall") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, "", std::string(100'000, 'x')); });
  Client client(quick(100ms));
  std::size_t got = 0;
  client.stream({.url = server.url("/")}, [](const Answer&) { return true; }, [&](std::span<const std::byte> bytes) {
    if (got == 0) std::this_thread::sleep_for(150ms);
    got += bytes.size();
  });
  CHECK(got == 100'000);
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

TEST_CASE("offline, no server and no name is asked") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, ""); });
  CHECK(refusal([&] { get(server.url("/"), {.offline = true}); }).contains("the settings allow no network"));
  CHECK(refusal([&] { get("http://x.invalid/", {.offline = true, .offline_by = "HF_HUB_OFFLINE"}); }).contains("HF_HUB_OFFLINE is set"));
  Client client({.offline = true, .offline_by = "--offline", .pause_unit = 1h});
  CHECK(refusal([&] { send_patiently(client, {.url = server.url("/")}); }).contains("--offline was given"));
  CHECK(server.connections() == 0);
}

TEST_CASE("private addresses are refused after resolution where the settings say so, redirects included") {
  const FakeServer server([](const Asked&, Reply& reply) { reply.answer(200, ""); });
  const Settings closed{.private_addresses = false};
  for (const char* host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"}) {
    const std::string message = refusal([&] { get(fmt::format("http://{}:{}/", host, server.port()), closed); });
    CHECK_MESSAGE(message.contains("lies inside this machine"), host << ": " << message);
  }
  // What a name means is asked once, where the connection is made: a proxy inside is refused as well, whatever lies behind it.
  const Variable proxy("http_proxy", server.url(""));
  CHECK(refusal([&] { get("http://hub.invalid/", closed); }).contains("127.0.0.1 lies inside this machine"));
  CHECK(server.connections() == 0);
}

TEST_CASE("a body longer than its Content-Length spoils no later answer") {
  const FakeServer server([](const Asked& asked, Reply& reply) {
    if (asked.target != "/long") return reply.answer(200, "", "good");
    reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    std::this_thread::sleep_for(30ms);
    reply.raw("and what nobody was told of");
  });
  Client client(quick());
  for (int i = 0; i < 3; ++i) {
    CHECK(send_patiently(client, {.url = server.url("/long")}).body == "abc");
    if (i > 0) std::this_thread::sleep_for(60ms);  // the rest comes before the next question, or after it
    CHECK(send_patiently(client, {.url = server.url("/next")}).body == "good");
  }
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
  for (const char* text : {"0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.8.8.8",
                           "169.254.169.254", "172.16.0.1", "172.31.255.255",
                           "192.168.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
                           "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "::127.0.0.1"}) {
    CHECK_MESSAGE(closed(text), text);
  }
  for (const char* text : {"8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
                           "192.167.0.1", "2606:4700::1", "::ffff:8.8.8.8"}) {
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

TEST_CASE("certificates that cannot be read are named") {
  const std::string message = refusal([] { get("https://127.0.0.1:1/", {.authority_file = "/no/such/ca.pem"}); });
  CHECK(message.contains("127.0.0.1:1"));
}

}  // namespace maru::net
