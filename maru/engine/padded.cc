// Rows of padding are rows of the ragged batch that attention is told not to look at.
#include "maru/engine/padded.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace maru::engine {
namespace {

struct Known {
  std::string_view site, name;
};
constexpr Known kResiduals[] = {{"residual", "hidden_states"}, {"encoder.residual", "encoder_hidden_states"}, {"decoder.residual", "decoder_hidden_states"}};
constexpr Known kWeights[] = {{"attention.weights", "attentions"}, {"encoder.attention.weights", "encoder_attentions"},
                              {"decoder.attention.weights", "decoder_attentions"}, {"cross_attention.weights", "cross_attentions"}};

// Writes down what was asked for; whoever probes outside sees everything first and may change it.
class Notes final : public Probe {
 public:
  explicit Notes(const PaddedOptions& options) : options_(options), outer_(Probe::current()) {}
  Tensor see(Site site, Tensor value) override {
    if (outer_) value = outer_->see(site, std::move(value));
    if (options_.hidden_states) {
      for (const Known& known : kResiduals)
        if (known.site == site.name) residuals[known.name][site.layer + 1] = value;
      if (!words && (site.name.ends_with("embed_tokens") || site.name.ends_with("wte"))) words = value;
    }
    if (options_.attentions)
      for (const Known& known : kWeights)
        if (known.site == site.name) weights[known.name][site.layer].push_back(value);
    return value;
  }
  bool wants(Site site) const override {
    return (outer_ && outer_->wants(site)) ||
           (options_.attentions && std::ranges::any_of(kWeights, [&](const Known& known) { return known.site == site.name; }));
  }
  Flaw flaw() const override { return outer_ ? outer_->flaw() : Flaw{}; }
  std::map<std::string_view, std::map<int, Tensor>> residuals;
  std::map<std::string_view, std::map<int, std::vector<Tensor>>> weights;  // one a text
  Tensor words;                        // of a family that taps nothing before its first block

 private:
  const PaddedOptions& options_;
  Probe* outer_;
};

// The rows of a text that are seen: its ones, which must lie together.
ops::Ragged::Part seen_part(std::span<const std::int32_t> mask, std::int64_t text) {
  const auto first = std::ranges::find_if(mask, [](std::int32_t m) { return m != 0; });
  const auto end = std::find(first, mask.end(), 0);
  check(first != mask.end(), "attention_mask: text {} has no token that is seen", text);
  check(std::all_of(end, mask.end(), [](std::int32_t m) { return m == 0; }), "attention_mask: text {} has zeros between its ones", text);
  return {first - mask.begin(), end - mask.begin()};
}

ops::Ragged rows_of(std::int64_t texts, std::int64_t length, std::span<const std::int32_t> mask) {
  ops::Ragged rows;
  bool padded = false;
  for (std::int64_t i = 0; i < texts; ++i) {
    rows.add(length);
    const auto part = mask.empty() ? ops::Ragged::Part{0, length} : seen_part(mask.subspan(std::size_t(i * length), std::size_t(length)), i);
    padded = padded || part.end - part.begin < length;
    rows.seen.push_back(part);
  }
  if (!padded) rows.seen.clear();
  return rows;
}

std::vector<std::int32_t> counted(std::int64_t texts, std::int64_t length) {
  std::vector<std::int32_t> out(std::size_t(texts * length));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::int32_t(std::int64_t(i) % length);
  return out;
}

// RoBERTa gives the padding a position of its own, the one before the first.
std::vector<std::int32_t> positions_of(const Pretrained& model, const PaddedBatch& batch, std::int64_t length) {
  std::vector<std::int32_t> out = counted(batch.texts, length);
  const io::Metadata& metadata = model.file().metadata;
  const std::string_view type = model.file().gguf ? std::string_view() : metadata.string("model_type", "");
  if (type != "roberta" && type != "xlm-roberta" && type != "camembert") return out;
  const auto padding = std::int32_t(metadata.integer("pad_token_id", 0, 1 << 20, 1));
  for (std::int64_t i = 0; i < batch.texts; ++i) {
    std::int32_t next = 0;
    for (std::size_t at = std::size_t(i * length), end = std::size_t((i + 1) * length); at < end; ++at) out[at] = batch.ids[at] == padding ? -1 : next++;
  }
  return out;
}

class Writer {
 public:
  Writer(std::vector<Computed>& out, std::int64_t texts) : out_(out), texts_(texts) {}
  // value: [texts * length, …]
  void rows(std::string name, const Tensor& value) {
    std::vector<std::int64_t> shape = {texts_, value.dim(0) / texts_};
    for (int axis = 1; axis < value.shape().rank(); ++axis) shape.push_back(value.dim(axis));
    out_.push_back({std::move(name), std::move(shape), value});
  }
  void texts(std::string name, const Tensor& value) { out_.push_back({std::move(name), {texts_, value.dim(-1)}, value}); }
  // One column of [texts * length, columns].  -> [texts, length]
  void column(std::string name, const Tensor& value, std::int64_t which) {
    Tensor one({value.dim(0)});
    for (std::int64_t i = 0; i < value.dim(0); ++i) one.data()[i] = value.data()[i * value.dim(1) + which];
    out_.push_back({std::move(name), {texts_, value.dim(0) / texts_}, one});
  }
  void noted(const Notes& notes) {
    for (const auto& [name, layers] : notes.residuals)
      for (const auto& [layer, value] : layers) rows(fmt::format("{}[{}]", name, layer), value);
    for (const auto& [name, layers] : notes.weights)
      for (const auto& [layer, values] : layers) {
        const Tensor& first = values.front();
        Tensor all({std::int64_t(values.size()), first.dim(0), first.dim(1), first.dim(2)});
        float* to = all.data();
        for (const Tensor& one : values) to = std::copy_n(one.data(), one.size(), to);
        out_.push_back({fmt::format("{}[{}]", name, layer), {all.dim(0), all.dim(1), all.dim(2), all.dim(3)}, all});
      }
  }

 private:
  std::vector<Computed>& out_;
  std::int64_t texts_;
};

// A decoder's classifier reads each text's last row that is seen.
struct Last {
  Tensor hidden;
  ops::Ragged rows;
};
Last last_seen(const Tensor& hidden, const ops::Ragged& rows, const ops::Ragged& seen) {
  Last out;
  std::vector<std::int64_t> at;
  for (std::int64_t i = 0; i < rows.sequences(); ++i) {
    at.push_back(seen.seen.empty() ? rows.start[std::size_t(i) + 1] - 1 : rows.start[std::size_t(i)] + seen.seen[std::size_t(i)].end - 1);
    out.rows.add(1);
  }
  out.hidden = ops::gather(hidden, at);
  return out;
}

void answer(Writer& out, const Pretrained& model, models::Head head, const Tensor& hidden, const ops::Ragged& rows, const ops::Ragged& seen) {
  const models::Model& m = model.model();
  switch (head) {
    case models::Head::pooled: return out.texts("pooler_output", m.answer(head, hidden, rows));
    case models::Head::vocabulary: return out.rows("logits", m.answer(head, hidden, rows));
    case models::Head::next_sentence: return out.texts("logits", m.answer(head, hidden, rows));
    case models::Head::token: return out.rows("logits", m.answer(head, hidden, rows));
    case models::Head::replaced: return out.column("logits", m.answer(head, hidden, rows), 0);
    case models::Head::sequence: {
      if (!model.info().causal && !model.info().encoder_decoder) return out.texts("logits", m.answer(head, hidden, rows));
      const Last last = last_seen(hidden, rows, seen);
      return out.texts("logits", m.answer(head, last.hidden, last.rows));
    }
    case models::Head::span: {
      const Tensor both = m.answer(head, hidden, rows);
      out.column("start_logits", both, 0);
      return out.column("end_logits", both, 1);
    }
  }
}

std::vector<std::int32_t> moved_on(const Pretrained& model, const PaddedBatch& batch, std::int64_t length) {
  const std::string_view type = model.file().metadata.string(model.file().gguf ? "general.architecture" : "model_type", "");
  check(type == "bart", "decoder_input_ids is missing: what the decoder of this model has written so far, behind its start {}", model.info().decoder_start);
  check(model.info().decoder_start >= 0, "{}: config.json: decoder_start_token_id is missing", model.name());
  std::vector<std::int32_t> out(batch.ids.begin(), batch.ids.end());
  for (std::int64_t i = 0; i < batch.texts; ++i) {
    const auto row = out.begin() + i * length;
    std::copy_backward(row, row + length - 1, row + length);
    *row = model.info().decoder_start;
  }
  return out;
}

void check_length(const Pretrained& model, std::int64_t length) {
  if (!model.info().unbounded && length > model.info().context)
    fail(ErrorKind::limit, "the batch has texts of {} tokens, the model takes {}; shorten them, or ask for truncation", length, model.info().context);
}

}  // namespace

std::vector<Computed> run_padded(const Pretrained& model, const PaddedBatch& batch, const PaddedOptions& options) {
  const models::Info& info = model.info();
  check(batch.texts > 0 && !batch.ids.empty() && std::int64_t(batch.ids.size()) % batch.texts == 0, "a batch of {} texts with {} ids in all", batch.texts,
        batch.ids.size());
  check((batch.mask.empty() || batch.mask.size() == batch.ids.size()) && (batch.types.empty() || batch.types.size() == batch.ids.size()),
        "{} ids, {} numbers of attention_mask and {} of token_type_ids do not fit", batch.ids.size(), batch.mask.size(), batch.types.size());
  check(batch.target.empty() || info.encoder_decoder, "decoder_input_ids is for an encoder–decoder; this model has no decoder that reads another text");
  const std::int64_t length = std::int64_t(batch.ids.size()) / batch.texts;
  check_length(model, length);
  const ops::PrecisionScope exact(ops::Precision::exact);
  Notes notes(options);
  std::optional<Probe::Scope> scope;
  if (options.attentions || options.hidden_states) scope.emplace(notes);
  const ops::Ragged rows = rows_of(batch.texts, length, batch.mask);
  const std::vector<std::int32_t> positions = positions_of(model, batch, length);
  const models::Batch in{.ids = batch.ids, .positions = positions, .rows = rows, .token_types = batch.types};
  std::vector<Computed> out;
  Writer write(out, batch.texts);
  if (!info.encoder_decoder) {
    const Tensor hidden = model.model().hidden(in);
    if (options.hidden_states) {
      auto& layers = notes.residuals["hidden_states"];
      if (!layers.contains(0) && notes.words) layers[0] = notes.words;
      layers[info.layers] = hidden;  // the reference counts the last norm in
    }
    write.rows("last_hidden_state", hidden);
    for (const models::Head head : options.heads) answer(write, model, head, hidden, rows, rows);
    write.noted(notes);
    return out;
  }
  const models::Memory memory{.hidden = model.model().encode(in), .rows = rows};
  const std::vector<std::int32_t> moved = batch.target.empty() ? moved_on(model, batch, length) : std::vector<std::int32_t>();
  const std::span<const std::int32_t> target = batch.target.empty() ? std::span<const std::int32_t>(moved) : batch.target;
  check(std::int64_t(target.size()) % batch.texts == 0, "decoder_input_ids: {} ids for {} texts", target.size(), batch.texts);
  const std::int64_t target_length = std::int64_t(target.size()) / batch.texts;
  check_length(model, target_length);
  const ops::Ragged target_rows = rows_of(batch.texts, target_length, {});
  const std::vector<std::int32_t> target_positions = counted(batch.texts, target_length);
  const Tensor hidden = model.model().hidden({.ids = target, .positions = target_positions, .rows = target_rows, .memory = &memory});
  if (options.hidden_states) {
    notes.residuals["encoder_hidden_states"][info.encoder_layers] = memory.hidden;
    notes.residuals["decoder_hidden_states"][info.layers] = hidden;
  }
  write.rows("last_hidden_state", hidden);
  for (const models::Head head : options.heads) answer(write, model, head, hidden, target_rows, rows);
  write.rows("encoder_last_hidden_state", memory.hidden);
  write.noted(notes);
  return out;
}

}  // namespace maru::engine
