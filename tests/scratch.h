#pragma once
// What tests of files share: a folder that goes away with its owner, and the text of the error that something throws.
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "maru/base/error.h"

namespace maru::testing {

struct Scratch {
  std::filesystem::path path;
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "maru-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) fail(ErrorKind::io, "{}: could not be made", name);
    path = name;
  }
  ~Scratch() {
    std::error_code code;
    std::filesystem::remove_all(path, code);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // A new file every time: one that is mapped keeps its bytes, and some file systems take milliseconds to overwrite.
  std::filesystem::path put(std::string_view name, std::string_view content) const {
    std::filesystem::remove(path / name);
    std::ofstream(path / name, std::ios::binary).write(content.data(), std::streamsize(content.size()));
    return path / name;
  }
};

// The message of the maru::Error that `act` throws; empty when it throws none. Anything else thrown goes through.
template <class Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

template <class Act>
bool refuses(ErrorKind kind, Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.kind() == kind;
  }
  return false;
}

}  // namespace maru::testing
