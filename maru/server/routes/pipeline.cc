// /pipeline/{task}: every task of this program over HTTP, with the fields of the reference library's pipelines; and /rerank in the form that
// rerankers' clients know.
#include "maru/server/routes/answer_common.h"
#include "maru/server/service.h"
#include "maru/tasks/tasks.h"

namespace maru::server {
namespace {

// Runs on the worker that the model's arrival gave it: a task computes at once and is done. The client's leaving ends it at its next step.
void run_task(Service& service, const ExchangePtr& exchange, const tasks::Task& task, const std::string& model, Json inputs, Json arguments, Dialect dialect,
              std::function<void(const LoadedModel&, tasks::Outcome, std::chrono::nanoseconds)> done) {
  service.models().acquire(model, {}, [=, &service, &task](Lease lease, std::exception_ptr failed) {
    const auto held = std::make_shared<Lease>(std::move(lease));
    on_worker(service, exchange, dialect, [=, &task] {
      if (failed) std::rethrow_exception(failed);
      const auto cancel = std::make_shared<Cancel>();
      exchange->on_gone([cancel] { cancel->raise(); });
      const auto begin = std::chrono::steady_clock::now();
      tasks::Outcome outcome = tasks::run(task, (*held)->opened, inputs, arguments, cancel.get());
      done(**held, std::move(outcome), std::chrono::steady_clock::now() - begin);
    });
  });
}

Json account(const LoadedModel& model, const tasks::Outcome& outcome, std::chrono::nanoseconds took, const Request& request) {
  Json out = {{"model", model.name}, {"quantization", quantization(*model.opened)}, {"duration", took.count()}};
  if (!outcome.method.empty()) out["method"] = outcome.method;
  if (!outcome.truncated.empty()) out["truncated_tokens"] = outcome.truncated;
  for (const Phrase& note : outcome.notes) out["notes"].push_back(note.text);
  if (!request.ignored.empty()) out["ignored"] = request.ignored;
  return out;
}

void pipeline(Service& service, const ExchangePtr& exchange) {
  const Request& request = exchange->request();
  const std::string& name = request.captures.at(0);
  const std::optional<tasks::Found> found = tasks::find(name);
  if (!found) {
    std::string names;
    for (const tasks::Task& task : tasks::all()) names += (names.empty() ? "" : ", ") + std::string(task.name);
    fail(ErrorKind::not_found, "there is no task {:?}; there are {}", name, names);
  }
  Json arguments = found->arguments;
  if (const Json& given = member(request.json, "parameters"); !given.is_null()) arguments.update(given);
  std::string model = request.json.value("model", "");
  if (model.empty()) model = found->task->local_model;
  check(!model.empty(), "model: {} has no model of its own here; name one", found->task->name);
  run_task(service, exchange, *found->task, model, request.json["inputs"], std::move(arguments), Dialect::ollama,
           [exchange](const LoadedModel& loaded, tasks::Outcome outcome, std::chrono::nanoseconds took) {
             const Json said = account(loaded, outcome, took, exchange->request());
             exchange->answer(200, dump({{"output", std::move(outcome.output)}, {"accounting", said}}));
           });
}

void list(Service&, const ExchangePtr& exchange) {
  Json out = Json::array();
  for (const tasks::Task& task : tasks::all()) {
    Json one = {{"name", task.name}, {"about", task.about.text}, {"aliases", Json::array()}, {"parameters", Json::array()}};
    for (const std::string_view alias : task.aliases) one["aliases"].push_back(alias);
    for (const tasks::Argument& argument : task.arguments) one["parameters"].push_back({{"name", argument.name}, {"about", argument.about.text}, {"default", argument.otherwise}});
    if (!task.local_model.empty()) one["model"] = task.local_model;
    out.push_back(std::move(one));
  }
  exchange->answer(200, dump({{"tasks", std::move(out)}}));
}

// A document is a text, or an object with one.
Json documents_of(const Json& given) {
  Json out = Json::array();
  for (std::size_t i = 0; i < given.size(); ++i) {
    const Json& text = given[i].is_object() ? member(given[i], "text") : given[i];
    check(text.is_string(), "documents[{}]: expected a text or an object with one, got {}", i, kind_of(given[i]));
    out.push_back(text);
  }
  return out;
}

void rerank(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  const Json& given = body.contains("documents") ? body["documents"] : member(body, "texts");
  check(given.is_array() && !given.empty(), "documents: expected a list of at least one text");
  const Json documents = documents_of(given);
  Json arguments = {{"return_text", body.value("return_documents", body.value("return_text", false))},
                    {"raw_scores", body.value("raw_scores", false)},
                    {"truncation", body.value("truncate", false)}};
  if (const Json& top = member(body, "top_n"); !top.is_null()) arguments["top_k"] = top;
  run_task(service, exchange, *tasks::find("rerank")->task, body["model"], {{"query", body["query"]}, {"documents", documents}}, std::move(arguments), Dialect::openai,
           [exchange](const LoadedModel& loaded, tasks::Outcome outcome, std::chrono::nanoseconds took) {
             const Json said = account(loaded, outcome, took, exchange->request());
             Json results = Json::array();
             for (const Json& one : outcome.output) {
               Json result = {{"index", one["index"]}, {"relevance_score", one["score"]}};
               if (one.contains("text")) result["document"] = {{"text", one["text"]}};
               results.push_back(std::move(result));
             }
             exchange->answer(200, dump({{"object", "list"}, {"model", exchange->request().json["model"]}, {"results", std::move(results)}, {"accounting", said}}));
           });
}

std::vector<Field> rerank_fields() {
  return {{.name = "model", .kinds = Kind::text, .about = "a cross-encoder, or an encoder whose vectors are compared", .required = true, .shortest = 1, .longest = 512},
          {.name = "query", .kinds = Kind::text, .about = "the question", .required = true},
          {.name = "documents", .kinds = Kind::array, .about = "texts, or objects with a text", .longest = 10'000},
          {.name = "texts", .kinds = Kind::array, .about = "the same", .longest = 10'000},
          {.name = "top_n", .kinds = Kind::integer, .about = "how many to give; otherwise all", .low = 1, .high = 1'000'000},
          {.name = "return_documents", .kinds = Kind::boolean, .about = "repeat the documents in the answer"},
          {.name = "return_text", .kinds = Kind::boolean, .about = "the same"},
          {.name = "raw_scores", .kinds = Kind::boolean, .about = "logits instead of numbers between 0 and 1"},
          {.name = "truncate", .kinds = Kind::boolean, .about = "cut pairs that are too long (false: they are refused with the counts)"}};
}

}  // namespace

RouteFamily pipeline_routes() {
  Route by_v1{.method = "POST", .path = "/v1/rerank", .about = "Documents in the order in which they answer a query", .dialect = Dialect::openai, .fields = rerank_fields(), .run = rerank};
  Route plain = by_v1;
  plain.path = "/rerank";
  return {.name = "tasks",
          .about = "Every task of this program",
          .routes = {{.method = "GET", .path = "/pipeline", .about = "The tasks and their parameters", .run = list},
                     {.method = "POST", .path = "/pipeline/{}", .about = "Runs a task",
                      .fields = {{.name = "inputs", .kinds = Kind::text | Kind::array | Kind::object, .about = "as the task has them", .required = true},
                                 {.name = "parameters", .kinds = Kind::object, .about = "the task's own"},
                                 {.name = "model", .kinds = Kind::text, .about = "which model", .longest = 512}},
                      .answers = {{404, "No such task or model"}}, .run = pipeline},
                     plain, by_v1}};
}

}  // namespace maru::server
