#pragma once
// Runs an experiment: all tries of a model go through one scheduler together, which gives each what it would have got alone.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"
#include "maru/engine/pretrained.h"
#include "maru/engine/scheduler.h"
#include "maru/experiments/grid.h"

namespace maru::experiments {

struct Try {
  std::size_t model = 0, prompt = 0, parameters = 0, question = 0;   // places in the grid
  std::uint64_t seed = 0;
  std::string text, finish;
  std::optional<double> score;                   // where the question says what is right
  engine::Usage usage = {};
  std::string error;                             // why there is no answer
};

struct Ways {
  // Opens a model by its name in the grid.
  std::function<std::shared_ptr<const engine::Pretrained>(const std::string& name)> open;
  // What {context} of a question is; empty where the grid names no collection.
  std::function<std::string(const std::string& question)> context = {};
  // Sampling from parameters by Ollama's names.
  std::function<engine::Sampling(const Json& parameters)> sampling;
};

// One after the other as they end; the order of the result is that of the grid. Throws Error for a model that cannot be opened; a try that
// fails carries its error.
std::vector<Try> run(const Grid& grid, const Ways& ways, const std::function<void(const Try&)>& each, const OnProgress& progress, const Cancel* cancel);

// Of all tries of one model, prompt and parameters.
struct Summary {
  std::size_t model = 0, prompt = 0, parameters = 0;
  std::size_t tries = 0, failed = 0;
  std::optional<double> score;                   // mean
  double distinct = 0;                           // different answers to a question, over its seeds: 1 where all agree
  double tokens = 0;                             // mean length
};
std::vector<Summary> summaries(const Grid& grid, const std::vector<Try>& tries);

Json to_json(const Grid& grid, const Try& one);

}  // namespace maru::experiments
