#pragma once
// The directory of a zip file whose entries are stored, not compressed, so that they can be used where they lie. A zip library would read
// the entries into memory; a model is mapped. Knows nothing of what the entries are.  Format: PKWARE APPNOTE 4.3.
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace maru::io {

bool is_zip(std::span<const std::byte> bytes);

// Name to bytes of every entry. Throws Error naming `where` for a damaged directory, a compressed or encrypted entry, two entries of one
// name, a name that leaves its folder, and entries that overlap.
std::map<std::string, std::span<const std::byte>, std::less<>> stored_entries(std::span<const std::byte> bytes, const std::string& where);

}  // namespace maru::io
