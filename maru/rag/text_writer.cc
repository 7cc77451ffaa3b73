// The engine's generator as answering sees it.
#include "maru/rag/text_writer.h"

namespace maru::rag {

TextWriter text_writer(const engine::Generator& generator) {
  return {.name = generator.name(),
          .context = generator.context(),
          .vocabulary = generator.tokenizer().vocabulary(),
          .prompt = [&generator](std::span<const text::Turn> turns) { return generator.prompt(turns); },
          .generate = [&generator](std::span<const std::int32_t> prompt, const engine::Sampling& sampling, const engine::OnText& on_text,
                                   const Cancel* cancel) { return generator(prompt, sampling, on_text, cancel); },
          .writes = [&generator](std::string_view text) { return generator.writes(text); },
          .tokens = [&generator](std::string_view text) { return generator.tokenizer().encode(text, {.add_special = false}).ids.size(); },
          .bytes = [&generator](std::int32_t id) { return generator.tokenizer().bytes(id); }};
}

}  // namespace maru::rag
