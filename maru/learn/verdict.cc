// Comparing is strict: a truth is no number, and a text never equals one.
#include "maru/learn/verdict.h"

#include <algorithm>
#include <cmath>

namespace maru::learn {
namespace {

bool same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return a.get<double>() == b.get<double>();
  if (a.is_array() && b.is_array())
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const Json& x, const Json& y) { return same(x, y); });
  return a.type() == b.type() && a == b;
}

}  // namespace

bool holds(const Comparison& comparison, const Json& facts) {
  if (!facts.is_object() || !facts.contains(comparison.fact)) return false;
  const Json& fact = facts.at(comparison.fact);
  const std::string& op = comparison.op;
  if (op == "==") return same(fact, comparison.value);
  if (op == "!=") return !same(fact, comparison.value);
  if (op == "in") return std::any_of(comparison.value.begin(), comparison.value.end(), [&](const Json& one) { return same(fact, one); });
  if (!fact.is_number() || !comparison.value.is_number()) return false;
  const double a = fact.get<double>(), b = comparison.value.get<double>();
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  if (op == ">") return a > b;
  if (op == ">=") return a >= b;
  return std::abs(a - b) <= comparison.tolerance;
}

Verdict judge(std::span<const Check> checks, std::span<const Diagnosis> diagnoses, const Json& facts) {
  Verdict out;
  for (const Check& check : checks) {
    const bool known = facts.is_object() && facts.contains(check.holds.fact);
    out.checks.push_back({&check, holds(check.holds, facts), known ? facts.at(check.holds.fact) : Json()});
    if (!out.checks.back().pass && !out.first_failed) out.first_failed = &check;
  }
  out.pass = out.first_failed == nullptr;
  if (out.pass) return out;
  for (const Diagnosis& one : diagnoses)
    if (std::all_of(one.when.begin(), one.when.end(), [&](const Comparison& when) { return holds(when, facts); })) {
      out.diagnosis = &one;
      break;
    }
  return out;
}

std::string fact_text(const Json& value) {
  if (value.is_null()) return "–";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  if (!value.is_array()) return dump(value);
  std::string out;
  for (const Json& one : value) out += (out.empty() ? "" : ", ") + fact_text(one);
  return "(" + out + ")";
}

std::string filled(std::string_view pattern, const Json& facts) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t end = pattern[at] == '{' ? pattern.find('}', at) : std::string_view::npos;
    const std::string name(end == std::string_view::npos ? std::string_view{} : pattern.substr(at + 1, end - at - 1));
    if (name.empty() || !facts.is_object() || !facts.contains(name)) {
      out += pattern[at++];
      continue;
    }
    out += fact_text(facts.at(name));
    at = end + 1;
  }
  return out;
}

}  // namespace maru::learn
