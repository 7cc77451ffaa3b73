// Tables of architectures, the memory of this machine and the Markdown reader, asked about a model that is not here yet.
#include "cli/commands/hub_common.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/unicode.h"
#include "maru/models/models.h"
#include "maru/rag/document.h"

namespace maru::cli {
namespace {

// A file that is gone with its owner, since documents are read from files.
struct Temporary {
  std::filesystem::path path;
  explicit Temporary(std::string_view content) {
    std::string name = (std::filesystem::temp_directory_path() / "maru-card-XXXXXX.md").string();
    const int descriptor = ::mkstemps(name.data(), 3);
    if (descriptor < 0) fail(ErrorKind::io, "{}: could not be made", name);
    ::close(descriptor);
    path = name;
    write_file(path, content);
  }
  ~Temporary() {
    std::error_code code;
    std::filesystem::remove(path, code);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
};

std::string rendered(const rag::Document& card, bool color) {
  const std::size_t columns = std::size_t(std::min(terminal_columns(STDOUT_FILENO), 100));
  const std::u32string points = unicode::code_points(card.text);
  std::string out;
  for (const rag::Block& block : card.blocks) {
    const std::string text = visible(unicode::utf8(points.substr(block.begin, block.end - block.begin)));
    if (block.kind == rag::BlockKind::heading) out += "\n" + styled(one_line(text), Style::bold, color) + "\n";
    else if (block.kind == rag::BlockKind::list_item) out += wrapped(text, columns, 2) + "\n";
    else if (block.kind == rag::BlockKind::paragraph) out += wrapped(text, columns, 0) + "\n";
    else out += styled(text, Style::dim, color) + "\n";
  }
  return out;
}

}  // namespace

bool runs(const hub::Described& model) {
  return std::ranges::any_of(models::all(), [&](const models::Architecture& one) {
    return one.name == model.model_type || std::ranges::find(one.aliases, model.model_type) != one.aliases.end();
  });
}

std::optional<hub::Fit> fit_of(const hub::Described& model) {
  if (model.weights_bytes == 0) return std::nullopt;
  // The configuration is not here, so a speed cannot be told; an encoder's shape claims none.
  return hub::fit({.weight_bytes = model.weights_bytes, .generates = false}, 0, hub::this_machine(home()));
}

std::string card_text(std::string_view markdown, bool color) {
  try {
    const Temporary file(markdown);
    return rendered(rag::read_document(file.path), color);
  } catch (const Error&) {
    return visible(markdown);
  }
}

}  // namespace maru::cli
