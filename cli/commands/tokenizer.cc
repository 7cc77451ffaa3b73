// maru tokenizer: learns a vocabulary from text files and writes the tokenizer.json that any reader of such files opens.
#include <chrono>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/text/tokenizer.h"
#include "maru/text/train.h"

namespace maru::cli {
namespace {

struct Given {
  std::string action, model = "bpe", out;
  std::vector<std::string> texts, specials;
  std::int64_t vocabulary = 30000, least = 2, alphabet = 1000;
  bool lowercase = false;
};

// How many tokens the learned vocabulary makes of the beginning of the text it was learned from.
struct Measured {
  std::uint64_t bytes = 0, tokens = 0;
};
Measured measured(Context& context, const text::Tokenizer& tokenizer, const std::vector<std::filesystem::path>& files) {
  constexpr std::uint64_t kMost = std::uint64_t{16} << 20;
  Measured out;
  for (const auto& file : files) {
    const auto map = MappedFile::open(file);
    std::string_view rest(reinterpret_cast<const char*>(map->bytes().data()), map->bytes().size());
    while (!rest.empty() && out.bytes < kMost) {
      context.cancel.check();
      const std::size_t end = rest.find('\n', std::min<std::size_t>(rest.size(), 65536));
      const std::string_view part = rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
      out.tokens += tokenizer.encode(part, {.add_special = false}).ids.size();
      out.bytes += part.size();
      rest.remove_prefix(part.size());
    }
  }
  return out;
}

text::TrainOptions training(Context& context, const Given& given) {
  return {.kind = given.model == "bpe"         ? text::TrainedKind::bpe
                  : given.model == "wordpiece" ? text::TrainedKind::wordpiece
                                               : text::TrainedKind::unigram,
          .vocabulary = std::size_t(given.vocabulary),
          .lowercase = given.lowercase,
          .specials = given.specials,
          .least_count = std::uint64_t(given.least),
          .alphabet = std::size_t(given.alphabet),
          .cancel = &context.cancel,
          .progress = context.progress()};
}

int train(Context& context, const Given& given) {
  if (given.model == "bpe" && given.lowercase)
    fail(ErrorKind::usage, "--lowercase: byte-level BPE keeps every byte; take it with wordpiece or unigram");
  const std::vector<std::filesystem::path> files(given.texts.begin(), given.texts.end());
  const auto begin = std::chrono::steady_clock::now();
  const text::TrainedTokenizer learned = text::train_tokenizer(files, training(context, given));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  write_file(given.out, learned.json);
  const auto tokenizer = text::tokenizer_from_json_text(learned.json, given.out);
  const Measured on = measured(context, *tokenizer, files);
  const double bytes_per_token = double(on.bytes) / double(std::max<std::uint64_t>(on.tokens, 1));
  if (context.json) {
    context.print_json({{"file", given.out}, {"model", given.model}, {"vocabulary_size", learned.vocabulary},
                        {"text_bytes", learned.text_bytes}, {"words", learned.words}, {"distinct_words", learned.distinct_words},
                        {"alphabet", learned.characters}, {"characters_without_piece", learned.rare_characters},
                        {"bytes_per_token", bytes_per_token}, {"measured_bytes", on.bytes}, {"seconds", took.count()}});
    return 0;
  }
  const auto say = [&](const char* english, const char* korean) { return std::string(context.say(english, korean)); };
  std::vector<std::pair<std::string, std::string>> rows = {
      {say("file", "파일"), path_text(given.out)},
      {say("vocabulary", "어휘"), count_text(learned.vocabulary)},
      {say("text", "글"), size_text(learned.text_bytes)},
      {say("different words", "서로 다른 낱말"), count_text(learned.distinct_words)},
      {say("bytes per token", "토큰당 바이트"), fmt::format("{:.3f}", bytes_per_token)},
      {say("time", "시간"), duration_text(std::chrono::duration_cast<std::chrono::nanoseconds>(took))}};
  context.print(facts(rows, context.color));
  if (on.bytes < learned.text_bytes)
    context.note(context.korean ? fmt::format("토큰당 바이트는 글의 처음 {}에서 쟀습니다", size_text(on.bytes))
                                : fmt::format("bytes per token were measured on the first {} of the text", size_text(on.bytes)));
  if (learned.rare_characters > 0)
    context.note(context.korean ? fmt::format("드문 글자 {}개는 조각을 얻지 못했습니다(--alphabet {})",
                                              count_text(learned.rare_characters), given.alphabet)
                                : fmt::format("{} got no piece (--alphabet {}) and become the unknown token",
                                              counted(learned.rare_characters, "rare character"), given.alphabet));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.choice("ACTION", given->action, {"train"},
                 {"train: learn a vocabulary from text files", "train: 글 파일에서 어휘를 배웁니다"})->required();
  options.text("OUT", given->out, {"The tokenizer.json to write", "쓸 tokenizer.json"})->required();
  options.texts("TEXT", given->texts, {"Text files in UTF-8, read line by line", "한 줄씩 읽을 UTF-8 글 파일"})->required();
  options.choice("--model", given->model, {"bpe", "wordpiece", "unigram"},
                 {"Byte-level BPE as GPT-2 has it, WordPiece as BERT, Unigram as T5",
                  "GPT-2 같은 바이트 수준 BPE, BERT 같은 WordPiece, T5 같은 Unigram"});
  options.integer("--vocab-size", given->vocabulary, {1, 10'000'000}, {"Tokens in all", "토큰의 수"});
  options.flag("--lowercase", given->lowercase,
               {"Do not tell capital letters apart (wordpiece, unigram)", "대문자와 소문자를 구별하지 않습니다(wordpiece, unigram)"});
  options.texts("--special", given->specials,
                {"One more special token; may be repeated", "덧붙일 특수 토큰. 여러 번 쓸 수 있습니다"});
  options.integer("--min-count", given->least, {1, 1'000'000'000},
                  {"Merge only what is seen so often (bpe, wordpiece)", "이만큼 나온 것만 합칩니다(bpe, wordpiece)"});
  options.integer("--alphabet", given->alphabet, {1, 1'114'112},
                  {"Characters that get a piece of their own, the most frequent ones (wordpiece, unigram)",
                   "조각을 따로 얻는 글자의 수. 흔한 것부터(wordpiece, unigram)"});
  options.examples("maru tokenizer train tokenizer.json corpus.txt --vocab-size 8000\n"
                   "maru tokenizer train tokenizer.json *.txt --model wordpiece --lowercase --special \"[USER]\"");
  return [given](Context& context) { return train(context, *given); };
}

}  // namespace

Command tokenizer_entry() {
  return {.name = "tokenizer", .group = "look inside", .about = "Learn a vocabulary from text files",
          .about_ko = "글 파일에서 어휘를 배웁니다", .declare = declare};
}

}  // namespace maru::cli
