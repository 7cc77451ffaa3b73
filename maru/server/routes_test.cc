// The routes that the tests of the HTTP core ask for.
#include "maru/base/file.h"
#include "maru/server/client_test.h"

namespace maru::server {
namespace {

void health(Service&, const ExchangePtr& exchange) { exchange->answer(200, "{\"status\":\"ok\"}"); }

void echo(Service&, const ExchangePtr& exchange) {
  const Request& request = exchange->request();
  exchange->answer(200, dump({{"json", request.json}, {"ignored", request.ignored}, {"captures", request.captures},
                              {"key", request.caller.key_id}, {"query", request.query.size()}}));
}

void stream(Service&, const ExchangePtr& exchange) {
  exchange->begin(200, "application/x-ndjson");
  for (int i = 0; i < 3; ++i) exchange->send(fmt::format("{{\"n\":{}}}\n", i));
  exchange->end();
}

// Without end, until nobody reads.
void flood(Service& service, const ExchangePtr& exchange) {
  exchange->begin(200, "text/plain");
  while (exchange->send(std::string(16 << 10, 'x'))) std::this_thread::sleep_for(std::chrono::microseconds(200));
  ++world_of(service).gone;
}

void hold(Service& service, const ExchangePtr& exchange) {
  World& world = world_of(service);
  exchange->on_gone([&world] { ++world.gone; });
  const std::lock_guard lock(world.mutex);
  world.held.push_back(exchange);
}

void hang(Service& service, const ExchangePtr& exchange) {
  exchange->begin(200, "text/plain");
  exchange->send("begun\n");
  hold(service, exchange);
}

void slow(Service& service, const ExchangePtr& exchange) {
  World& world = world_of(service);
  ++world.slow;
  std::unique_lock lock(world.mutex);
  world.changed.wait(lock, [&] { return world.open; });
  lock.unlock();
  exchange->answer(200, "{}");
}

void upload(Service&, const ExchangePtr& exchange) {
  const Request& request = exchange->request();
  exchange->answer(201, dump({{"sha256", request.body_sha256}, {"bytes", std::filesystem::file_size(request.body_file)}, {"name",
      request.captures.at(0)}}));
}

void fault(Service&, const ExchangePtr& exchange) {
  const std::string kind(exchange->request().asked("kind").value_or(""));
  if (kind == "invalid") fail(ErrorKind::invalid, "options.top_p: wrong");
  if (kind == "not_found") fail(ErrorKind::not_found, "model 'x' not found");
  if (kind == "busy") fail(ErrorKind::busy, "the queue is full");
  if (kind == "io") fail(ErrorKind::io, "/secret/path: could not be read");
  if (kind == "full") fail(ErrorKind::io, "/secret/path: could not be written: {}", system_reason(ENOSPC));
  if (kind == "memory") throw std::bad_alloc();
  if (kind == "int") throw 5;
  if (kind == "cut") {
    exchange->begin(200, "text/plain");
    exchange->send("part");
    fail(ErrorKind::internal, "in the middle");
  }
}                                                // and otherwise no answer at all

void header(Service&, const ExchangePtr& exchange) { exchange->answer(200, "{}", "application/json", {{"X-Said", "a\r\nX-Made-Up: 1"}}); }

}  // namespace

std::span<const RouteFamily> test_families() {
  static const std::vector<Field> echo_fields = {
      {.name = "model", .kinds = Kind::text, .about = "The model"},
      {.name = "options", .kinds = Kind::object, .about = "Options", .fields = {{.name = "top_p", .kinds = Kind::number,
          .about = "Nucleus", .low = 0, .high = 1}}}};
  static const RouteFamily families[] = {
      {.name = "test",
       .about = "Routes of the tests",
       .routes = {{.method = "GET", .path = "/health", .about = "Health", .scope = Scope::open, .immediate = true, .run = health},
                  {.method = "GET", .path = "/api/tags", .about = "Tags", .run = stream},
                  {.method = "POST", .path = "/api/echo", .about = "Echo", .fields = echo_fields, .run = echo},
                  {.method = "POST", .path = "/v1/echo", .about = "Echo", .dialect = Dialect::openai, .fields = echo_fields, .run = echo},
                  {.method = "DELETE", .path = "/api/echo", .about = "Echo", .scope = Scope::administration, .run = echo},
                  {.method = "GET", .path = "/v1/models/{}", .about = "A model", .dialect = Dialect::openai, .run = echo},
                  {.method = "GET", .path = "/v1/models/all", .about = "All", .dialect = Dialect::openai, .run = stream},
                  {.method = "GET", .path = "/api/stream", .about = "A stream", .run = stream},
                  {.method = "GET", .path = "/api/flood", .about = "Too much", .run = flood},
                  {.method = "GET", .path = "/api/hold", .about = "Later", .run = hold},
                  {.method = "POST", .path = "/api/hold", .about = "Later", .run = hold},
                  {.method = "GET", .path = "/api/hang", .about = "Begun", .run = hang},
                  {.method = "GET", .path = "/api/slow", .about = "Slow", .run = slow},
                  {.method = "POST", .path = "/api/blobs/{}", .about = "A file", .body_to_file = true, .run = upload},
                  {.method = "GET", .path = "/api/fault", .about = "Faults", .run = fault},
                  {.method = "GET", .path = "/v1/fault", .about = "Faults", .dialect = Dialect::openai, .run = fault},
                  {.method = "GET", .path = "/api/header", .about = "Headers", .run = header}}}};
  return families;
}

}  // namespace maru::server
