// Store::pull: from a name to a model in the store. A source either fetches into tmp/, or plans what transfer() then brings; what the store
// or another program has already is not fetched. Everything is hashed before it counts, and the manifest is written last.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/bring.h"
#include "maru/hub/lock.h"
#include "maru/hub/manifest.h"
#include "maru/hub/model_files.h"
#include "maru/hub/work_folder.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

// Where the model is opened: a lone GGUF itself, else the folder.
fs::path model_in(const Fetched& fetched) {
  const bool lone_gguf = !fetched.files.empty() && fetched.files.front().ends_with(".gguf");
  if (lone_gguf) return fetched.folder / fetched.files.front();
  return fetched.folder.has_filename() ? fetched.folder : fetched.folder.parent_path();
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const fs::path inner = fs::weakly_canonical(path), outer = fs::weakly_canonical(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// Hashes what was fetched; files that lie outside the store (a person's own) are copied in the same pass.
std::vector<Staged> stage(const Fetched& fetched, const fs::path& temporary, const OnProgress& progress, const Cancel* cancel) {
  check(!fetched.files.empty(), "{}: the source brought no files", fetched.folder.string());
  const bool ours = is_inside(fetched.folder, temporary);
  std::uint64_t total = 0;
  for (const std::string& name : fetched.files) {
    check(safe_name(name), "the source named a file {:?}, which could leave its folder", name);
    total += fs::file_size(fetched.folder / name);
  }
  const std::uint64_t room = free_space(temporary);
  if (!ours && room < total) {
    fail(ErrorKind::io, "the model takes {} MB, {} has {} MB free; make room or set MARU_HOME to another disk", total / 1'000'000 + 1,
         temporary.string(), room / 1'000'000);
  }
  const OnBytes count = counter(ours ? "verifying" : "copying", total, progress, cancel);
  std::vector<Staged> staged;
  for (const std::string& name : fetched.files) {
    const fs::path from = fetched.folder / name;
    const fs::path to = ours ? from : temporary / fmt::format("copy-{}", staged.size());
    std::string sha = ours ? hash_file(from, count) : copy_file_hashed(from, to, count);
    const StoredFile file{.name = name, .sha256 = std::move(sha), .size = fs::file_size(to), .place = {}, .git_sha1 = {}};
    staged.push_back({.file = file, .path = to, .hold = {}});
  }
  return staged;
}

void check_weights(const Known& known, const std::vector<Staged>& staged) {
  if (known.weights_sha256.empty()) return;
  for (const Staged& one : staged) {
    if (!is_weights(one.file.name)) continue;
    check(one.file.sha256 == known.weights_sha256,
          "{}: {} has sha256 {}, expected {}; nothing was stored. The package was changed or damaged on its way: try again, "
          "and do not use it if this repeats",
          known.reference, one.file.name, one.file.sha256, known.weights_sha256);
  }
}

// A source's name for the model, with every other character replaced.
std::string made_valid(std::string text) {
  for (char& c : text) {
    if (!valid_model_name(std::string{'a', c})) c = '-';
  }
  while (text.starts_with('-') || text.starts_with('.')) text.erase(0, 1);
  return text.substr(0, 100);
}

// What is asked for, before anything is brought.
struct Wanted {
  std::optional<Known> known;
  Reference reference;
  Reference asked;  // of the source: the same, or with a revision
  const Source* source = nullptr;
  Kind kind = Kind::model;
};

Wanted wanted(const fs::path& home, std::string_view name_or_reference) {
  Wanted out;
  const std::vector<Known> all = catalogue(home);
  const auto named = std::ranges::find(all, name_or_reference, &Known::name);
  out.reference = parse_reference(named != all.end() ? named->reference : name_or_reference);
  out.asked = out.reference;
  out.source = &source_of(out.reference);
  out.kind = out.source->kind != nullptr ? out.source->kind(out.reference) : Kind::model;
  const auto known = named != all.end() ? named : std::ranges::find(all, out.reference.text(), &Known::reference);
  if (known != all.end()) out.known = *known;
  return out;
}

// The name that the person chose; else the one it has; else the readable one, or where that is taken a longer one.
std::string name_for(const Store& store, const Wanted& wanted, const std::optional<std::string>& chosen) {
  if (chosen) return *chosen;
  if (const std::optional<Model> stored = store.find_reference(wanted.reference)) return stored->name;
  std::vector<std::string> names;
  if (wanted.known) names.push_back(wanted.known->name);
  else for (std::string& name : wanted.source->names(wanted.reference)) names.push_back(made_valid(std::move(name)));
  for (const std::string& name : names) {
    if (!store.find(name, wanted.kind)) return name;
  }
  return names.front();
}

void check_plan(const Wanted& wanted, const Plan& plan) {
  check(!plan.files.empty(), "{}: the source brought no files", wanted.reference.text());
  constexpr std::uint64_t kMost = std::uint64_t{1} << 50;
  std::uint64_t sum = 0;
  std::vector<std::string> names;
  for (const RemoteFile& file : plan.files) {
    check(file.size <= kMost && (sum += file.size) <= kMost, "{}: {} and the files before it have over {} bytes; no model is that large",
          wanted.reference.text(), file.name, kMost);
    names.push_back(file.name);
  }
  check_names(wanted.reference.text(), names);
}

// The planned files under their own names, so that a model can be looked into before it is stored.
Fetched lay_out(const Store& store, const std::vector<Staged>& staged, const fs::path& folder) {
  Fetched out{.folder = folder, .files = {}};
  for (const Staged& one : staged) {
    const fs::path link = folder / one.file.name;
    make_folder(link.parent_path());
    fs::create_symlink(fs::absolute(one.path.empty() ? store.path_of(one.file) : one.path), link);
    out.files.push_back(one.file.name);
  }
  return out;
}

bool same_files(const Model& stored, const Plan& plan) {
  return stored.files.size() == plan.files.size() && std::ranges::equal(stored.files, plan.files, {}, &StoredFile::name, &RemoteFile::name);
}

// What a pull would store, for whoever only wanted to know. Sums that the source did not say are empty.
Model as_planned(Model model, const std::vector<Expected>& expected) {
  for (const Expected& one : expected) {
    if (one.have) {
      model.files.push_back(*one.have);
      continue;
    }
    const bool git = one.remote.sum == Sum::git_sha1;
    model.files.push_back({.name = one.remote.name,
                           .sha256 = git ? std::string() : one.remote.digest,
                           .size = one.remote.size,
                           .place = {},
                           .git_sha1 = git ? one.remote.digest : std::string()});
  }
  return model;
}

// The source's plan; where it cannot be asked, that of another program's files. Nothing when only what is stored is left to use.
std::optional<Plan> make_plan(const Wanted& want, const std::optional<Model>& stored, const net::Settings& network,
                              const PullOptions& options) {
  const auto say = [&](const Phrase& note) {
    if (options.note) options.note(note);
  };
  try {
    net::Client client(network);
    Plan plan = want.source->plan(want.asked, client, options.cancel);
    return plan;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io) throw;  // the network, or being offline
    if (stored) {
      say(phrase("what is stored is used, of revision {}, for what is new could not be asked: {}",
                 stored->revision, error.said()));
      return std::nullopt;
    }
    std::optional<Plan> plan = want.source->local_plan != nullptr ? want.source->local_plan(want.asked) : std::nullopt;
    if (!plan) throw;
    say(phrase("what another program keeps is used, of revision {}, for what is new could not be asked: {}",
               plan->revision, error.said()));
    return plan;
  }
}

}  // namespace

Model Store::pull(std::string_view name_or_reference, const PullOptions& options) {
  Wanted want = wanted(home_, name_or_reference);
  Model model;
  model.reference = want.reference.text();
  model.kind = want.kind;
  model.name = name_for(*this, want, options.name);
  if (!valid_model_name(model.name)) {
    fail(ErrorKind::usage, "{:?} cannot be a model's name: use the letters a to z, digits, . _ - (--name chooses one)", model.name);
  }

  for (const char* folder : {"blobs", "models", "data", "views", "locks", "tmp"}) make_folder(home_ / folder);
  // A data set may be called like a model; '@' is in no name.
  const std::string work_name = model.name + (want.kind == Kind::data ? "@data" : "");
  const FileLock lock(home_ / "locks" / (work_name + ".pull"), options.progress, options.cancel);
  std::optional<Model> stored = find(model.name, want.kind);
  if (stored && stored->reference != model.reference) {
    fail(ErrorKind::usage, "the name {} is taken by {}; choose another with --name, or: maru rm {}", model.name, stored->reference,
         model.name);
  }
  if (stored && !present(*stored)) stored.reset();
  // Where a reference is not pinned, a person's own file may have changed since, and a branch may have moved.
  if (stored && want.source->pinned(want.reference)) return *stored;
  if (!options.revision.empty() && want.source->at != nullptr) {
    if (stored && stored->revision == options.revision) return *stored;
    want.asked = want.source->at(want.reference, options.revision);
    stored.reset();
  }

  clear_rests(home_);
  const WorkFolder work(home_ / "tmp" / work_name);
  std::vector<Staged> staged;
  if (want.source->plan != nullptr) {
    net::Settings network = net::Settings::from_environment();
    network.private_addresses = network.private_addresses && options.private_addresses;
    const std::optional<Plan> plan = make_plan(want, stored, network, options);
    if (!plan) return *stored;
    for (const Phrase& note : plan->notes) {
      if (options.note) options.note(note);
    }
    check_plan(want, *plan);
    if (stored && stored->revision == plan->revision && same_files(*stored, *plan)) {
      if (options.note) options.note(phrase("{}: nothing new since it was pulled, revision {}", model.reference, stored->revision));
      return *stored;
    }
    model.revision = plan->revision;
    model.licence = plan->licence;
    const std::vector<Expected> expected = compare(*this, want.reference, *plan, options);
    if (options.planned) options.planned(model, *plan, missing_bytes(expected));
    if (options.plan_only) return as_planned(model, expected);
    staged = bring(*this, want.reference, expected, network, options);
    const Fetched fetched = lay_out(*this, staged, work.path() / "model");
    if (inspect_ && want.kind == Kind::model) inspect_(model_in(fetched));
  } else {
    if (options.plan_only)
      fail(ErrorKind::usage, "{}: this source does not say beforehand what comes; pull it without --dry-run", model.reference);
    const Fetched fetched = want.source->fetch(want.reference, {.temporary = work.path(),
                                                                .expected_bytes = want.known ? want.known->download_bytes : 0,
                                                                .progress = options.progress,
                                                                .cancel = options.cancel});
    for (const Phrase& note : fetched.notes) {
      if (options.note) options.note(note);
    }
    if (inspect_ && want.kind == Kind::model) inspect_(model_in(fetched));
    staged = stage(fetched, work.path(), options.progress, options.cancel);
    model.licence = fetched.licence;
  }
  if (want.known) check_weights(*want.known, staged);
  for (const Staged& one : staged) model.files.push_back(one.file);
  model.pulled = now_utc();
  if (options.arrived) options.arrived(model);
  commit(*this, model, staged, options.progress, options.cancel);
  return model;
}

}  // namespace maru::hub
