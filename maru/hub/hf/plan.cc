// Pins the commit, lists it, chooses, and compares an index of weights with what is there.
#include "maru/hub/hf/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "maru/base/error.h"
#include "maru/hub/model_files.h"

namespace maru::hub::hf {
namespace {

constexpr std::string_view kParquetBranch = "refs/convert/parquet";
constexpr std::uint64_t kMaxIndexBytes = std::uint64_t{64} << 20;

struct Listing {
  std::vector<std::string> names;
  std::map<std::string, Entry> entries;
};

Listing listing_of(const Repository& repository, const std::string& commit) {
  Listing out;
  for (Entry& entry : repository.files(commit)) {
    out.names.push_back(entry.path);
    out.entries.emplace(out.names.back(), std::move(entry));
  }
  return out;
}

RemoteFile remote(const Repository& repository, const std::string& commit, const std::string& name, const Entry& entry) {
  return {.name = name,
          .url = repository.file_url(commit, entry.path),
          .size = entry.size,
          .sum = entry.sum,
          .digest = entry.digest,
          .authorization = repository.authorization()};
}

void say_renamed(const Reference& reference, const About& about, Plan& plan) {
  const bool other = !about.id.empty() && about.id != reference.id && valid_id(about.id);
  if (other) plan.notes.push_back(phrase("{} is called {} now", reference.id, about.id));
}

Plan plan_model(const Reference& reference, const Repository& repository) {
  const About about = repository.about(reference.revision);
  if (about.gated) repository.check_access();
  const Listing listing = listing_of(repository, about.commit);
  const ModelFiles chosen = choose_model_files(repository.where(), listing.names, reference.chosen);
  for (const std::string& name : chosen.names) {
    if (!name.ends_with(".index.json") || name.find('/') != std::string::npos) continue;
    const std::string path = chosen.folder + name;
    check_index(repository.where(), path, repository.small_file(about.commit, listing.entries.at(path), kMaxIndexBytes), chosen.names);
  }
  Plan plan{.revision = about.commit, .files = {}, .licence = about.licence, .notes = chosen.notes};
  say_renamed(reference, about, plan);
  for (const std::string& name : chosen.names)
    plan.files.push_back(remote(repository, about.commit, name, listing.entries.at(chosen.folder + name)));
  return plan;
}

// "default" and "ko" of "default/train/0000.parquet", "ko/test/0000.parquet": the Parquet copy's first folders.
std::vector<std::string> configurations(const std::vector<std::string>& names) {
  std::set<std::string> out;
  for (const std::string& name : names) {
    const std::size_t slash = name.find('/');
    if (slash != std::string::npos && name.ends_with(".parquet")) out.insert(name.substr(0, slash));
  }
  return {out.begin(), out.end()};
}

Plan plan_data(const Reference& reference, const Repository& repository) {
  const About about = repository.about(reference.revision);
  if (about.gated) repository.check_access();
  Plan plan{.revision = about.commit, .files = {}, .licence = about.licence, .notes = {}};
  say_renamed(reference, about, plan);
  DataFiles chosen;
  Listing listing;
  bool copy = false;
  if (reference.revision.empty() && repository.has_revision(kParquetBranch)) {
    const std::string commit = repository.about(kParquetBranch).commit;
    listing = listing_of(repository, commit);
    const std::vector<std::string> all = configurations(listing.names);
    copy = reference.chosen.empty() ? !all.empty() : std::ranges::find(all, reference.chosen) != all.end();
    if (copy) {
      chosen = choose_data_files(repository.where(), listing.names, reference.chosen);
      plan.revision = commit;
      if (all.size() > 1 && reference.chosen.empty())
        plan.notes.push_back(phrase("it has {} configurations ({}): all of them come; name one as {}:NAME to have only that", all.size(),
                                    some_of(all), repository.where()));
      if (std::ranges::any_of(chosen.names, [](const std::string& name) { return name.find("/partial-") != std::string::npos; }))
        plan.notes.push_back(phrase("the hub's Parquet copy holds only the beginning of this data set (partial)"));
    }
  }
  if (!copy) {
    listing = listing_of(repository, about.commit);
    chosen = choose_data_files(repository.where(), listing.names, reference.chosen);
  }
  plan.notes.insert(plan.notes.end(), chosen.notes.begin(), chosen.notes.end());
  for (const std::string& name : chosen.names) plan.files.push_back(remote(repository, plan.revision, name, listing.entries.at(name)));
  return plan;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Cards, descriptions and requirements lie among the data with the endings of data.
bool describes(std::string_view base) {
  constexpr std::string_view kNames[] = {"dataset_infos.json", "dataset_info.json", "dataset_dict.json",
                                         "state.json",         "requirements.txt",  "croissant.json"};
  const bool named = std::ranges::find(kNames, base) != std::end(kNames);
  return named || base.starts_with('.') || base.starts_with("LICEN") || base.starts_with("README");
}

bool is_data(std::string_view name) {
  constexpr std::string_view kEndings[] = {".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".arrow"};
  return !describes(base_name(name)) && std::ranges::any_of(kEndings, [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

void check_index(std::string_view where, const std::string& path, const std::string& text, const std::vector<std::string>& chosen) {
  const Json json = parse_json(text, path);
  const auto map = json.is_object() ? json.find("weight_map") : json.end();
  check(json.is_object() && map != json.end() && map->is_object() && !map->empty(), "{}: {} holds no weight_map", where, path);
  std::set<std::string> named;
  for (const auto& [tensor, part] : map->items()) {
    check(part.is_string(), "{}: {}: the part of {} must be a text", where, path, tensor.substr(0, 100));
    named.insert(part.get<std::string>());
  }
  for (const std::string& part : named) {
    check(safe_name(part) && part.find('/') == std::string::npos, "{}: {} names the part {:?}, which is no plain file name", where, path,
          part.substr(0, 200));
    const bool there = is_weights(part) && std::ranges::find(chosen, part) != chosen.end();
    check(there, "{}: {} names the part {}, which is not there as weights; the model is not whole", where, path, part);
  }
  for (const std::string& name : chosen) {
    const bool part = is_weights(name) && name.find('/') == std::string::npos;
    check(!part || named.contains(name), "{}: holds {}, which {} does not name", where, name, path);
  }
}

DataFiles choose_data_files(std::string_view where, const std::vector<std::string>& names, std::string_view wanted) {
  DataFiles out;
  std::vector<std::string> left;
  const std::string below = fmt::format("{}/", wanted);
  for (const std::string& name : names) {
    if (!wanted.empty() && name != wanted && !name.starts_with(below)) continue;
    const std::string_view base = base_name(name);
    if (is_data(name)) out.names.push_back(name);
    else if (!describes(base) && !base.ends_with(".py") && !base.ends_with(".md")) left.push_back(name);
  }
  if (out.names.empty() && !wanted.empty() && left.empty()) {
    fail(ErrorKind::not_found, "{}: has no configuration, folder or file {:?}; there are {}", where, wanted,
         some_of(similar_names(names, wanted)));
  }
  check(!out.names.empty(), "{}: holds no data that maru reads (Parquet, Arrow, JSON, JSONL, CSV, TSV, text) among {} files ({})", where,
        names.size(), some_of(names));
  if (!left.empty())
    out.notes.push_back(phrase("{} files in formats that maru does not read are left out ({})", left.size(), some_of(left)));
  for (const std::string& name : names) {
    if (base_name(name).starts_with("LICEN") || name == "README.md") out.names.push_back(name);
  }
  check_names(where, out.names);
  return out;
}

Plan plan(const Reference& reference, Ask ask) {
  const Repository repository(reference, std::move(ask));
  return reference.data ? plan_data(reference, repository) : plan_model(reference, repository);
}

}  // namespace maru::hub::hf
