// Opens a decoder and a text, and prints the perplexity with what it was computed over.
#include "cli/commands/perplexity_common.h"

#include <chrono>

#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/engine/perplexity.h"

namespace maru::cli {

int bench_perplexity(Context& context, const PerplexityGiven& given) {
  if (given.model.empty()) fail(ErrorKind::usage, "maru bench perplexity takes a model: maru bench perplexity MODEL --text FILE");
  if (given.text.empty()) fail(ErrorKind::usage, "maru bench perplexity takes a text: --text FILE");
  const std::filesystem::path path = model_path(context, given.model);
  const auto tokenizer = open_tokenizer(path);
  const auto model = models::open(io::open_file(path));
  const std::string text = read_file(given.text);
  const ops::PrecisionScope precision(given.exact ? ops::Precision::exact : ops::Precision::fast);
  const auto begin = std::chrono::steady_clock::now();
  const engine::Perplexity found = engine::perplexity(*model, *tokenizer, text, {.length = given.length, .windows = given.windows,
                                                                                .progress = context.progress(), .cancel = &context.cancel});
  const auto took = std::chrono::steady_clock::now() - begin;
  if (context.json) {
    context.print_json({{"model", given.model}, {"text", given.text}, {"perplexity", found.value}, {"standard_error", found.error},
                        {"windows", found.windows}, {"length", given.length}, {"scored", found.scored}, {"tokens", found.tokens},
                        {"exact", given.exact}, {"seconds", std::chrono::duration<double>(took).count()}});
    return 0;
  }
  const std::string_view words =
      context.say("perplexity {0:.4f} ± {1:.4f}: {2} tokens foretold in {3} windows of {4}; the text has {5} tokens; {6}",
                  "혼란도 {0:.4f} ± {1:.4f}: 토큰 {4}개짜리 창 {3}개에서 토큰 {2}개를 맞혀 보았습니다. 글은 토큰 {5}개, {6}");
  context.print(fmt::format(fmt::runtime(words), found.value, found.error, count_text(std::uint64_t(found.scored)),
      count_text(std::uint64_t(found.windows)),
                            count_text(std::uint64_t(given.length)), count_text(std::uint64_t(found.tokens)), duration_text(took)));
  return 0;
}

}  // namespace maru::cli
