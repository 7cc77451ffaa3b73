#pragma once
// maru.lock: what a project's models are, to the byte. JSON, since the program reads it strictly with the parser it has (no aliases, no
// double keys, a byte offset for every mistake) and every other tool reads it too; one file a line, so that a change shows as one line.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "maru/hub/hub.h"

namespace maru::hub {

inline constexpr std::string_view kLockName = "maru.lock";

struct LockedFile {
  std::string name;         // as in StoredFile
  std::uint64_t size = 0;
  std::string sha256;
};
struct Locked {
  std::string name, reference;
  std::string revision;     // "" where the reference itself pins the bytes
  std::string licence;
  Kind kind = Kind::model;
  std::vector<LockedFile> files;
};
using Lock = std::vector<Locked>;  // by name; a model and a data set may share one

// Throw Error (invalid) naming file and field; every name, digest and size is checked, since anyone may have written it.
Lock parse_lock(std::string_view text, std::string_view where);
Lock read_lock(const std::filesystem::path& path);                   // not_found when it is not there
std::string lock_text(const Lock& lock);
void write_lock(const std::filesystem::path& path, const Lock& lock);  // whole or not at all

Locked locked(const Model& model);
// Puts one in, in the place of what has the same name and kind.
void set_locked(Lock& lock, Locked model);

// How a model's files differ from the lock: "" stands for a file that is not there. Two sizes or two sums are compared.
struct Difference {
  std::string file, expected, got;
};
std::vector<Difference> differences(const Locked& locked, const Model& model);

// Brings exactly what the lock says, under its name. Throws Error (invalid) naming file, expected and got where the source has other bytes:
// before the first byte where the plan says so, else before anything is stored.
Model pull_locked(Store& store, const Locked& locked, PullOptions options);

}  // namespace maru::hub
