#pragma once
// What a pickle's REDUCE and BINPERSID stand for in a file of tensors: tensors, storages, dictionaries. Made here as values, never called.
#include <optional>

#include "maru/io/torch_pickle.h"

namespace maru::io {

struct Rebuilt {
  PickleValue value;
  std::optional<PickleId> same;   // instead: an argument as it is
};

// Throw Error naming `where` and the byte `at` when the arguments are not what torch writes.
Rebuilt rebuilt(const Pickle& pickle, const PickleGlobal& function, const std::vector<PickleId>& arguments, const std::string& where,
    std::size_t at);
std::unique_ptr<PickleStorage> stored(const Pickle& pickle, PickleId reference, const std::string& where, std::size_t at);

}  // namespace maru::io
