// maru text: a document's text as maru reads it. Every offset that maru shows counts code points of this text.
#include <unistd.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "maru/rag/document.h"

namespace maru::cli {
namespace {

std::string_view kind_name(rag::BlockKind kind) {
  switch (kind) {
    case rag::BlockKind::paragraph: return "paragraph";
    case rag::BlockKind::heading: return "heading";
    case rag::BlockKind::list_item: return "list_item";
    case rag::BlockKind::table: return "table";
    case rag::BlockKind::code: return "code";
  }
  return "paragraph";
}

int show(Context& context, const std::string& path) {
  const rag::Document document = rag::read_document(path, &context.cancel);
  if (context.json) {
    Json blocks = Json::array(), notes = Json::array();
    for (const Phrase& note : document.notes) notes.push_back(context.say(note));
    for (const rag::Block& block : document.blocks)
      blocks.push_back({{"kind", kind_name(block.kind)}, {"start", block.begin}, {"end", block.end}, {"page", block.page},
                        {"level", block.level}});
    context.print_json({{"path", document.path}, {"title", document.title}, {"text", document.text}, {"blocks", blocks}, {"notes", notes}});
    return 0;
  }
  for (const Phrase& note : document.notes) context.note(context.say(note));
  if (!is_terminal(STDOUT_FILENO)) {
    context.write(document.text);  // byte for byte: offsets count in it
    return 0;
  }
  context.write(visible(document.text) + (document.text.ends_with('\n') ? "" : "\n"));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto path = std::make_shared<std::string>();
  Options options(app, korean);
  options.text("PATH", *path, {"A document: .txt .md .html .pdf or source code", "문서: .txt .md .html .pdf 또는 소스 코드"})->required();
  return [path](Context& context) { return show(context, *path); };
}

}  // namespace

Command text_entry() {
  return {.name = "text", .group = "look inside", .about = "A document's text as maru reads it", .about_ko = "문서의 글을 maru가 읽은 그대로 보여 줍니다",
          .declare = declare};
}

}  // namespace maru::cli
