// bench_decoder MODEL [--threads N] [--prompt 512] [--answer 128] [--runs 5]: tokens per second of prefill and of decoding, as JSON lines.
// Weights are packed before the clock runs; a cold start is measured from outside (compare.py).
#include <CLI/CLI.hpp>

#include "bench/timing.h"
#include "maru/base/pool.h"
#include "maru/engine/session.h"
#include "maru/io/model_file.h"

int main(int count, char** arguments) {
  using namespace maru;
  CLI::App app("Tokens per second of a decoder");
  std::string model;
  int threads = 0, prompt = 512, answer = 128, runs = 5;
  app.add_option("MODEL", model)->required();
  app.add_option("--threads", threads);
  app.add_option("--prompt", prompt);
  app.add_option("--answer", answer);
  app.add_option("--runs", runs);
  CLI11_PARSE(app, count, arguments);
  try {
    if (threads > 0) set_thread_count(threads);
    const io::ModelFile file = io::open_file(model);
    const auto decoder = models::open(file);
    std::vector<std::int32_t> ids;
    for (int i = 0; i < std::max(prompt, answer); ++i) ids.push_back(std::int32_t((1000 + 7919 * std::int64_t(i)) % decoder->info().vocabulary));
    if (prompt > 0)
      bench::report("prefill " + std::to_string(prompt), thread_count(), prompt, bench::seconds(runs, [&] {
        engine::Session session(*decoder);
        session.run(std::span(ids).first(std::size_t(prompt)));
      }));
    if (answer > 0)
      bench::report("decode " + std::to_string(answer), thread_count(), answer, bench::seconds(runs, [&] {
        engine::Session session(*decoder);
        for (int i = 0; i < answer; ++i) session.run({&ids[std::size_t(i)], 1});
      }));
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
