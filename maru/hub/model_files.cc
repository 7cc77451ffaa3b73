// Picks the model's files out of a listing: one GGUF, or the shallowest folder that holds safetensors.
#include "maru/hub/model_files.h"

#include <algorithm>
#include <map>
#include <set>

#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::hub {
namespace {

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view folder_name(std::string_view path) { return path.substr(0, path.rfind('/') + 1); }

// What tokenizers, configurations and licences are called beside weights.
bool belongs(std::string_view name) {
  const std::string_view base = base_name(name);
  if (base.starts_with('.')) return false;
  if (base.starts_with("LICENSE") || base.starts_with("LICENCE") || base.starts_with("NOTICE")) return true;
  return base.ends_with(".safetensors") || base.ends_with(".json") || base.ends_with(".jinja") || base == "vocab.txt" ||
         base == "merges.txt" || base == "tokenizer.model";
}

// At most a handful of names: a folder full of models would fill the screen.
template <class Names>
std::string some_of(const Names& names) {
  constexpr std::size_t kMost = 5;
  std::string out;
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (count++ == kMost) return out + ", …";
    out += (out.empty() ? "" : ", ") + (name.empty() ? std::string(".") : name);
  }
  return out;
}

// Names that Windows keeps for devices, whatever follows their first dot, and endings that it drops.
bool reserved(std::string_view part) {
  if (part.ends_with('.') || part.ends_with(' ') || part.find_first_of("<>:\"|?*") != std::string_view::npos) return true;
  std::string stem(part.substr(0, part.find('.')));
  while (stem.ends_with(' ')) stem.pop_back();
  for (char& c : stem) c = c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
  for (const std::string_view device : {"CON", "PRN", "AUX", "NUL"}) if (stem == device) return true;
  return stem.size() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) && stem[3] >= '0' && stem[3] <= '9';
}

bool starts_a_model(std::string_view name) {
  const std::string_view base = base_name(name);
  return base == "model.safetensors" || base == "model.safetensors.index.json";
}

}  // namespace

bool safe_name(std::string_view name) {
  if (name.empty() || name.size() > 1024) return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == 0x7f) return false;
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

void check_names(std::string_view where, std::span<const std::string> names) {
  std::map<std::string, const std::string*> seen;
  for (const std::string& name : names) {
    check(safe_name(name), "{}: the file name {:?} could leave its folder", where, name.substr(0, 200));
    check(!unicode::first_invalid(name), "{}: the file name {:?} is not valid UTF-8", where, name);
    for (std::size_t begin = 0; begin <= name.size();) {
      const std::size_t end = std::min(name.find('/', begin), name.size());
      const std::string_view part = std::string_view(name).substr(begin, end - begin);
      check(!reserved(part) && part.size() <= 255, "{}: the file name {:?} cannot be used on every system", where, name);
      begin = end + 1;
    }
    const auto [twin, fresh] = seen.emplace(unicode::nfc(unicode::lower(unicode::nfc(name))), &name);
    check(fresh, "{}: the files {:?} and {:?} would be one where case or composition of letters does not count", where, *twin->second, name);
  }
}

bool is_weights(std::string_view name) { return name.ends_with(".gguf") || name.ends_with(".safetensors"); }

ModelFiles choose_model_files(std::string_view where, const std::vector<std::string>& names) {
  std::vector<std::string> ggufs;
  std::set<std::string> folders;
  for (const std::string& name : names) {
    if (name.ends_with(".gguf")) ggufs.push_back(name);
    if (starts_a_model(name)) folders.insert(std::string(folder_name(name)));
  }
  check(!ggufs.empty() || !folders.empty(), "{}: expected a .gguf file or a folder with model.safetensors, found neither among {} files",
        where, names.size());
  check(ggufs.empty() || folders.empty(), "{}: holds both {} and model.safetensors; name the file or the folder you want", where,
        some_of(ggufs));
  check(ggufs.size() <= 1, "{}: holds {} GGUF files ({}); name one of them", where, ggufs.size(), some_of(ggufs));

  ModelFiles chosen;
  if (!ggufs.empty()) {
    chosen.folder = folder_name(ggufs[0]);
    chosen.names.emplace_back(base_name(ggufs[0]));
    for (const std::string& name : names) {
      const std::string_view base = base_name(name);
      if (folder_name(name) == chosen.folder && base.starts_with("LICEN")) chosen.names.emplace_back(base);
    }
  } else {
    const auto depth = [](const std::string& path) { return std::ranges::count(path, '/'); };
    const std::string& first = *std::ranges::min_element(folders, {}, depth);
    const auto level = std::ranges::count_if(folders, [&](const std::string& other) { return depth(other) == depth(first); });
    check(level == 1, "{}: holds {} model folders ({}); name one of them", where, folders.size(), some_of(folders));
    chosen.folder = first;
    for (const std::string& name : names) {
      if (name.starts_with(first) && belongs(name)) chosen.names.push_back(name.substr(first.size()));
    }
    std::ranges::stable_partition(chosen.names, is_weights);
  }
  for (const std::string& name : chosen.names) check(safe_name(name), "{}: the file name {:?} could leave its folder", where, name);
  check(chosen.folder.empty() || safe_name(chosen.folder.substr(0, chosen.folder.size() - 1)),
        "{}: the folder name {:?} could leave its place", where, chosen.folder);
  return chosen;
}

}  // namespace maru::hub
