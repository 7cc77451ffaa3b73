// A person's own files: links among them are followed, since model caches are full of them; devices and pipes are not files.
#include "maru/server/modelfile_sources.h"

#include <algorithm>
#include <cstdlib>

#include "maru/base/error.h"

namespace maru::server {
namespace {

namespace fs = std::filesystem;

// A model folder is small and shallow; more than this means that another folder was meant.
constexpr int kMaxDepth = 4;
constexpr std::size_t kMostFiles = 4096;

bool only_a_path(std::string_view text) {
  return text.starts_with("./") || text.starts_with("../") || text.starts_with('/') || text.starts_with('~') || text == "." || text == "..";
}

fs::path path_of(std::string_view text, const fs::path& folder) {
  const char* const home = std::getenv("HOME");
  if (text.starts_with("~/") && home != nullptr) return fs::path(home) / text.substr(2);
  return (folder / fs::path(text)).lexically_normal();
}

std::vector<GivenFile> files_at(const fs::path& path) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (!fs::is_directory(status)) {
    check(fs::is_regular_file(status), "{}: expected a regular file", path.string());
    return {{.name = path.filename().string(), .path = path, .digest = {}}};
  }
  std::vector<GivenFile> out;
  fs::recursive_directory_iterator walk(path, problem), end;
  for (; !problem && walk != end; walk.increment(problem)) {
    const bool hidden = walk->path().filename().string().starts_with('.');
    if (hidden || walk.depth() >= kMaxDepth) walk.disable_recursion_pending();
    std::error_code ignored;
    if (hidden || !walk->is_regular_file(ignored)) continue;
    out.push_back({.name = walk->path().lexically_relative(path).generic_string(), .path = walk->path(), .digest = {}});
    check(out.size() <= kMostFiles, "{}: more than {} files; expected a model folder", path.string(), kMostFiles);
  }
  if (problem) fail(ErrorKind::io, "{}: the folder cannot be read: {}", path.string(), system_reason(problem.value()));
  std::ranges::sort(out, {}, &GivenFile::name);
  return out;
}

// A folder may hold a model twice; safetensors are what Ollama takes first too.
void keep_one_kind(std::vector<GivenFile>& files) {
  const auto is = [](std::string_view ending) { return [ending](const GivenFile& file) { return file.name.ends_with(ending); }; };
  if (std::ranges::any_of(files, is(".safetensors"))) std::erase_if(files, is(".gguf"));
  else if (std::ranges::count_if(files, is(".gguf")) == 1)
    std::erase_if(files, [&](const GivenFile& file) { return !file.name.ends_with(".gguf"); });
}

}  // namespace

NewModel model_of(const chat::Modelfile& modelfile, const fs::path& folder, std::vector<Phrase>& notes) {
  NewModel out;
  for (const std::string& from : modelfile.from) {
    const fs::path path = path_of(from, folder);
    std::error_code ignored;
    if (fs::exists(path, ignored)) {
      std::ranges::move(files_at(path), std::back_inserter(out.files));
      continue;
    }
    if (only_a_path(from)) fail(ErrorKind::not_found, "{}: no such file or folder", path.string());
    check(out.from.empty(), "FROM {} and FROM {}: a model is made from one other model", out.from, from);
    out.from = from;
  }
  keep_one_kind(out.files);
  for (const std::string& adapter : modelfile.adapters) {
    const fs::path path = path_of(adapter, folder);
    std::error_code ignored;
    if (!fs::exists(path, ignored)) fail(ErrorKind::not_found, "{}: no such file or folder", path.string());
    // PEFT's weights named alone mean the folder that they lie in.
    const bool weights = path.extension() == ".safetensors" && fs::exists(path.parent_path() / "adapter_config.json", ignored);
    for (GivenFile& file : files_at(weights ? path.parent_path() : path))
      if (file.name.ends_with(".gguf") || file.name == "adapter_config.json" || file.name == "adapter_model.safetensors")
        out.adapters.push_back(std::move(file));
    check(!out.adapters.empty(), "{}: holds no adapter: neither adapter_config.json and adapter_model.safetensors nor a GGUF",
          path.string());
  }
  if (modelfile.has_template) out.template_source = modelfile.template_source;
  if (modelfile.has_system) out.system = modelfile.system;
  out.parameters = modelfile.parameters;
  if (!modelfile.messages.empty()) {
    out.messages.emplace();
    for (const chat::Modelfile::Turn& turn : modelfile.messages)
      out.messages->push_back({.role = turn.role, .content = turn.content, .thinking = {}});
  }
  out.licences = modelfile.licences;
  notes = modelfile.warnings;
  for (const auto& [line, value] : {std::pair<std::string_view, const std::string&>{"RENDERER", modelfile.renderer},
                                    {"PARSER", modelfile.parser},
                                    {"REQUIRES", modelfile.requires_version}})
    if (!value.empty()) notes.push_back(phrase("{} {} has no effect here", line, value));
  for (const std::string& draft : modelfile.drafts) notes.push_back(phrase("DRAFT {} has no effect here", draft));
  return out;
}

}  // namespace maru::server
