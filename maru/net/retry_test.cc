// Pauses, attempts, and what the environment says of the network.
#include <doctest/doctest.h>

#include "maru/net/words_test.h"

namespace maru::net {

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
  {
    const Variable flag("MARU_OFFLINE", "--offline");
    CHECK(Settings::from_environment().offline_by == "--offline");
  }
  const Variable wrong("MARU_OFFLINE", "perhaps");
  CHECK(refusal([] { Settings::from_environment(); }).contains("MARU_OFFLINE=perhaps"));
}

}  // namespace maru::net
