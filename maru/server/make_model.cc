// One lock for the name, one work folder, and the store's own way in: a killed process leaves rests that the next one clears.
#include "maru/server/make_model.h"

#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/chat/modelfile.h"
#include "maru/convert/merge.h"
#include "maru/convert/mixtures.h"
#include "maru/engine/pretrained.h"
#include "maru/hub/lock.h"
#include "maru/hub/ollama_manifest.h"
#include "maru/hub/uploads.h"
#include "maru/hub/work_folder.h"
#include "maru/server/make_weights.h"
#include "maru/server/renamed.h"
#include "maru/server/sampling_options.h"
#include "maru/server/settings.h"

namespace maru::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 4096;

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
  return text;
}

std::string recipe_names() {
  std::string out;
  for (const convert::Recipe& recipe : convert::recipes()) out += (out.empty() ? "" : " ") + std::string(recipe.name);
  return out;
}

void check_there(const hub::Store& store, const std::vector<GivenFile>& files) {
  check(files.size() <= kMostFiles, "{} files, at most {}", files.size(), kMostFiles);
  const hub::Uploads uploads(store);
  for (const GivenFile& file : files)
    if (file.digest && !uploads.exists(*file.digest))
      fail(ErrorKind::invalid, "{}: there is no blob {}; send it first: POST /api/blobs/{}", file.name, file.digest->text(),
           file.digest->text());
}

// Types and ranges, first Ollama's, then this engine's.
Json checked_parameters(const Json& given, std::vector<std::string>& warnings) {
  check(given.is_object(), "parameters: expected an object, got {}", kind_of(given));
  Json out = Json::object();
  for (const auto& [name, value] : given.items()) {
    if (value.is_null()) continue;
    const Json known = [&]() -> Json {
      try {
        return chat::checked_parameter(name, value);
      } catch (const Error& error) {
        // Ollama takes any name, and so does this; below it is told. A value of the wrong kind is refused.
        if (!error.said().pattern.starts_with("unknown parameter")) throw;
        return value;
      }
    }();
    if (!known.is_null()) out[name] = known;
  }
  (void)sampling_of(out, warnings);
  return out;
}

// The base where it is stored, else from where it can be pulled.
hub::Model base_of(hub::Store& store, const NewModel& given, const MakeHearer& hearer) {
  try {
    return find_model(store, given.from);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
  }
  if (hearer.status) hearer.status(phrase("pulling manifest"));
  hub::PullOptions options;
  options.progress = hearer.progress;
  options.cancel = hearer.cancel;
  options.private_addresses = given.pull_private;
  if (hearer.status) options.note = hearer.status;
  return store.pull(reference_to_pull(store, given.from), options);
}

Settings settings_of(const NewModel& given, Settings base) {
  if (given.template_source) base.template_source = *given.template_source;
  if (given.system) base.system = *given.system;
  for (const auto& [name, value] : given.parameters.items()) base.parameters[name] = value;
  if (given.messages) base.messages = *given.messages;
  for (const std::string& licence : given.licences)
    if (std::ranges::find(base.licences, licence) == base.licences.end()) base.licences.push_back(licence);
  return base;
}

void check_template(const fs::path& model, const std::string& source) {
  const auto opened = std::make_shared<const engine::Pretrained>(model);
  try {
    (void)chat::Format(opened, source, "template");
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with("template error")) throw;   // Go's are told like that already
    throw Error(error.kind(), phrase("template error: {}", error.said()));
  }
}

hub::MakeOptions options_of(const hub::Store& store, const NewModel& given, const MakeHearer& hearer) {
  hub::MakeOptions out{.reference = given.name.reference, .licence = {}, .parts = {}};
  out.progress = hearer.progress;
  out.cancel = hearer.cancel;
  out.arrived = [&store, &hearer](const hub::Model& model) {
    if (hearer.cancel) hearer.cancel->check();
    if (!hearer.status) return;
    for (const hub::StoredFile& file : model.files) {
      if (fs::exists(store.path_of(file))) hearer.status(phrase("using existing layer sha256:{}", file.sha256));
      else hearer.status(phrase("creating new layer sha256:{}", file.sha256));
    }
    hearer.status(phrase("writing manifest"));
  };
  return out;
}

}  // namespace

NewModel checked(const hub::Store& store, NewModel given, std::vector<std::string>& warnings) {
  check(!given.from.empty() || !given.files.empty(), "neither 'from' or 'files' was specified");
  check(given.from.empty() || given.files.empty(), "both 'from' and 'files' were specified; a model is made from one of them");
  check_there(store, given.files);
  check_there(store, given.adapters);
  if (!given.quantize.empty()) {
    const convert::Recipe* const recipe = convert::find_recipe(upper(given.quantize));
    check(recipe != nullptr, "unsupported quantization type {}; supported are {}", given.quantize, recipe_names());
    given.quantize = recipe->name;
  }
  given.parameters = checked_parameters(given.parameters, warnings);
  if (given.messages)
    for (const chat::Message& one : *given.messages)
      check(one.role == "system" || one.role == "user" || one.role == "assistant",
            "messages: role must be system, user or assistant, got {:?}", one.role);
  return given;
}

namespace {

hub::Model made(hub::Store& store, const NewModel& given, const MakeHearer& hearer) {
  const fs::path& home = store.home();
  for (const char* folder : {"locks", "tmp"}) hub::make_folder(home / folder);
  hub::clear_rests(home);
  const std::string name = place_for(store, given.name);
  // '+' is in no model's name: the store's own lock of the name is taken only to bring the parts in.
  const hub::FileLock lock(home / "locks" / ("+" + name + ".pull"), hearer.progress, hearer.cancel);
  const hub::WorkFolder work(home / "tmp" / ("+" + name));
  hub::MakeOptions options = options_of(store, given, hearer);
  Settings settings;
  Weights weights;
  std::shared_ptr<const void> held;
  if (given.from.empty()) {
    weights = given_weights(store, given, work.path(), hearer);
  } else {
    const hub::Model base = base_of(store, given, hearer);
    held = hub::hold(store, base.files, hearer.progress, hearer.cancel);
    weights = stored_weights(store, base);
    settings = read_settings(store, base);
    settings.parent = client_name(base);
    options.licence = base.licence;
  }
  weights = changed_weights(store, std::move(weights), given, work.path(), hearer);
  settings = settings_of(given, std::move(settings));
  if (given.template_source && !given.template_source->empty()) check_template(weights.path, *given.template_source);
  if (!given.licences.empty()) options.licence = hub::licence_title(given.licences.front());
  options.parts = std::move(weights.parts);
  // From here on only what the new model takes from the old one is kept; the rest may go with it.
  std::vector<hub::StoredFile> taken;
  for (const hub::Part& part : options.parts)
    if (part.stored) taken.push_back(*part.stored);
  const std::shared_ptr<const void> kept = hub::hold(store, taken, hearer.progress, hearer.cancel);
  held.reset();
  std::ranges::move(settings_parts(settings), std::back_inserter(options.parts));
  if (const std::optional<hub::Model> old = store.find(name); old && hearer.status && !old->reference.starts_with("made:"))
    hearer.status(phrase("replacing {}, which came from {}", client_name(*old), old->reference));
  hub::Model model = hub::make(store, name, options);
  for (const hub::BlobName& upload : weights.uploads) hub::Uploads(store).remove(upload);
  return model;
}

}  // namespace

hub::Model make_model(hub::Store& store, const NewModel& given, const MakeHearer& hearer) {
  // A client learns nothing of where the store lies.
  return renamed(store.home().string() + "/", "", [&] { return made(store, given, hearer); });
}

}  // namespace maru::server
