// Inputs, tokens and ragged calls for every task over texts.
#include "maru/tasks/texts_common.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace maru::tasks {
namespace {

constexpr std::int64_t kBatchTokens = 2048;  // of one ragged call

Text text_of(std::string_view task, const Json& value, bool pairs) {
  if (value.is_string()) return {.text = value.get<std::string>()};
  if (!pairs || !value.is_object()) {
    if (pairs) fail(ErrorKind::usage, "{}: inputs: expected a text or {{\"text\": …, \"text_pair\": …}}, got {}", task, kind_of(value));
    fail(ErrorKind::usage, "{}: inputs: expected a text, got {}", task, kind_of(value));
  }
  for (const auto& [key, inner] : value.items())
    if (key != "text" && key != "text_pair") fail(ErrorKind::usage, "{}: inputs: there is no field {:?}; there are: text, text_pair", task, key);
  Text text{.text = text_field(task, value, "text")};
  if (value.contains("text_pair")) text.pair = text_field(task, value, "text_pair");
  return text;
}

using Range = std::array<std::size_t, 2>;  // [begin, end)

// The tokens that lie in these ranges, one behind the other.
text::Encoding kept(const text::Encoding& tokens, std::initializer_list<Range> ranges) {
  text::Encoding out;
  for (const auto [begin, end] : ranges) {
    const auto add = [begin, end](const auto& from, auto& to) { to.insert(to.end(), from.begin() + std::ptrdiff_t(begin), from.begin() + std::ptrdiff_t(end)); };
    add(tokens.ids, out.ids), add(tokens.offsets, out.offsets), add(tokens.types, out.types);
    add(tokens.sequence, out.sequence), add(tokens.words, out.words);
  }
  return out;
}

// Where the tokens of a text stand.
Range part_of(const text::Encoding& tokens, int sequence) {
  const auto begin = std::size_t(std::ranges::find(tokens.sequence, sequence) - tokens.sequence.begin());
  std::size_t end = begin;
  while (end < tokens.ids.size() && tokens.sequence[end] == sequence) ++end;
  return {begin, end};
}

// Without `lost` tokens at the end of the longer text, or of the first; what the model's template adds stays.
text::Encoding cut(const text::Encoding& tokens, std::size_t lost, bool first_only) {
  const Range parts[2] = {part_of(tokens, 0), part_of(tokens, 1)};
  std::array<std::size_t, 2> length = {parts[0][1] - parts[0][0], parts[1][1] - parts[1][0]};
  check(lost <= length[0] + (first_only ? 0 : length[1]), "the tokens that this model adds to a text are more than the {} it takes",
        tokens.ids.size() - lost);
  for (; lost > 0; --lost) --length[!first_only && length[1] > length[0] ? 1 : 0];
  return kept(tokens, {{0, parts[0][0] + length[0]}, {parts[0][1], parts[1][0] + length[1]}, {parts[1][1], tokens.ids.size()}});
}

// One row of a batch's answers, or the rows of one sequence.
Tensor answer_of(const Tensor& all, const ops::Ragged& rows, std::int64_t sequence) {
  const bool by_sequence = all.dim(0) == rows.sequences() && all.dim(0) != rows.rows();
  const bool single = rows.sequences() == 1;
  const std::int64_t begin = by_sequence ? sequence : rows.start[std::size_t(sequence)];
  const std::int64_t end = by_sequence ? sequence + 1 : rows.start[std::size_t(sequence) + 1];
  return single ? all : all.rows(begin, end);
}

// Of an encoder–decoder both halves read the text: the decoder moved by one, behind its start (Lewis et al. 2020, section 3.1).
Tensor hidden_of(const engine::Pretrained& opened, const models::Batch& batch) {
  const models::Model& model = opened.model();
  if (!opened.info().encoder_decoder) return model.hidden(batch);
  check(opened.info().decoder_start >= 0, "{}: config.json: decoder_start_token_id is missing", opened.name());
  const models::Memory memory{.hidden = model.encode(batch), .rows = batch.rows};
  std::vector<std::int32_t> moved(batch.ids.size());
  for (std::int64_t s = 0; s < batch.rows.sequences(); ++s) {
    const auto begin = std::size_t(batch.rows.start[std::size_t(s)]), end = std::size_t(batch.rows.start[std::size_t(s) + 1]);
    for (std::size_t i = begin; i < end; ++i) moved[i] = i == begin ? opened.info().decoder_start : batch.ids[i - 1];
  }
  return model.hidden({.ids = moved, .positions = batch.positions, .rows = batch.rows, .memory = &memory});
}

}  // namespace

std::string text_field(std::string_view task, const Json& inputs, std::string_view field) {
  const auto at = inputs.find(field);
  if (at == inputs.end()) fail(ErrorKind::usage, "{}: inputs: the field {:?} is missing", task, field);
  if (!at->is_string()) fail(ErrorKind::usage, "{}: inputs: {}: expected a text, got {}", task, field, kind_of(*at));
  return at->get<std::string>();
}

Texts texts_of(std::string_view task, const Json& inputs, bool pairs) {
  Texts texts{.all = {}, .list = inputs.is_array()};
  if (!texts.list) texts.all.push_back(text_of(task, inputs, pairs));
  else
    for (const Json& one : inputs) texts.all.push_back(text_of(task, one, pairs));
  return texts;
}

Argument truncation_argument() {
  return {.name = "truncation", .type = Type::boolean, .otherwise = false,
          .about = phrase("Cut a text that is longer than the model, and say how many tokens were lost")};
}

std::vector<text::Encoding> encode(const Request& request, std::string_view task, std::span<const Text> texts, Outcome& outcome) {
  const text::Tokenizer& tokenizer = *request.model->tokenizer();
  const std::size_t most = request.model->max_tokens();
  std::vector<text::Encoding> out;
  std::vector<std::size_t> lost;
  bool any = false;
  for (const Text& one : texts) {
    if (request.cancel) request.cancel->check();
    text::Encoding tokens = one.pair ? tokenizer.encode_pair(one.text, *one.pair, kAsReference) : tokenizer.encode(one.text, kAsReference);
    lost.push_back(tokens.ids.size() > most ? tokens.ids.size() - most : 0);
    if (lost.back() > 0) {
      if (!request.arguments.boolean("truncation"))
        fail(ErrorKind::limit, "{}: text {} has {} tokens, the model takes {}; shorten it, or ask for truncation", task, lost.size(), tokens.ids.size(),
             most);
      any = true;
      tokens = cut(tokens, lost.back(), false);
    }
    if (tokens.ids.empty()) fail(ErrorKind::usage, "{}: text {} is empty: it has no tokens", task, lost.size());
    out.push_back(std::move(tokens));
  }
  if (any) outcome.truncated = std::move(lost);
  return out;
}

text::Encoding encode_pair(const Request& request, std::string_view task, std::string_view first, std::string_view second, Shorten shorten,
                           std::size_t* lost) {
  text::Encoding pair = request.model->tokenizer()->encode_pair(first, second, kAsReference);
  const std::size_t most = request.model->max_tokens(), size = pair.ids.size();
  if (size <= most) return pair;
  if (shorten == Shorten::neither) fail(ErrorKind::limit, "{}: the two texts have {} tokens together, the model takes {}; shorten them", task, size, most);
  if (lost) *lost = std::max(*lost, size - most);
  return cut(pair, size - most, shorten == Shorten::first);
}

void require(const Request& request, const Task& task, models::Head head) {
  const engine::Pretrained& model = *request.model;
  if (model.model().answers(head)) return;
  std::vector<std::string_view> heads;
  for (const models::Head one : model.info().answers) heads.push_back(models::name_of(one));
  const std::string has = heads.empty() ? std::string("-") : fmt::format("{}", fmt::join(heads, ", "));
  fail(ErrorKind::invalid, "{}: {} needs {}, and this model's file holds none (it holds: {}); choose a model made for it, such as {}", model.name(),
       task.name, models::name_of(head), has, task.hub_model);
}

std::vector<Tensor> run_encoder(const Request& request, std::span<const text::Encoding> encodings, std::optional<models::Head> head) {
  const models::Model& model = request.model->model();
  const bool typed = std::ranges::any_of(encodings, [](const text::Encoding& one) { return std::ranges::any_of(one.types, [](auto t) { return t != 0; }); });
  const ops::PrecisionScope exact(ops::Precision::exact);
  std::vector<Tensor> out;
  while (out.size() < encodings.size()) {
    if (request.cancel) request.cancel->check();
    ops::Ragged rows;
    std::vector<std::int32_t> ids, positions, types;
    const std::size_t first = out.size();
    std::size_t end = first;
    while (end < encodings.size() && (end == first || rows.rows() + std::int64_t(encodings[end].ids.size()) <= kBatchTokens)) {
      if (typed) types.insert(types.end(), encodings[end].types.begin(), encodings[end].types.end());
      const auto& found = encodings[end++].ids;
      rows.add(std::int64_t(found.size()));
      ids.insert(ids.end(), found.begin(), found.end());
      positions.resize(ids.size());
      std::iota(positions.end() - std::ptrdiff_t(found.size()), positions.end(), 0);
    }
    const Tensor hidden = hidden_of(*request.model, {.ids = ids, .positions = positions, .rows = rows, .token_types = types});
    const Tensor answer = head ? model.answer(*head, hidden, rows) : hidden;
    for (std::int64_t i = 0; i < rows.sequences(); ++i) out.push_back(answer_of(answer, rows, i));
    if (request.progress) request.progress({.what = "reading", .done = out.size(), .total = encodings.size(), .unit = "texts"});
  }
  return out;
}

std::vector<float> squashed(std::span<const float> logits, Squash how) {
  std::vector<float> out(logits.begin(), logits.end());
  if (how == Squash::sigmoid)
    for (float& v : out) v = 1.0f / (1.0f + std::exp(-v));
  if (how != Squash::softmax || out.empty()) return out;
  const float top = std::ranges::max(out);
  float total = 0;
  for (float& v : out) total += v = std::exp(v - top);
  for (float& v : out) v /= total;
  return out;
}

std::size_t best(std::span<const float> scores) { return std::size_t(std::ranges::max_element(scores) - scores.begin()); }

Json ranked(std::span<const std::string> labels, std::span<const float> scores, std::optional<std::size_t> top) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  if (top) order.resize(std::min(order.size(), *top));
  Json out = Json::array();
  for (const std::size_t i : order) out.push_back({{"label", i < labels.size() ? labels[i] : fmt::format("LABEL_{}", i)}, {"score", double(scores[i])}});
  return out;
}

}  // namespace maru::tasks
