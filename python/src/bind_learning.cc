// Tiny models made and trained on the spot: random weights for a config.json, and steps of Adam through the engine's tape.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "maru/base/file.h"
#include "maru/io/config.h"
#include "maru/io/model_file.h"
#include "maru/io/writers.h"
#include "maru/models/models.h"
#include "maru/nn/weights.h"
#include "maru/text/train.h"
#include "watch.h"

namespace maru::python {
namespace {

using Ids = std::vector<std::int32_t>;

// Random numbers for whatever a model asks, written down for the file: deviation 0.1, so that a tiny model's attention is not flat.
class Random final : public nn::Source {
 public:
  Random(std::uint64_t seed, std::set<std::string> optional) : base_(nn::fresh(seed)), optional_(std::move(optional)) {}
  Tensor get(const std::string& name, const Shape& shape) override {
    Tensor& kept = made[name];
    if (kept) return kept;
    kept = base_->get(name, shape);
    if (shape.rank() > 1)
      for (float& v : kept.values()) v *= 5;
    return kept;
  }
  bool has(const std::string& name) const override { return optional_.contains(name); }
  std::map<std::string, Tensor> made;

 private:
  std::shared_ptr<nn::Source> base_;
  std::set<std::string> optional_;
};

Tensor turned(const Tensor& t) {
  Tensor to({t.dim(1), t.dim(0)});
  for (std::int64_t i = 0; i < t.dim(0); ++i)
    for (std::int64_t j = 0; j < t.dim(1); ++j) to.data()[j * t.dim(0) + i] = t.data()[i * t.dim(1) + j];
  return to;
}

// With the prefix that the reference puts before what is no head.
std::string spelled(const models::Architecture& architecture, const std::string& name) {
  if (architecture.prefixes.empty() || name.starts_with(architecture.prefixes.front())) return name;
  for (const std::string_view head : {"cls.", "lm_head.", "final_logits_bias", "score."})
    if (name.starts_with(head)) return name;
  return std::string(architecture.prefixes.front()) + name;
}

void write_weights(const std::filesystem::path& folder, const models::Architecture& architecture,
                   const std::map<std::string, Tensor>& tensors) {
  std::vector<Tensor> kept;
  std::vector<io::NewTensor> all;
  for (const auto& [name, tensor] : tensors) {
    const Tensor& t = kept.emplace_back(models::is_transposed(architecture, name) ? turned(tensor) : tensor);
    std::vector<std::int64_t> shape;
    for (int axis = 0; axis < t.shape().rank(); ++axis) shape.push_back(t.dim(axis));
    all.push_back({spelled(architecture, name), shape, "F32", io::whole({t.bytes(), std::size_t(t.size()) * sizeof(float)})});
  }
  io::write_safetensors(folder / "model.safetensors", all);
}

// The weights of the config.json in a folder. `optional`: tensors that the file is to hold though the family can do without.
void write_random(const std::string& folder, std::uint64_t seed, const std::set<std::string>& optional) {
  io::ModelFile file;
  file.path = folder;
  io::read_config(std::filesystem::path(folder) / "config.json", file);
  const models::Architecture& a = models::architecture(file);
  const auto source = std::make_shared<Random>(seed, optional);
  (void)a.make(nn::Weights(source), models::Config(file.metadata, false, a.gguf_keys, a.gguf_name));
  write_weights(folder, a, source->made);
}

std::string trained_tokenizer(const std::string& kind, const std::vector<std::string>& texts, std::size_t vocabulary,
                              const std::vector<std::string>& specials, const std::string& scratch) {
  const std::filesystem::path file = std::filesystem::path(scratch) / "texts.txt";
  std::string all;
  for (const std::string& text : texts) all += text + "\n";
  write_file(file, all);
  const text::TrainedKind as = kind == "wordpiece" ? text::TrainedKind::wordpiece
                               : kind == "unigram" ? text::TrainedKind::unigram
                                                   : text::TrainedKind::bpe;
  const std::filesystem::path files[] = {file};
  // A few sentences give only so many pieces, which the error counts; and fewer than the alphabet are no vocabulary.
  for (int attempt = 0;; ++attempt) {
    try {
      return text::train_tokenizer(files, {.kind = as, .vocabulary = vocabulary, .lowercase = true, .specials = specials, .least_count = 1})
          .json;
    } catch (const Error& error) {
      const bool few = error.kind() == ErrorKind::invalid && !error.said().values.empty();
      if (attempt == 8 || !(few || error.kind() == ErrorKind::usage)) throw;
      vocabulary = few ? std::size_t(std::strtoull(error.said().values.front().text.c_str(), nullptr, 10)) : vocabulary + vocabulary / 2;
    }
  }
}

// Kingma and Ba 2015, with the learning rate falling to nothing along a straight line.
class Adam {
 public:
  Adam(std::vector<Tensor> parameters, float rate) : parameters_(std::move(parameters)), rate_(rate) {
    for (const Tensor& p : parameters_)
      moments_.push_back({std::vector<float>(std::size_t(p.size())), std::vector<float>(std::size_t(p.size()))});
  }
  void step(const Grads& grads, int number, int of) {
    constexpr float kFirst = 0.9f, kSecond = 0.999f, kEps = 1e-8f;
    const float rate = rate_ * float(of - number) / float(of), first = 1 - std::pow(kFirst, float(number + 1)),
                second = 1 - std::pow(kSecond, float(number + 1));
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor* const g = grads.find(parameters_[i]);
      if (!g) continue;
      float *const p = parameters_[i].data(), *const m = moments_[i].mean.data(), *const v = moments_[i].square.data();
      const float* const d = g->data();
      for (std::int64_t n = 0; n < g->size(); ++n) {
        m[n] = kFirst * m[n] + (1 - kFirst) * d[n];
        v[n] = kSecond * v[n] + (1 - kSecond) * d[n] * d[n];
        p[n] -= rate * (m[n] / first) / (std::sqrt(v[n] / second) + kEps);
      }
    }
  }

 private:
  struct Moments {
    std::vector<float> mean, square;
  };
  std::vector<Tensor> parameters_;
  std::vector<Moments> moments_;
  float rate_;
};

struct Lesson {
  std::vector<Ids> rows;               // each with its special tokens
  Ids special;                         // ids that are never masked
  std::int32_t mask = -1;              // -1: the next token is learned, else the masked one
  std::int64_t vocabulary = 0;
  int steps = 0, batch = 16;
  float rate = 3e-3f;
  std::uint64_t seed = 0;
};

// One batch: the rows that are asked, and what should be there.
struct Drawn {
  Ids ids, positions, targets;
  ops::Ragged rows;
  std::vector<std::int64_t> asked;
};

Drawn draw(const Lesson& lesson, std::mt19937_64& random) {
  Drawn out;
  for (int b = 0; b < lesson.batch; ++b) {
    const Ids& row = lesson.rows[random() % lesson.rows.size()];
    const auto first = std::int64_t(out.ids.size());
    out.ids.insert(out.ids.end(), row.begin(), row.end());
    for (std::size_t i = 0; i < row.size(); ++i) out.positions.push_back(std::int32_t(i));
    out.rows.add(std::int64_t(row.size()));
    std::vector<std::int64_t> open;
    for (std::size_t i = 0; i < row.size(); ++i)
      if (std::ranges::find(lesson.special, row[i]) == lesson.special.end()) open.push_back(std::int64_t(i));
    if (lesson.mask < 0) {
      for (std::size_t i = 0; i + 1 < row.size(); ++i) {
        out.asked.push_back(first + std::int64_t(i));
        out.targets.push_back(row[i + 1]);
      }
      continue;
    }
    std::ranges::shuffle(open, random);
    const std::size_t masked = std::max<std::size_t>(1, (open.size() * 15 + 50) / 100);
    // Devlin et al. 2019, section 3.1: of a hundred, eighty become the mask, ten another word, ten stay.
    for (std::size_t i = 0; i < std::min(masked, open.size()); ++i) {
      const std::int64_t at = first + open[i];
      out.asked.push_back(at);
      out.targets.push_back(out.ids[std::size_t(at)]);
      const std::uint64_t which = random() % 10;
      if (which < 8) out.ids[std::size_t(at)] = lesson.mask;
      else if (which == 8) out.ids[std::size_t(at)] = std::int32_t(random() % std::uint64_t(lesson.vocabulary));
    }
  }
  return out;
}

std::vector<float> train(const std::string& folder, const Lesson& lesson, const Cancel* cancel) {
  const io::ModelFile file = io::open_file(folder);
  const models::Architecture& a = models::architecture(file);
  std::map<std::string, Tensor> parameters;
  const std::unique_ptr<models::Model> model = models::open(
      file, {.trainable = true, .each = [&](const std::string& name, const Tensor& t) { parameters.insert_or_assign(name, t); }});
  std::vector<Tensor> all;
  for (const auto& [name, tensor] : parameters) all.push_back(tensor);
  Adam adam(all, lesson.rate);
  std::mt19937_64 random(lesson.seed);
  std::vector<float> losses;
  Watchers watchers({}, 0);
  const Watchers::Scope scope(watchers);
  for (int step = 0; step < lesson.steps; ++step) {
    if (cancel) cancel->check();
    const Drawn batch = draw(lesson, random);
    Tape tape;
    const Tensor hidden = model->hidden({.ids = batch.ids, .positions = batch.positions, .rows = batch.rows});
    const Tensor loss = ops::cross_entropy(model->logits(ops::gather(hidden, batch.asked)), batch.targets);
    losses.push_back(loss.data()[0]);
    adam.step(tape.backward(loss), step, lesson.steps);
  }
  write_weights(folder, a, parameters);
  return losses;
}

}  // namespace

void add_learning(nb::module_& m) {
  m.def("_write_random", [](const std::string& folder, std::uint64_t seed, const std::vector<std::string>& optional) {
    write_random(folder, seed, {optional.begin(), optional.end()});
  });
  m.def("_train_tokenizer", trained_tokenizer);
  m.def("_home", [] { return home().string(); });
  m.def("_train", [](const std::string& folder, std::vector<Ids> rows, Ids special, std::int32_t mask, std::int64_t vocabulary, int steps,
                     int batch, float rate, std::uint64_t seed) {
    check(!rows.empty() && steps >= 0 && batch > 0, "training: {} texts, {} steps of {}", rows.size(), steps, batch);
    const Lesson lesson{std::move(rows), std::move(special), mask, vocabulary, steps, batch, rate, seed};
    return without_gil([&](const Cancel* cancel) { return train(folder, lesson, cancel); });
  });
}

}  // namespace maru::python
