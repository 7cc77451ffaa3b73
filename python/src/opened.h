#pragma once
// An opened model as Python holds it, with those who watch it.
#include "maru/engine/pretrained.h"
#include "watch.h"

namespace maru::python {

struct Opened {
  std::shared_ptr<const engine::Pretrained> pretrained;
  std::vector<std::shared_ptr<Watcher>> watchers;
};

// Where a model lies: a stored name, a catalogue name, a reference, a path; pulled where it is missing, which is said on stderr.
std::string resolve_model(const std::string& name);

// model.generate(): rows of ids, the prompt first.  -> [rows, longest], filled up with the padding's id
Array generate(const Opened& model, const Array& ids, const std::optional<Array>& mask, const Json& options);

}  // namespace maru::python
