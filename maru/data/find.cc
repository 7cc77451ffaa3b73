// Turns a path into a data set: which reader, which splits.
#include "maru/data/data.h"

#include "maru/base/error.h"

namespace maru::data {

DataSet find(const std::filesystem::path& path) {
  fail(ErrorKind::not_found, "{}: no such file or folder", path.string());
}

}  // namespace maru::data
