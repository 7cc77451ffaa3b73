#pragma once
// Whether a model fits this machine, as pull, show and the hub's search say it.
#include <optional>

#include "cli/command.h"
#include "maru/hub/fit.h"
#include "maru/hub/hub.h"

namespace maru::cli {

// Of a model about to be downloaded; nothing for data sets and for what has no weights. Asks its source for at most 256 KB.
std::optional<hub::Fit> planned_fit(Context& context, const hub::Model& model, const hub::Plan& plan, std::uint64_t download_bytes);
hub::Fit stored_fit(const std::filesystem::path& model);
Json fit_json(const Context& context, const hub::Fit& fit);

}  // namespace maru::cli
