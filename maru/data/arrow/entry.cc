// The one symbol of the module.
#include "maru/data/arrow_module.h"
#include "maru/data/arrow/module.h"

extern "C" __attribute__((visibility("default"))) const maru::data::ArrowModule* maru_arrow_module(std::uint64_t layout) {
  static const maru::data::ArrowModule module{.parquet = maru::data::columnar::open_parquet, .ipc = maru::data::columnar::open_ipc};
  return layout == maru::data::kArrowModuleLayout ? &module : nullptr;
}
