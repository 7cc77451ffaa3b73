// Picks the model's files out of a listing: one GGUF, or the shallowest folder that holds weights in a format maru reads.
#include "maru/hub/model_files.h"

#include <algorithm>
#include <set>

#include "maru/base/error.h"

namespace maru::hub {
namespace {

using Names = std::vector<std::string>;

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view folder_name(std::string_view path) { return path.substr(0, path.rfind('/') + 1); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_licence(std::string_view base) { return base.starts_with("LICEN") || base.starts_with("NOTICE"); }
bool is_card(std::string_view base) { return base == "README.md"; }
// A projector for pictures, or what quantisation was guided by: no model of its own.
bool is_beside_gguf(std::string_view base) { return base.starts_with("mmproj") || base.find("imatrix") != std::string_view::npos; }

// "PREFIX-00001-of-00003SUFFIX"
bool is_part(std::string_view base, std::string_view suffix) {
  if (!base.ends_with(suffix)) return false;
  base.remove_suffix(suffix.size());
  if (base.size() < 15) return false;
  const std::string_view tail = base.substr(base.size() - 15);
  return tail[0] == '-' && tail.substr(6, 4) == "-of-" && std::ranges::all_of(tail.substr(1, 5), is_digit) &&
         std::ranges::all_of(tail.substr(10), is_digit);
}

// What a folder of weights is called by: a whole file, or the index of its parts.
struct Format {
  std::string_view whole, index, prefix, suffix;
  bool weights(std::string_view base) const { return base == whole || (base.starts_with(prefix) && is_part(base, suffix)); }
  bool starts(std::string_view base) const { return base == whole || base == index; }
};
constexpr Format kSafetensors{"model.safetensors", "model.safetensors.index.json", "model-", ".safetensors"};
constexpr Format kTorch{"pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model-", ".bin"};

// What tokenizers, configurations, cards and licences are called beside weights. Code never belongs.
bool is_small(std::string_view base) {
  if (base.starts_with('.') || base.ends_with(".index.json")) return false;
  return is_licence(base) || is_card(base) || base.ends_with(".json") || base.ends_with(".jinja") || base == "vocab.txt" ||
         base == "merges.txt" || base.ends_with(".model") || base.ends_with(".spm") || base == "bpe.codes";
}

// "1_Pooling/", "2_Dense/": the parts of a sentence-transformers model; and the templates that a tokenizer has more of.
bool is_module_folder(std::string_view folder) {
  if (folder == "additional_chat_templates/") return true;
  const std::size_t mark = folder.find('_');
  return mark != std::string_view::npos && mark > 0 && std::ranges::all_of(folder.substr(0, mark), is_digit) &&
         std::ranges::count(folder, '/') == 1;
}

bool belongs(std::string_view name, const Format& format, const std::set<std::string>& all, std::string_view folder) {
  const std::string_view base = base_name(name), inner = folder_name(name);
  if (!safe_name(name)) return is_small(base) || format.weights(base);  // to be refused, not left out
  if (inner.empty()) return is_small(base) || base == format.index || format.weights(base);
  if (!is_module_folder(inner)) return false;
  if (base == kTorch.whole) return !all.contains(fmt::format("{}{}{}", folder, inner, kSafetensors.whole));
  return is_small(base) || base == kSafetensors.whole;
}

Names folders_of(const Names& names, const Format& format) {
  std::set<std::string> folders;
  for (const std::string& name : names) {
    if (format.starts(base_name(name)) && !is_module_folder(folder_name(name))) folders.insert(std::string(folder_name(name)));
  }
  return {folders.begin(), folders.end()};
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
  return out;
}

// Whether a quantisation's name stands in a file's path as a word: Q4_K does not mean Q4_K_M.
bool names_quantisation(std::string_view path, std::string_view wanted) {
  const std::string inside = upper(path), word = upper(wanted);
  const auto edge = [](char c) { return c == '.' || c == '-' || c == '/'; };
  for (std::size_t at = inside.find(word); at != std::string::npos; at = inside.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || edge(inside[at - 1]) || inside[at - 1] == '_') && (end == inside.size() || edge(inside[end]))) return true;
  }
  return false;
}

// Why a place holds no model that maru reads, with what to do instead.
[[noreturn]] void no_model(std::string_view where, const Names& names) {
  struct Other {
    std::string_view ending, what;
  };
  constexpr Other kOthers[] = {{".h5", "TensorFlow"},       {".msgpack", "Flax"},        {".onnx", "ONNX"},
                               {".ot", "Rust"},             {".tflite", "TensorFlow Lite"}, {".ckpt", "checkpoint"},
                               {".pt", "PyTorch (pickle)"}, {".pth", "PyTorch (pickle)"}, {".bin", "PyTorch (pickle)"}};
  const auto ends = [&](std::string_view ending) {
    return std::ranges::find_if(names, [&](const std::string& name) { return name.ends_with(ending); });
  };
  for (const std::string_view adapter : {"adapter_model.safetensors", "adapter_model.bin"}) {
    if (const auto found = ends(adapter); found != names.end())
      fail(ErrorKind::invalid, "{}: holds only an adapter ({}), which changes another model and is none itself", where, *found);
  }
  if (const auto found = ends("model_index.json"); found != names.end())
    fail(ErrorKind::invalid, "{}: holds a pipeline of several models ({}), which maru does not run", where, *found);
  for (const Other& other : kOthers) {
    const auto found = ends(other.ending);
    if (found == names.end()) continue;
    fail(ErrorKind::invalid, "{}: its weights are of the format {} ({}), which maru does not read; look for the same model with "
         "model.safetensors or as GGUF, or save it anew with transformers: AutoModel.from_pretrained(…).save_pretrained(FOLDER), then: maru pull file:FOLDER",
         where, other.what, *found);
  }
  fail(ErrorKind::invalid, "{}: expected a .gguf file or a folder with model.safetensors, found neither among {} files", where,
       names.size());
}

ModelFiles choose_gguf(std::string_view where, const Names& names, const std::string& gguf) {
  check(!is_part(base_name(gguf), ".gguf"), "{}: {} is one of several parts of a model; take another file, or join the parts into one "
        "(llama-gguf-split --merge) and use that", where, gguf);
  ModelFiles chosen{.folder = std::string(folder_name(gguf)), .names = {std::string(base_name(gguf))}, .notes = {}};
  for (const std::string& name : names) {
    const std::string_view base = base_name(name);
    if (folder_name(name) == chosen.folder && (is_licence(base) || is_card(base))) chosen.names.emplace_back(base);
  }
  return chosen;
}

ModelFiles choose_folder(std::string_view where, const Names& names, const Format& format) {
  const Names folders = folders_of(names, format);
  const auto depth = [](const std::string& path) { return std::ranges::count(path, '/'); };
  const std::string& first = *std::ranges::min_element(folders, {}, depth);
  const auto level = std::ranges::count_if(folders, [&](const std::string& other) { return depth(other) == depth(first); });
  check(level == 1, "{}: holds {} model folders ({}); name one of them", where, folders.size(), some_of(folders));
  ModelFiles chosen{.folder = first, .names = {}, .notes = {}};
  const std::set<std::string> all(names.begin(), names.end());
  // Where the whole file and parts of it lie together, the whole one is the model.
  const bool whole = all.contains(fmt::format("{}{}", first, format.whole));
  for (const std::string& name : names) {
    if (!name.starts_with(first)) continue;
    const std::string_view inner = std::string_view(name).substr(first.size());
    if (whole && (inner == format.index || (inner.find('/') == std::string_view::npos && is_part(inner, format.suffix)))) continue;
    if (belongs(inner, format, all, first)) chosen.names.emplace_back(inner);
  }
  std::ranges::stable_partition(chosen.names, is_weights);
  return chosen;
}

// Of several GGUF files the one of the quantisation; Q4_K_M when nobody says, as Ollama takes it.
std::string pick_gguf(std::string_view where, const Names& ggufs, std::string_view wanted, std::vector<Phrase>& notes) {
  if (ggufs.size() == 1 && wanted.empty()) return ggufs[0];
  const std::string_view quantisation = wanted.empty() ? std::string_view("Q4_K_M") : wanted;
  Names fitting;
  for (const std::string& name : ggufs) {
    if (names_quantisation(name, quantisation)) fitting.push_back(name);
  }
  // "UD-Q4_K_M" fits Q4_K_M too, and the shorter name is the plain one.
  std::ranges::stable_sort(fitting, {}, &std::string::size);
  if (fitting.empty()) {
    check(!wanted.empty(), "{}: holds {} GGUF files ({}); name one of them", where, ggufs.size(), some_of(ggufs));
    fail(ErrorKind::not_found, "{}: has no file and no quantisation {:?}; there are {}", where, wanted,
         some_of(similar_names(ggufs, wanted)));
  }
  check(fitting.size() == 1 || fitting[0].size() < fitting[1].size() || is_part(base_name(fitting[0]), ".gguf"),
        "{}: {} of its GGUF files are {} ({}); name one of them", where, fitting.size(), quantisation, some_of(fitting));
  if (wanted.empty()) notes.push_back(phrase("of {} GGUF files {} was chosen; there are {}", ggufs.size(), fitting[0], some_of(ggufs)));
  return fitting[0];
}

ModelFiles choose(std::string_view where, const Names& names, std::string_view wanted) {
  if (!wanted.empty() && std::ranges::find(names, wanted) != names.end()) {
    if (wanted.ends_with(".gguf")) return choose_gguf(where, names, std::string(wanted));
    check(is_weights(wanted), "{}: {} holds no weights that maru reads; name a .gguf file, or leave the file out", where, wanted);
    const Format& format = kTorch.weights(base_name(wanted)) ? kTorch : kSafetensors;
    Names beside;
    for (const std::string& name : names) {
      if (name.starts_with(folder_name(wanted))) beside.push_back(name);
    }
    if (folders_of(beside, format).empty()) no_model(where, beside);
    return choose_folder(where, beside, format);
  }
  // A folder: only what lies below it counts.
  const std::string below = fmt::format("{}/", wanted);
  Names inside;
  for (const std::string& name : names) {
    if (!wanted.empty() && name.starts_with(below)) inside.push_back(name);
  }
  if (!inside.empty()) return choose(where, inside, "");

  Names ggufs;
  for (const std::string& name : names) {
    if (name.ends_with(".gguf") && !is_beside_gguf(base_name(name))) ggufs.push_back(name);
  }
  const bool safetensors = !folders_of(names, kSafetensors).empty(), torch = !folders_of(names, kTorch).empty();
  if (!wanted.empty() || (!ggufs.empty() && !safetensors)) {
    if (ggufs.empty()) {
      fail(ErrorKind::not_found, "{}: has no file {:?} and no GGUF files to choose a quantisation from; there are {}", where, wanted,
           some_of(similar_names(names, wanted)));
    }
    ModelFiles chosen;
    std::vector<Phrase> notes;
    chosen = choose_gguf(where, names, pick_gguf(where, ggufs, wanted, notes));
    chosen.notes = std::move(notes);
    return chosen;
  }
  if (!safetensors && !torch) no_model(where, names);
  ModelFiles chosen = choose_folder(where, names, safetensors ? kSafetensors : kTorch);
  if (!ggufs.empty())
    chosen.notes.push_back(phrase("of model.safetensors and {} GGUF files ({}) the safetensors were chosen; name a file for one of those",
                                  ggufs.size(), some_of(ggufs)));
  return chosen;
}

}  // namespace

std::string some_of(const Names& names) {
  constexpr std::size_t kMost = 5;
  std::string out;
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (count++ == kMost) return out + ", …";
    out += (out.empty() ? "" : ", ") + (name.empty() ? std::string(".") : name.substr(0, 200));
  }
  return out;
}

std::vector<std::string> similar_names(const Names& names, std::string_view wanted) {
  // The more pairs of letters two names share, the more alike they are; good enough for a list of five.
  const std::string word = upper(wanted);
  const auto shared = [&](const std::string& name) {
    const std::string other = upper(name);
    std::ptrdiff_t count = 0;
    for (std::size_t i = 0; i + 1 < word.size(); ++i) count += other.find(std::string_view(word).substr(i, 2)) != std::string::npos;
    return -count;
  };
  Names out = names;
  std::ranges::stable_sort(out, {}, shared);
  return out;
}

bool is_weights(std::string_view name) {
  const std::string_view base = base_name(name);
  return name.ends_with(".gguf") || name.ends_with(".safetensors") || kTorch.weights(base);
}

ModelFiles choose_model_files(std::string_view where, const Names& names, std::string_view wanted) {
  ModelFiles chosen = choose(where, names, wanted);
  check(chosen.folder.empty() || safe_name(chosen.folder.substr(0, chosen.folder.size() - 1)),
        "{}: the folder name {:?} could leave its place", where, chosen.folder);
  check_names(where, chosen.names);
  return chosen;
}

}  // namespace maru::hub
