// Reads a manifest as input from outside: only known kinds of layers are taken, each under a name of ours, so that nothing in it becomes a
// path.
#include "maru/hub/ollama_manifest.h"

#include <algorithm>
#include <span>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/base/unicode.h"
#include "maru/hub/digest.h"

namespace maru::hub {
namespace {

constexpr std::size_t kMaxLayers = 256;
constexpr std::uint64_t kMaxLayerBytes = std::uint64_t{1} << 44, kMaxTextBytes = std::uint64_t{16} << 20;
constexpr std::string_view kPrefix = "application/vnd.ollama.image.";
constexpr std::string_view kManifestTypes[] = {"application/vnd.docker.distribution.manifest.v2+json",
                                               "application/vnd.oci.image.manifest.v1+json"};

// What a kind of layer is called beside the model. `text`: small, and there may be only one unless `many`.
struct Kind {
  std::string_view kind, file;
  bool text = true, many = false;
};
constexpr Kind kKinds[] = {
    {"model", "model.gguf", false},      {"template", "template"}, {"system", "system"}, {"prompt", "prompt"},
    {"params", "params.json"},           {"messages", "messages.json"}, {"license", "LICENSE", true, true},
};

const Json& field(const Json& object, const char* name, std::string_view where) {
  const auto found = object.find(name);
  check(found != object.end(), "{}: the manifest lacks {}", where, name);
  return *found;
}

OllamaFile read_layer(const Json& layer, std::string_view where, std::size_t index, std::string& media) {
  check(layer.is_object(), "{}: layer {} must be an object, got {}", where, index, kind_of(layer));
  const Json &type = field(layer, "mediaType", where), &digest = field(layer, "digest", where), &size = field(layer, "size", where);
  check(type.is_string(), "{}: mediaType of layer {} must be a text", where, index);
  media = type.get<std::string>();
  check(digest.is_string(), "{}: digest of layer {} must be a text", where, index);
  const std::string text = digest.get<std::string>();
  const std::string_view hex = std::string_view(text).substr(std::min<std::size_t>(7, text.size()));
  const bool good = text.starts_with("sha256:") && is_hex(hex, 64);
  check(good, "{}: digest of layer {} must be sha256: and 64 lower-case hex digits, got {:?}", where, index, text.substr(0, 100));
  check(size.is_number_unsigned() && size.get<std::uint64_t>() <= kMaxLayerBytes,
        "{}: size of layer {} must be a whole number of at most {} bytes, got {}", where, index, kMaxLayerBytes, dump(size).substr(0, 40));
  return {.name = {}, .digest = std::string(hex), .size = size.get<std::uint64_t>()};
}

std::string name_for(const Kind& kind, const std::vector<OllamaFile>& files, std::string_view where) {
  std::string name(kind.file);
  const auto taken = [&] { return std::ranges::any_of(files, [&](const OllamaFile& file) { return file.name == name; }); };
  check(kind.many || !taken(), "{}: the manifest has more than one layer {}{}; expected one", where, kPrefix, kind.kind);
  for (int number = 2; taken(); ++number) name = fmt::format("{}-{}", kind.file, number);
  return name;
}

// The kinds that are refused, or left out with a note.
void take_other(OllamaManifest& manifest, std::string_view kind, const OllamaFile& file, std::string_view where) {
  if (kind == "projector") {
    manifest.notes.push_back(phrase("{}: its part for pictures ({} MB) is left out: this maru reads no pictures with it", where,
                                    (file.size + 500'000) / 1'000'000));
    return;
  }
  if (kind == "draft") {
    manifest.notes.push_back(phrase("{}: its draft model ({} MB) is left out: this maru does not use it", where,
                                    (file.size + 500'000) / 1'000'000));
    return;
  }
  check(kind != "adapter", "{}: is an adapter over another model, which this maru does not apply; without it the answers would be those of "
        "the other model. Bring a model that has it merged", where);
  check(kind != "tensor" && kind != "json", "{}: keeps its weights as bare tensors, not as GGUF; bring the same model from its original "
        "repository: maru pull hf:ORG/NAME", where);
  fail(ErrorKind::invalid, "{}: holds a layer of the unknown kind {:?}; known: model, template, system, prompt, params, messages, license, "
       "projector, draft", where, kind.substr(0, 100));
}

}  // namespace

OllamaManifest parse_ollama_manifest(std::string_view text, std::string_view where) {
  check(text.size() <= kMaxOllamaManifest, "{}: the manifest has {} bytes; at most {} are read", where, text.size(), kMaxOllamaManifest);
  OllamaManifest manifest;
  manifest.digest = sha256(std::as_bytes(std::span(text)));
  const Json json = parse_json(text, where, 8);
  check(json.is_object(), "{}: the manifest must be an object, got {}", where, kind_of(json));
  const Json& version = field(json, "schemaVersion", where);
  check(version == 2, "{}: schemaVersion must be 2, got {}", where, dump(version).substr(0, 40));
  if (const auto type = json.find("mediaType"); type != json.end())
    check(type->is_string() && std::ranges::find(kManifestTypes, type->get<std::string>()) != std::end(kManifestTypes),
          "{}: mediaType must be {}, got {}", where, kManifestTypes[0], dump(*type).substr(0, 100));
  const Json& layers = field(json, "layers", where);
  check(layers.is_array() && layers.size() <= kMaxLayers, "{}: layers must be a list of at most {}", where, kMaxLayers);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::string media;
    OllamaFile file = read_layer(layers[i], where, i, media);
    check(media.starts_with(kPrefix), "{}: mediaType of layer {} must begin with {}, got {:?}", where, i, kPrefix, media.substr(0, 100));
    const std::string_view name = std::string_view(media).substr(kPrefix.size());
    const auto kind = std::ranges::find(kKinds, name, &Kind::kind);
    if (kind == std::end(kKinds)) {
      take_other(manifest, name, file, where);
      continue;
    }
    check(!kind->text || file.size <= kMaxTextBytes, "{}: layer {} ({}) has {} bytes; such a text has at most {}", where, i, name, file.size,
          kMaxTextBytes);
    file.name = name_for(*kind, manifest.files, where);
    manifest.files.push_back(std::move(file));
  }
  const auto is_model = [](const OllamaFile& file) { return file.name == "model.gguf"; };
  check(std::ranges::any_of(manifest.files, is_model), "{}: the manifest names no model layer; nothing here can be run", where);
  std::ranges::stable_partition(manifest.files, is_model);
  return manifest;
}

std::string licence_title(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t begin = line.find_first_not_of(" \t\r#*");
    if (begin == std::string_view::npos) continue;
    line = line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
    std::size_t replaced = 0;
    // A cut in the middle of a letter leaves bytes that are no text.
    std::string title = unicode::repaired(line.substr(0, 80), replaced);
    for (char& c : title)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return title;
  }
  return {};
}

}  // namespace maru::hub
