// HTML pages: what a reader of the page sees, as headings, paragraphs, lists, tables and code.
#include <algorithm>

#include "maru/base/file.h"
#include "maru/rag/readers/html_common.h"

namespace maru::rag {
namespace {

Document read(const std::filesystem::path& path, const Cancel* cancel) {
  Decoded plain = decoded(read_file(path, kMaxDocumentBytes), path);
  Builder builder(path);
  builder.notes(std::move(plain.notes));
  const HtmlHead head = add_html(plain.text, builder, cancel);
  builder.title(head.title);
  std::string charset = head.charset;
  for (char& c : charset) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  const bool ascii = std::ranges::all_of(plain.text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!charset.empty() && charset != "utf-8" && charset != "utf8" && !ascii) {
    builder.note(plain.repaired
                     ? phrase("declares the charset {}: convert it with iconv -f {} -t UTF-8", head.charset, head.charset)
                     : phrase("declares the charset {}, but its bytes are valid UTF-8 and were read as that", head.charset));
  }
  return builder.finish();
}

}  // namespace

Reader html_reader() { return {.name = "html", .extensions = {".html", ".htm", ".xhtml"}, .read = read}; }

}  // namespace maru::rag
