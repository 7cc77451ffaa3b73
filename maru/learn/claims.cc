// Cards from YAML; matching by weighted overlap of search terms (words, and 2-grams of Hangul).
#include "maru/learn/claims.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/learn/node_fields.h"
#include "maru/rag/lexical.h"

namespace maru::learn {
namespace fs = std::filesystem;
namespace {

Claim claim_of(const fs::path& path) {
  const std::string file = path.string();
  const Yaml root = parse_yaml(read_file(path, YamlLimits{}.bytes), file);
  Claim out;
  out.id = string_of(field_of(root, "id", file), file, "id");
  out.claim = text_of(field_of(root, "claim", file), file);
  if (const Yaml* also = root.find("also"))
    for (const Yaml& language : also->items)
      for (const Yaml& one : language.items) out.also.push_back(string_of(one, file, "also"));
  out.verdict = string_of(field_of(root, "verdict", file), file, "verdict");
  const Yaml& fits = field_of(root, "fits", file);
  out.fits = string_of(fits, file, "fits");
  check(std::set<std::string>{"decoder", "encoder", "seq2seq", "none"}.contains(out.fits),
      "{}:{}: fits must be decoder, encoder, seq2seq or none, got {:?}",
        file, fits.line, out.fits);
  const Yaml& experiment = field_of(root, "experiment", file);
  out.experiment = path.parent_path() / fs::path(string_of(experiment, file, "experiment")).filename();
  check(fs::is_regular_file(out.experiment), "{}:{}: there is no {} beside it", file, experiment.line, experiment.scalar);
  const Yaml& checks = field_of(root, "checks", file);
  check(checks.is_list(), "{}:{}: {} must be a list", file, checks.line, "checks");
  out.checks = checks_of(checks, file);
  out.answer = text_of(field_of(root, "answer", file), file);
  if (const Yaml* models = root.find("models"))
    for (const Yaml& one : models->items) out.models.push_back(string_of(one, file, "models"));
  if (const Yaml* nodes = root.find("nodes"))
    for (const Yaml& one : nodes->items) out.nodes.push_back(string_of(one, file, "nodes"));
  if (const Yaml* sources = root.find("sources"))
    for (const Yaml& one : sources->items)
      out.sources.emplace_back(string_of(field_of(one, "title", file), file, "title"), one.find("url") ? one.find("url")->scalar : "");
  return out;
}

std::set<std::string> terms_of(std::string_view text) {
  std::set<std::string> out;
  for (std::string& term : rag::query_terms(text)) out.insert(std::move(term));
  return out;
}

}  // namespace

std::vector<Claim> read_claims(const fs::path& folder) {
  std::set<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".yaml") files.insert(entry.path());
  std::vector<Claim> out;
  for (const fs::path& file : files) out.push_back(claim_of(file));
  return out;
}

std::vector<Match> find_claims(const std::vector<Claim>& claims, std::string_view text) {
  struct Phrasing {
    std::size_t claim;
    std::string text;
    std::set<std::string> terms;
  };
  std::vector<Phrasing> phrasings;
  std::map<std::string, std::set<std::size_t>> in_claims;  // a term that every card uses tells none from another
  for (std::size_t i = 0; i < claims.size(); ++i) {
    std::vector<std::string> texts = {claims[i].claim.ko, claims[i].claim.en};
    texts.insert(texts.end(), claims[i].also.begin(), claims[i].also.end());
    for (std::string& one : texts) {
      std::set<std::string> terms = terms_of(one);
      for (const std::string& term : terms) in_claims[term].insert(i);
      phrasings.push_back({i, std::move(one), std::move(terms)});
    }
  }
  const auto weight = [&](const std::string& term) {
    const auto known = in_claims.find(term);
    return std::log(1 + double(claims.size() + 1) / double(known == in_claims.end() ? 1 : known->second.size() + 1));
  };
  const auto sum = [&](const std::set<std::string>& terms) {
    double total = 0;
    for (const std::string& term : terms) total += weight(term);
    return total;
  };
  const std::set<std::string> asked = terms_of(text);
  std::vector<Match> best(claims.size());
  for (const Phrasing& one : phrasings) {
    std::set<std::string> common;
    std::set_intersection(asked.begin(), asked.end(), one.terms.begin(), one.terms.end(), std::inserter(common, common.end()));
    const double all = sum(asked) + sum(one.terms);
    const double score = all > 0 ? 2 * sum(common) / all : 0;  // Dice
    if (score > best[one.claim].score) best[one.claim] = {&claims[one.claim], score, one.text};
  }
  std::erase_if(best, [](const Match& match) { return match.score <= 0; });
  std::stable_sort(best.begin(), best.end(), [](const Match& a, const Match& b) { return a.score > b.score; });
  return best;
}

}  // namespace maru::learn
