// maru serve: the models of this machine over HTTP, in Ollama's and OpenAI's words.
#include <charconv>
#include <cstdlib>

#include "cli/command.h"
#include "cli/options.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/server/service.h"

namespace maru::cli {
namespace {

struct Given {
  std::string host, keep_alive, certificate, private_key;
  std::vector<std::string> origins;
  std::int64_t port = -1, queue = -1, context = -1, workers = 4, drain = 30, models = -1, requests_per_minute = 0, memory = 0;
  bool insecure = false, quiet = false, cache_q8 = false, pull_private = false;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// What the option says, else what the variable says, else the default; -1: the option was not given.
std::int64_t number(std::int64_t given, const char* name, std::int64_t otherwise, Bounds bounds) {
  if (given >= 0) return given;
  const std::string text = variable(name);
  if (text.empty()) return otherwise;
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value < bounds.low || value > bounds.high) {
    fail(ErrorKind::usage, "{}={:?}: expected a whole number from {} to {}", name, text, bounds.low, bounds.high);
  }
  return value;
}

// OLLAMA_HOST, as a place to listen on: "0.0.0.0", "host:port", ":port", "[::]:port", with or without http:// before it.
void set_place(server::Options& options, std::string text) {
  const std::string whole = text;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) text.erase(0, scheme.size());
  }
  while (text.ends_with('/')) text.pop_back();
  const bool six = text.starts_with('[');
  const std::size_t colon = six ? text.find("]:") : text.rfind(':');
  std::string host = colon == text.npos ? text : text.substr(0, six ? colon + 1 : colon);
  if (six) host = host.substr(1, host.find(']') - 1);
  if (colon != text.npos) {
    const std::string port = text.substr(colon + (six ? 2 : 1));
    const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), options.port);
    const bool right = problem == std::errc{} && end == port.data() + port.size();
    if (!right) fail(ErrorKind::usage, "{}={:?}: expected an address to listen on: host, host:port or [address]:port", "OLLAMA_HOST", whole);
  }
  if (!host.empty()) options.host = host;
}

void add_origins(std::vector<std::string>& origins, std::string_view list) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty()) origins.emplace_back(one);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

server::Options options_of(const Given& given) {
  server::Options options;
  if (const std::string place = variable("OLLAMA_HOST"); !place.empty()) set_place(options, place);
  if (!given.host.empty()) options.host = given.host;
  if (given.port >= 0) options.port = std::uint16_t(given.port);
  add_origins(options.origins, variable("OLLAMA_ORIGINS"));
  for (const std::string& one : given.origins) add_origins(options.origins, one);
  const std::string keep = given.keep_alive.empty() ? variable("OLLAMA_KEEP_ALIVE") : given.keep_alive;
  if (!keep.empty()) {
    // A plain number is seconds here as in a request.
    std::int64_t seconds = 0;
    const auto [end, problem] = std::from_chars(keep.data(), keep.data() + keep.size(), seconds);
    const bool plain = problem == std::errc{} && end == keep.data() + keep.size();
    options.keep_alive = server::parse_keep_alive(plain ? Json(seconds) : Json(keep)).span;
  }
  options.limits.queue = std::size_t(number(given.queue, "OLLAMA_MAX_QUEUE", std::int64_t(options.limits.queue), {1, 1'000'000}));
  options.context = number(given.context, "OLLAMA_CONTEXT_LENGTH", options.context, {1, 1'000'000'000});
  options.loaded_models = std::size_t(number(given.models, "OLLAMA_MAX_LOADED_MODELS", std::int64_t(options.loaded_models), {1, 1000}));
  options.memory_bytes = std::size_t(given.memory) << 20;
  options.limits.workers = std::size_t(given.workers);
  options.limits.requests_per_minute = int(given.requests_per_minute);
  options.drain = std::chrono::seconds(given.drain);
  options.insecure_no_auth = given.insecure;
  options.cache_q8 = given.cache_q8 || variable("OLLAMA_KV_CACHE_TYPE") == "q8_0";
  options.pull_private = given.pull_private;
  options.access_log = !given.quiet;
  if (given.certificate.empty() && !given.private_key.empty()) fail(ErrorKind::usage, "--private-key is given without --certificate");
  options.certificate = given.certificate;
  options.private_key = given.private_key;
  return options;
}

int serve(Context& context, const Given& given) {
  const server::Options options = options_of(given);
  server::Service service(options, home());
  const auto ready = [&](const std::string& address) {
    if (context.json) context.print_json({{"listening", address}, {"keys", !service.keys().empty() && !options.insecure_no_auth}});
    else context.note(fmt::format(fmt::runtime(context.say("maru answers at {}; Ctrl-C ends it", "{}에서 답합니다. 끝내려면 Ctrl-C")),
                                  address));
    if (options.insecure_no_auth)
      context.note(context.say("No key is asked for: whoever reaches this address may use and change the models.",
                               "키를 묻지 않습니다. 이 주소에 닿는 사람은 누구나 모델을 쓰고 바꿀 수 있습니다."));
  };
  server::serve(service, options, context.cancel, ready, [&](std::string_view line) { context.note(line); });
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("--host", given->host, {"Address or name to listen on (default: OLLAMA_HOST, or 127.0.0.1)",
                                       "기다릴 주소나 이름(기본: OLLAMA_HOST, 없으면 127.0.0.1)"});
  options.integer("--port", given->port, {0, 65535}, {"Port; 0 takes any that is free (default: OLLAMA_HOST's, or 11434)",
                                                      "포트. 0이면 빈 것(기본: OLLAMA_HOST의 것, 없으면 11434)"});
  options.flag("--insecure-no-auth", given->insecure, {"Ask for no key, even where others reach the address",
                                                       "다른 컴퓨터가 닿는 주소라도 키를 묻지 않습니다"});
  options.text("--certificate", given->certificate, {"PEM file: speak TLS with this certificate", "PEM 파일: 이 인증서로 TLS를 씁니다"});
  options.text("--private-key", given->private_key, {"PEM file: its key (default: in the same file)", "PEM 파일: 그 키(기본: 같은 파일)"});
  options.texts("--origins", given->origins, {"Web pages that may ask, beside this machine's: https://*.example.org (OLLAMA_ORIGINS)",
                                              "이 컴퓨터 밖에서 물어도 되는 웹 페이지: https://*.example.org (OLLAMA_ORIGINS)"});
  options.integer("--queue", given->queue, {1, 1'000'000}, {"Requests that may wait (OLLAMA_MAX_QUEUE, 512)",
                                                            "기다릴 수 있는 요청 수(OLLAMA_MAX_QUEUE, 512)"});
  options.text("--keep-alive", given->keep_alive, {"How long a model stays after its last request: 5m, 1h, -1 (OLLAMA_KEEP_ALIVE)",
                                                   "마지막 요청 뒤 모델을 두는 시간: 5m, 1h, -1 (OLLAMA_KEEP_ALIVE)"});
  options.integer("--context", given->context, {1, 1'000'000'000}, {"Tokens of a request that does not say (OLLAMA_CONTEXT_LENGTH, 4096)",
                                                                    "요청이 말하지 않을 때의 문맥 토큰 수(OLLAMA_CONTEXT_LENGTH, 4096)"});
  options.integer("--loaded-models", given->models, {1, 1000}, {"Models in memory at once (OLLAMA_MAX_LOADED_MODELS, 3)",
                                                         "한꺼번에 메모리에 두는 모델 수(OLLAMA_MAX_LOADED_MODELS, 3)"});
  options.integer("--memory", given->memory, {0, std::int64_t{1} << 30}, {"MiB for weights and caches (0: what the machine has free)",
                                                                          "가중치와 캐시에 쓸 메모리, MiB(0이면 이 컴퓨터의 남은 것)"});
  options.integer("--workers", given->workers, {1, 256}, {"Threads that read requests (4)", "요청을 읽는 스레드 수(4)"});
  options.integer("--requests-per-minute", given->requests_per_minute, {0, 1'000'000},
                  {"Of one key, or of one address where no key is asked for (0: as many as it likes)",
                   "키 하나의, 키를 묻지 않으면 주소 하나의 분당 요청 수(0이면 끝없이)"});
  options.integer("--drain", given->drain, {0, 86'400}, {"Seconds that running answers get when it is stopped (30)",
                                                         "멈출 때 답하던 것에 주는 시간, 초(30)"});
  options.flag("--cache-q8", given->cache_q8, {"Keep keys and values in eight bits", "키와 값을 8비트로 둡니다"});
  options.flag("--pull-private", given->pull_private, {"Models may be pulled from addresses of this machine and its networks",
                                                       "이 컴퓨터와 내부 네트워크의 주소에서도 모델을 받습니다"});
  options.flag("--quiet", given->quiet, {"No line for each request", "요청마다 줄을 남기지 않습니다"});
  options.examples("maru serve\nmaru serve --port 8080 --origins 'https://*.example.org'\n"
                   "maru serve --host 0.0.0.0 --certificate server.pem");
  return [given](Context& context) { return serve(context, *given); };
}

}  // namespace

Command serve_entry() {
  return {.name = "serve", .group = "serve", .about = "Serve the models over HTTP, as Ollama and OpenAI do",
          .about_ko = "모델을 HTTP로 냅니다. Ollama와 OpenAI의 클라이언트가 그대로 씁니다", .declare = declare};
}

}  // namespace maru::cli
