// One question on its way: model, prompt, sampling, engine, and what it says back.
#include "maru/server/generation.h"

#include <algorithm>
#include <atomic>

#include "maru/chat/constraint.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

// The parameters that hold: the dialect's defaults, the model's own, the request's.
Json merged(const Json& defaults, const Json& own, const Json& asked) {
  Json out = defaults;
  for (const Json* one : {&own, &asked})
    for (const auto& [name, value] : one->items())
      if (!value.is_null()) out[name] = value;
  return out;
}

// What lives as long as the question does. Only the engine's thread touches it once it runs.
struct Running {
  Service& service;
  ExchangePtr exchange;
  Hearer hearer;
  Lease lease;
  std::optional<Started> started;
  struct Choice {
    std::optional<chat::Reader> reader;          // of a conversation; else the text is the answer as it is
    std::vector<TokenLog> logs;
    std::vector<std::int32_t> ids;
    bool called = false;
  };
  std::vector<Choice> choices;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now(), first{};
  bool log_tokens = false;
  std::unique_ptr<chat::Format> own_format;      // of a question that brings a template
  const chat::Format* format = nullptr;          // of a conversation
};

TokenText text_of(const LoadedModel& model, std::int32_t id, float logprob) {
  return {id, model.opened->tokenizer()->bytes(id), logprob};
}

void tell(Running& run, int number, chat::Delta delta, bool even_empty = false) {
  Running::Choice& choice = run.choices[std::size_t(number)];
  choice.called = choice.called || !delta.calls.empty();
  if (!even_empty && delta.content.empty() && delta.thinking.empty() && delta.calls.empty()) return;
  run.hearer.on_piece({number, std::move(delta), std::exchange(choice.logs, {})});
}

void add(chat::Delta& to, chat::Delta more) {
  to.content += more.content;
  to.thinking += more.thinking;
  std::ranges::move(more.calls, std::back_inserter(to.calls));
}

void on_token(Running& run, const engine::TokenEvent& event) {
  if (run.first == std::chrono::steady_clock::time_point{}) run.first = std::chrono::steady_clock::now();
  Running::Choice& choice = run.choices[std::size_t(event.choice)];
  choice.ids.push_back(event.id);
  if (run.log_tokens) {
    TokenLog log{text_of(*run.lease, event.id, event.logprob), {}};
    for (const engine::TokenLogprob& one : event.top) log.top.push_back(text_of(*run.lease, one.id, one.logprob));
    choice.logs.push_back(std::move(log));
  }
  if (!choice.reader) return tell(run, event.choice, {.content = std::string(event.text), .thinking = {}});
  chat::Delta delta = choice.reader->push(event.text);
  // A mark that is a special token has no text of its own.
  if (const std::string_view mark = run.format->mark(event.id); !mark.empty()) add(delta, choice.reader->push(mark));
  tell(run, event.choice, std::move(delta));
}

void on_end(Running& run, const engine::EndEvent& event) {
  Running::Choice& choice = run.choices[std::size_t(event.choice)];
  chat::Delta rest{.content = std::string(event.text), .thinking = {}};
  if (choice.reader) {
    rest = choice.reader->push(event.text);
    add(rest, choice.reader->finish());
  }
  tell(run, event.choice, std::move(rest), !choice.logs.empty());
  Ended ended{.choice = event.choice, .last = event.last, .reason = {}, .error = event.error, .usage = event.usage, .ids = std::move(choice.ids)};
  switch (event.finish) {
    case engine::Finish::stop:
    case engine::Finish::stop_string: ended.reason = choice.called ? "tool_calls" : "stop"; break;
    case engine::Finish::length: ended.reason = "length"; break;
    case engine::Finish::cancelled: ended.reason = "cancelled"; break;
    case engine::Finish::error: ended.reason = "error"; break;
  }
  run.service.metrics().generated(run.lease->name, std::size_t(event.usage.prompt), std::size_t(event.usage.cached), std::size_t(event.usage.generated),
                                  run.first.time_since_epoch().count() ? run.first - run.begin : std::chrono::nanoseconds{}, event.usage.queued,
                                  event.usage.decode);
  run.hearer.on_end(*run.started, ended);
}

std::vector<std::int32_t> cut_prompt(std::vector<std::int32_t> ids, std::size_t limit, std::size_t keep, std::size_t& dropped) {
  if (ids.size() <= limit) return ids;
  keep = std::min(keep, limit / 2);
  dropped = ids.size() - limit;
  ids.erase(ids.begin() + std::ptrdiff_t(keep), ids.begin() + std::ptrdiff_t(keep + dropped));
  return ids;
}

// With the model's own system message and beginning, and tools and thinking as asked.
chat::Conversation whole_conversation(const Question& question, const LoadedModel& model, const chat::Format& format) {
  chat::Conversation out = *question.conversation;
  check(out.tools.empty() || format.takes_tools(), "\"{}\" does not support tools", model.name);
  check(!out.think.value_or(false) || format.thinks(), "\"{}\" does not support thinking", model.name);
  if (question.tool_choice == "none") out.tools = Json::array();
  out.messages.insert(out.messages.begin(), model.settings.messages.begin(), model.settings.messages.end());
  if (!model.settings.system.empty() && std::ranges::none_of(out.messages, [](const chat::Message& one) { return one.role == "system"; }))
    out.messages.insert(out.messages.begin(), {.role = "system", .content = model.settings.system});
  return out;
}

// On a worker, with the model there.
void start(const std::shared_ptr<Running>& run, const Question& question) {
  const LoadedModel& model = *run->lease;
  check(bool(model.scheduler), "\"{}\" does not support {}", model.name, question.conversation ? "chat" : "generate");
  Started started{.model = model, .load = run->lease.waited, .begin = run->begin};
  const Json parameters = merged(question.defaults, model.settings.parameters, question.parameters);
  engine::GenerationRequest request;
  request.sampling = sampling_of(parameters, started.warnings);
  request.sampling.logprobs = question.logprobs;
  request.choices = question.choices;
  const std::int64_t trained = model.opened->info().context;
  const std::int64_t asked = parameters.contains("num_ctx") ? parameters["num_ctx"].get<std::int64_t>() : run->service.options().context;
  if (asked > trained && parameters.contains("num_ctx"))
    started.warnings.push_back(fmt::format("num_ctx {} is more than the {} tokens the model was trained for, which is what it has", asked, trained));
  started.context = request.context = std::min(asked, trained);
  request.keep = parameters.contains("num_keep") && parameters["num_keep"].is_number_integer() ? std::max<std::int64_t>(parameters["num_keep"].get<std::int64_t>(), 0) : 4;
  request.when_full = question.answer_overflow == Question::Overflow::drop ? engine::GenerationRequest::WhenFull::drop_oldest
                                                                           : engine::GenerationRequest::WhenFull::stop;
  // A context that forgets its oldest has no end of its own: ten times its length is one, as Ollama has it.
  if (question.answer_overflow == Question::Overflow::drop && request.sampling.max_tokens < 0) request.sampling.max_tokens = 10 * request.context;
  request.key = run->exchange->request().caller.key_id;
  const bool may_drop = question.prompt_overflow == Question::Overflow::drop;
  // One token of answer must have room.
  const std::size_t limit = std::size_t(std::max<std::int64_t>(request.context - 1, 1));
  chat::Wanted wanted{.format = question.format, .tools = Json::array(), .tool_choice = question.tool_choice, .parallel_calls = question.parallel_calls};
  chat::Marks marks;
  run->choices.resize(std::size_t(question.choices));
  if (question.conversation) {
    if (!question.template_source.empty()) run->own_format = std::make_unique<chat::Format>(model.opened, question.template_source, "template");
    run->format = run->own_format ? run->own_format.get() : model.format.get();
    check(run->format != nullptr, "\"{}\" does not support chat: it has no chat template; send the text itself to /api/generate with \"raw\": true", model.name);
    const chat::Conversation conversation = whole_conversation(question, model, *run->format);
    chat::Prompt prompt = may_drop ? run->format->fit(conversation, limit) : (*run->format)(conversation);
    started.dropped_messages = prompt.dropped_messages;
    started.dropped_tokens = prompt.dropped_tokens;
    for (const Phrase& note : prompt.notes) started.warnings.push_back(note.text);
    for (std::size_t i = 0; i < run->choices.size(); ++i) run->choices[i].reader.emplace(run->format->reader(conversation, prompt, request.sampling.seed + i));
    marks = run->format->marks();
    wanted.tools = conversation.tools;
    wanted.thinks = prompt.thinks;
    wanted.may_think = conversation.think.value_or(true);
    started.prompt_text = std::move(prompt.text);
    request.prompt = std::move(prompt.ids);
  } else if (question.text) {
    request.prompt = model.opened->tokenizer()->encode(*question.text, {.add_special = true, .parse_special = false}).ids;
  } else {
    request.prompt = *question.ids;
  }
  request.prompt.insert(request.prompt.begin(), question.before.begin(), question.before.end());
  if (may_drop && (!question.conversation || !question.before.empty()))
    request.prompt = cut_prompt(std::move(request.prompt), limit, std::size_t(request.keep), started.dropped_tokens);
  if (request.prompt.size() > limit)
    fail(ErrorKind::limit,
         "the prompt has {} tokens and the context {}, of which one at least is the answer's: {} too many; ask for a larger num_ctx (the model has {}), send "
         "less, or let the oldest be dropped with \"truncate\": true",
         request.prompt.size(), request.context, request.prompt.size() - limit, trained);
  request.constraint = (*model.constraints)(wanted, marks);
  started.prompt_tokens = request.prompt.size();
  started.ids = request.prompt;
  run->log_tokens = question.logprobs >= 0;
  run->started.emplace(std::move(started));
  run->hearer.on_start(*run->started);
  engine::Scheduler& scheduler = *run->lease->scheduler;
  const engine::Scheduler::Ticket ticket =
      scheduler.submit(std::move(request), {.on_token = [run](const engine::TokenEvent& event) { on_token(*run, event); },
                                            .on_end = [run](const engine::EndEvent& event) { on_end(*run, event); }});
  // The model outlives the call: whoever cancels holds the run, and with it the lease.
  run->exchange->on_gone([weak = std::weak_ptr(run), ticket] {
    if (const auto alive = weak.lock()) alive->lease->scheduler->cancel(ticket);
  });
}

}  // namespace

void ask(Service& service, const ExchangePtr& exchange, Question question, Hearer hearer) {
  const auto run = std::make_shared<Running>(Running{.service = service, .exchange = exchange, .hearer = std::move(hearer), .lease = {}, .started = {}, .choices = {}, .own_format = {}});
  const auto problem = [run](const std::exception& error) { run->hearer.on_problem(error); };
  const std::string model = question.model;
  const std::optional<KeepAlive> keep_alive = question.keep_alive;
  service.models().acquire(model, keep_alive, [run, problem, question = std::move(question)](Lease lease, std::exception_ptr failed) {
    run->lease = std::move(lease);
    // Templates and tokenisers take their time: neither the loading thread nor a network thread is kept by them.
    const auto work = [run, problem, question, failed] {
      try {
        if (failed) std::rethrow_exception(failed);
        if (!run->exchange->gone()) start(run, question);
      } catch (const std::exception& error) {
        problem(error);
      }
    };
    try {
      run->service.later(work);
    } catch (const std::exception& error) {
      problem(error);
    }
  });
}

}  // namespace maru::server
