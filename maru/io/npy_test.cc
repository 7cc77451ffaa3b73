#include "maru/io/npy.h"

#include <doctest/doctest.h>

#include <cstring>

#include "maru/base/file.h"
#include "tests/scratch.h"

namespace maru::io {

TEST_CASE("an array is written as NumPy reads it") {
  const testing::Scratch scratch;
  const std::vector<std::int64_t> shape = {2, 3};
  const std::vector<float> values = {1, 2, 3, 4, 5, 6.5f};
  write_npy(scratch.path / "x.npy", shape, values);
  const std::string bytes = read_file(scratch.path / "x.npy");
  // numpy.save of the same array writes these bytes.
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  REQUIRE(bytes.size() == 128 + 24);
  CHECK(bytes.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK(bytes.substr(10, header.size()) == header);
  CHECK(bytes[127] == '\n');
  float last = 0;
  std::memcpy(&last, bytes.data() + bytes.size() - 4, 4);
  CHECK(last == 6.5f);
}

}  // namespace maru::io
