// Greedy and beam search against the reference library's generate(), on the tiny checkpoints of tests/golden/models; the rules and the
// stopping by themselves.
#include "maru/engine/search.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <map>

#include "tests/scratch.h"

namespace maru::engine {
namespace {

using Ids = std::vector<std::int32_t>;

struct Golden {
  io::ModelFile model;
  std::map<std::string, io::StoredTensor> values;
  explicit Golden(const std::filesystem::path& folder) : model(io::open_file(folder)) {
    for (io::StoredTensor& t : io::open_safetensors(folder / "golden.safetensors").tensors) {
      const std::string key = t.name;
      values.emplace(key, std::move(t));
    }
  }
  bool has(const std::string& key) const { return values.contains(key); }
  Ids ids(const std::string& key) const {
    const io::StoredTensor& t = values.at(key);
    Ids out(t.bytes.size() / sizeof(std::int32_t));
    std::memcpy(out.data(), t.bytes.data(), t.bytes.size());
    return out;
  }
  std::vector<Ids> sequences() const {
    const Ids all = ids("ids"), start = ids("start");
    std::vector<Ids> out;
    for (std::size_t s = 0; s + 1 < start.size(); ++s) out.emplace_back(all.begin() + start[s], all.begin() + start[s + 1]);
    return out;
  }
};

// What tools/golden_cases.py asks of generate(), beside what the case's generation_config.json says.
struct Way {
  std::string name;
  void (*set)(SearchOptions&);
};
const Way kWays[] = {
    {"greedy", [](SearchOptions&) {}},
    {"beam", [](SearchOptions& o) { o.beams = 4; }},
    {"beam_early", [](SearchOptions& o) { o.beams = 4, o.length_penalty = 2, o.early_stopping = EarlyStopping::yes; }},
    {"beam_never", [](SearchOptions& o) { o.beams = 3, o.length_penalty = 0.5f, o.early_stopping = EarlyStopping::never; }},
    {"beam_rules",
     [](SearchOptions& o) {
       o.beams = 4, o.length_penalty = 2, o.early_stopping = EarlyStopping::yes;
       o.min_length = 6, o.no_repeat_ngram_size = 2, o.forced_bos_token_id = 0;
     }},
    {"greedy_rules", [](SearchOptions& o) { o.min_new_tokens = 4, o.no_repeat_ngram_size = 2, o.repetition_penalty = 1.3f; }},
};

std::vector<std::vector<FoundText>> found_by(const models::Model& model, std::span<const Ids> texts, const SearchOptions& options) {
  return model.info().encoder_decoder ? search_from(model, texts, options) : search(model, texts, options);
}

int check_case(const std::filesystem::path& folder) {
  const Golden golden(folder);
  int compared = 0;
  if (!golden.has("greedy.0")) return 0;
  CAPTURE(folder.filename().string());
  const auto model = models::open(golden.model);
  const std::vector<Ids> sources = golden.sequences();
  for (const Way& way : kWays) {
    if (!golden.has(way.name + ".0")) continue;
    SearchOptions options = search_options(golden.model);
    options.max_new_tokens = 12;
    way.set(options);
    const auto found = found_by(*model, sources, options);
    for (std::size_t s = 0; s < sources.size(); ++s, ++compared) {
      CAPTURE(way.name);
      CAPTURE(s);
      CHECK(found[s][0].ids == golden.ids(fmt::format("{}.{}", way.name, s)));
      const auto alone = found_by(*model, std::span(sources).subspan(s, 1), options);
      CHECK(alone[0][0].ids == found[s][0].ids);
      CHECK(alone[0][0].score == found[s][0].score);
    }
  }
  return compared;
}

// ---- a search over scores that a test makes up

SearchOptions beams(int count) {
  SearchOptions options;
  options.beams = count;
  options.eos_token_id = {0};
  return options;
}

// Runs hypotheses with scores that depend on the last token only: row t of `table` is what follows token t.
Hypotheses run(const SearchOptions& options, std::int64_t length, const std::vector<std::vector<float>>& table) {
  const Ids prompt{1};
  Hypotheses h(prompt, options, length, {}, std::int64_t(table.size()));
  while (!h.done()) {
    std::vector<std::vector<float>> rows;
    for (const Hypotheses::Running& running : h.running()) rows.push_back(table[std::size_t(running.ids.back())]);
    const std::vector<std::span<float>> spans(rows.begin(), rows.end());
    h.take(spans);
  }
  return h;
}

std::vector<float> logs(std::vector<float> probabilities) {
  for (float& p : probabilities) p = std::log(p);
  return probabilities;
}

}  // namespace

TEST_CASE("what is written is what the reference's generate() writes, whatever else is in the call") {
  const ops::PrecisionScope exact(ops::Precision::exact);
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MARU_TESTS "/golden/models"))
    if (entry.is_directory()) compared += check_case(entry.path());
  CHECK(compared >= 60);
}

TEST_CASE("a GGUF of T5 writes what the reference writes from the original") {
  const ops::PrecisionScope exact(ops::Precision::exact);
  for (const std::string name : {"t5", "t5_v1_1"}) {
    CAPTURE(name);
    const io::ModelFile file = io::open_file(fmt::format("{}/golden/gguf_t5/{}.gguf", MARU_TESTS, name));
    const io::ModelFile golden = io::open_safetensors(fmt::format("{}/golden/gguf_t5/{}.safetensors", MARU_TESTS, name));
    const auto ids = [&](std::string_view key) {
      Ids found;
      for (const io::StoredTensor& t : golden.tensors)
        if (t.name == key) found.resize(t.bytes.size() / 4), std::memcpy(found.data(), t.bytes.data(), t.bytes.size());
      return found;
    };
    SearchOptions options = search_options(file);
    CHECK(options.eos_token_id == Ids{1});
    options.max_new_tokens = 10;
    const std::vector<Ids> sources{ids("ids")};
    CHECK(search_from(*models::open(file), sources, options)[0][0].ids == ids("greedy"));
  }
}

TEST_CASE("beams find the likelier text that the greedy choice misses") {
  // Token 2 looks better at first; token 3 goes on to a sure end.
  const std::vector<std::vector<float>> table{logs({1, 1, 1, 1}), logs({0.01f, 0.01f, 0.58f, 0.4f}), logs({0.3f, 0.3f, 0.2f, 0.2f}),
                                              logs({0.97f, 0.01f, 0.01f, 0.01f})};
  CHECK(run(beams(1), 4, table).best()[0].ids == Ids{1, 2, 0});
  const FoundText best = run(beams(2), 4, table).best()[0];
  CHECK(best.ids == Ids{1, 3, 0});
  CHECK(best.ended);
  CHECK(best.score == doctest::Approx(std::log(0.4 * 0.97) / 2).epsilon(1e-3));
}

TEST_CASE("several texts come best first, and no more than there are beams") {
  const std::vector<std::vector<float>> table{logs({1, 1, 1, 1}), logs({0.1f, 0.2f, 0.3f, 0.4f}), logs({0.7f, 0.1f, 0.1f, 0.1f}),
                                              logs({0.6f, 0.1f, 0.2f, 0.1f})};
  SearchOptions options = beams(3);
  options.returned = 3;
  const std::vector<FoundText> all = run(options, 6, table).best();
  REQUIRE(all.size() == 3);
  CHECK(all[0].score >= all[1].score);
  CHECK(all[1].score >= all[2].score);
  options.returned = 4;
  CHECK(testing::error_of([&] { run(options, 6, table); }).contains("no more texts than beams"));
}

TEST_CASE("a text that the greatest length cuts off says so") {
  const std::vector<std::vector<float>> table{logs({1, 1, 1}), logs({0.01f, 0.01f, 0.98f}), logs({0.01f, 0.01f, 0.98f})};
  const FoundText greedy = run(beams(1), 5, table).best()[0], found = run(beams(2), 5, table).best()[0];
  CHECK(greedy.ids == Ids{1, 2, 2, 2, 2});
  CHECK_FALSE(greedy.ended);
  CHECK(found.ids.size() == 5);
  CHECK_FALSE(found.ended);
}

TEST_CASE("scores that are no numbers, rules that leave nothing and ids outside the vocabulary are errors") {
  const std::vector<std::vector<float>> broken{{1, 1}, {NAN, 0}};
  CHECK(testing::error_of([&] { run(beams(1), 4, broken); }).contains("not numbers"));
  SearchOptions none = beams(1);
  none.suppress_tokens = {0, 1};
  CHECK(testing::error_of([&] { run(none, 4, {{1, 1}, {1, 1}}); }).contains("leave no token"));
  none.beams = 2;
  CHECK(testing::error_of([&] { run(none, 4, {{1, 1}, {1, 1}}).best(); }).contains("leave no token"));
  none.suppress_tokens = {7};
  CHECK(testing::error_of([&] { run(none, 4, {{1, 1}, {1, 1}}); }).contains("names the id 7"));
}

TEST_CASE("rules forbid and force what their names say") {
  SearchOptions o;
  o.eos_token_id = {4};
  o.no_repeat_ngram_size = 2;
  o.bad_words_ids = {{0}, {1, 3}, {4}};
  o.begin_suppress_tokens = {2};
  o.forced_eos_token_id = {4};
  o.min_length = 3;
  const ScoreRules rules(o, 1, 6, {}, 5);
  const auto allowed = [&](const Ids& ids) {
    std::vector<float> scores(5, 1.0f);
    rules.apply(scores, ids);
    Ids left;
    for (std::int32_t i = 0; i < 5; ++i)
      if (scores[std::size_t(i)] > -INFINITY) left.push_back(i);
    return left;
  };
  CHECK(allowed({2}) == Ids{1, 3});                    // 0 is a bad word, 2 may not begin, 4 comes too early
  CHECK(allowed({2, 1}) == Ids{1, 2});                 // 3 would end the bad word {1, 3}
  CHECK(allowed({1, 1, 2}) == Ids{1, 2, 3, 4});        // the end is never a bad word
  CHECK(allowed({1, 2, 3, 1}) == Ids{1, 4});           // 2 stood behind 1 before, 3 would end a bad word
  CHECK(allowed({1, 2, 3, 1, 1}) == Ids{4});
  o = {};
  o.repetition_penalty = 2;
  std::vector<float> scores{3, -3, 1};
  ScoreRules(o, 1, 6, {}, 3).apply(scores, Ids{0, 1, 1});
  CHECK(scores == std::vector<float>{1.5f, -6, 1});
  o = {};
  o.encoder_no_repeat_ngram_size = 3;
  scores = {1, 1, 1};
  ScoreRules(o, 1, 6, Ids{0, 2, 1, 0, 2, 2}, 3).apply(scores, Ids{1, 0, 2});
  CHECK(scores == std::vector<float>{1, -INFINITY, -INFINITY});
  o = {};
  o.renormalize_logits = true;
  scores = {std::log(2.0f), std::log(6.0f)};
  ScoreRules(o, 1, 6, {}, 2).apply(scores, Ids{1});
  CHECK(double(std::exp(scores[1])) == doctest::Approx(0.75));
}

TEST_CASE("options come from generation_config.json, then from config.json's part for the task") {
  const testing::Scratch scratch;
  const std::filesystem::path folder = scratch.path;
  io::ModelFile file;
  file.path = folder;
  const auto write = [&](const char* name, std::string_view text) { scratch.put(name, text); };
  write("config.json", R"({"eos_token_id":1,"decoder_start_token_id":0,"num_beams":9,"prefix":"say: ",
    "task_specific_params":{"summarization":{"early_stopping":true,"length_penalty":2.0,"max_length":200,"min_length":30,
    "no_repeat_ngram_size":3,"num_beams":4,"prefix":"summarize: "}}})");
  SearchOptions o = search_options(file);
  CHECK(o.beams == 9);
  CHECK(o.prefix == "say: ");
  CHECK(o.greatest_length(1, 15) == 15);
  CHECK(o.greatest_length(1, 0) == 21);
  write("generation_config.json", R"({"max_length":512,"early_stopping":"never","bad_words_ids":[[5],[6,7]],"eos_token_id":[2,3],
    "do_sample":true,"forced_eos_token_id":2,"renormalize_logits":true,"diversity_penalty":0.0,"guidance_scale":null})");
  o = search_options(file);
  CHECK(o.beams == 1);
  CHECK(o.early_stopping == EarlyStopping::never);
  CHECK(o.eos_token_id == Ids{2, 3});
  CHECK(o.decoder_start_token_id == 0);
  CHECK(o.bad_words_ids == std::vector<Ids>{{5}, {6, 7}});
  CHECK(o.ignored == std::vector<std::string>{"do_sample"});
  CHECK(o.greatest_length(1, 1024) == 512);
  o = search_options(file, "summarization");
  CHECK(o.beams == 4);
  CHECK(o.early_stopping == EarlyStopping::yes);
  CHECK(o.min_length == 30);
  CHECK(o.prefix == "summarize: ");
  CHECK(search_options(file, "translation_en_to_de").beams == 1);
  CHECK(search_tasks(file) == std::vector<std::string>{"summarization"});
  for (const auto& [text, says] : std::vector<std::pair<std::string_view, std::string_view>>{
           {R"({"num_beams":0})", "num_beams is 0, expected 1 to"},
           {R"({"num_beams":"four"})", "num_beams: expected a whole number"},
           {R"({"early_stopping":"maybe"})", "early_stopping: expected true, false"},
           {R"({"bad_words_ids":[5]})", "bad_words_ids: expected arrays of ids"},
           {R"({"length_penalty":1e9})", "length_penalty is 1000000000"},
           {R"({"eos_token_id":-1})", "eos_token_id is -1"},
           {R"([1])", "expected an object"}}) {
    write("generation_config.json", text);
    const std::string error = testing::error_of([&] { search_options(file); });
    CAPTURE(error);
    CHECK(error.contains(says));
    CHECK(error.contains("generation_config.json"));
  }
}

TEST_CASE("what does not fit the model is refused with the counts, and a search can be stopped") {
  const io::ModelFile file = io::open_file(MARU_TESTS "/golden/models/bart");
  const auto model = models::open(file);
  SearchOptions options = search_options(file);
  const std::vector<Ids> sources{{5, 6, 2}}, long_source{Ids(31, 5)}, none{{}};
  options.max_new_tokens = 30;
  CHECK(search_from(*model, sources, options)[0][0].ids.size() <= 31);
  options.max_new_tokens = 31;
  const auto refusal = [&](std::span<const Ids> texts) { return testing::error_of([&] { search_from(*model, texts, options); }); };
  CHECK(refusal(sources).contains("1 tokens at the start and up to 31 more exceed the 30 positions"));
  options.max_new_tokens = 5;
  CHECK(refusal(long_source).contains("31 tokens, 1 more than the model can read at once (30)"));
  CHECK(refusal(none).contains("no tokens"));
  CHECK(testing::error_of([&] { search(*model, sources, options); }).contains("decoder"));
  Cancel cancel;
  cancel.raise();
  CHECK_THROWS_AS(search_from(*model, sources, options, {.cancel = &cancel}), Error);
}

}  // namespace maru::engine
