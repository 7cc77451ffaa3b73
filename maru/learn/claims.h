#pragma once
// Claims people make, and the experiment that settles each. Found by the words of the person's own claim, in Korean and English; no
// model reads them, so what is found can be told: the phrasing that matched, and how well.
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maru/learn/lesson.h"

namespace maru::learn {

struct Claim {
  std::string id;
  Text claim;
  std::vector<std::string> also;            // other ways of saying it, in either language
  std::string verdict;                      // true, false, partly
  std::string fits;                         // decoder, encoder, seq2seq, none: the models it can be tried on
  std::vector<std::string> models;          // that the experiment opens; the person's own takes the place of the first. Empty: a tiny one
  std::filesystem::path experiment;
  std::vector<Check> checks;
  Text answer;                              // {fact} is the number measured
  std::vector<std::string> nodes;
  std::vector<std::pair<std::string, std::string>> sources;
};
// Of every *.yaml of a folder. Throws Error (invalid) with file and line.
std::vector<Claim> read_claims(const std::filesystem::path& folder);

struct Match {
  const Claim* claim = nullptr;
  double score = 0;                         // 0 to 1: the share of terms in common, rare terms counting more
  std::string phrasing;                     // the one that fits best
};
// Best first; only those that share a term.
std::vector<Match> find_claims(const std::vector<Claim>& claims, std::string_view text);
inline constexpr double kClaimFits = 0.35;  // below this nothing is said to be found

}  // namespace maru::learn
