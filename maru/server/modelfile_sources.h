#pragma once
// What a Modelfile means on the machine it lies on: its paths, from its own folder, as the files of a model to be made.
#include <filesystem>
#include <string>
#include <vector>

#include "maru/base/phrase.h"
#include "maru/chat/modelfile.h"
#include "maru/server/make_model.h"

namespace maru::server {

// `folder`: what relative paths start from. A FROM that is no path is a model's name. `notes`: lines without effect here. Throws Error:
// not_found for what can only be a path and leads nowhere, invalid for FROM lines that do not go together.
NewModel model_of(const chat::Modelfile& modelfile, const std::filesystem::path& folder, std::vector<Phrase>& notes);

}  // namespace maru::server
