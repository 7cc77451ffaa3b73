#pragma once
// What the commands of the hub say of a model that is not here yet: whether this program runs it, whether it fits, its card as text.
#include <optional>
#include <string>
#include <string_view>

#include "maru/hub/fit.h"
#include "maru/hub/search.h"

namespace maru::cli {

// Whether an architecture of this program goes by the model_type of its config.json.
bool runs(const hub::Described& model);
// Whether its weights and some room to work fit into this machine's memory, keys and values of a text left out; nothing where the hub does
// not say how large the weights are.
std::optional<hub::Fit> fit_of(const hub::Described& model);
// Markdown as paragraphs, lists and headings for a terminal. Throws nothing: a card that cannot be read is shown as it is.
std::string card_text(std::string_view markdown, bool color);

}  // namespace maru::cli
