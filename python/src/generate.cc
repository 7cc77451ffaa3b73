// model.generate(): greedy and beams by the engine's search, sampling by its sampler. Options have the reference library's names.
#include <algorithm>
#include <array>
#include <numeric>

#include "maru/engine/end_tokens.h"
#include "maru/engine/sampler.h"
#include "maru/engine/score_rules.h"
#include "maru/engine/search.h"
#include "maru/engine/session.h"
#include "opened.h"

namespace maru::python {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr std::string_view kKnown[] = {"max_new_tokens",
                                       "max_length",
                                       "min_new_tokens",
                                       "min_length",
                                       "num_beams",
                                       "num_return_sequences",
                                       "do_sample",
                                       "temperature",
                                       "top_k",
                                       "top_p",
                                       "min_p",
                                       "seed",
                                       "repetition_penalty",
                                       "length_penalty",
                                       "early_stopping",
                                       "no_repeat_ngram_size",
                                       "eos_token_id",
                                       "pad_token_id",
                                       "decoder_start_token_id",
                                       "forced_bos_token_id"};

template <class T>
T number(const Json& options, std::string_view name, T otherwise, double low, double high) {
  const auto at = options.find(name);
  if (at == options.end() || at->is_null()) return otherwise;
  if (!at->is_number()) fail(ErrorKind::usage, "generate: {}: a number is wanted", name);
  const double value = at->get<double>();
  if (!(value >= low && value <= high)) fail(ErrorKind::usage, "generate: {} is {}, expected {} to {}", name, value, low, high);
  return T(value);
}

void check_names(const Json& options) {
  for (const auto& [name, value] : options.items())
    if (std::ranges::find(kKnown, name) == std::end(kKnown))
      fail(ErrorKind::usage, "generate: '{}' is no option; there are {}", name, fmt::join(kKnown, ", "));
}

Ids ids_of(const Json& value) {
  if (value.is_array()) return value.get<Ids>();
  return {value.get<std::int32_t>()};
}

engine::SearchOptions search_options(const Opened& model, const Json& given) {
  constexpr double kMost = 1e9;
  engine::SearchOptions o = engine::search_options(model.pretrained->file());
  o.beams = number(given, "num_beams", o.beams, 1, 64);
  o.returned = number(given, "num_return_sequences", o.returned, 1, 64);
  o.length_penalty = number(given, "length_penalty", o.length_penalty, -100, 100);
  o.repetition_penalty = number(given, "repetition_penalty", o.repetition_penalty, 0.01, 100);
  o.no_repeat_ngram_size = number(given, "no_repeat_ngram_size", o.no_repeat_ngram_size, 0, 1000);
  o.min_length = number(given, "min_length", o.min_length, 0, kMost);
  o.min_new_tokens = number(given, "min_new_tokens", o.min_new_tokens, 0, kMost);
  if (given.contains("max_length")) o.max_length = number<std::int64_t>(given, "max_length", 0, 1, kMost), o.max_new_tokens.reset();
  if (given.contains("max_new_tokens")) o.max_new_tokens = number<std::int64_t>(given, "max_new_tokens", 0, 1, kMost);
  if (given.contains("early_stopping"))
    o.early_stopping = given["early_stopping"].is_string() ? engine::EarlyStopping::never
                       : given["early_stopping"].get<bool>() ? engine::EarlyStopping::yes : engine::EarlyStopping::no;
  if (given.contains("eos_token_id") && !given["eos_token_id"].is_null()) o.eos_token_id = ids_of(given["eos_token_id"]);
  else if (o.eos_token_id.empty() && model.pretrained->has_tokenizer())
    o.eos_token_id = engine::end_tokens(model.pretrained->file(), *model.pretrained->tokenizer());
  if (given.contains("decoder_start_token_id"))
    o.decoder_start_token_id = number<std::int32_t>(given, "decoder_start_token_id", 0, 0, kMost);
  if (given.contains("forced_bos_token_id")) o.forced_bos_token_id = number<std::int32_t>(given, "forced_bos_token_id", 0, 0, kMost);
  return o;
}

// The tokens of each row that are no padding.
std::vector<Ids> prompts_of(const Array& ids, const std::optional<Array>& mask) {
  check(ids.rank() == 2, "input_ids: [texts, tokens] is wanted, got {} axes", ids.rank());
  check(!mask || mask->shape == ids.shape, "attention_mask does not have the shape of input_ids");
  const Ids all = to_ids(ids, "input_ids"), seen = mask ? to_ids(converted(*mask, DType::int64), "attention_mask") : Ids(all.size(), 1);
  std::vector<Ids> out(std::size_t(ids.shape[0]));
  for (std::size_t i = 0; i < all.size(); ++i)
    if (seen[i]) out[i / std::size_t(ids.shape[1])].push_back(all[i]);
  for (std::size_t i = 0; i < out.size(); ++i) check(!out[i].empty(), "generate: text {} has no tokens", i);
  return out;
}

// One text as it is written, token by token: a decoder's prompt goes on, an encoder–decoder's answer to a source begins.
class Text {
 public:
  Text(const models::Model& model, const Ids& source)
      : model_(model),
        info_(model.info()),
        source_(source),
        own_(info_.layers, info_.kv_heads, info_.head),
        memory_(info_.layers, info_.kv_heads, info_.head) {
    if (!info_.encoder_decoder) session_.emplace(model);
  }
  // Logits of the token behind ids, of which what was read before is the beginning.
  Tensor next(const Ids& ids, const Cancel* cancel) {
    const std::span<const std::int32_t> fresh = std::span(ids).subspan(read_);
    read_ = ids.size();
    if (session_) return session_->run(fresh, engine::Session::Rows::last, cancel);
    if (cancel) cancel->check();
    Ids positions(fresh.size());
    std::iota(positions.begin(), positions.end(), std::int32_t(own_.length()));
    ops::Ragged rows;
    rows.add(std::int64_t(fresh.size()));
    ops::KvCache *const own[] = {&own_}, *const source[] = {&memory_};
    models::Memory memory{.hidden = {}, .rows = {}, .caches = {source, source + 1}};
    memory.rows.add(std::int64_t(source_.size()));
    const bool first = memory_.length() == 0;
    if (first) memory.hidden = read_source();
    const Tensor hidden = model_.hidden({.ids = fresh, .positions = positions, .rows = rows, .caches = own, .memory = &memory});
    own_.advance(std::int64_t(fresh.size()));
    if (first) memory_.advance(std::int64_t(source_.size()));
    const std::int64_t last[] = {hidden.dim(0) - 1};
    return model_.logits(ops::gather(hidden, last));
  }

 private:
  Tensor read_source() const {
    Ids positions(source_.size());
    std::iota(positions.begin(), positions.end(), 0);
    ops::Ragged rows;
    rows.add(std::int64_t(source_.size()));
    return model_.encode({.ids = source_, .positions = positions, .rows = rows});
  }
  const models::Model& model_;
  const models::Info info_;
  const Ids& source_;
  std::optional<engine::Session> session_;
  ops::KvCache own_, memory_;
  std::size_t read_ = 0;
};

std::vector<Ids> sampled(const Opened& model, const std::vector<Ids>& prompts, engine::SearchOptions search, const Json& given,
                         const Cancel* cancel) {
  if (search.beams > 1) fail(ErrorKind::usage, "generate: do_sample and num_beams do not go together; leave one out");
  const models::Info& info = model.pretrained->info();
  const auto vocabulary = model.pretrained->has_tokenizer()
                              ? std::min<std::int64_t>(model.pretrained->tokenizer()->vocabulary(), info.vocabulary)
                              : info.vocabulary;
  const std::int32_t start = search.decoder_start_token_id.value_or(info.decoder_start);
  check(!info.encoder_decoder || start >= 0,
        "decoder_start_token_id: neither generation_config.json nor config.json says what the decoder starts with");
  std::vector<Ids> out;
  const engine::Sampling how{.temperature = number(given, "temperature", 1.0f, 0, 100), .top_k = number(given, "top_k", 50, 0, 1e9),
                             .top_p = number(given, "top_p", 1.0f, 0, 1), .min_p = number(given, "min_p", 0.0f, 0, 1), .repeat_penalty = 1,
                             .seed = number<std::uint64_t>(given, "seed", 0, 0, 9e15), .stop = {}, .mask = {}};
  engine::Sampler sampler(how);
  for (const Ids& prompt : prompts)
    for (int n = 0; n < search.returned; ++n) {
      Ids ids = info.encoder_decoder ? Ids{start} : prompt;
      const auto begins = std::int64_t(ids.size());
      const std::int64_t most = search.greatest_length(begins, info.unbounded ? 0 : info.context);
      if (!info.unbounded && std::max(most - 1, std::int64_t(prompt.size())) > info.context)
        fail(ErrorKind::limit, "generate: {} tokens and up to {} more exceed the {} positions of the model", prompt.size(), most - begins,
             info.context);
      const engine::ScoreRules rules(search, begins, most, info.encoder_decoder ? prompt : Ids{}, info.vocabulary);
      Text text(model.pretrained->model(), prompt);
      while (std::int64_t(ids.size()) < most) {
        Tensor logits = text.next(ids, cancel);
        rules.apply(logits.values(), ids);
        ids.push_back(sampler.pick(logits.values().first(std::size_t(vocabulary)), {}));
        if (std::ranges::find(search.eos_token_id, ids.back()) != search.eos_token_id.end()) break;
      }
      out.push_back(std::move(ids));
    }
  return out;
}

}  // namespace

Generated generate(const Opened& model, const Array& ids, const std::optional<Array>& mask, const Json& given) {
  check_names(given);
  const std::vector<Ids> prompts = prompts_of(ids, mask);
  const engine::SearchOptions options = search_options(model, given);
  const auto asked = given.find("do_sample");
  check(asked == given.end() || asked->is_null() || asked->is_boolean(), "generate: {}: True or False is wanted", "do_sample");
  const bool sample = asked != given.end() && asked->is_boolean() && asked->get<bool>();
  const bool rewrites = model.pretrained->info().encoder_decoder;
  Watchers watchers(model.watchers, 0);
  const std::vector<Ids> found = without_gil([&](const Cancel* cancel) {
    const Watchers::Scope scope(watchers);
    if (sample) return sampled(model, prompts, options, given, cancel);
    const auto texts = rewrites ? engine::search_from(model.pretrained->model(), prompts, options, {.cancel = cancel})
                                : engine::search(model.pretrained->model(), prompts, options, {.cancel = cancel});
    std::vector<Ids> out;
    for (const auto& of_one : texts)
      for (const engine::FoundText& text : of_one) out.push_back(text.ids);
    return out;
  });
  const std::optional<std::int32_t> own = model.pretrained->has_tokenizer() ? model.pretrained->tokenizer()->padding : std::nullopt;
  const auto padding =
      number<std::int32_t>(given, "pad_token_id", own.value_or(options.eos_token_id.empty() ? 0 : options.eos_token_id.front()), 0, 1e9);
  // A decoder's answer stands behind the row as it was given, with its padding.
  const std::int64_t given_length = ids.shape[1];
  const auto kept = [&](std::size_t row) { return rewrites ? std::int64_t(0) : std::int64_t(prompts[row].size()); };
  const std::size_t returned = std::size_t(std::max(options.returned, 1));
  std::int64_t longest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) longest = std::max(longest, std::int64_t(found[i].size()) - kept(i / returned));
  const std::int64_t before = rewrites ? 0 : given_length;
  const Array out = Array::empty(DType::int64, {std::int64_t(found.size()), before + longest});
  std::fill_n(out.as<std::int64_t>(), out.size(), std::int64_t(padding));
  const Ids all = to_ids(ids, "input_ids");
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::int64_t* to = out.as<std::int64_t>() + std::int64_t(i) * (before + longest);
    const std::size_t row = i / returned;
    if (!rewrites) to = std::copy_n(all.begin() + std::int64_t(row) * given_length, given_length, to);
    std::copy(found[i].begin() + kept(row), found[i].end(), to);
  }
  std::vector<std::string> ignored = options.ignored;
  // What the caller says himself is no longer the file's.
  std::erase_if(ignored, [&](const std::string& key) { return given.contains(key); });
  return {out, ignored};
}

}  // namespace maru::python
