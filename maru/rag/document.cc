// Picks the reader of a file by its extension, or plain text where the first bytes allow it.
#include "maru/rag/document.h"

#include <algorithm>
#include <fstream>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/rag/extract.h"

namespace maru::rag {
namespace {

const Reader* reader_for(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  for (const Reader& reader : readers()) {
    if (std::ranges::find(reader.extensions, extension) != reader.extensions.end()) return &reader;
  }
  return nullptr;
}

const Reader& plain_text() {
  for (const Reader& reader : readers()) {
    if (reader.name == "text") return reader;
  }
  fail(ErrorKind::internal, "the table of readers lacks \"text\"");
}

// Asks the system before anything is opened: a fifo would wait for ever.
void check_regular(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) fail(ErrorKind::not_found, "{}: no such file", path.string());
  if (error) fail(ErrorKind::io, "{}: {}", path.string(), system_reason(error.value()));
  check(status.type() != std::filesystem::file_type::directory, "{}: is a folder, a file was expected", path.string());
  check(status.type() == std::filesystem::file_type::regular, "{}: not a regular file (a fifo, socket or device)", path.string());
  const auto size = std::filesystem::file_size(path, error);
  if (error) fail(ErrorKind::io, "{}: {}", path.string(), system_reason(error.value()));
  if (size > kMaxDocumentBytes) {
    fail(ErrorKind::limit, "{}: {} MiB; a document may have at most {} MiB: split the file", path.string(), size >> 20,
         kMaxDocumentBytes >> 20);
  }
}

std::string first_bytes(const std::filesystem::path& path) {
  std::string bytes(8192, '\0');
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(ErrorKind::io, "{}: cannot be opened (permission?)", path.string());
  in.read(bytes.data(), std::streamsize(bytes.size()));
  bytes.resize(std::size_t(in.gcount()));
  return bytes;
}

}  // namespace

Document read_document(const std::filesystem::path& path, const Cancel* cancel) {
  if (cancel) cancel->check();
  check_regular(path);
  const Reader* reader = reader_for(path);
  if (!reader) {
    check(looks_like_text(first_bytes(path)), "{}: not a format that maru reads, and not text", path.string());
    reader = &plain_text();
  }
  Document document = reader->read(path, cancel);
  if (document.blocks.empty() && document.notes.empty()) document.notes.push_back(phrase("no text in this file"));
  return document;
}

}  // namespace maru::rag
