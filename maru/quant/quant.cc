// Look-up in the table of formats.
#include "maru/quant/quant.h"

namespace maru::quant {

const Format* find(std::string_view name) {
  for (const Format& format : all())
    if (format.name == name) return &format;
  return nullptr;
}

}  // namespace maru::quant
