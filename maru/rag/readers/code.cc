// Source code and configuration: kept as it is; a block runs from one line at the margin, after a blank line, to the next.
#include "maru/base/file.h"
#include "maru/rag/extract.h"

namespace maru::rag {
namespace {

Document read(const std::filesystem::path& path, const Cancel* cancel) {
  if (cancel) cancel->check();
  Decoded plain = decoded(read_file(path, kMaxDocumentBytes), path);
  std::vector<Block> blocks;  // in bytes
  bool after_blank = true;
  for (const std::string_view line : lines(plain.text)) {
    if (trimmed(line).empty()) {
      after_blank = true;
      continue;
    }
    const auto begin = std::size_t(line.data() - plain.text.data());
    // An indented line, or one that closes a bracket, still belongs to the function above it.
    const bool inside = line[0] == ' ' || line[0] == '\t' || line[0] == '}' || line[0] == ')' || line[0] == ']';
    if (blocks.empty() || (after_blank && !inside)) blocks.push_back({.kind = BlockKind::code, .begin = begin});
    blocks.back().end = begin + line.size();
    after_blank = false;
  }
  return marked(path, std::move(plain), std::move(blocks));
}

}  // namespace

Reader code_reader() {
  return {.name = "code",
          .extensions = {".c",    ".h",     ".cc",   ".cpp",  ".cxx",  ".hh",   ".hpp",  ".hxx",   ".inc",  ".m",      ".mm",    ".cu",
                         ".cuh",  ".py",    ".pyi",  ".ipy",  ".js",   ".mjs",  ".cjs",  ".jsx",   ".ts",   ".tsx",    ".vue",   ".svelte",
                         ".java", ".kt",    ".kts",  ".scala", ".groovy", ".gradle", ".go", ".rs",  ".swift", ".rb",   ".php",   ".pl",
                         ".pm",   ".lua",   ".r",    ".jl",   ".hs",   ".ml",   ".mli",  ".fs",    ".clj",  ".cljs",   ".ex",    ".exs",
                         ".erl",  ".elm",   ".nim",  ".zig",  ".d",    ".dart", ".cs",   ".vb",    ".sql",  ".sh",     ".bash",  ".zsh",
                         ".fish", ".ps1",   ".bat",  ".awk",  ".sed",  ".cmake", ".mk",  ".ninja", ".bzl",  ".nix",    ".tf",    ".proto",
                         ".thrift", ".graphql", ".css", ".scss", ".sass", ".less", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".ini",
                         ".cfg",  ".conf",  ".env",  ".properties", ".xml", ".xsd", ".s", ".asm",  ".v",    ".sv",     ".vhd",   ".lisp",
                         ".el",   ".scm",   ".rkt",  ".tcl",  ".vim",  ".f90",  ".f",    ".for",   ".pas",  ".diff",   ".patch"},
          .read = read};
}

}  // namespace maru::rag
