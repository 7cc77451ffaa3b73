// bench_encoder MODEL TEXTS.json [--threads N] [--batch 32] [--runs 5]: texts per second from text to vector, tokenisation included, as
// a JSON line. TEXTS.json is an array of strings.
#include <CLI/CLI.hpp>

#include "bench/timing.h"
#include "maru/base/file.h"
#include "maru/base/pool.h"
#include "maru/engine/embedder.h"

int main(int count, char** arguments) {
  using namespace maru;
  CLI::App app("Texts per second of an encoder");
  std::string model, file;
  int threads = 0, batch = 32, runs = 5;
  app.add_option("MODEL", model)->required();
  app.add_option("TEXTS", file)->required();
  app.add_option("--threads", threads);
  app.add_option("--batch", batch)->check(CLI::PositiveNumber);
  app.add_option("--runs", runs);
  CLI11_PARSE(app, count, arguments);
  try {
    if (threads > 0) set_thread_count(threads);
    const auto texts = parse_json(read_file(file, 64 << 20), file).get<std::vector<std::string>>();
    const engine::Embedder embedder(model);
    bench::report("embed batch " + std::to_string(batch), thread_count(), double(texts.size()), bench::seconds(runs, [&] {
      for (std::size_t at = 0; at < texts.size(); at += std::size_t(batch))
        embedder(std::span(texts).subspan(at, std::min(std::size_t(batch), texts.size() - at)));
    }));
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
