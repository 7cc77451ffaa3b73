// A probe that writes down and, where it is told to, puts another value in the place of what passes.
#include "maru/watch/pass.h"

#include <algorithm>
#include <numeric>

namespace maru::watch {
namespace {

class Recorder final : public Probe {
 public:
  explicit Recorder(const Watching& watching)
      : watching_(watching), ablated_(watching.ablations.size(), false), patched_(watching.patches.size(), false) {}

  Tensor see(Site site, Tensor value) override {
    if (watching_.cancel) watching_.cancel->check();
    value = patched(site, ablated(site, std::move(value)));
    const bool kept = watching_.keep && watching_.keep(site);
    std::vector<std::int64_t> shape;
    for (int axis = 0; axis < value.shape().rank(); ++axis) shape.push_back(value.dim(axis));
    tensors.push_back({.site = std::string(site.name), .layer = site.layer, .encoder = reading, .shape = std::move(shape), .value = kept ? value : Tensor()});
    return value;
  }
  bool wants(Site site) const override { return watching_.keep && watching_.keep(site); }

  // What was asked for and met nothing.
  void check_met() const {
    for (std::size_t i = 0; i < ablated_.size(); ++i) {
      const Ablation& one = watching_.ablations[i];
      if (!ablated_[i]) fail(ErrorKind::usage, "nothing was ablated: the pass has no {} of layer {}", one.attention, one.layer);
    }
    for (std::size_t i = 0; i < patched_.size(); ++i) {
      const Patch& one = watching_.patches[i];
      if (!patched_[i]) fail(ErrorKind::usage, "nothing was patched: the pass has no {:?} of layer {}", one.site, one.layer);
    }
  }

  std::vector<Recorded> tensors;
  bool reading = false;                        // the encoder of an encoder–decoder runs

 private:
  Tensor ablated(const Site& site, Tensor value) {
    if (!site.name.ends_with(".out")) return value;
    bool own = false;
    for (std::size_t i = 0; i < ablated_.size(); ++i) {
      const Ablation& one = watching_.ablations[i];
      if (site.layer != one.layer || site.name.substr(0, site.name.size() - 4) != one.attention || value.shape().rank() != 3) continue;
      const std::int64_t heads = value.dim(1), head = value.dim(2);   // [rows, heads, head]
      if (one.head < 0 || one.head >= heads)
        fail(ErrorKind::usage, "{}: layer {} has heads 0 to {}, got {}", one.attention, one.layer, heads - 1, one.head);
      if (!own) value = Tensor::of(value.shape(), value.values());
      own = ablated_[i] = true;
      for (std::int64_t row = 0; row < value.dim(0); ++row) std::fill_n(value.data() + (row * heads + one.head) * head, head, 0.0f);
    }
    return value;
  }

  Tensor patched(const Site& site, Tensor value) {
    for (std::size_t i = 0; i < patched_.size(); ++i) {
      const Patch& one = watching_.patches[i];
      if (site.layer != one.layer || site.name != one.site) continue;
      const std::int64_t rows = value.dim(0), width = rows ? value.size() / rows : 0;
      if (one.position < 0 || one.position >= rows)
        fail(ErrorKind::usage, "{}: position {} to patch; there are 0 to {}", one.site, one.position, rows - 1);
      check(one.row.size() == width, "{}: a row of {} values to patch in, expected {}", one.site, one.row.size(), width);
      value = Tensor::of(value.shape(), value.values());
      std::copy_n(one.row.data(), width, value.data() + one.position * width);
      patched_[i] = true;
    }
    return value;
  }

  const Watching& watching_;
  std::vector<bool> ablated_, patched_;
};

// A value belongs to the layer whose residual is the next to come.
void number_blocks(std::vector<Recorded>& tensors, const models::Info& info) {
  for (const bool encoder : {true, false}) {
    int block = encoder ? info.encoder_layers : info.layers;
    for (std::size_t i = tensors.size(); i-- > 0;) {
      Recorded& one = tensors[i];
      if (one.encoder != encoder) continue;
      if (one.site.ends_with("residual")) block = one.layer;
      one.block = block;
    }
  }
}

std::vector<std::int32_t> counted(std::size_t n) {
  std::vector<std::int32_t> positions(n);
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

}  // namespace

const Tensor* Pass::find(std::string_view site, int layer) const {
  for (const Recorded& one : tensors)
    if (one.site == site && one.layer == layer && one.value) return &one.value;
  return nullptr;
}

Pass pass(const models::Model& model, const Input& input, const Watching& watching) {
  const models::Info info = model.info();
  const ops::PrecisionScope exact(ops::Precision::exact);
  Recorder recorder(watching);
  const Probe::Scope scope(recorder);
  Pass out;
  ops::Ragged rows;
  rows.add(input.image ? info.context : std::int64_t(input.ids.size()));
  const std::vector<std::int32_t> positions = counted(input.ids.size());
  const bool typed = std::ranges::any_of(input.types, [](std::int32_t type) { return type != 0; });
  const models::Batch batch{.ids = input.ids, .positions = positions, .rows = rows,
                            .token_types = typed ? std::span<const std::int32_t>(input.types) : std::span<const std::int32_t>(), .images = input.image};
  if (!info.encoder_decoder) {
    out.hidden = model.hidden(batch);
    out.rows = rows;
  } else {
    recorder.reading = true;
    out.encoded = model.encode(batch);
    recorder.reading = false;
    const models::Memory memory{.hidden = out.encoded, .rows = rows};
    out.rows.add(std::int64_t(input.target.size()));
    const std::vector<std::int32_t> target_positions = counted(input.target.size());
    out.hidden = model.hidden({.ids = input.target, .positions = target_positions, .rows = out.rows, .memory = &memory});
  }
  if (watching.answers)
    for (const models::Head head : info.answers) out.answers.emplace_back(head, model.answer(head, out.hidden, out.rows));
  recorder.check_met();
  out.tensors = std::move(recorder.tensors);
  number_blocks(out.tensors, info);
  return out;
}

std::vector<AttentionKind> attention_kinds(const models::Info& info) {
  if (!info.encoder_decoder) return {{"attention", info.layers}};
  return {{"encoder.attention", info.encoder_layers}, {"decoder.attention", info.layers}, {"cross_attention", info.layers}};
}

std::string_view residual_site(const models::Info& info) { return info.encoder_decoder ? "decoder.residual" : "residual"; }

}  // namespace maru::watch
