// /metrics: counters for Prometheus, and of each loaded model what its batch and its cache hold now.
#include "maru/server/service.h"

namespace maru::server {
namespace {

struct Gauge {
  std::string_view name, type, help;
  double (*value)(const ModelHost::Running&);
};
constexpr Gauge kGauges[] = {
    {"maru_model_bytes", "gauge", "Weights and cache of a loaded model.", [](const auto& one) { return double(one.model->plan.total()); }},
    {"maru_model_requests", "gauge", "Requests that use it.", [](const auto& one) { return double(one.requests); }},
    {"maru_queue_requests", "gauge", "Requests that wait for room in its batch.",
        [](const auto& one) { return double(one.stats.waiting); }},
    {"maru_batch_rows", "gauge", "Texts in its batch.", [](const auto& one) { return double(one.stats.running); }},
    {"maru_preempted_total", "counter", "Texts put back for want of room.", [](const auto& one) { return double(one.stats.preempted); }},
    {"maru_steps_total", "counter", "Steps of its batch.", [](const auto& one) { return double(one.stats.steps); }},
    {"maru_cache_bytes", "gauge", "Keys and values held.", [](const auto& one) { return double(one.stats.cache_bytes); }},
    {"maru_cache_limit_bytes", "gauge", "Keys and values that may be held.", [](const auto& one) { return double(one.stats.cache_limit); }},
    {"maru_prefix_bytes", "gauge", "Of those held, what later requests may share.",
        [](const auto& one) { return double(one.stats.prefix_bytes); }}};

std::string loaded_text(const std::vector<ModelHost::Running>& running) {
  std::string out;
  for (const Gauge& gauge : kGauges) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", gauge.name, gauge.help, gauge.name, gauge.type);
    for (const auto& one : running) out += fmt::format("{}{{model=\"{}\"}} {}\n", gauge.name, one.model->name, gauge.value(one));
  }
  return out;
}

void metrics(Service& service, const ExchangePtr& exchange) {
  exchange->answer(200, service.metrics().text() + loaded_text(service.models().running()), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

RouteFamily metrics_routes() {
  return {.name = "metrics",
          .about = "Counters",
          .routes = {{.method = "GET", .path = "/metrics", .about = "Counters in Prometheus' text form", .run = metrics}}};
}

}  // namespace maru::server
