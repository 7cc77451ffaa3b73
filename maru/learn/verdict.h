#pragma once
// Facts against checks: which hold, what the first that fails says, and which misconception explains it. Pure: no files, no processes.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "maru/base/json.h"
#include "maru/learn/lesson.h"

namespace maru::learn {

// A fact that is missing, or of another kind than the value, never holds (and is unequal to it).
bool holds(const Comparison& comparison, const Json& facts);

struct CheckResult {
  const Check* check = nullptr;
  bool pass = false;
  Json measured;          // null when there is no such fact
};
struct Verdict {
  std::vector<CheckResult> checks;
  bool pass = false;
  const Check* first_failed = nullptr;
  const Diagnosis* diagnosis = nullptr;   // only when something failed
};
Verdict judge(std::span<const Check> checks, std::span<const Diagnosis> diagnoses, const Json& facts);

// "0.705", "1.2e-07", "true", "(6, 7)": as a person reads a fact.
std::string fact_text(const Json& value);
// Every {fact} of a claim's answer replaced; one that is not known stays as it is.
std::string filled(std::string_view pattern, const Json& facts);

}  // namespace maru::learn
