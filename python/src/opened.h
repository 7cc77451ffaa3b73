#pragma once
// An opened model as Python holds it, with those who watch it.
#include "maru/engine/pretrained.h"
#include "watch.h"

namespace maru::python {

struct Opened {
  std::shared_ptr<const engine::Pretrained> pretrained;
  std::vector<std::shared_ptr<Watcher>> watchers;
};

// Where a model lies: a stored name, a catalogue name, a reference, a path; pulled where it is missing and may be, which is said on stderr.
std::string resolve_model(const std::string& name, bool pull);

// model.generate(): rows of ids, the prompt first.
struct Generated {
  Array ids;                           // [rows, longest], filled up with the padding's id
  std::vector<std::string> ignored;    // what the model's files ask for and nobody follows
};
Generated generate(const Opened& model, const Array& ids, const std::optional<Array>& mask, const Json& options);

}  // namespace maru::python
