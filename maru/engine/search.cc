// The steps of a search: what runs is laid into one batch, its logits are handed out, its caches follow.
#include "maru/engine/search.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace maru::engine {
namespace {

constexpr std::size_t kMostTexts = 16;               // of one batch
constexpr std::int64_t kMostTokens = 4096;           // of the sources of one batch, unless one text alone has more

// One text: its hypotheses, and what the decoder remembers for each.
struct Text {
  std::span<const std::int32_t> source;
  Hypotheses hypotheses;
  std::vector<ops::KvCache> own;
  ops::KvCache memory;                               // keys and values of the source, the same for every hypothesis
};

struct Step {
  std::vector<std::int32_t> ids, positions;
  ops::Ragged rows;
  std::vector<ops::KvCache*> caches;
  models::Memory memory;
  std::vector<std::int64_t> last;                    // the row of each hypothesis whose logits count
};

// What every hypothesis has that its cache has not seen yet.
Step step_of(std::span<Text> texts) {
  Step step;
  for (Text& text : texts) {
    if (text.hypotheses.done()) continue;
    for (std::size_t i = 0; i < text.hypotheses.running().size(); ++i) {
      const std::vector<std::int32_t>& ids = text.hypotheses.running()[i].ids;
      const std::int64_t seen = text.own[i].length(), fresh = std::int64_t(ids.size()) - seen;
      step.ids.insert(step.ids.end(), ids.begin() + seen, ids.end());
      step.positions.resize(step.ids.size());
      std::iota(step.positions.end() - fresh, step.positions.end(), std::int32_t(seen));
      step.rows.add(fresh);
      step.last.push_back(step.rows.rows() - 1);
      step.caches.push_back(&text.own[i]);
      if (text.source.empty()) continue;
      step.memory.rows.add(std::int64_t(text.source.size()));
      step.memory.caches.push_back(&text.memory);
    }
  }
  return step;
}

Tensor logits_of(const models::Model& model, const Step& step) {
  const models::Memory* const memory = step.memory.caches.empty() ? nullptr : &step.memory;
  const Tensor hidden = model.hidden(
      {.ids = step.ids, .positions = step.positions, .rows = step.rows, .caches = step.caches, .memory = memory});
  for (std::size_t i = 0; i < step.caches.size(); ++i) step.caches[i]->advance(step.rows.start[i + 1] - step.rows.start[i]);
  return model.logits(ops::gather(hidden, step.last));
}

// Every hypothesis goes on from a copy of its parent's cache; the pages are shared until one is written to.
void follow(Text& text) {
  std::vector<ops::KvCache> next;
  for (const Hypotheses::Running& running : text.hypotheses.running()) next.push_back(text.own[running.parent].fork());
  text.own = std::move(next);
}

void take(std::span<Text> texts, const Tensor& logits) {
  std::int64_t row = 0;
  for (Text& text : texts) {
    if (text.hypotheses.done()) continue;
    std::vector<std::span<float>> mine;
    for (std::size_t i = 0; i < text.hypotheses.running().size(); ++i, ++row)
      mine.push_back(logits.values().subspan(std::size_t(row * logits.dim(1)), std::size_t(logits.dim(1))));
    text.hypotheses.take(mine);
    follow(text);
  }
}

// The encoder reads the sources of a batch once; the first step writes their keys and values into each text's memory.
void read_sources(const models::Model& model, std::span<Text> texts, Step& first) {
  std::vector<std::int32_t> ids, positions;
  ops::Ragged rows;
  for (const Text& text : texts) {
    ids.insert(ids.end(), text.source.begin(), text.source.end());
    positions.resize(ids.size());
    std::iota(positions.end() - std::ptrdiff_t(text.source.size()), positions.end(), 0);
    rows.add(std::int64_t(text.source.size()));
  }
  first.memory.hidden = model.encode({.ids = ids, .positions = positions, .rows = rows});
}

void run(const models::Model& model, std::span<Text> texts, const Cancel* cancel) {
  for (bool first = true; std::ranges::any_of(texts, [](const Text& text) { return !text.hypotheses.done(); }); first = false) {
    if (cancel) cancel->check();
    Step step = step_of(texts);
    const bool reads = first && !texts[0].source.empty();
    if (reads) read_sources(model, texts, step);
    const Tensor logits = logits_of(model, step);
    if (reads)
      for (Text& text : texts) text.memory.advance(std::int64_t(text.source.size()));
    take(texts, logits);
  }
}

void check_fits(const models::Info& info, std::int64_t prompt, std::int64_t length) {
  // The last token is written and never read.
  if (info.unbounded || length - 1 <= info.context) return;
  fail(ErrorKind::limit, "{} tokens at the start and up to {} more exceed the {} positions of the model; ask for at most {} new tokens",
       prompt, length - prompt, info.context, std::max<std::int64_t>(info.context + 1 - prompt, 0));
}

// Texts in batches; `sources` is empty for a decoder.
std::vector<std::vector<FoundText>> search_all(const models::Model& model, std::span<const std::vector<std::int32_t>> prompts,
                                               std::span<const std::vector<std::int32_t>> sources, const SearchOptions& options,
                                               const SearchCall& call) {
  const models::Info info = model.info();
  const std::size_t count = sources.empty() ? prompts.size() : sources.size();
  std::vector<std::vector<FoundText>> all;
  while (all.size() < count) {
    std::vector<Text> texts;
    std::int64_t tokens = 0;
    for (std::size_t i = all.size(); i < count && texts.size() < kMostTexts && (texts.empty() || tokens < kMostTokens); ++i) {
      const std::vector<std::int32_t>& prompt = prompts[sources.empty() ? i : 0];
      const std::span<const std::int32_t> source = sources.empty() ? std::span<const std::int32_t>{} : std::span(sources[i]);
      const std::int64_t begins = std::int64_t(prompt.size()), length = options.greatest_length(begins, info.unbounded ? 0 : info.context);
      check_fits(info, begins, length);
      tokens += begins + std::int64_t(source.size());
      texts.push_back({source, Hypotheses(prompt, options, length, source, info.vocabulary), {},
                       ops::KvCache(info.layers, info.kv_heads, info.head)});
      texts.back().own.emplace_back(info.layers, info.kv_heads, info.head);
    }
    run(model, texts, call.cancel);
    for (const Text& text : texts) all.push_back(text.hypotheses.best());
    if (call.progress) call.progress({.what = "writing", .done = all.size(), .total = count, .unit = "texts"});
  }
  return all;
}

}  // namespace

std::vector<std::vector<FoundText>> search(const models::Model& decoder, std::span<const std::vector<std::int32_t>> prompts,
                                           const SearchOptions& options, const SearchCall& call) {
  check(decoder.info().causal, "this model does not continue a text; a search wants a decoder");
  for (const std::vector<std::int32_t>& prompt : prompts) check(!prompt.empty(), "nothing to run: the prompt has no tokens");
  return search_all(decoder, prompts, {}, options, call);
}

std::vector<std::vector<FoundText>> search_from(const models::Model& model, std::span<const std::vector<std::int32_t>> sources,
                                                const SearchOptions& options, const SearchCall& call) {
  const models::Info info = model.info();
  check(info.encoder_decoder, "this model does not read one text and write another; it is no encoder–decoder");
  const std::int32_t start = options.decoder_start_token_id.value_or(info.decoder_start);
  check(start >= 0, "decoder_start_token_id: neither generation_config.json nor config.json says what the decoder starts with");
  for (const std::vector<std::int32_t>& source : sources) {
    check(!source.empty(), "nothing to run: the text has no tokens");
    if (!info.unbounded && std::int64_t(source.size()) > info.context)
      fail(ErrorKind::limit, "the text has {} tokens, {} more than the model can read at once ({}); shorten it, or ask for truncation",
           source.size(), std::int64_t(source.size()) - info.context, info.context);
  }
  const std::vector<std::int32_t> prompt{start};
  return search_all(model, {&prompt, 1}, sources, options, call);
}

}  // namespace maru::engine
