// A decoder with its tokenizer and chat template: prompts are built, run, and continued token by token.
#include "maru/engine/generator.h"

#include <algorithm>
#include <optional>

#include "maru/engine/continuation.h"
#include "maru/engine/end_tokens.h"
#include "maru/engine/guard.h"
#include "maru/engine/session.h"
#include "maru/engine/stored_template.h"
#include "maru/base/unicode.h"

namespace maru::engine {

struct Generator::Parts {
  std::shared_ptr<const Pretrained> opened;
  std::shared_ptr<const text::Tokenizer> tokenizer;
  std::optional<text::ChatTemplate> chat;
  std::vector<std::int32_t> ends;
  std::optional<Guard> guard;
  ops::Precision precision = ops::Precision::fast;
};

Generator::Generator(const std::filesystem::path& path) : Generator(std::make_shared<const Pretrained>(path)) {}

Generator::Generator(std::shared_ptr<const Pretrained> opened) : parts_(std::make_unique<Parts>()) {
  Parts& p = *parts_;
  p.opened = std::move(opened);
  p.tokenizer = p.opened->tokenizer();
  check(!p.opened->info().encoder_decoder, "{}: this model reads one text and writes another, such as a translation; it does not continue a prompt",
        p.opened->file().path.string());
  check(p.opened->info().causal, "{}: this model is an encoder, which gives vectors and no text; choose one that writes, such as smollm2",
        p.opened->file().path.string());
  if (const auto found = stored_template(p.opened->file())) p.chat.emplace(found->source, found->where);
  p.ends = end_tokens(p.opened->file(), *p.tokenizer);
  p.guard.emplace(p.tokenizer);
}
Generator::~Generator() = default;
Generator::Generator(Generator&&) noexcept = default;

void Generator::set_precision(ops::Precision precision) { parts_->precision = precision; }
std::size_t Generator::context() const { return std::size_t(parts_->opened->info().context); }
const text::Tokenizer& Generator::tokenizer() const { return *parts_->tokenizer; }
std::string Generator::name() const { return parts_->opened->name(); }

std::vector<std::int32_t> Generator::prompt(std::span<const text::Turn> turns) const {
  const Parts& p = *parts_;
  check(p.chat.has_value(), "{}: this model has no chat template; use --raw, which sends the prompt as it is", name());
  Json messages = Json::array();
  for (const text::Turn& turn : turns) messages.push_back({{"role", turn.role}, {"content", p.guard->guarded(turn.content)}});
  const auto spelled = [&](std::optional<std::int32_t> id) { return id ? std::string(p.tokenizer->piece(*id)) : std::string(); };
  const std::vector<std::int32_t> ids =
      p.guard->ids(p.chat->render({{"messages", messages}, {"add_generation_prompt", true}, {"bos_token", spelled(p.tokenizer->bos)},
                                   {"eos_token", spelled(p.tokenizer->eos)}}));
  check(!ids.empty(), "{}: the chat template makes an empty prompt of these messages; use --raw, which sends the prompt as it is", name());
  return ids;
}

Generation Generator::operator()(std::span<const std::int32_t> prompt, const Sampling& sampling, const OnText& on_text, const Cancel* cancel) const {
  const Parts& p = *parts_;
  const ops::PrecisionScope precision(p.precision);
  Continuation writing(p.tokenizer, p.ends, sampling);
  const std::size_t wanted = std::size_t(std::max<std::int64_t>(sampling.max_tokens, 1));
  if (prompt.size() + wanted > context())
    fail(ErrorKind::limit, "{} tokens of prompt and up to {} of answer exceed the model's context of {}; shorten the prompt or ask for fewer tokens", prompt.size(),
         wanted, context());
  Answer& answer = writing.answer();
  const auto give = [&](std::string_view part) { return part.empty() || !on_text || on_text(part); };
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  Generation result;
  result.prompt_tokens = prompt.size();
  Session session(p.opened->model());
  try {
    Tensor logits = session.run(prompt, Session::Rows::last, cancel);
    result.prefill = Clock::now() - start;
    const auto decode_start = Clock::now();
    for (;;) {
      const auto finish = writing.take(logits.values());
      // The context holds every token but the last, which nothing follows.
      if (finish || prompt.size() + answer.ids().size() >= context()) {
        result.finish = finish.value_or(Finish::length);
        break;
      }
      if (!give(answer.settled())) {
        result.finish = Finish::cancelled;
        break;
      }
      const std::int32_t id = writing.id();
      logits = session.run({&id, 1}, Session::Rows::last, cancel);
    }
    result.decode = Clock::now() - decode_start;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::cancelled) throw;
    result.finish = Finish::cancelled;
  }
  give(answer.rest(result.finish));
  result.text = answer.text();
  result.ids = answer.ids();
  return result;
}

bool Generator::writes(std::string_view text) const {
  // Letters beyond Latin that cost more than a token each were hardly in what the vocabulary was built from.
  std::string letters;
  std::size_t all = 0, foreign = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = unicode::next(text, at);
    if (!unicode::is_letter(c)) continue;
    ++all;
    if (c >= 0x250) {
      ++foreign;
      unicode::append(letters, c);
    }
  }
  if (foreign * 4 < all || foreign == 0) return true;
  return parts_->tokenizer->encode(letters, {.add_special = false}).ids.size() < foreign;
}

}  // namespace maru::engine
