// The edge of Go's templates: what is found wrong gets the template's name and line here.
#include "maru/chat/go_template.h"

#include <algorithm>

#include "maru/base/unicode.h"
#include "maru/chat/go_syntax.h"

namespace maru::chat {

struct GoTemplate::Program {
  std::string where;
  go::Parsed parsed;
};

namespace {

constexpr std::size_t kSource = std::size_t{1} << 20;

// Drops what stands behind the first printed .name. Conditions do not print.
void cut(go::Body& body, std::string_view name, bool& done) {
  for (std::size_t i = 0; i < body.size(); ++i) {
    go::Node& node = body[i];
    if (node.kind == go::NodeKind::print) {
      for (const auto& command : node.pipe->commands)
        for (const go::Operand& word : command)
          if (word.kind == go::OperandKind::field && std::ranges::find(word.chain, name) != word.chain.end()) done = true;
    } else {
      cut(node.body, name, done);
      if (done) node.otherwise.clear();
      else cut(node.otherwise, name, done);
    }
    if (!done) continue;
    body.resize(i + 1);
    return;
  }
}

}  // namespace

GoTemplate::GoTemplate(std::string_view source, std::string_view where) {
  if (source.size() > kSource) fail(ErrorKind::limit, "{}: a template of {} bytes is over the limit of {}", where, source.size(), kSource);
  if (const auto at = unicode::first_invalid(source)) fail(ErrorKind::invalid, "template error: {}: not UTF-8 at byte {}", where, *at);
  try {
    program_ = std::make_unique<Program>(Program{std::string(where), go::parse(source)});
  } catch (const go::SyntaxFault& fault) {
    fail(ErrorKind::invalid, "template error: {}:{}: {}", where, fault.line, fault.said);
  }
}
GoTemplate::GoTemplate(std::unique_ptr<Program> program) : program_(std::move(program)) {}
GoTemplate::~GoTemplate() = default;
GoTemplate::GoTemplate(GoTemplate&&) noexcept = default;

std::string GoTemplate::render(const go::Value& data, const text::TemplateLimits& limits) const {
  try {
    return go::run(program_->parsed.body, data, limits.steps, limits.output_bytes);
  } catch (const go::RunFault& fault) {
    fail(fault.kind, "template error: {}:{}: {}", program_->where, fault.line, fault.said);
  }
}

bool GoTemplate::uses(std::string_view name) const { return std::ranges::binary_search(program_->parsed.names, name); }

void GoTemplate::append_field(std::string_view name) {
  auto pipe = std::make_shared<go::Pipe>();
  pipe->commands = {{go::Operand{.kind = go::OperandKind::field, .chain = {std::string(name)}}}};
  program_->parsed.body.push_back({.kind = go::NodeKind::print, .text = {}, .pipe = std::move(pipe)});
}

GoTemplate GoTemplate::cut_behind(std::string_view name) const {
  auto program = std::make_unique<Program>(*program_);
  bool done = false;
  cut(program->parsed.body, name, done);
  return GoTemplate(std::move(program));
}

}  // namespace maru::chat
