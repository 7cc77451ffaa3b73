// pipeline(): the tasks of maru/tasks, with their inputs and arguments as Python gives them.
#include "maru/tasks/tasks.h"
#include "opened.h"

namespace maru::python {
namespace {

const tasks::Task& task_named(const std::string& name) {
  const std::optional<tasks::Found> found = tasks::find(name);
  if (found && found->task) return *found->task;
  std::vector<std::string_view> names;
  for (const tasks::Task& task : tasks::all()) names.push_back(task.name);
  fail(ErrorKind::not_found, "'{}' is no task; there are {}", name, fmt::join(names, ", "));
}

nb::dict described(const std::string& name) {
  const tasks::Task& task = task_named(name);
  nb::dict out;
  out["name"] = std::string(task.name);
  out["local_model"] = std::string(task.local_model);
  out["hub_model"] = std::string(task.hub_model);
  out["arguments"] = to_python(tasks::find(name)->arguments);
  nb::list takes;
  for (const tasks::Argument& argument : task.arguments) takes.append(std::string(argument.name));
  out["takes"] = takes;
  nb::list fields;
  for (const std::string_view field : task.shape.fields) fields.append(std::string(field));
  out["fields"] = fields;
  return out;
}

nb::object run(const std::string& name, const Opened& model, nb::handle inputs, nb::handle arguments) {
  const tasks::Task& task = task_named(name);
  const Json in = to_json(inputs), with = to_json(arguments);
  Watchers watchers(model.watchers, 0);
  const tasks::Outcome outcome = without_gil([&](const Cancel* cancel) {
    const Watchers::Scope scope(watchers);
    return tasks::run(task, model.pretrained, in, with, cancel);
  });
  nb::list notes;
  for (const Phrase& note : outcome.notes) notes.append(in_language(note));
  for (std::size_t i = 0; i < outcome.truncated.size(); ++i)
    if (outcome.truncated[i]) notes.append(in_language(phrase("text {}: {} tokens were cut off", i + 1, outcome.truncated[i])));
  return nb::make_tuple(to_python(outcome.output), outcome.method, notes);
}

}  // namespace

void add_tasks(nb::module_& m) {
  m.def("_task", described);
  m.def("_run_task", run);
}

}  // namespace maru::python
