// A decoder with its tokenizer and chat template: prompts are built, run, and continued token by token.
#include "maru/engine/generator.h"

#include <algorithm>
#include <optional>

#include "maru/engine/end_tokens.h"
#include "maru/engine/sampler.h"
#include "maru/engine/session.h"
#include "maru/engine/stored_template.h"
#include "maru/base/unicode.h"

namespace maru::engine {
namespace {

constexpr std::size_t kPenaltyWindow = 64;

// How much of `text` can be given out now, when a stop string might still be completed by what follows.
std::size_t settled(std::string_view text, std::span<const std::string> stops) {
  std::size_t hold = 0;
  for (const std::string& stop : stops)
    for (std::size_t n = std::min(stop.size() - 1, text.size()); n > hold; --n)
      if (text.ends_with(std::string_view(stop).substr(0, n))) hold = n;
  return text.size() - hold;
}

}  // namespace

struct Generator::Parts {
  std::shared_ptr<const Pretrained> opened;
  std::shared_ptr<const text::Tokenizer> tokenizer;
  std::optional<text::ChatTemplate> chat;
  std::vector<std::int32_t> ends;
  std::vector<std::string> special;  // spellings that a template may write and a person may not
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
  for (std::int32_t id = 0; id < p.tokenizer->vocabulary(); ++id)
    if (p.tokenizer->special(id)) p.special.emplace_back(p.tokenizer->piece(id));
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
  std::vector<std::string> kept;  // texts that hold a special token's spelling: they go in as plain letters
  for (const text::Turn& turn : turns) {
    const bool spells = std::ranges::any_of(p.special, [&](const std::string& s) { return !s.empty() && turn.content.contains(s); });
    std::string content = turn.content;
    if (spells) {
      // Noncharacters, which no text interchanges, hold the place while the template runs.
      content = fmt::format("\uFDD0{}\uFDD1", kept.size());
      kept.push_back(turn.content);
    }
    messages.push_back({{"role", turn.role}, {"content", content}});
  }
  const auto spelled = [&](std::optional<std::int32_t> id) { return id ? std::string(p.tokenizer->piece(*id)) : std::string(); };
  const std::string text = p.chat->render({{"messages", messages}, {"add_generation_prompt", true}, {"bos_token", spelled(p.tokenizer->bos)},
                                           {"eos_token", spelled(p.tokenizer->eos)}});
  std::vector<std::int32_t> ids;
  const auto encode = [&](std::string_view part, bool parse_special) {
    const auto found = p.tokenizer->encode(part, {.add_special = false, .parse_special = parse_special}).ids;
    ids.insert(ids.end(), found.begin(), found.end());
  };
  std::size_t at = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const std::string mark = fmt::format("\uFDD0{}\uFDD1", i);
    const std::size_t found = text.find(mark, at);
    if (found == std::string::npos) continue;  // the template left this turn out
    encode(std::string_view(text).substr(at, found - at), true);
    encode(kept[i], false);
    at = found + mark.size();
  }
  encode(std::string_view(text).substr(at), true);
  check(!ids.empty(), "{}: the chat template makes an empty prompt of these messages; use --raw, which sends the prompt as it is", name());
  return ids;
}

Generation Generator::operator()(std::span<const std::int32_t> prompt, const Sampling& sampling, const OnText& on_text, const Cancel* cancel) const {
  const Parts& p = *parts_;
  const ops::PrecisionScope precision(p.precision);
  Sampler sampler(sampling);
  for (const std::string& stop : sampling.stop) check(!stop.empty(), "stop: an empty stop string would end every answer");
  if (prompt.size() + std::size_t(sampling.max_tokens) > context())
    fail(ErrorKind::limit, "{} tokens of prompt and up to {} of answer exceed the model's context of {}; shorten the prompt or ask for fewer tokens", prompt.size(),
         sampling.max_tokens, context());
  Generation result;
  result.prompt_tokens = prompt.size();
  text::Detokenizer detokenizer(p.tokenizer);
  std::size_t given = 0;
  const auto give = [&](std::size_t end) {
    if (end <= given || !on_text) return given = std::max(given, end), true;
    const std::string part = result.text.substr(given, end - given);
    given = end;
    return on_text(part);
  };
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  Session session(p.opened->model());
  result.finish = Finish::length;
  try {
    Tensor logits = session.run(prompt, Session::Rows::last, cancel);
    result.prefill = Clock::now() - start;
    const auto decode_start = Clock::now();
    while (true) {
      if (sampling.mask) sampling.mask(result.text, logits.values());
      const auto recent = std::span(result.ids).last(std::min(kPenaltyWindow, result.ids.size()));
      const std::int32_t id = sampler.pick(logits.values().first(std::size_t(p.tokenizer->vocabulary())), recent);
      if (std::ranges::binary_search(p.ends, id)) {
        result.finish = Finish::stop;
        break;
      }
      result.ids.push_back(id);
      result.text += detokenizer.push(id);
      bool stopped = false;
      for (const std::string& stop : sampling.stop)
        if (const std::size_t at = result.text.find(stop, given > stop.size() ? given - stop.size() : 0); at != std::string::npos) {
          result.text.resize(at);
          stopped = true;
        }
      if (stopped) {
        result.finish = Finish::stop_string;
        break;
      }
      if (!give(settled(result.text, sampling.stop))) {
        result.finish = Finish::cancelled;
        break;
      }
      if (std::int64_t(result.ids.size()) >= sampling.max_tokens) break;
      logits = session.run({&id, 1}, Session::Rows::last, cancel);
    }
    result.decode = Clock::now() - decode_start;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::cancelled) throw;
    result.finish = Finish::cancelled;
  }
  if (result.finish != Finish::stop_string) result.text += detokenizer.finish();
  give(result.text.size());
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
