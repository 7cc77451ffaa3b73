// Every task against the reference's pipelines: each folder of tests/golden/tasks holds a tiny model and stored calls.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "maru/base/file.h"
#include "maru/tasks/tasks.h"

namespace maru::tasks {
namespace {

// Same fields, texts and order; numbers within 1e-4. The place of the first difference, or nothing.
std::string difference(const Json& got, const Json& expected, const std::string& where) {
  if (got.is_number() && expected.is_number()) {
    const double a = got.get<double>(), b = expected.get<double>();
    return std::abs(a - b) <= 1e-4 * std::max(1.0, std::abs(b)) ? std::string() : where + ": " + dump(got) + " instead of " + dump(expected);
  }
  if (got.type() != expected.type() && !(got.is_number() && expected.is_number()))
    return where + ": " + dump(got).substr(0, 200) + " instead of " + dump(expected).substr(0, 200);
  if (got.is_array()) {
    if (got.size() != expected.size()) return where + ": " + std::to_string(got.size()) + " elements instead of " + std::to_string(expected.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      if (std::string found = difference(got[i], expected[i], where + "[" + std::to_string(i) + "]"); !found.empty()) return found;
    return {};
  }
  if (!got.is_object()) return got == expected ? std::string() : where + ": " + dump(got) + " instead of " + dump(expected);
  if (got.size() != expected.size()) return where + ": fields " + dump(got).substr(0, 300) + " instead of " + dump(expected).substr(0, 300);
  for (const auto& [key, value] : expected.items()) {
    if (!got.contains(key)) return where + ": no field " + key;
    if (std::string found = difference(got[key], value, where + "." + key); !found.empty()) return found;
  }
  return {};
}

// The paths of stored images begin at their case's folder.
Json inputs_of(const Json& call, const std::filesystem::path& folder) {
  Json inputs = call["inputs"];
  if (call["task"] != "image-classification") return inputs;
  if (inputs.is_string()) return (folder / inputs.get<std::string>()).string();
  for (Json& one : inputs) one = (folder / one.get<std::string>()).string();
  return inputs;
}

TEST_CASE("every task gives what the reference's pipeline gives") {
  const std::filesystem::path folder = std::filesystem::path(MARU_TESTS) / "golden/tasks";
  std::size_t calls = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    const auto model = std::make_shared<const engine::Pretrained>(entry.path());
    const auto file = entry.path() / "calls.json";
    for (const Json& call : parse_json(read_file(file), file.string())) {
      const std::string name = entry.path().filename().string() + ": " + call["task"].get<std::string>() + " " + dump(call["arguments"]) + " of " +
                               dump(call["inputs"]).substr(0, 120);
      CAPTURE(name);
      const std::optional<Found> found = find(call["task"].get<std::string>());
      REQUIRE(found);
      Json arguments = found->arguments;
      arguments.update(call["arguments"]);
      // The reference cuts a text for this task without being asked.
      if (found->task->name == "zero-shot-classification") arguments["truncation"] = true;
      ++calls;
      try {
        CHECK(difference(run(*found->task, model, inputs_of(call, entry.path()), arguments).output, call["output"], "output") == "");
      } catch (const Error& error) {
        FAIL_CHECK(error.what());
      }
    }
  }
  CHECK(calls > 100);
}

}  // namespace
}  // namespace maru::tasks
