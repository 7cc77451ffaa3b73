// One short lock around plain numbers; the text is made from a copy, outside it.
#include "maru/server/metrics.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace maru::server {
namespace {

constexpr std::array<double, 14> kBorders = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};

struct Histogram {
  std::array<std::uint64_t, kBorders.size()> counts{};
  std::uint64_t all = 0;
  double sum = 0;
  void add(std::chrono::nanoseconds took) {
    const double seconds = std::chrono::duration<double>(took).count();
    std::size_t at = 0;
    while (at < kBorders.size() && seconds > kBorders[at]) ++at;
    if (at < kBorders.size()) ++counts[at];
    ++all;
    sum += seconds;
  }
};

struct Model {
  std::uint64_t requests = 0, prompt = 0, cached = 0, tokens = 0, texts = 0, text_tokens = 0;
  double decode = 0;
  Histogram first_token, queued;
};

struct Numbers {
  std::map<std::pair<std::string, int>, std::uint64_t> requests;
  std::map<std::string, Histogram> times;
  std::map<std::string, std::uint64_t> dropped;
  std::map<std::string, Model> models;
  std::int64_t connections = 0;
  std::uint64_t accepted = 0;
};

// Prometheus' text format: backslash, quote and line end are escaped in a label's value.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') out += "\\n";
    else out += c;
  }
  return out;
}

class Text {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  template <class Value>
  void line(std::string_view name, std::string_view labels, Value value) {
    out_ += labels.empty() ? fmt::format("{} {}\n", name, value) : fmt::format("{}{{{}}} {}\n", name, labels, value);
  }
  void histogram(std::string_view name, std::string_view labels, const Histogram& one) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kBorders.size(); ++i) {
      sum += one.counts[i];
      line(fmt::format("{}_bucket", name), fmt::format("{},le=\"{}\"", labels, kBorders[i]), sum);
    }
    line(fmt::format("{}_bucket", name), fmt::format("{},le=\"+Inf\"", labels), one.all);
    line(fmt::format("{}_sum", name), labels, one.sum);
    line(fmt::format("{}_count", name), labels, one.all);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

template <class Value>
void of_models(Text& text, const Numbers& numbers, std::string_view name, std::string_view help, Value Model::*member) {
  text.family(name, "counter", help);
  for (const auto& [model, one] : numbers.models) text.line(name, fmt::format("model=\"{}\"", label(model)), one.*member);
}

void histograms(Text& text, const Numbers& numbers, std::string_view name, std::string_view help, Histogram Model::*member) {
  text.family(name, "histogram", help);
  for (const auto& [model, one] : numbers.models) {
    if ((one.*member).all > 0) text.histogram(name, fmt::format("model=\"{}\"", label(model)), one.*member);
  }
}

}  // namespace

struct Metrics::Parts {
  mutable std::mutex mutex;
  Numbers numbers;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
};

Metrics::Metrics() : parts_(std::make_unique<Parts>()) {}
Metrics::~Metrics() = default;

void Metrics::request(std::string_view route, int status, std::chrono::nanoseconds took) {
  const std::lock_guard lock(parts_->mutex);
  ++parts_->numbers.requests[{std::string(route), status}];
  parts_->numbers.times[std::string(route)].add(took);
}

void Metrics::connection(int change) {
  const std::lock_guard lock(parts_->mutex);
  parts_->numbers.connections += change;
  if (change > 0) parts_->numbers.accepted += std::uint64_t(change);
}

void Metrics::dropped(std::string_view why) {
  const std::lock_guard lock(parts_->mutex);
  ++parts_->numbers.dropped[std::string(why)];
}

void Metrics::generated(std::string_view model, std::size_t prompt, std::size_t cached, std::size_t tokens,
                        std::chrono::nanoseconds first_token, std::chrono::nanoseconds queued, std::chrono::nanoseconds decode) {
  const std::lock_guard lock(parts_->mutex);
  Model& one = parts_->numbers.models[std::string(model)];
  ++one.requests;
  one.prompt += prompt;
  one.cached += cached;
  one.tokens += tokens;
  one.decode += std::chrono::duration<double>(decode).count();
  if (tokens > 0) one.first_token.add(first_token);
  one.queued.add(queued);
}

void Metrics::embedded(std::string_view model, std::size_t texts, std::size_t tokens) {
  const std::lock_guard lock(parts_->mutex);
  Model& one = parts_->numbers.models[std::string(model)];
  one.texts += texts;
  one.text_tokens += tokens;
}

std::string Metrics::text() const {
  Numbers numbers;
  {
    const std::lock_guard lock(parts_->mutex);
    numbers = parts_->numbers;
  }
  Text text;
  text.family("maru_requests_total", "counter", "Requests answered, by route and status.");
  for (const auto& [key, count] : numbers.requests) {
    text.line("maru_requests_total", fmt::format("route=\"{}\",status=\"{}\"", label(key.first), key.second), count);
  }
  text.family("maru_request_seconds", "histogram", "From a request's head to the end of its answer.");
  for (const auto& [route, times] : numbers.times) text.histogram("maru_request_seconds", fmt::format("route=\"{}\"", label(route)), times);
  text.family("maru_connections", "gauge", "Connections that are open.");
  text.line("maru_connections", "", numbers.connections);
  text.family("maru_connections_total", "counter", "Connections taken.");
  text.line("maru_connections_total", "", numbers.accepted);
  text.family("maru_dropped_total", "counter", "Connections and requests that were ended by a limit.");
  for (const auto& [why, count] : numbers.dropped) text.line("maru_dropped_total", fmt::format("why=\"{}\"", label(why)), count);
  of_models(text, numbers, "maru_generations_total", "Generations that ended.", &Model::requests);
  of_models(text, numbers, "maru_prompt_tokens_total", "Tokens of prompts.", &Model::prompt);
  of_models(text, numbers, "maru_cached_tokens_total", "Tokens of prompts that the cache had already.", &Model::cached);
  of_models(text, numbers, "maru_generated_tokens_total", "Tokens generated.", &Model::tokens);
  of_models(text, numbers, "maru_decode_seconds_total", "Time of decoding; tokens by it are tokens a second of one request.",
      &Model::decode);
  of_models(text, numbers, "maru_embedded_texts_total", "Texts embedded.", &Model::texts);
  of_models(text, numbers, "maru_embedded_tokens_total", "Tokens of those texts.", &Model::text_tokens);
  histograms(text, numbers, "maru_first_token_seconds", "From a request to its first token.", &Model::first_token);
  histograms(text, numbers, "maru_queue_seconds", "Waiting for room in the batch.", &Model::queued);
  text.family("maru_uptime_seconds", "gauge", "Since the server began.");
  text.line("maru_uptime_seconds", "", std::chrono::duration<double>(std::chrono::steady_clock::now() - parts_->begun).count());
  return text.take();
}

}  // namespace maru::server
