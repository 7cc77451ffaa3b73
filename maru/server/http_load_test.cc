// The HTTP core under many clients at once, in times that a test run can bear.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "maru/server/client_test.h"

using namespace maru;
using namespace maru::server;

namespace {

constexpr std::string_view kGet = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::size_t descriptors() {
  std::error_code ignored;
  return std::size_t(std::distance(std::filesystem::directory_iterator("/proc/self/fd", ignored), {}));
}

std::size_t resident_kb() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * 4;
}

double health_ms(Client& client) {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(client.ask("GET", "/health").status == 200);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("a thousand clients wait for a slow route: what the queue cannot hold is told 503 at once, and health is answered") {
  TestServer server([](Options& options) { options.limits.queue = 500; });
  server.start();
  const std::size_t before = descriptors();
  {
    std::vector<Client> clients;
    for (int i = 0; i < 1000; ++i) {
      clients.push_back(server.client());
      REQUIRE(clients.back().send("GET /api/slow HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }
    CHECK(eventually([&] { return server.world.slow == 4; }));
    Client health = server.client();
    // The median: a machine that is busy otherwise makes some of them wait, a network thread that is held makes all.
    std::vector<double> times;
    for (int i = 0; i < 21; ++i) times.push_back(health_ms(health));
    std::ranges::sort(times);
    CHECK(times[10] < 50);
    int busy = 0, answered = 0;
    const auto told = [&](Client& one, std::chrono::milliseconds wait) {
      const Client::Got got = one.get(false, wait);
      busy += got.status == 503 && got.header("Retry-After") == "1";
      answered += got.status == 200;
      return got.status != 0;
    };
    CHECK(eventually([&] { return server.metrics.text().contains("maru_requests_total{route=\"/api/slow\",status=\"503\"} 496\n"); }));
    std::vector<Client*> waiting;
    for (Client& one : clients) {
      if (!told(one, 0ms)) waiting.push_back(&one);
    }
    server.world.release();
    for (Client* one : waiting) told(*one, 3000ms);
    CHECK(busy + answered == 1000);
    CHECK(answered >= 500);
    CHECK(busy >= 490);
  }
  CHECK(eventually([&] { return descriptors() <= before + 1; }));
}

TEST_CASE("two thousand idle connections cost little, and go when there is no room") {
  TestServer server([](Options& options) { options.limits.connections = 2000; });
  server.start();
  const std::size_t before = resident_kb();
  std::vector<Client> idle;
  for (int i = 0; i < 2000; ++i) idle.push_back(server.client());
  CHECK(eventually([&] { return server.metrics.text().contains("maru_connections 2000\n"); }));
  CHECK(resident_kb() - before < 30'000);
  CHECK(std::ranges::all_of(idle, [](const Client& one) { return one.open(); }));
  Client more = server.client();
  CHECK(more.ask("GET", "/health").status == 200);   // the one that was idle for longest made room
  CHECK(idle.front().rest(500ms).empty());
  CHECK(idle.front().ended());
  CHECK(idle.back().ask("GET", "/health").status == 200);
}

TEST_CASE("a storm of clients that leave loses nothing: no descriptor, no memory, no route") {
  TestServer server([](Options& options) { options.limits.workers = 8; });
  server.start();
  const auto storm = [&](int seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 300; ++i) {
      Client client = server.client();
      constexpr const char* kPaths[] = {"/api/hold", "/api/hang", "/api/stream", "/health"};
      client.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", kPaths[random() % 4]));
      if (random() % 2) client.receive(2ms);
    }
    const auto all_gone = [&] {
      const std::lock_guard lock(server.world.mutex);
      return std::ranges::all_of(server.world.held, [](const ExchangePtr& one) { return one->gone(); });
    };
    CHECK(eventually(all_gone));
    // What was queued when its client left comes to its route later.
    CHECK(eventually([&] {
      server.world.release();
      return server.metrics.text().contains("maru_connections 0\n");
    }));
  };
  storm(1);
  const std::size_t opened = descriptors(), resident = resident_kb();
  for (int round = 2; round < 5; ++round) storm(round);
  CHECK(descriptors() == opened);
  CHECK(resident_kb() < resident + 4000);
  Client client = server.client();
  CHECK(client.ask("GET", "/health").status == 200);
}

TEST_CASE("small requests one after another leave memory and descriptors as they were") {
  TestServer server;
  server.start();
  Client client = server.client();
  const auto many = [&](int count) {
    std::string batch;
    for (int i = 0; i < 50; ++i) batch += kGet;
    for (int done = 0; done < count; done += 50) {
      client.send(batch);
      for (int i = 0; i < 50; ++i) REQUIRE(client.get().status == 200);
    }
  };
  many(2000);
  const std::size_t opened = descriptors(), resident = resident_kb();
  many(10'000);
  CHECK(descriptors() == opened);
  CHECK(resident_kb() < resident + 1000);
}
