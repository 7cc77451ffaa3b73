#pragma once
// What the readers share: bytes become clean text, and pieces of text become a document with blocks. Knows no format.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "maru/rag/document.h"

namespace maru::rag {

inline constexpr std::size_t kMaxDocumentBytes = std::size_t{256} << 20;

// Text out of a file's bytes: byte order marks obeyed and taken off, invalid bytes replaced and reported, lines ended by \n, NFC.
struct Decoded {
  std::string text;
  std::vector<Phrase> notes;
  bool repaired = false;
};
// Throws Error (invalid) naming the file when it holds NUL bytes, which no text does.
Decoded decoded(std::string bytes, const std::filesystem::path& path);

// Whether the first bytes of a file look like text of any encoding that is known here.
bool looks_like_text(std::string_view first_bytes);

// NFC, without the cost of normalising where nothing can change.
std::string normalised(std::string text);

// Bytes of "- ", "• ", "12. " or "3) " and the white space before it at the start of a line; 0 when there is none.
std::size_t list_marker_bytes(std::string_view line);

// Lines of text without their \n, in order.
std::vector<std::string_view> lines(std::string_view text);
std::string_view trimmed(std::string_view text);

// Joins two lines of one paragraph: Han and kana meet without a space, all else with one.
void append_line(std::string& paragraph, std::string_view line);

// Puts a document together, block after block. Blank blocks are dropped.
class Builder {
 public:
  explicit Builder(const std::filesystem::path& path);
  void add(BlockKind kind, std::string_view text, int level = 0);
  void page(int number) { page_ = number; }
  void note(Phrase said) { document_.notes.push_back(std::move(said)); }
  void notes(std::vector<Phrase> all);
  void title(std::string_view text);
  bool empty() const { return document_.blocks.empty(); }
  // The first heading of level 1, or the file's name, becomes the title where none was set.
  Document finish();

 private:
  Document document_;
  std::size_t length_ = 0;  // code points so far
  int page_ = 0;
  bool titled_ = false;
};

// A document that keeps its text as it is; the blocks come in bytes, in order, and leave in code points.
Document marked(const std::filesystem::path& path, Decoded decoded, std::vector<Block> blocks_in_bytes);

}  // namespace maru::rag
