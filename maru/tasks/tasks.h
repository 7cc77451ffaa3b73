#pragma once
// What people ask of a model, one file each: JSON in, JSON out, with the arguments and fields of the reference library's pipelines, so that
// the command line, HTTP and Python go through the same code. A task neither prints nor finds models.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"
#include "maru/engine/pretrained.h"
#include "maru/tasks/arguments_common.h"

namespace maru::tasks {

struct Task;

// One call of a task.
struct Request {
  const Task& task;
  std::shared_ptr<const engine::Pretrained> model;
  const Json& inputs;                  // as the task's `inputs` says
  const Arguments& arguments;
  const Cancel* cancel = nullptr;
  OnProgress progress = {};
};

struct Outcome {
  Json output = {};                    // what the reference's pipeline returns
  std::vector<std::size_t> truncated = {};  // by text: tokens cut off where `truncation` was asked for; empty: nothing was
  std::string method = {};             // how, where it is not what the task's name promises: "verbaliser"
  std::vector<Phrase> notes = {};      // what the person should know
};

// How the words of a command line become inputs.
struct Shape {
  std::vector<std::string_view> fields = {};  // empty: every word is a text by itself; else an object with these fields
  bool last_repeats = false;           // the last field is a list that takes what remains
};

struct Task {
  std::string_view name;
  std::vector<std::string_view> aliases = {};
  Phrase about;
  std::vector<Argument> arguments = {};
  Shape shape = {};
  std::string_view local_model = {};   // what can be had without a network; empty: nothing
  std::string_view hub_model = {};     // what the reference library would pull; empty: it has no such task
  // Throws Error: `usage` for inputs and arguments that are none, `invalid` for a model that cannot do this, `limit` for a text longer than
  // the model, with the counts.
  Outcome (*run)(const Request&);
};
std::span<const Task> all();           // the generated table

// A task by its name or an alias; "translation_en_to_fr" is translation with these languages as arguments.
struct Found {
  const Task* task = nullptr;
  Json arguments = Json::object();
};
std::optional<Found> find(std::string_view name);

// Checks what a caller gives against the task's table and runs it.
Outcome run(const Task& task, std::shared_ptr<const engine::Pretrained> model, const Json& inputs, const Json& arguments,
            const Cancel* cancel = nullptr, const OnProgress& progress = {});

}  // namespace maru::tasks
