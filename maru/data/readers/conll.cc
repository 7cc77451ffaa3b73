// CoNLL: a token per line with its tags, an empty line between sentences. A row is a sentence, a column a list.
//   CoNLL-2003 (Tjong Kim Sang and De Meulder), cells parted by spaces; KLUE-NER (Park et al. 2021), by tabs, "## id  text" before each.
#include <algorithm>

#include "maru/data/lines.h"
#include "maru/data/row_stream.h"

namespace maru::data {
namespace {

bool blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }
bool document_start(std::string_view line) { return line.starts_with("-DOCSTART-"); }

std::vector<std::string_view> cells_of(std::string_view line, char delimiter) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find(delimiter, at), line.size());
    // Spaces may stand several together; tabs part cells that may be empty.
    if (delimiter == '\t' || end > at) out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// Before a sentence: what it is called and says. Where spaces part the cells, "# O" is a token and its tag.
bool comment(std::string_view line, char delimiter, std::size_t columns) {
  if (!line.starts_with("# ") && !line.starts_with("## ")) return false;
  return delimiter == '\t' || (columns > 0 && cells_of(line, delimiter).size() != columns);
}

std::vector<std::string> names_for(std::size_t columns) {
  if (columns == 4) return {"tokens", "pos_tags", "chunk_tags", "ner_tags"};
  if (columns == 2) return {"tokens", "ner_tags"};
  std::vector<std::string> out = {"tokens"};
  for (std::size_t i = 1; i < columns; ++i) out.push_back(fmt::format("tags_{}", i));
  return out;
}

class ConllStream : public RowStream {
 public:
  ConllStream(const std::filesystem::path& path, const ReadOptions& options) : RowStream(options), lines_(path, options_) {
    find_columns();
    lines_.rewind();
    Schema all, some;
    for (const std::string& name : names_for(columns_))
      all.push_back({.name = name, .type = Type::list, .children = {{.name = name, .type = Type::text}}});
    if (columns_ == 0) all.clear();
    const std::vector<bool> keep = all.empty() ? std::vector<bool>() : chosen(all, options_.columns);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (keep[i]) some.push_back(all[i]), cells_.push_back(i);
    begin(std::move(some));
  }

 protected:
  Place place() const override { return {lines_.path().string(), at_}; }

  bool fill_row() override {
    std::size_t tokens = 0, bytes = 0;
    std::optional<Phrase> wrong;  // told when the sentence is over, so that the next row begins where a sentence does
    for (std::string_view line; lines_.next(line);) {
      if (blank(line)) {
        if (tokens > 0) break;
        continue;
      }
      if (document_start(line) || comment(line, delimiter_, columns_)) continue;
      const auto cells = cells_of(line, delimiter_);
      if (!wrong) at_ = lines_.number();
      if (cells.size() != columns_ && !wrong) wrong = phrase("expected {} cells, got {}", columns_, cells.size());
      bytes += line.size();
      if (bytes > options_.max_row_bytes)
        fail(ErrorKind::limit, "{}:{}: the row is longer than {} bytes; raise --max-row-bytes if it is meant to be", lines_.path().string(),
             lines_.number(), options_.max_row_bytes);
      ++tokens;
      if (wrong) continue;
      for (std::size_t i = 0; i < cells_.size(); ++i)
        add_text(builder().columns()[i].children[0], builder().arena().keep(cells[cells_[i]]));
    }
    if (wrong) throw BadRow{*wrong};
    if (tokens == 0) return false;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      Column& column = builder().columns()[i];
      end_list(column, column.children[0].texts.size());
    }
    return true;
  }

 private:
  // The first token says how many cells a line has and what parts them.
  void find_columns() {
    for (std::string_view line; lines_.next(line);) {
      if (blank(line) || document_start(line) || line.starts_with("## ")) continue;
      delimiter_ = line.contains('\t') ? '\t' : ' ';
      if (line.starts_with("# ") && delimiter_ == '\t') continue;
      columns_ = cells_of(line, delimiter_).size();
      return;
    }
  }

  Lines lines_;
  char delimiter_ = '\t';
  std::size_t columns_ = 0;
  std::vector<std::size_t> cells_;  // of a line, for each column
  std::uint64_t at_ = 0;
};

bool tag(std::string_view text) {
  return text == "O" || (text.size() > 2 && text[1] == '-' && std::string_view("BIESLU").contains(text[0]));
}

// The first sentence decides: each of its lines ends with a tag of the B-, I-, O kind.
bool looks_tagged(std::string_view first) {
  int tagged = 0;
  for (std::size_t at = 0, end; (end = first.find('\n', at)) != std::string_view::npos; at = end + 1) {
    std::string_view line = first.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (blank(line) || document_start(line) || line.starts_with("# ") || line.starts_with("## ")) continue;
    const std::size_t last = line.find_last_of(" \t");
    if (last == std::string_view::npos || !tag(line.substr(last + 1))) return false;
    ++tagged;
  }
  return tagged >= 2;
}

bool recognises(const std::filesystem::path& path, std::string_view first) {
  constexpr std::string_view kExtensions[] = {".conll", ".bio", ".iob", ".iob2", ".bioes"};
  constexpr std::string_view kPerhaps[] = {".tsv", ".txt", ".train", ".testa", ".testb", ".dev", ".test", ""};
  const std::string extension = path.extension().string();
  if (std::ranges::find(kExtensions, extension) != std::end(kExtensions)) return true;
  return std::ranges::find(kPerhaps, extension) != std::end(kPerhaps) && looks_tagged(first);
}

std::string split_of(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();  // "eng.testa", as CoNLL-2003 came
  return extension == ".testa" ? "validation" : extension == ".testb" ? "test" : extension == ".train" ? "train" : "";
}

std::unique_ptr<Stream> open(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<ConllStream>(path, options);
}

}  // namespace

Reader conll_reader() {
  return {.name = "conll", .about = "a token and its tags per line, sentences parted by empty lines", .about_ko = "한 줄에 토큰과 태그, 빈 줄로 나눈 문장",
          .example = "train.conll", .special = true, .settings = "encoding", .recognises = recognises, .open = open, .split_of = split_of};
}

}  // namespace maru::data
