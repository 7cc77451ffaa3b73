// Puts the planner's numbers into the commands' words.
#include "cli/commands/fit_common.h"

#include "maru/base/file.h"
#include "maru/hub/fit_plan.h"

namespace maru::cli {

std::optional<hub::Fit> planned_fit(Context& context, const hub::Model& model, const hub::Plan& plan, std::uint64_t download_bytes) {
  if (model.kind != hub::Kind::model) return std::nullopt;
  const hub::Shape shape = hub::shape_of_plan(hub::parse_reference(model.reference), plan, net::Settings::from_environment(), &context.cancel);
  if (shape.weight_bytes == 0) return std::nullopt;
  return hub::fit(shape, download_bytes, hub::this_machine(home()));
}

hub::Fit stored_fit(const std::filesystem::path& model) { return hub::fit(hub::shape_of_path(model), 0, hub::this_machine(home())); }

Json fit_json(const Context& context, const hub::Fit& fit) {
  return {{"memory", fit.memory()},
          {"disk", fit.disk()},
          {"needs_bytes", fit.need.total()},
          {"weight_bytes", fit.need.weights},
          {"cache_bytes", fit.need.cache},
          {"reserve_bytes", fit.need.reserve},
          {"context", fit.need.context},
          {"memory_available_bytes", fit.memory_available},
          {"disk_free_bytes", fit.disk_free},
          {"tokens_per_second", fit.tokens_per_second},
          {"words", context.say(hub::said(fit))}};
}

}  // namespace maru::cli
