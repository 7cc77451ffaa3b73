// The tries of one model are submitted as fast as the scheduler takes them.
#include "maru/experiments/run.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

#include "maru/base/error.h"
#include "maru/chat/chat.h"

namespace maru::experiments {
namespace {

std::string_view finish_name(engine::Finish finish) {
  switch (finish) {
    case engine::Finish::stop: return "stop";
    case engine::Finish::length: return "length";
    case engine::Finish::stop_string: return "stop_string";
    case engine::Finish::cancelled: return "cancelled";
    case engine::Finish::error: return "error";
  }
  return "stop";
}

// What one model is asked, and what has come back.
class Round {
 public:
  Round(const Grid& grid, const Ways& ways, std::shared_ptr<const engine::Pretrained> model, const std::function<void(const Try&)>& each)
      : grid_(grid), ways_(ways), model_(std::move(model)), each_(each), scheduler_(model_, {.waiting = kMostTries}) {
    if (std::ranges::any_of(grid.prompts, [](const Prompt& prompt) { return prompt.raw.empty(); })) format_.emplace(model_);
  }

  void start(Try& one) {
    engine::GenerationRequest request;
    try {
      request = request_of(one);
      {
        const std::lock_guard lock(mutex_);
        ++running_;
      }
      (void)scheduler_.submit(std::move(request), {.on_token = [&one](const engine::TokenEvent& event) { one.text += event.text; },
                                                   .on_end = [this, &one](const engine::EndEvent& event) { end(one, event); }});
    } catch (const Error& error) {
      one.error = error.what();
      finish(one, !request.prompt.empty());
    }
  }

  // Waits until all have ended; asks `cancel` ten times a second.
  void wait(const std::function<void()>& tick) {
    std::unique_lock lock(mutex_);
    while (running_ > 0) {
      changed_.wait_for(lock, std::chrono::milliseconds(100));
      lock.unlock();
      tick();
      lock.lock();
    }
  }
  std::size_t done() const {
    const std::lock_guard lock(mutex_);
    return done_;
  }

 private:
  engine::GenerationRequest request_of(const Try& one) {
    const Prompt& prompt = grid_.prompts[one.prompt];
    const Question& question = grid_.questions[one.question];
    std::map<std::string, std::string> fields = question.fields;
    if (ways_.context) fields["context"] = ways_.context(fields.contains("question") ? fields["question"] : std::string());
    engine::GenerationRequest request;
    if (prompt.raw.empty()) {
      chat::Conversation conversation{.messages = prompt.messages};
      for (chat::Message& message : conversation.messages) message.content = filled(message.content, fields);
      conversation.answer_follows = conversation.messages.back().role != "assistant";
      request.prompt = (*format_)(conversation).ids;
    } else {
      request.prompt = model_->tokenizer()->encode(filled(prompt.raw, fields), {.add_special = true}).ids;
    }
    request.sampling = ways_.sampling(grid_.parameters[one.parameters].values);
    request.sampling.seed = one.seed;
    return request;
  }

  void end(Try& one, const engine::EndEvent& event) {
    one.text += event.text;
    one.finish = finish_name(event.finish);
    one.usage = event.usage;
    if (event.error) one.error = event.error->what();
    const Question& question = grid_.questions[one.question];
    if (one.error.empty() && question.expected) {
      try {
        one.score = score(one.text, *question.expected);
      } catch (const Error& error) {
        one.error = error.what();
      }
    }
    finish(one, true);
  }

  void finish(const Try& one, bool counted) {
    const std::lock_guard lock(mutex_);
    if (each_) each_(one);
    if (counted) --running_;
    ++done_;
    changed_.notify_all();
  }

  const Grid& grid_;
  const Ways& ways_;
  std::shared_ptr<const engine::Pretrained> model_;
  const std::function<void(const Try&)>& each_;
  std::optional<chat::Format> format_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t running_ = 0, done_ = 0;
  engine::Scheduler scheduler_;                  // last: its thread ends before what it calls
};

}  // namespace

std::vector<Try> run(const Grid& grid, const Ways& ways, const std::function<void(const Try&)>& each, const OnProgress& progress, const Cancel* cancel) {
  std::vector<Try> tries;
  tries.reserve(grid.tries());                   // the scheduler's thread writes into them
  for (std::size_t m = 0; m < grid.models.size(); ++m)
    for (std::size_t q = 0; q < grid.questions.size(); ++q)
      for (std::size_t p = 0; p < grid.prompts.size(); ++p)
        for (std::size_t a = 0; a < grid.parameters.size(); ++a)
          for (const std::uint64_t seed : grid.seeds)
            tries.push_back({.model = m, .prompt = p, .parameters = a, .question = q, .seed = seed, .text = {}, .finish = {}, .score = {}, .error = {}});
  const std::size_t of_model = tries.size() / grid.models.size();
  for (std::size_t m = 0; m < grid.models.size(); ++m) {
    Round round(grid, ways, ways.open(grid.models[m]), each);
    const auto tick = [&] {
      if (cancel) cancel->check();
      if (progress) progress({.what = "trying", .done = m * of_model + round.done(), .total = tries.size(), .unit = "answers"});
    };
    for (std::size_t i = m * of_model; i < (m + 1) * of_model; ++i) {
      if (i % 64 == 0) tick();
      round.start(tries[i]);
    }
    round.wait(tick);
  }
  return tries;
}

std::vector<Summary> summaries(const Grid& grid, const std::vector<Try>& tries) {
  std::vector<Summary> out;
  for (std::size_t m = 0; m < grid.models.size(); ++m)
    for (std::size_t p = 0; p < grid.prompts.size(); ++p)
      for (std::size_t a = 0; a < grid.parameters.size(); ++a) {
        Summary one{.model = m, .prompt = p, .parameters = a, .score = {}};
        std::map<std::size_t, std::set<std::string>> answers;
        double right = 0;
        std::size_t judged = 0, tokens = 0;
        for (const Try& t : tries) {
          if (t.model != m || t.prompt != p || t.parameters != a) continue;
          ++one.tries;
          one.failed += !t.error.empty();
          answers[t.question].insert(t.text);
          tokens += std::size_t(t.usage.generated);
          if (t.score) {
            right += *t.score;
            ++judged;
          }
        }
        for (const auto& [question, different] : answers) one.distinct += double(different.size()) / double(answers.size());
        if (judged > 0) one.score = right / double(judged);
        if (one.tries > 0) one.tokens = double(tokens) / double(one.tries);
        out.push_back(one);
      }
  return out;
}

Json to_json(const Grid& grid, const Try& one) {
  Json out = {{"model", grid.models[one.model]},
              {"prompt", grid.prompts[one.prompt].name},
              {"parameters", grid.parameters[one.parameters].name},
              {"question", one.question},
              {"fields", grid.questions[one.question].fields},
              {"seed", one.seed},
              {"text", one.text},
              {"finish", one.finish},
              {"prompt_tokens", one.usage.prompt},
              {"cached_tokens", one.usage.cached},
              {"tokens", one.usage.generated}};
  if (one.score) out["score"] = *one.score;
  if (!one.error.empty()) out["error"] = one.error;
  return out;
}

}  // namespace maru::experiments
