#pragma once
// The server: routes in families, one file each in routes/, over one service that holds models, store, keys and counters.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/phrase.h"
#include "maru/server/exchange.h"
#include "maru/server/fields.h"

namespace maru::server {

class Service;

enum class Dialect { ollama, openai };           // how an error is written: {"error": "…"} or {"error": {"message": …}}

struct Route {
  std::string_view method;                       // "GET" answers HEAD too
  std::string_view path;                         // "/v1/models/{}": a place takes one segment, or the rest where it is last
  std::string_view about;                        // for openapi.json
  Scope scope = Scope::inference;
  Dialect dialect = Dialect::ollama;
  std::vector<Field> fields = {};                // of a JSON body; empty: the route takes none
  bool body_to_file = false;                     // the body is a file: it goes to disk as it comes, hashed
  bool immediate = false;                        // answered on the network thread: takes microseconds, never waits
  std::vector<std::pair<int, std::string_view>> answers = {};   // statuses for openapi.json, beside the errors every route has
  // Runs on a worker. It may keep the exchange and answer later; what it throws becomes an error in the route's dialect.
  void (*run)(Service&, const ExchangePtr&);
};
// One file in routes/ returns one.
struct RouteFamily {
  std::string_view name, about;
  std::vector<Route> routes;
};
std::span<const RouteFamily> route_families();   // the generated table

struct Limits {
  std::size_t header_bytes = 16 << 10, target_bytes = 8 << 10, body_bytes = std::size_t{64} << 20;
  std::uint64_t file_bytes = std::uint64_t{256} << 30;
  int json_depth = 64;
  std::chrono::milliseconds header_time{10'000}, idle_time{75'000}, slow_reader{30'000};
  std::size_t body_floor = 1024;                 // bytes a second below which a body is too slow, after the first ten seconds
  std::size_t unread_bytes = std::size_t{4} << 20;   // of a stream that a client has not taken yet; beyond it the client is dropped
  std::size_t connections = 16'384;
  std::size_t queue = 512;                       // requests that wait for a worker or a model
  std::size_t workers = 4;                       // threads that check, tokenise and answer
  int requests_per_minute = 0;                   // of one key or, without keys, of one address; 0: as many as it likes
  int wrong_keys_per_minute = 30;                // of one address
};

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 11434;                    // 0: the system picks one
  std::vector<std::string> origins = {};         // beyond those of this machine: OLLAMA_ORIGINS
  bool insecure_no_auth = false;
  std::filesystem::path certificate = {}, private_key = {};   // PEM: TLS
  Limits limits = {};
  std::chrono::seconds drain{30};
  std::optional<std::chrono::nanoseconds> keep_alive = std::chrono::minutes(5);   // nothing: for ever
  std::int64_t context = 4096;                   // tokens of a request that does not say
  std::size_t loaded_models = 3;
  std::size_t memory_bytes = 0;                  // for weights and caches; 0: what the machine has free
  bool pull_private = false;                     // models may be pulled from addresses of this machine and its networks
  bool cache_q8 = false;                         // keys and values in eight bits
  bool access_log = true;
};

// Binds, and answers until `stop` is raised; then takes no more connections, lets running answers end within `drain`, and returns. A second
// raise (after clear()) ends at once. `ready` is told the address that was bound. Throws Error: usage for an address that is not this
// machine's own without keys, io when the port is taken (by what, and which option to use).
void serve(Service& service, const Options& options, Cancel& stop, const std::function<void(const std::string& address)>& ready,
           const std::function<void(std::string_view line)>& log);

// An error's status and body in a dialect. One table for every route.
struct Refusal {
  int status;
  std::string body;
  std::vector<Header> headers;                   // Retry-After, WWW-Authenticate
};
Refusal refusal(const std::exception& error, Dialect dialect, std::string_view request_id);
// The same for refusals that are no Error: 401, 403, 405, 408, 413, 415, 429, 431, 503.
Refusal refusal(int status, std::string_view message, Dialect dialect, std::string_view request_id);

}  // namespace maru::server
