// bench_batch_decode MODEL [--sequences 1,4,16,64] [--context 200] [--types f16] [--steps 16] [--runs 5] [--threads N]: tokens per second
// of decoding many sequences in one ragged batch, each behind a context of its own, as JSON lines. The types of pages take turns within
// a run, so that their ratio stands even on a machine that others use. What the pages hold is random: speed does not depend on it.
#include <CLI/CLI.hpp>

#include <ctime>
#include <random>

#include "bench/timing.h"
#include "maru/base/pool.h"
#include "maru/engine/session.h"
#include "maru/io/model_file.h"

namespace maru::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Times {
  std::vector<double> whole, logits;  // seconds of all steps of a run
  std::vector<double> cpu;            // seconds that all threads computed: what remains steady where others use the machine
};

std::vector<ops::KvCache> filled(const models::Info& info, ops::KvType type, int sequences, std::int64_t context) {
  const ops::PagePool pool(ops::KvCache::page_bytes(info.kv_heads, info.head, type));
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(std::size_t(context * info.kv_heads * info.head));
  for (float& x : numbers) x = normal(random);
  std::vector<ops::KvCache> caches;
  for (int i = 0; i < sequences; ++i) {
    ops::KvCache cache(info.layers, info.kv_heads, info.head, type, pool);
    const std::int64_t length = std::max<std::int64_t>(1, context - 3 * i % 16);  // no two of a server's requests stand at one position
    for (int layer = 0; layer < info.layers; ++layer) cache.write(layer, numbers.data(), numbers.data(), length);
    cache.advance(length);
    caches.push_back(std::move(cache));
  }
  return caches;
}

void run(const models::Model& model, std::vector<ops::KvCache>& caches, int steps, Times& times) {
  const std::int64_t vocabulary = model.info().vocabulary;
  std::vector<ops::KvCache*> pointers;
  std::vector<std::int64_t> lengths;
  ops::Ragged rows;
  for (ops::KvCache& cache : caches) {
    pointers.push_back(&cache);
    lengths.push_back(cache.length());
    rows.add(1);
  }
  const auto begin = Clock::now();
  const std::clock_t cpu = std::clock();
  Seconds logits{};
  for (int step = 0; step < steps; ++step) {
    std::vector<std::int32_t> ids, positions;
    for (std::size_t i = 0; i < caches.size(); ++i) {
      ids.push_back(std::int32_t((1000 + 7919 * std::int64_t(i) + 31 * step) % vocabulary));
      positions.push_back(std::int32_t(caches[i].length()));
    }
    const Tensor hidden = model.hidden({.ids = ids, .positions = positions, .rows = rows, .caches = pointers});
    for (ops::KvCache& cache : caches) cache.advance(1);
    const auto hidden_done = Clock::now();
    model.logits(hidden);
    logits += Clock::now() - hidden_done;
  }
  times.whole.push_back(Seconds(Clock::now() - begin).count());
  times.cpu.push_back(double(std::clock() - cpu) / CLOCKS_PER_SEC);
  times.logits.push_back(logits.count());
  for (std::size_t i = 0; i < caches.size(); ++i) caches[i].truncate(lengths[i]);
}

double median(std::vector<double> all) {
  std::ranges::sort(all);
  return all[all.size() / 2];
}

}  // namespace
}  // namespace maru::bench

int main(int count, char** arguments) {
  using namespace maru;
  CLI::App app("Tokens per second of decoding in batches");
  std::string path;
  std::vector<int> sequences{1, 4, 16, 64};
  std::vector<std::int64_t> contexts{200};
  std::vector<std::string> types{"f16"};
  int threads = 0, steps = 16, runs = 5;
  app.add_option("MODEL", path)->required();
  app.add_option("--sequences", sequences)->delimiter(',');
  app.add_option("--context", contexts)->delimiter(',');
  app.add_option("--types", types)->delimiter(',');
  app.add_option("--steps", steps);
  app.add_option("--runs", runs);
  app.add_option("--threads", threads);
  CLI11_PARSE(app, count, arguments);
  try {
    if (threads > 0) set_thread_count(threads);
    const io::ModelFile file = io::open_file(path);
    const auto model = models::open(file);
    for (const std::int64_t context : contexts)
      for (const int n : sequences) {
        std::vector<std::vector<ops::KvCache>> caches;
        for (const std::string& name : types) {
          const std::optional<ops::KvType> type = ops::kv_type_named(name);
          check(type.has_value(), "--types: expected f32, f16 or q8_0, got {}", name);
          caches.push_back(bench::filled(model->info(), *type, n, context));
        }
        std::vector<bench::Times> times(types.size());
        for (int i = 0; i <= runs; ++i) {  // the first warms up
          if (i == 1) times.assign(types.size(), {});
          for (std::size_t t = 0; t < types.size(); ++t) bench::run(*model, caches[t], steps, times[t]);
        }
        for (std::size_t t = 0; t < types.size(); ++t) {
          bench::Times& all = times[t];
          const double median = bench::median(all.whole);
          const Json line = {{"bench", "decode"}, {"pages", types[t]}, {"sequences", n}, {"context", context}, {"threads", thread_count()},
                             {"isa", kernels::isa_name()}, {"runs", runs}, {"tokens_per_s", steps * n / median},
                             {"best", steps * n / std::ranges::min(all.whole)}, {"step_ms", 1e3 * median / steps},
                             {"logits_ms", 1e3 * bench::median(all.logits) / steps}, {"cpu_ms", 1e3 * bench::median(all.cpu) / steps}};
          std::printf("%s\n", line.dump().c_str());
          std::fflush(stdout);
        }
      }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
