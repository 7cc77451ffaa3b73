// The edge of the template interpreter: what it finds wrong gets the template's name and line here.
#include "maru/text/chat_template.h"

#include "maru/text/jinja_interpreter.h"
#include "maru/text/jinja_syntax.h"

namespace maru::text {

struct ChatTemplate::Program {
  std::string where;
  jinja::Body body;
};

namespace {
constexpr std::size_t kSource = std::size_t{1} << 20;

[[noreturn]] void placed(const jinja::Fault& fault, std::string_view where, int line) {
  throw Error(fault.kind, phrase("{}, line {}: {}", where, fault.line ? fault.line : line, fault.said));
}
}  // namespace

ChatTemplate::ChatTemplate(std::string_view source, std::string_view where) {
  if (source.size() > kSource) fail(ErrorKind::limit, "{}: a template of {} bytes is over the limit of {}", where, source.size(), kSource);
  try {
    program_ = std::make_unique<Program>(Program{std::string(where), jinja::parse(source)});
  } catch (const jinja::Fault& fault) {
    placed(fault, where, 1);
  }
}

ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

std::string ChatTemplate::render(const Json& variables, const TemplateLimits& limits) const {
  std::optional<jinja::Interpreter> run;
  try {
    run.emplace(variables, limits);
    return run->run(program_->body);
  } catch (const jinja::Fault& fault) {
    placed(fault, program_->where, run ? run->line() : 1);
  }
}

}  // namespace maru::text
