// text-generation: how a text goes on, or what a model answers in a chat.
#include <algorithm>

#include "maru/engine/generator.h"
#include "maru/tasks/texts_common.h"

namespace maru::tasks {
namespace {

using Turns = std::vector<text::Turn>;

bool is_turn(const Json& value) { return value.is_object() && value.contains("role"); }

Turns turns_of(const Task& task, const Json& chat) {
  Turns turns;
  for (const Json& one : chat) {
    if (!one.is_object()) fail(ErrorKind::usage, "{}: inputs: expected {{\"role\": …, \"content\": …}}, got {}", task.name, kind_of(one));
    turns.push_back({text_field(task.name, one, "role"), text_field(task.name, one, "content")});
  }
  if (turns.empty()) fail(ErrorKind::usage, "{}: inputs: the chat is empty", task.name);
  return turns;
}

// The sampler keeps a whole token; a stop string may end within one, and is part of the text.
engine::OnText until(const std::vector<std::string>& stops, std::string& seen) {
  return [&](std::string_view part) {
    seen += part;
    return std::ranges::none_of(stops, [&](const std::string& stop) { return seen.contains(stop); });
  };
}

class Writer {
 public:
  Writer(const Request& request, Outcome& outcome) : request_(request), outcome_(outcome), generator_(request.model) {
    const Arguments& a = request.arguments;
    for (const std::string& stop : a.texts("stop_sequence"))
      if (stop.empty()) fail(ErrorKind::usage, "text-generation: stop_sequence: an empty text would end every answer at once");
    if (a.boolean("do_sample"))
      sampling_ = {.temperature = float(a.number("temperature")), .top_k = int(a.integer("top_k")), .top_p = float(a.number("top_p")),
                   .min_p = float(a.number("min_p")), .seed = std::uint64_t(a.integer("seed"))};
    else sampling_ = {.temperature = 0};
    sampling_.max_tokens = int(a.integer("max_new_tokens"));
  }

  Json of_text(const std::string& text) {
    const bool special = request_.arguments.boolean("add_special_tokens");
    std::vector<std::int32_t> ids =
        generator_.tokenizer().encode(request_.arguments.text("prefix") + text, {.add_special = special, .parse_special = true}).ids;
    return each(std::move(ids), [&](const std::string& written) { return Json(full() ? text + written : written); });
  }

  Json of_chat(const Json& chat, const Turns& turns) {
    const bool continued = turns.back().role == "assistant";  // its last words are the beginning of the answer
    std::vector<std::int32_t> ids = generator_.prompt(std::span(turns).first(turns.size() - (continued ? 1 : 0)));
    if (continued) {
      const auto more = generator_.tokenizer().encode(turns.back().content, {.add_special = false}).ids;
      ids.insert(ids.end(), more.begin(), more.end());
    }
    return each(std::move(ids), [&](const std::string& written) {
      if (!full()) return Json(written);
      Json whole = chat;
      if (continued) whole.back()["content"] = turns.back().content + written;
      else whole.push_back({{"role", "assistant"}, {"content", written}});
      return whole;
    });
  }

 private:
  bool full() const { return request_.arguments.boolean("return_full_text"); }

  template <class Shown>
  Json each(std::vector<std::int32_t> ids, Shown shown) {
    const engine::Sampling sampling = fitted(ids);
    const std::vector<std::string> stops = request_.arguments.texts("stop_sequence");
    Json out = Json::array();
    for (std::int64_t i = 0; i < request_.arguments.integer("num_return_sequences"); ++i) {
      engine::Sampling own = sampling;
      own.seed += std::uint64_t(i);
      std::string seen;
      const engine::Generation written = generator_(ids, own, until(stops, seen), request_.cancel);
      if (request_.cancel) request_.cancel->check();
      out.push_back({{"generated_text", shown(behind(ids, written.ids))}});
    }
    return out;
  }

  // What was written, as it reads behind the prompt: a tokenizer may drop the first blank of a text, but not one in its middle.
  std::string behind(const std::vector<std::int32_t>& prompt, const std::vector<std::int32_t>& written) const {
    const text::Tokenizer& tokenizer = generator_.tokenizer();
    std::vector<std::int32_t> all = prompt;
    all.insert(all.end(), written.begin(), written.end());
    const std::string before = tokenizer.decode(prompt), whole = tokenizer.decode(all);
    return whole.starts_with(before) ? whole.substr(before.size()) : tokenizer.decode(written);
  }

  // How much may be written. A prompt that leaves too little room is an error with the counts, unless the caller asked for a hole.
  engine::Sampling fitted(std::vector<std::int32_t>& ids) {
    engine::Sampling sampling = sampling_;
    const std::size_t context = generator_.context(), wanted = std::size_t(sampling.max_tokens);
    if (ids.size() + wanted <= context) return sampling;
    if (request_.arguments.has("handle_long_generation")) {
      if (wanted >= context)
        fail(ErrorKind::limit, "text-generation: max_new_tokens is {}, the model's context {}: no room is left for the prompt", wanted, context);
      outcome_.truncated.push_back(ids.size() + wanted - context);
      ids.erase(ids.begin(), ids.begin() + std::ptrdiff_t(outcome_.truncated.back()));
    } else if (!request_.arguments.given("max_new_tokens") && ids.size() < context) {
      sampling.max_tokens = std::int64_t(context - ids.size());
      outcome_.notes.push_back(phrase("up to {} tokens are written instead of {}: the prompt has {}, the model's context is {}", sampling.max_tokens,
                                      wanted, ids.size(), context));
    }
    return sampling;
  }

  const Request& request_;
  Outcome& outcome_;
  engine::Generator generator_;
  engine::Sampling sampling_;
};

Outcome run(const Request& request) {
  const Task& task = request.task;
  Outcome outcome;
  Writer writer(request, outcome);
  const auto of = [&](const Json& one) {
    if (one.is_array()) return writer.of_chat(one, turns_of(task, one));
    if (!one.is_string()) fail(ErrorKind::usage, "{}: inputs: expected a text or a chat, got {}", task.name, kind_of(one));
    return writer.of_text(one.get<std::string>());
  };
  const Json& inputs = request.inputs;
  if (!inputs.is_array() || (!inputs.empty() && is_turn(inputs.front()))) {
    outcome.output = of(inputs);
    return outcome;
  }
  outcome.output = Json::array();
  for (const Json& one : inputs) outcome.output.push_back(of(one));
  return outcome;
}

}  // namespace

Task text_generation() {
  return {.name = "text-generation",
          .about = phrase("How a text goes on"),
          .arguments = {{.name = "max_new_tokens", .type = Type::integer, .otherwise = 256, .about = phrase("Tokens to write at most"), .low = 1},
                        {.name = "return_full_text", .type = Type::boolean, .otherwise = true, .about = phrase("Give the prompt before what was written")},
                        {.name = "do_sample", .type = Type::boolean, .otherwise = true, .about = phrase("Draw each token; otherwise the likeliest is taken")},
                        {.name = "temperature", .type = Type::number, .otherwise = 0.7, .about = phrase("Below 1 likely tokens come oftener"), .low = 0,
                         .high = 100},
                        {.name = "top_k", .type = Type::integer, .otherwise = 50, .about = phrase("Draw from so many likeliest tokens; 0: from all"), .low = 0},
                        {.name = "top_p", .type = Type::number, .otherwise = 1.0, .about = phrase("Draw from the likeliest tokens that have this share"),
                         .low = 0, .high = 1},
                        {.name = "min_p", .type = Type::number, .otherwise = 0.0, .about = phrase("Leave out tokens below this share of the likeliest"),
                         .low = 0, .high = 1},
                        {.name = "seed", .type = Type::integer, .otherwise = 0, .about = phrase("The same seed draws the same tokens"), .low = 0},
                        {.name = "num_return_sequences", .type = Type::integer, .otherwise = 1, .about = phrase("How many texts to write"), .low = 1,
                         .high = 1000},
                        {.name = "stop_sequence", .type = Type::texts, .otherwise = nullptr, .about = phrase("Stop behind such a text"), .nullable = true},
                        {.name = "prefix", .type = Type::text, .otherwise = "", .about = phrase("Put before every prompt, and not given back")},
                        {.name = "handle_long_generation", .type = Type::text, .otherwise = nullptr,
                         .about = phrase("hole: cut the beginning of a prompt that leaves no room, and say how many tokens were lost"),
                         .choices = {"hole"}, .nullable = true},
                        {.name = "add_special_tokens", .type = Type::boolean, .otherwise = true,
                         .about = phrase("Begin a prompt with the tokens that the model was trained with")}},
          .local_model = "smollm2",
          .hub_model = "openai-community/gpt2",
          .run = run};
}

}  // namespace maru::tasks
