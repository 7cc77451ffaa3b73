// What a token mask costs: walks texts token by token (greedily the longest token) and times mask() at every step.
// Usage: bench_grammar MODEL.gguf … [--runs N]: prints a JSON line per vocabulary and grammar: microseconds of CPU time.
//        bench_grammar --walk: reads JSON lines {"schema", "seed", "count", "blanks", "texts"} and answers each with {"walks",
//        "matches"} or {"error"}: random texts that the schema's grammar allows, and which of `texts` it matches (tools/check_grammar.py).
#include <algorithm>
#include <ctime>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "maru/base/error.h"
#include "maru/grammar/matcher.h"
#include "maru/io/model_file.h"
#include "maru/text/tokenizer.h"

namespace {

using namespace maru;
using namespace maru::grammar;
// Time of this thread alone: what others do on the machine does not count.
struct Clock {
  using time_point = double;
  static double now() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) * 1e6 + double(t.tv_nsec) / 1e3;
  }
};

double us(Clock::time_point begin) { return Clock::now() - begin; }

struct Case {
  const char* name;
  Grammar::Pointer (*make)();
  std::string text;
};

Grammar::Pointer schema(const char* text) { return Grammar::from_json_schema(Json::parse(text)); }

std::vector<Case> cases() {
  std::string rows = "[";
  for (int i = 0; i < 12; ++i)
    rows += std::string(i ? ", " : "") + "{\"id\": " + std::to_string(i * 37) +
            ", \"tags\": [\"red car\", \"서울 날씨\"], \"at\": [[1.5, -2], [3, 4e2]]}";
  rows += "]";
  const std::string prose = "The quick brown fox jumps over the lazy dog, and then it rained for forty days. 한국어 문장도 함께 들어 있습니다.";
  return {
      {"person",
       [] {
         return schema(R"({"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":0,"maximum":150},
           "email":{"type":"string"},"address":{"type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}},
           "required":["street","city"]},"notes":{"type":"string"}},"required":["name","age","address"]})");
       },
       "{\"name\": \"Hong Gildong\", \"age\": 42, \"email\": \"hong@example.com\", "
       "\"address\": {\"street\": \"Sejong-daero 110\", \"city\": \"서울\"}, \"notes\": \"" + prose + "\"}"},
      {"nested_array",
       [] {
         return schema(R"({"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},
           "tags":{"type":"array","items":{"type":"string"},"maxItems":5},
           "at":{"type":"array","items":{"type":"array","items":{"type":"number"},"minItems":2,"maxItems":2}}},
           "required":["id","tags","at"]}})");
       },
       rows},
      {"any_json", [] { return Grammar::any_json(); }, rows},
      {"bounded_string", [] { return schema(R"({"type":"string","minLength":10,"maxLength":200})"); }, "\"" + prose + "\""},
      {"pattern",
       [] { return schema(R"({"type":"string","pattern":"^[A-Z][a-z]+( [A-Za-z]+)*\\.$"})"); },
       "\"The quick brown fox jumps over the lazy dog.\""},
      {"regex", [] { return Grammar::from_regex("[A-Z][a-z]+( [a-z]+)*, \\d{4}-\\d\\d-\\d\\d(; [\\w ]+)*"); },
       "Thequick brown fox jumps over the lazy dog, 2024-02-29; one two three; four five"},
      {"gbnf_words",
       [] { return Grammar::from_gbnf("root ::= word (\" \" word)* \".\"\nword ::= [a-zA-Z]+"); },
       "the quick brown fox jumps over the lazy dog."},
      {"tools_auto",
       [] {
         const Json city = Json::parse(R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})");
         const std::vector<Grammar::Tool> tools{{"weather", city}, {"now", nullptr}};
         return Grammar::from_tools(tools, {.text_before = true});
       },
       prose + "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"서울\"}}\n</tool_call>"},
  };
}

Tokens::Pointer tokens_of(const text::Tokenizer& tokenizer) {
  std::vector<Spelling> spellings;
  for (std::int32_t id = 0; id < tokenizer.vocabulary(); ++id) spellings.push_back({tokenizer.bytes(id), tokenizer.special(id)});
  const std::int32_t ends[] = {tokenizer.eos.value_or(0)};
  return Tokens::prepare(spellings, ends);
}

// The longest token that the text goes on with.
std::vector<std::int32_t> cut(const Tokens& tokens, std::string_view text) {
  std::vector<std::int32_t> order;
  for (std::int32_t id = 0; id < std::int32_t(tokens.size()); ++id) order.push_back(id);
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::int32_t id) { return tokens.bytes(id).size(); });
  std::vector<std::int32_t> out;
  for (std::size_t at = 0; at < text.size();) {
    for (const std::int32_t id : order) {
      const std::string_view bytes = tokens.bytes(id);
      if (bytes.empty() || bytes.size() > text.size() - at || text.substr(at, bytes.size()) != bytes || tokens.ends(id)) continue;
      out.push_back(id);
      at += bytes.size();
      break;
    }
  }
  return out;
}

struct Figures {
  std::vector<double> masks, accepts;
  void walk(const Guide::Pointer& guide, const std::vector<std::int32_t>& ids, std::vector<float>& logits) {
    Matcher matcher(guide);
    for (const std::int32_t id : ids) {
      auto begin = Clock::now();
      if (matcher.mask(logits) == 0) fail(ErrorKind::internal, "nothing allowed");
      masks.push_back(us(begin));
      begin = Clock::now();
      if (!matcher.accept(id)) fail(ErrorKind::internal, "token {} refused", id);
      accepts.push_back(us(begin));
    }
  }
};

double mean(const std::vector<double>& all) {
  double sum = 0;
  for (const double one : all) sum += one;
  return sum / double(all.size());
}

void run(const char* path, int runs) {
  const auto tokenizer = text::tokenizer_from_gguf(io::open_gguf(path).metadata);
  auto begin = Clock::now();
  const Tokens::Pointer tokens = tokens_of(*tokenizer);
  const double prepared = us(begin);
  for (const Case& one : cases()) {
    begin = Clock::now();
    const Grammar::Pointer grammar = one.make();
    const double compiled = us(begin);
    const auto guide = Guide::over(grammar, tokens);
    const std::vector<std::int32_t> ids = cut(*tokens, one.text);
    std::vector<float> logits(tokens->size());
    Figures cold, warm;
    cold.walk(guide, ids, logits);
    for (int i = 0; i < runs; ++i) warm.walk(guide, ids, logits);
    std::ranges::sort(warm.masks);
    const Json line = {{"bench", one.name}, {"vocabulary", tokens->size()}, {"tokens", ids.size()},
                       {"nodes", grammar->nodes()}, {"compile_us", compiled},
                       {"first_walk_mean_us", mean(cold.masks)}, {"first_walk_max_us", *std::ranges::max_element(cold.masks)},
                       {"mask_mean_us", mean(warm.masks)}, {"mask_p99_us", warm.masks[warm.masks.size() * 99 / 100]},
                       {"accept_mean_us", mean(warm.accepts)}, {"kept_bytes", guide->bytes()}, {"prepare_us", prepared}};
    std::printf("%s\n", line.dump().c_str());
    std::fflush(stdout);
  }
}

// A text of random steps; short ones are likelier, so that walks come to an end.
std::string random_text(const Grammar::Pointer& grammar, const Tokens::Pointer& tokens, std::mt19937& random) {
  Matcher matcher(Guide::over(grammar, tokens));
  std::string text;
  while (!matcher.finished() && text.size() < 4000) {
    const auto bits = matcher.allowed();
    std::vector<std::int32_t> open;
    for (std::int32_t id = 0; id < std::int32_t(tokens->size()); ++id)
      if ((bits[std::size_t(id) / 64] >> (id % 64)) & 1) open.push_back(id);
    if (open.empty()) return "?nothing allowed behind " + text;
    // Closing signs and the end come first in every third step.
    std::int32_t id = open[random() % open.size()];
    if (random() % 3 == 0)
      for (const std::int32_t one : open)
        if (tokens->ends(one) || tokens->bytes(one) == "\"" || tokens->bytes(one) == "}" || tokens->bytes(one) == "]") id = one;
    if (!matcher.accept(id)) return "?refused an allowed token behind " + text;
    text += tokens->bytes(id);
  }
  return matcher.finished() ? text : std::string();
}

int walks() {
  std::vector<Spelling> spellings;
  for (int b = 0; b < 256; ++b) spellings.push_back({std::string(1, char(b))});
  for (const char* word : {"{\"", "\":", "\": ", "\",", "\"}", "}}", "]}", "],", "[[", "]]", "true", "false", "null", "12",
                           "100", "가나", "abc", "name"})
    spellings.push_back({word});
  spellings.push_back({"", true});
  const std::int32_t end[] = {std::int32_t(spellings.size()) - 1};
  const Tokens::Pointer tokens = Tokens::prepare(spellings, end);
  std::string line;
  while (std::getline(std::cin, line)) {
    Json answer;
    try {
      const Json asked = parse_json(line, "a line", 100);
      JsonOptions options{.blanks = Blanks(asked.value("blanks", 0)), .open_objects = asked.value("open", false)};
      const Grammar::Pointer grammar = Grammar::from_json_schema(asked.at("schema"), {}, options);
      std::mt19937 random(asked.value("seed", 1u));
      answer["walks"] = Json::array();
      for (int i = 0; i < asked.value("count", 5); ++i) answer["walks"].push_back(random_text(grammar, tokens, random));
      answer["matches"] = Json::array();
      for (const Json& text : asked.value("texts", Json::array())) answer["matches"].push_back(grammar->matches(text.get<std::string>()));
    } catch (const Error& error) {
      answer = {{"error", error.what()}};
    }
    std::printf("%s\n", dump(answer).c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  int runs = 5;
  std::vector<const char*> models;
  if (argc == 2 && std::string_view(argv[1]) == "--walk") return walks();
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--runs" && i + 1 < argc)
      runs = std::max(1, std::atoi(argv[++i]));
    else
      models.push_back(argv[i]);
  }
  for (const char* model : models) run(model, runs);
  return models.empty() ? 2 : 0;
} catch (const maru::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
