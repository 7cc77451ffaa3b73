// A probe writes down what passes: residuals by layer and weights of attention, under the reference's names.
#include "maru/engine/inspection.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace maru::engine {
namespace {

// "encoder.residual" -> encoder_hidden_states, "cross_attention.weights" -> cross_attentions.
struct Known {
  std::string_view site, name;
};
constexpr Known kResiduals[] = {{"residual", "hidden_states"}, {"encoder.residual", "encoder_hidden_states"}, {"decoder.residual", "decoder_hidden_states"}};
constexpr Known kWeights[] = {{"attention.weights", "attentions"}, {"encoder.attention.weights", "encoder_attentions"},
                              {"decoder.attention.weights", "decoder_attentions"}, {"cross_attention.weights", "cross_attentions"}};

class Notes final : public Probe {
 public:
  Tensor see(Site site, Tensor value) override {
    for (const Known& known : kResiduals)
      if (known.site == site.name) residuals[std::string(known.name)][site.layer + 1] = value;
    for (const Known& known : kWeights)
      if (known.site == site.name) weights[std::string(known.name)][site.layer] = value;
    if (!words && (site.name.ends_with("embed_tokens") || site.name.ends_with("wte"))) words = value;
    return value;
  }
  bool wants(Site site) const override {
    return std::ranges::any_of(kWeights, [&](const Known& known) { return known.site == site.name; });
  }
  std::map<std::string, std::map<int, Tensor>> residuals, weights;
  Tensor words;                        // of a family that taps nothing before its first block
};

void add(Inspected& out, std::string name, const Tensor& value) {
  std::vector<std::int64_t> shape = {1};
  for (int axis = 0; axis < value.shape().rank(); ++axis) shape.push_back(value.dim(axis));
  out.tensors.push_back({std::move(name), std::move(shape), value});
}

// One value a sequence: its only row is the axis of the batch.
void add_row(Inspected& out, std::string name, const Tensor& value) { out.tensors.push_back({std::move(name), {1, value.dim(-1)}, value}); }

void add_noted(Inspected& out, const std::map<std::string, std::map<int, Tensor>>& noted) {
  for (const auto& [name, layers] : noted)
    for (const auto& [layer, value] : layers) add(out, fmt::format("{}[{}]", name, layer), value);
}

Tensor column(const Tensor& x, std::int64_t which) {
  Tensor out({x.dim(0)});
  for (std::int64_t i = 0; i < x.dim(0); ++i) out.data()[i] = x.data()[i * x.dim(1) + which];
  return out;
}

void add_heads(Inspected& out, const models::Model& model, const Tensor& hidden, const ops::Ragged& rows) {
  const bool pretraining = model.answers(models::Head::vocabulary) && model.answers(models::Head::next_sentence);
  for (const models::Head head : model.info().answers) {
    const Tensor value = model.answer(head, hidden, rows);
    switch (head) {
      case models::Head::pooled: add_row(out, "pooler_output", value); break;
      case models::Head::vocabulary: add(out, pretraining ? "prediction_logits" : "logits", value); break;
      case models::Head::next_sentence: add_row(out, pretraining ? "seq_relationship_logits" : "logits", value); break;
      case models::Head::sequence: add_row(out, "logits", value); break;
      case models::Head::token: add(out, "logits", value); break;
      case models::Head::replaced: add(out, "logits", column(value, 0)); break;
      case models::Head::span:
        add(out, "start_logits", column(value, 0));
        add(out, "end_logits", column(value, 1));
        break;
    }
  }
}

std::vector<std::int32_t> counted(std::size_t n) {
  std::vector<std::int32_t> positions(n);
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

}  // namespace

Inspected inspect(const Pretrained& model, const std::string& text, const InspectOptions& options) {
  const text::Tokenizer& tokenizer = *model.tokenizer();
  const text::EncodeOptions how{.parse_special = true, .offsets = true};
  Inspected out;
  out.tokens = options.pair.empty() ? tokenizer.encode(text, how) : tokenizer.encode_pair(text, options.pair, how);
  const std::size_t n = out.tokens.ids.size();
  if (n > model.max_tokens()) fail(ErrorKind::limit, "the text has {} tokens, the model takes {}; shorten it", n, model.max_tokens());
  if (n == 0) fail(ErrorKind::usage, "the text is empty: it has no tokens");
  if (!options.target.empty() && !model.info().encoder_decoder)
    fail(ErrorKind::usage, "a target is for the decoder of an encoder–decoder; this model has none that reads another text");
  const ops::PrecisionScope exact(ops::Precision::exact);
  Notes notes;
  const Probe::Scope scope(notes);
  ops::Ragged rows;
  rows.add(std::int64_t(n));
  const std::vector<std::int32_t> positions = counted(n);
  const bool typed = std::ranges::any_of(out.tokens.types, [](std::int32_t type) { return type != 0; });
  const models::Batch batch{.ids = out.tokens.ids, .positions = positions, .rows = rows,
                            .token_types = typed ? std::span<const std::int32_t>(out.tokens.types) : std::span<const std::int32_t>()};
  if (!model.info().encoder_decoder) {
    const Tensor hidden = model.model().hidden(batch);
    auto& layers = notes.residuals["hidden_states"];
    if (!layers.contains(0) && notes.words) layers[0] = notes.words;
    layers[model.info().layers] = hidden;  // the reference counts the last norm in
    add_noted(out, notes.residuals);
    add_noted(out, notes.weights);
    add(out, "last_hidden_state", hidden);
    add_heads(out, model.model(), hidden, rows);
    return out;
  }
  check(model.info().decoder_start >= 0, "{}: config.json: decoder_start_token_id is missing", model.name());
  out.target = {model.info().decoder_start};
  if (!options.target.empty()) {
    const std::vector<std::int32_t> more = tokenizer.encode(options.target, {.add_special = false}).ids;
    out.target.insert(out.target.end(), more.begin(), more.end());
  }
  const models::Memory memory{.hidden = model.model().encode(batch), .rows = rows};
  ops::Ragged target_rows;
  target_rows.add(std::int64_t(out.target.size()));
  const std::vector<std::int32_t> target_positions = counted(out.target.size());
  const Tensor hidden = model.model().hidden({.ids = out.target, .positions = target_positions, .rows = target_rows, .memory = &memory});
  notes.residuals["encoder_hidden_states"][model.info().encoder_layers] = memory.hidden;
  notes.residuals["decoder_hidden_states"][model.info().layers] = hidden;
  add_noted(out, notes.residuals);
  add_noted(out, notes.weights);
  add(out, "encoder_last_hidden_state", memory.hidden);
  add(out, "last_hidden_state", hidden);
  add_heads(out, model.model(), hidden, target_rows);
  return out;
}

}  // namespace maru::engine
