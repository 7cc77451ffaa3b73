// Models and collections as the commands see them.
#include "cli/commands/model_common.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/base/unicode.h"
#include "maru/io/model_file.h"
#include "maru/text/tokenizer_folder.h"

namespace maru::cli {

void inspect_model(const std::filesystem::path& model) { (void)io::open_file(model); }

std::string planned_words(const Context& context, const hub::Model& model, const hub::Plan& plan, std::uint64_t download_bytes) {
  const bool ko = context.korean;
  std::string words = visible(model.reference);
  if (!plan.revision.empty()) words += fmt::format(" @ {}", plan.revision.substr(0, 12));
  const std::size_t count = plan.files.size();
  words += ko ? fmt::format(": 파일 {}개", count) : fmt::format(": {} file{}", count, count == 1 ? "" : "s");
  words += ", " + size_text(plan.bytes());
  if (download_bytes < plan.bytes())
    words += fmt::format(fmt::runtime(context.say(" ({} to download, the rest is here)", " (내려받을 것 {}, 나머지는 있음)")),
                         size_text(download_bytes));
  words += fmt::format(fmt::runtime(context.say(", licence {}", ", 라이선스 {}")),
                       plan.licence.empty() ? std::string(context.say("not stated", "밝히지 않음")) : visible(plan.licence));
  return words;
}

hub::PullOptions pull_options(Context& context) {
  return {.name = {},
          .progress = context.progress(),
          .cancel = &context.cancel,
          .note = [&context](const Phrase& note) { context.note(context.say(note)); },
          .planned = [&context](const hub::Model& model, const hub::Plan& plan, std::uint64_t bytes) {
            context.note(planned_words(context, model, plan, bytes));
          },
          .plan_only = false};
}

Json file_json(const hub::StoredFile& file) {
  Json out = {{"name", file.name}, {"sha256", file.sha256}, {"size", file.size}};
  if (!file.place.empty()) out["place"] = file.place;
  if (!file.git_sha1.empty()) out["git_sha1"] = file.git_sha1;
  return out;
}

std::filesystem::path model_path(Context& context, std::string_view model) {
  hub::Store store(home(), inspect_model);
  return hub::resolve(store, model, true, pull_options(context));
}

namespace {
// Lone weights whose tokenizer lies beside them.
bool beside_tokenizer(std::string_view extension) {
  return extension == ".safetensors" || extension == ".bin" || extension == ".pt" || extension == ".pth";
}
}  // namespace

std::shared_ptr<const text::Tokenizer> open_tokenizer(const std::filesystem::path& model) {
  const std::filesystem::path beside = std::filesystem::is_directory(model) ? model : model.parent_path();
  if (model.extension() != ".gguf" && text::has_tokenizer(beside) &&
      (std::filesystem::is_directory(model) || beside_tokenizer(model.extension().string())))
    return text::tokenizer_from_folder(beside);
  const io::ModelFile file = io::open_file(model);
  if (!file.gguf) fail(ErrorKind::not_found, "{}: no tokenizer.json beside the weights", model.string());
  return text::tokenizer_from_gguf(file.metadata);
}

std::string all_of_stdin(Context& context) {
  constexpr std::size_t kMost = std::size_t{256} << 20;
  std::string text;
  char buffer[1 << 16];
  while (true) {
    context.cancel.check();
    const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(ErrorKind::io, "standard input: {}", system_reason(errno));
    if (got == 0) return text;
    text.append(buffer, std::size_t(got));
    if (text.size() > kMost) fail(ErrorKind::limit, "standard input is longer than {} bytes", kMost);
  }
}

std::vector<std::string> texts_from_stdin(Context& context) {
  const Json given = parse_json(all_of_stdin(context), "standard input");
  check(given.is_array(), "standard input: expected a JSON array of texts, got {}", kind_of(given));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < given.size(); ++i) {
    check(given[i].is_string(), "standard input: element {}: expected a string, got {}", i, kind_of(given[i]));
    texts.push_back(given[i].get<std::string>());
  }
  return texts;
}

std::filesystem::path collection_path(std::string_view given) {
  // One name however its letters are composed: a person cannot see the difference.
  const std::string name = unicode::first_invalid(given) ? std::string(given) : unicode::nfc(given);
  bool good = !name.empty() && name.size() <= 200 && name != "." && name != "..";
  for (std::size_t at = 0; good && at < name.size();) {
    const char32_t c = unicode::next(name, at);
    good = unicode::is_letter(c) || unicode::is_number(c) || unicode::is_mark(c) || c == '.' || c == '_' || c == '-';
  }
  if (!good || name.starts_with('.'))
    fail(ErrorKind::usage, "{:?} cannot name a collection: use up to 200 bytes of letters, digits, . _ - (not a dot first)", name);
  return home() / "collections" / (name + ".db");
}

std::vector<CollectionFile> collections() {
  std::vector<CollectionFile> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(home() / "collections", error)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".db") continue;
    std::uint64_t bytes = entry.file_size();
    for (const char* suffix : {"-wal"})
      if (const auto size = std::filesystem::file_size(entry.path().string() + suffix, error); !error) bytes += size;
    found.push_back({entry.path().stem().string(), entry.path(), bytes});
  }
  std::ranges::sort(found, {}, &CollectionFile::name);
  return found;
}

}  // namespace maru::cli
