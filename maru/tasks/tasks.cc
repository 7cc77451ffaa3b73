// Looking tasks up, and the one way to run them.
#include "maru/tasks/tasks.h"

#include <algorithm>

namespace maru::tasks {

std::optional<Found> find(std::string_view name) {
  for (const Task& task : all())
    if (task.name == name || std::ranges::find(task.aliases, name) != task.aliases.end()) return Found{.task = &task};
  constexpr std::string_view kLead = "translation_", kMiddle = "_to_";
  const std::size_t middle = name.find(kMiddle);
  if (!name.starts_with(kLead) || middle == std::string_view::npos || middle <= kLead.size() || middle + kMiddle.size() == name.size())
    return std::nullopt;
  std::optional<Found> found = find("translation");
  if (found) {
    found->arguments["src_lang"] = name.substr(kLead.size(), middle - kLead.size());
    found->arguments["tgt_lang"] = name.substr(middle + kMiddle.size());
  }
  return found;
}

Outcome run(const Task& task, std::shared_ptr<const engine::Pretrained> model, const Json& inputs, const Json& arguments, const Cancel* cancel,
            const OnProgress& progress) {
  const Arguments checked(task.name, task.arguments, arguments);
  return task.run({.task = task, .model = std::move(model), .inputs = inputs, .arguments = checked, .cancel = cancel, .progress = progress});
}

}  // namespace maru::tasks
