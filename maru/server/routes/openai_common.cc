// OpenAI's fields in terms of Ollama's options: one set of names decides about sampling.
#include "maru/server/routes/openai_common.h"

namespace maru::server {
namespace {

// Theirs -> ours.
constexpr std::pair<std::string_view, std::string_view> kSame[] = {
    {"temperature", "temperature"}, {"top_p", "top_p"},       {"frequency_penalty", "frequency_penalty"}, {"presence_penalty", "presence_penalty"},
    {"seed", "seed"},               {"stop", "stop"},         {"max_tokens", "num_predict"},              {"max_completion_tokens", "num_predict"},
    {"logit_bias", "logit_bias"},   {"top_k", "top_k"},       {"min_p", "min_p"},                         {"repetition_penalty", "repeat_penalty"},
    {"num_ctx", "num_ctx"}};

Field whole(std::string_view name, double low, double high, std::string_view about) {
  return {.name = name, .kinds = Kind::integer, .about = about, .low = low, .high = high};
}
Field real(std::string_view name, double low, double high, std::string_view about) {
  return {.name = name, .kinds = Kind::number, .about = about, .low = low, .high = high};
}
Field without_effect(std::string_view name, Kinds kinds) { return {.name = name, .kinds = kinds, .about = "taken, without effect here", .ignored = true}; }

}  // namespace

std::vector<Field> openai_sampling_fields() {
  return {real("temperature", 0, 100, "0 always takes the likeliest token (1)"),
          real("top_p", 0, 1, "choose among those that make up this probability (1)"),
          real("frequency_penalty", -2, 2, "taken from a token's logit as often as it came (0)"),
          real("presence_penalty", -2, 2, "taken from the logit of a token that came (0)"),
          whole("seed", -9.2e18, 1.8e19, "the same seed gives the same answer"),
          {.name = "stop", .kinds = Kind::text | Kind::array, .about = "texts that end the answer", .longest = 4096,
           .items = {{.name = "", .kinds = Kind::text, .about = ""}}},
          whole("max_tokens", 1, 2147483647, "the longest answer (what the context leaves)"),
          whole("max_completion_tokens", 1, 2147483647, "the same"),
          {.name = "logit_bias", .kinds = Kind::object, .about = "token ids and what is added to their logits, -100 to 100"},
          whole("n", 1, 16, "how many answers (1)"),
          {.name = "stream", .kinds = Kind::boolean, .about = "piece by piece (false)"},
          {.name = "stream_options", .kinds = Kind::object, .about = "of a stream",
           .fields = {{.name = "include_usage", .kinds = Kind::boolean, .about = "tell the usage in a last event"},
                      without_effect("include_obfuscation", Kind::boolean)}},
          whole("top_k", 0, 2147483647, "choose among the k likeliest; 0: all (0)"),
          real("min_p", 0, 1, "leave out what is less likely than this share of the likeliest (0)"),
          real("repetition_penalty", 0.01, 100, "over 1 makes repetition less likely (1)"),
          whole("num_ctx", 1, 2147483647, "tokens that this request may hold; nothing is loaded again for it"),
          {.name = "truncate", .kinds = Kind::boolean, .about = "leave out the oldest of a prompt that is too long (false: it is refused with the counts)"},
          {.name = "options", .kinds = Kind::object, .about = "further options by Ollama's names"},
          {.name = "keep_alive", .kinds = Kind::text | Kind::number, .about = "how long the model stays in memory"},
          without_effect("user", Kind::text), without_effect("metadata", Kind::object), without_effect("store", Kind::boolean),
          without_effect("service_tier", Kind::text), without_effect("prompt_cache_key", Kind::text), without_effect("safety_identifier", Kind::text),
          without_effect("modalities", Kind::array), without_effect("verbosity", Kind::text), without_effect("prediction", Kind::object)};
}

Question openai_question(const Json& body) {
  Question question;
  question.model = body["model"];
  question.defaults = {{"temperature", 1.0}, {"top_p", 1.0}, {"top_k", 0}, {"min_p", 0}, {"repeat_penalty", 1.0}, {"num_predict", -1}};
  if (const Json& options = member(body, "options"); !options.is_null()) question.parameters = options;
  for (const auto& [theirs, ours] : kSame)
    if (const Json& value = member(body, theirs); !value.is_null()) question.parameters[std::string(ours)] = value;
  if (const Json& keep = member(body, "keep_alive"); !keep.is_null()) question.keep_alive = parse_keep_alive(keep);
  question.choices = body.value("n", 1);
  if (body.value("truncate", false)) question.prompt_overflow = Question::Overflow::drop;
  return question;
}

std::string answer_id(std::string_view kind, const Request& request) { return fmt::format("{}-{}", kind, request.id); }

Json usage_json(const Started& started, const engine::Usage& usage) {
  const std::int64_t prompt = std::int64_t(started.prompt_tokens);
  return {{"prompt_tokens", prompt},
          {"completion_tokens", usage.generated},
          {"total_tokens", prompt + usage.generated},
          {"prompt_tokens_details", {{"cached_tokens", usage.cached}}}};
}

void add_usage(Json& total, const engine::Usage& usage) {
  total["completion_tokens"] = total["completion_tokens"].get<std::int64_t>() + usage.generated;
  total["total_tokens"] = total["total_tokens"].get<std::int64_t>() + usage.generated;
}

void send_event(const ExchangePtr& exchange, const Json& event) { exchange->send("data: " + dump(event) + "\n\n"); }

}  // namespace maru::server
