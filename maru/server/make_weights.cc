// What a person's own files are is told by their names and first bytes, as when they are pulled; each step's result lies in the work
// folder.
#include "maru/server/make_weights.h"

#include <algorithm>
#include <fstream>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/convert/convert.h"
#include "maru/convert/merge.h"
#include "maru/convert/mixtures.h"
#include "maru/convert/quantise.h"
#include "maru/hub/model_files.h"
#include "maru/hub/store_files.h"
#include "maru/hub/uploads.h"
#include "maru/io/torch.h"
#include "maru/models/models.h"
#include "maru/server/renamed.h"
#include "maru/server/settings.h"

namespace maru::server {
namespace {

namespace fs = std::filesystem;

void say(const MakeHearer& hearer, const Phrase& status) {
  if (hearer.cancel) hearer.cancel->check();
  if (hearer.status) hearer.status(status);
}

// Where a given file lies now. An upload may be gone since it was looked for.
fs::path place_of(const hub::Store& store, const GivenFile& file) {
  if (!file.digest) return file.path;
  const hub::Uploads uploads(store);
  std::error_code ignored;
  if (const fs::path upload = uploads.path_of(*file.digest); fs::exists(upload, ignored)) return upload;
  return hub::blob_path(store.home(), file.digest->hex());
}

bool is_gguf(const fs::path& path) {
  if (path.extension() == ".gguf") return true;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof magic);
  return std::string_view(magic, sizeof magic) == "GGUF";
}

// A file of the model as a part of it: what is the store's already stays, an upload gets a second name, a person's own is copied.
hub::Part part_of(const hub::Store& store, const GivenFile& file, const std::string& name, const fs::path& work, std::size_t number,
                  const MakeHearer& hearer, std::vector<hub::BlobName>& used) {
  const fs::path copy = work / fmt::format("part-{}", number);
  if (!file.digest) {
    std::error_code ignored;
    const std::uint64_t size = fs::file_size(file.path, ignored), room = free_space(work);
    if (!ignored && room < size)
      fail(ErrorKind::io, "the model takes {} MB, {} has {} MB free; make room or set MARU_HOME to another disk", size / 1'000'000 + 1,
           work.string(), room / 1'000'000);
    std::string sum = hub::copy_file_hashed(file.path, copy, hub::counter("copying", size, hearer.progress, hearer.cancel));
    return {.name = name, .stored = {}, .file = copy, .text = {}, .sha256 = std::move(sum)};
  }
  const hub::Uploads uploads(store);
  std::optional<hub::StoredFile> stored = uploads.stored(*file.digest);
  try {
    if (!stored) {
      hub::link_or_copy(uploads.path_of(*file.digest), copy, hearer.progress, hearer.cancel);
      used.push_back(*file.digest);
      return {.name = name, .stored = {}, .file = copy, .text = {}, .sha256 = file.digest->hex()};
    }
  } catch (const Error& error) {
    // Another model took the upload just now: then it is among the blobs.
    if (error.kind() != ErrorKind::not_found || !(stored = uploads.stored(*file.digest))) throw;
  }
  stored->name = name;
  return {.name = name, .stored = std::move(stored), .file = {}, .text = {}, .sha256 = {}};
}

fs::path bytes_of(const hub::Store& store, const hub::Part& part) { return part.stored ? store.path_of(*part.stored) : part.file; }

// The files under their names, as links, for whoever opens them together.
void lay_out(const std::vector<std::pair<std::string, fs::path>>& files, const fs::path& folder) {
  hub::make_folder(folder);
  for (const auto& [name, path] : files) {
    hub::make_folder((folder / name).parent_path());
    std::error_code problem;
    fs::create_symlink(fs::absolute(path), folder / name, problem);
    if (problem) fail(ErrorKind::io, "{}: the link cannot be made: {}", (folder / name).string(), system_reason(problem.value()));
  }
}

// Files of the work folder by their names in it; given ones by their own.
template <class Act>
auto by_own_names(const fs::path& work, Act act) {
  return renamed(work.string() + "/", "", [&] { return renamed(work.string() + "/given/", "", act); });
}

// Opened as it would be to be used; nothing of it is believed before.
void inspect(const fs::path& path, const std::string& place, const std::string& name) {
  renamed(place, name, [&] {
    const io::ModelFile file = io::open_file(path);
    check(!file.gguf || file.metadata.string("general.type", "model") != "adapter",
          "{}: is an adapter; it needs a model to be merged into: FROM the model, ADAPTER this file", place);
    (void)models::open(file);
  });
}

std::vector<hub::Part> parts_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(folder).generic_string());
  std::ranges::sort(names);
  std::vector<hub::Part> out;
  for (const std::string& name : hub::choose_model_files(folder.string(), names).names)
    if (!is_settings_file(name)) out.push_back({.name = name, .stored = {}, .file = folder / name, .text = {}, .sha256 = {}});
  return out;
}

// What stands before a person's own file's name: "./model/".
std::string given_folder(const GivenFile& file) {
  const std::string path = file.path.string();
  return path.ends_with(file.name) ? path.substr(0, path.size() - file.name.size()) : std::string();
}

Weights one_gguf(const hub::Store& store, const GivenFile& file, const fs::path& work, const MakeHearer& hearer, bool stays) {
  say(hearer, phrase("parsing GGUF"));
  const fs::path path = work / "given" / "model.gguf";
  Weights out{.path = path, .parts = {}};
  // What stays is copied first, so that what was looked at is what is stored.
  if (stays || file.digest) out.parts.push_back(part_of(store, file, "model.gguf", work, 0, hearer, out.uploads));
  lay_out({{"model.gguf", out.parts.empty() ? file.path : bytes_of(store, out.parts[0])}}, work / "given");
  inspect(path, path.string(), file.digest ? file.name : file.path.string());
  return out;
}

}  // namespace

Weights given_weights(const hub::Store& store, const NewModel& given, const fs::path& work, const MakeHearer& hearer) {
  const bool stays = given.quantize.empty() && given.adapters.empty();
  const auto ggufs = std::ranges::count_if(
      given.files, [&](const GivenFile& one) { return one.name.ends_with(".gguf") || is_gguf(place_of(store, one)); });
  check(ggufs <= 1, "{} GGUF files, expected one: what lies beside a model (a projector for images, a draft) is not used by this engine",
        ggufs);
  check(ggufs == 0 || given.files.size() == 1, "a GGUF and {} other files: a GGUF is a whole model, give it alone", given.files.size() - 1);
  if (ggufs == 1) return one_gguf(store, given.files[0], work, hearer, stays);

  say(hearer, phrase("converting model"));
  std::vector<std::string> names;
  for (const GivenFile& file : given.files) names.push_back(file.name);
  hub::check_names("files", names);
  const hub::ModelFiles chosen = hub::choose_model_files("files", names);
  for (const Phrase& note : chosen.notes) say(hearer, note);
  const bool torch = std::ranges::any_of(chosen.names, [](const std::string& name) { return name.ends_with(".bin"); });
  Weights out{.path = work / "given", .parts = {}};
  std::vector<std::pair<std::string, fs::path>> places;
  for (const std::string& name : chosen.names) {
    const GivenFile& file = *std::ranges::find(given.files, chosen.folder + name, &GivenFile::name);
    if ((stays && !torch) || file.digest) {
      out.parts.push_back(part_of(store, file, name, work, out.parts.size(), hearer, out.uploads));
      places.emplace_back(name, bytes_of(store, out.parts.back()));
    } else {
      places.emplace_back(name, file.path);
    }
  }
  lay_out(places, out.path);
  const std::string place = out.path.string() + "/", folder_name = given_folder(given.files.front());
  if (torch) {
    const fs::path folder = work / "safetensors";
    renamed(place, folder_name, [&] {
      for (const Phrase& note :
           convert::torch_to_safetensors(out.path, folder, {.type = {}, .progress = hearer.progress, .cancel = hearer.cancel}).notes)
        say(hearer, note);
    });
    out.path = folder;
    out.parts = parts_in(folder);
    out.uploads.clear();
  }
  inspect(out.path, place, folder_name);
  return out;
}

Weights stored_weights(const hub::Store& store, const hub::Model& model) {
  Weights out{.path = store.open_path(model), .parts = {}};
  for (const hub::StoredFile& file : model.files)
    if (!is_settings_file(file.name)) out.parts.push_back({.name = file.name, .stored = file, .file = {}, .text = {}, .sha256 = {}});
  return out;
}

namespace {

// The folders and files that merge() reads: PEFT's two files together, GGUFs each alone.
std::vector<fs::path> adapters_of(const hub::Store& store, const std::vector<GivenFile>& given, const fs::path& work) {
  std::vector<fs::path> out;
  std::vector<std::pair<std::string, fs::path>> peft;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const fs::path place = place_of(store, given[i]);
    const std::string name = fs::path(given[i].name).filename().string();
    if (!given[i].name.ends_with(".gguf") && !is_gguf(place)) {
      peft.emplace_back(name, place);
      continue;
    }
    const fs::path folder = work / fmt::format("adapter-{}", i);
    lay_out({{"adapter.gguf", place}}, folder);
    out.push_back(folder / "adapter.gguf");
  }
  if (peft.empty()) return out;
  const auto has = [&](std::string_view name) { return std::ranges::any_of(peft, [&](const auto& one) { return one.first == name; }); };
  check(has("adapter_config.json") && has("adapter_model.safetensors"),
        "adapters: expected adapter_config.json and adapter_model.safetensors of PEFT, or GGUF files; got {}", peft[0].first);
  std::erase_if(peft, [](const auto& one) { return one.first != "adapter_config.json" && one.first != "adapter_model.safetensors"; });
  check(peft.size() == 2, "adapters: several of PEFT at once; merge them one after the other");
  lay_out(peft, work / "adapter");
  out.push_back(work / "adapter");
  return out;
}

Weights merged(const hub::Store& store, const Weights& from, const NewModel& given, const fs::path& work, const MakeHearer& hearer) {
  say(hearer, phrase("merging adapter"));
  const bool gguf = fs::is_regular_file(from.path);
  const std::vector<fs::path> adapters = adapters_of(store, given.adapters, work);
  const fs::path out = work / (gguf ? "merged.gguf" : "merged");
  const convert::MergeReport report = by_own_names(work, [&] {
    return convert::merge(from.path, adapters, out, {.progress = hearer.progress, .cancel = hearer.cancel});
  });
  for (const Phrase& note : report.notes) say(hearer, note);
  say(hearer, phrase("merged into {} of {} tensors; these changed by {} % of their size", report.changed, report.tensors,
                     fmt::format("{:.3g}", report.change * 100)));
  if (gguf) return {.path = out, .parts = {{.name = "model.gguf", .stored = {}, .file = out, .text = {}, .sha256 = {}}}};
  std::vector<hub::Part> parts = parts_in(out);
  return {.path = out, .parts = std::move(parts)};
}

Weights quantised(const Weights& from, const std::string& type, const fs::path& work, const MakeHearer& hearer) {
  const convert::Recipe& recipe = *convert::find_recipe(type);
  fs::path gguf = from.path;
  const auto done = [](const fs::path& path) {
    return Weights{.path = path, .parts = {{.name = "model.gguf", .stored = {}, .file = path, .text = {}, .sha256 = {}}}};
  };
  if (fs::is_directory(from.path)) {
    gguf = work / "converted.gguf";
    const bool plain = type == "F32" || type == "F16" || type == "BF16";
    say(hearer, phrase("converting to GGUF"));
    const convert::Report report = by_own_names(work, [&] {
      return convert::to_gguf(from.path, gguf,
                              {.type = plain ? type : std::string(), .progress = hearer.progress, .cancel = hearer.cancel});
    });
    for (const Phrase& note : report.notes) say(hearer, note);
    if (plain) return done(gguf);
  }
  std::map<std::string, std::uint64_t> bytes;
  for (const io::StoredTensor& tensor : io::open_file(gguf).tensors) bytes[tensor.type] += tensor.bytes.size();
  const auto most = std::ranges::max_element(bytes, {}, [](const auto& one) { return one.second; });
  say(hearer, phrase("quantizing {} model to {}", most == bytes.end() ? "" : most->first, recipe.name));
  const fs::path out = work / "quantised.gguf";
  const convert::QuantiseReport report = by_own_names(work, [&] {
    return convert::quantise(gguf, out, type, {.overwrite = false, .progress = hearer.progress, .cancel = hearer.cancel});
  });
  for (const Phrase& note : report.notes) say(hearer, note);
  return done(out);
}

}  // namespace

Weights changed_weights(const hub::Store& store, Weights weights, const NewModel& given, const fs::path& work, const MakeHearer& hearer) {
  if (!given.adapters.empty()) weights = merged(store, weights, given, work, hearer);
  if (!given.quantize.empty()) weights = quantised(weights, given.quantize, work, hearer);
  return weights;
}

}  // namespace maru::server
