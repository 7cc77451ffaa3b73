// The header is padded so that the numbers begin at a multiple of 64 bytes.
#include "maru/io/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::io {

void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape, std::span<const float> values) {
  std::int64_t size = 1;
  for (const std::int64_t n : shape) size *= n;
  if (size != std::int64_t(values.size()))
    fail(ErrorKind::internal, "{}: {} numbers do not fill a shape of {}", path.string(), values.size(), size);
  constexpr std::size_t kAlign = 64, kLead = 10;
  // A tuple of one has a comma behind it.
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  header.append((kAlign - (kLead + header.size() + 1) % kAlign) % kAlign, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += char(header.size() & 0xFF);
  out += char(header.size() >> 8);
  out += header;
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  write_file(path, out);
}

}  // namespace maru::io
