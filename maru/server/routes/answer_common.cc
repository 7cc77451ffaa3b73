// Parts of answers.
#include "maru/server/routes/answer_common.h"

#include <ctime>

#include "maru/server/service.h"

namespace maru::server {

std::string rfc3339(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     std::chrono::duration_cast<std::chrono::nanoseconds>(time - whole).count());
}

std::string rfc3339_now() { return rfc3339(std::chrono::system_clock::now()); }

std::int64_t unix_seconds() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

Json accounting(const Started& started, const engine::Usage& usage, const Request& request) {
  Json out = {{"prompt_tokens", usage.prompt},
              {"cached_tokens", usage.cached},
              {"generated_tokens", usage.generated},
              {"dropped_tokens", usage.dropped + std::int64_t(started.dropped_tokens)},
              {"dropped_messages", started.dropped_messages},
              {"context_length", started.context},
              {"quantization", quantization(*started.model.opened)},
              {"seed", usage.seed},
              {"queue_duration", usage.queued.count()}};
  std::vector<std::string> warnings = started.warnings;
  for (const std::string& name : request.ignored) warnings.push_back(name + " is not known here and was ignored");
  if (!warnings.empty()) out["warnings"] = warnings;
  return out;
}

Json logprobs_json(const std::vector<TokenLog>& logs) {
  const auto token = [](const TokenText& one) {
    Json bytes = Json::array();
    for (const char c : one.bytes) bytes.push_back(int(static_cast<unsigned char>(c)));
    return Json{{"token", one.bytes}, {"logprob", one.logprob}, {"bytes", std::move(bytes)}};
  };
  Json out = Json::array();
  for (const TokenLog& log : logs) {
    Json one = token(log.token);
    one["top_logprobs"] = Json::array();
    for (const TokenText& other : log.top) one["top_logprobs"].push_back(token(other));
    out.push_back(std::move(one));
  }
  return out;
}

void fail_exchange(const ExchangePtr& exchange, const std::exception& error, Dialect dialect) {
  if (exchange->begun()) {
    exchange->send(stream_error(error, dialect, exchange->request().id));
    exchange->end();
    return;
  }
  Refusal refused = refusal(error, dialect, exchange->request().id);
  exchange->answer(refused.status, std::move(refused.body), "application/json; charset=utf-8", std::move(refused.headers));
}

void on_worker(Service& service, const ExchangePtr& exchange, Dialect dialect, std::function<void()> work) {
  try {
    service.later([exchange, dialect, work = std::move(work)] {
      try {
        if (!exchange->gone()) work();
      } catch (const std::exception& error) {
        fail_exchange(exchange, error, dialect);
      }
    });
  } catch (const std::exception& error) {
    fail_exchange(exchange, error, dialect);
  }
}

std::string stream_error(const std::exception& error, Dialect dialect, std::string_view request_id) {
  const std::string body = refusal(error, dialect, request_id).body;
  return dialect == Dialect::ollama ? body + "\n" : "data: " + body + "\n\n";
}

std::vector<Field> option_fields() {
  return {{.name = "options", .kinds = Kind::object, .about = "temperature, top_k, top_p, min_p, typical_p, repeat_penalty, repeat_last_n, presence_penalty, "
                                                              "frequency_penalty, seed, num_predict, num_ctx, num_keep, stop, logit_bias"},
          {.name = "keep_alive", .kinds = Kind::text | Kind::number, .about = "how long the model stays in memory: \"5m\", seconds, 0 at once, negative for ever"},
          {.name = "format", .kinds = Kind::text | Kind::object, .about = "\"json\", or a JSON Schema that the answer will follow"},
          {.name = "stream", .kinds = Kind::boolean, .about = "line by line (true) or one object"},
          {.name = "think", .kinds = Kind::boolean | Kind::text, .about = "whether the model thinks before it answers, or how much", .choices = {"low", "medium", "high", "max"}},
          {.name = "truncate", .kinds = Kind::boolean, .about = "leave out the oldest of a prompt that is too long (true) or refuse it"},
          {.name = "shift", .kinds = Kind::boolean, .about = "go on when the context is full, forgetting the oldest (true), or stop"},
          {.name = "logprobs", .kinds = Kind::boolean, .about = "tell each token's logarithmic probability"},
          {.name = "top_logprobs", .kinds = Kind::integer, .about = "and that of so many likeliest tokens", .low = 0, .high = 20}};
}

const Json& member(const Json& object, std::string_view name) {
  static const Json none;
  const auto at = object.find(name);
  return at == object.end() ? none : *at;
}

}  // namespace maru::server
