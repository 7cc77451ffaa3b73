#pragma once
// The two forms of a file that torch.save writes: the pickle of its object, and the bytes of every storage that the object names. Knows
// nothing of names of tensors.
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "maru/io/torch_pickle.h"

namespace maru::io {

struct TorchFile {
  Pickle object;                                                   // texts point into the file
  std::map<std::string_view, std::span<const std::byte>> storages; // by key
};

// Both throw Error naming `where`.
TorchFile read_torch_zip(std::span<const std::byte> bytes, const std::string& where);      // since torch 1.6
TorchFile read_torch_legacy(std::span<const std::byte> bytes, const std::string& where);   // before
bool is_torch_legacy(std::span<const std::byte> bytes);

// Bytes that a storage takes as its own record says: for an untyped one its count, else elements of its type. Throws Error when that is
// more than 2^63 - 1.
std::uint64_t storage_bytes(const PickleStorage& storage, const std::string& where);

}  // namespace maru::io
