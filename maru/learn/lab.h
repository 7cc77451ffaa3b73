#pragma once
// A lab's run: a python3 child of its own with limits of time, memory, files and processes and without the network, in an empty folder.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/base/phrase.h"
#include "maru/learn/lesson.h"

namespace maru::learn {

// Where Python is and what it is given to import.
struct Python {
  std::string program = "python3";
  std::vector<std::string> paths;   // of the package maru
};
// $MARU_PYTHON: paths parted by ':', each a program or a folder to import from. Without it: python3, and the package beside our program
// (python/ in a build, ../lib/maru/python where installed).
Python find_python();

struct LabRun {
  std::filesystem::path lab{};        // the learner's file; empty for a claim
  std::filesystem::path measure{};
  std::string model{};                // of a claim: a name or folder; empty: none
  std::int64_t seed = 0;
  LabLimits limits{};
  std::string sabotage{};             // MARU_SABOTAGE of the child
};
struct LabTrouble {
  std::string type{}, message{};        // as Python says it
  std::string file{}, text{};           // the line's text
  int line = 0;                     // 0: nowhere in a file of ours
  bool in_lab = false;              // the learner's file
};
struct LabResult {
  Json facts{};                        // an object, unless there is trouble
  std::optional<LabTrouble> trouble{};
  std::string printed{};               // by the learner's file; at most 64 KiB
  double seconds = 0;
  std::string network{};               // how it was kept away: "namespace and filter", "filter", "namespace", "nothing"
};
// Throws Error: not_found (no python3), cancelled, internal when the harness itself did not answer.
LabResult run_lab(const Python& python, const LabRun& run, const Cancel* cancel = nullptr);

}  // namespace maru::learn
