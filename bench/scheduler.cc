// bench_scheduler MODEL [--clients 1,4,16,64] [--prompt 100] [--answer 128] [--rounds 2] [--threads N]: so many clients, each of whom asks
// again when his answer is there: tokens of all answers per second, the time to the first token and the processor time, as JSON lines.
// No two prompts begin alike.
#include <CLI/CLI.hpp>

#include <condition_variable>
#include <ctime>
#include <mutex>
#include <random>

#include "bench/timing.h"
#include "maru/base/pool.h"
#include "maru/engine/scheduler.h"

namespace maru::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Load {
  int clients, prompt, answer, rounds;
};

class Clients {
 public:
  Clients(engine::Scheduler& scheduler, const Load& load) : scheduler_(scheduler), load_(load) {}

  Json run() {
    const auto begin = Clock::now();
    const std::clock_t cpu = std::clock();
    for (int i = 0; i < load_.clients; ++i) ask(load_.rounds);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return int(first_.size()) == load_.clients * load_.rounds; });
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    std::ranges::sort(first_);
    const auto at = [&](double share) { return first_[std::size_t(share * double(first_.size() - 1) + 0.5)] * 1e3; };
    return {{"clients", load_.clients}, {"threads", thread_count()}, {"requests", first_.size()}, {"tokens_per_s", double(tokens_) / seconds},
            {"first_ms_p50", at(0.5)}, {"first_ms_p99", at(0.99)}, {"cpu_s", double(std::clock() - cpu) / CLOCKS_PER_SEC},
            {"longest_step_ms", double(scheduler_.stats().longest_step.count()) / 1e6}};
  }

 private:
  void ask(int rounds_left) {
    engine::GenerationRequest r;
    {
      const std::lock_guard lock(mutex_);
      for (int i = 0; i < load_.prompt; ++i) r.prompt.push_back(std::int32_t(1000 + random_() % 40000));
    }
    r.sampling = {.temperature = 0.8f, .top_k = 40, .top_p = 0.9f, .max_tokens = load_.answer, .ignore_end = true};
    const auto asked = Clock::now();
    auto first = std::make_shared<double>(0);
    scheduler_.submit(std::move(r), {.on_token = [first, asked](const engine::TokenEvent&) {
                                       if (*first == 0) *first = std::chrono::duration<double>(Clock::now() - asked).count();
                                     },
                                     .on_end = [this, first, rounds_left](const engine::EndEvent& e) {
                                       if (rounds_left > 1) ask(rounds_left - 1);
                                       const std::lock_guard lock(mutex_);
                                       first_.push_back(*first);
                                       tokens_ += e.usage.generated;
                                       done_.notify_all();
                                     }});
  }

  engine::Scheduler& scheduler_;
  Load load_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::mt19937 random_{17};
  std::vector<double> first_;
  std::int64_t tokens_ = 0;
};

}  // namespace
}  // namespace maru::bench

int main(int count, char** arguments) {
  using namespace maru;
  CLI::App app("Tokens per second of many clients at once");
  std::string path;
  std::vector<int> clients{1, 4, 16, 64};
  bench::Load load{.clients = 1, .prompt = 100, .answer = 128, .rounds = 2};
  int threads = 0, step_ms = 100;
  app.add_option("MODEL", path)->required();
  app.add_option("--clients", clients)->delimiter(',');
  app.add_option("--prompt", load.prompt);
  app.add_option("--answer", load.answer);
  app.add_option("--rounds", load.rounds);
  app.add_option("--step", step_ms);
  app.add_option("--threads", threads);
  CLI11_PARSE(app, count, arguments);
  try {
    if (threads > 0) set_thread_count(threads);
    const auto model = std::make_shared<const engine::Pretrained>(path);
    {
      engine::Scheduler warm(model);  // packs the weights
      bench::Clients(warm, {.clients = 1, .prompt = 64, .answer = 4, .rounds = 1}).run();
    }
    for (const int n : clients) {
      load.clients = n;
      engine::Scheduler scheduler(model, {.step = std::chrono::milliseconds(step_ms)});
      std::printf("%s\n", bench::Clients(scheduler, load).run().dump().c_str());
      std::fflush(stdout);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
