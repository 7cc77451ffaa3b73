#pragma once
// A document: NFC text, and the blocks (headings, paragraphs, tables …) that its format marks out in it.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/phrase.h"

namespace maru::rag {

enum class BlockKind : std::uint8_t { paragraph, heading, list_item, table, code };
// Positions are code points of the document's text, [begin, end). Blocks are in order and do not overlap.
struct Block {
  BlockKind kind = BlockKind::paragraph;
  std::size_t begin = 0, end = 0;
  int page = 0;   // from 1; 0 where the format has no pages
  int level = 0;  // of a heading, from 1
};
struct Document {
  std::string path, title;
  std::string text;                 // UTF-8, NFC
  std::vector<Block> blocks;
  std::vector<Phrase> notes;        // what the person should know: invalid bytes replaced, an encoding declared but not believed …
};

// One file in rag/readers/ returns one of these; adding a format is dropping in a file.
struct Reader {
  std::string_view name;                                             // "pdf"
  std::vector<std::string_view> extensions;                          // ".pdf", lower case, with the dot
  Document (*read)(const std::filesystem::path& path, const Cancel* cancel);  // throws Error naming the file
};
std::span<const Reader> readers();                                   // the generated table

// By the file's extension; plain text is tried for an unknown extension whose first bytes are text. Throws Error.
Document read_document(const std::filesystem::path& path, const Cancel* cancel = nullptr);

struct Skipped {
  std::filesystem::path path;
  Phrase why;
};
struct Walk {
  std::vector<std::filesystem::path> files;  // sorted, absolute, canonical
  std::vector<Skipped> skipped;              // every file that was left out, with the reason
};
// Files below a folder, or the file itself. Honours .gitignore and .maruignore; leaves out hidden files, .git,
// node_modules and the like, links that leave the folder, non-regular files, binary files. Throws Error (not_found).
Walk walk(const std::filesystem::path& root, const Cancel* cancel = nullptr);

struct Chunk {
  std::size_t begin = 0, end = 0;   // code points of the document's text
  int page = 0;
  std::string heading;              // "Guide > Install > Linux"
  std::string text;                 // == the document's text[begin, end)
};
// Cuts a document along its blocks and sentences so that no chunk is over max_tokens. `tokens` counts as the embedder does, special tokens
// left out; heading and text are embedded together, so the heading's tokens count too.
struct ChunkOptions {
  std::size_t max_tokens = 200, overlap_sentences = 1;
  std::function<std::size_t(std::string_view)> tokens;
};
std::vector<Chunk> chunks(const Document& document, const ChunkOptions& options);

// Sentence borders in a text, as byte ranges [begin, end): ends at . ! ? and their CJK forms, and at line breaks between blocks; knows abbreviations, decimals,
// Korean endings without a space after the mark.
struct Range {
  std::size_t begin, end;
};
std::vector<Range> sentences(std::string_view utf8);

}  // namespace maru::rag
