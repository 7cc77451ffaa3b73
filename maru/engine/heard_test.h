#pragma once
// What tests of the scheduler share: a tiny model, requests of many kinds, and what their listeners heard.
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "maru/engine/scheduler.h"
#include "maru/engine/tiny_model_test.h"

namespace maru::engine {

using Ids = std::vector<std::int32_t>;
constexpr int kContext = 256, kVocabulary = 61;

inline const std::shared_ptr<const Pretrained>& model() {
  static const auto opened = [] {
    static const Folder folder("llama");
    Json config = parse_json(read_file(folder.path / "config.json", 1 << 20), "config.json");
    config["max_position_embeddings"] = kContext;
    folder.put("config.json", config.dump());
    return std::make_shared<const Pretrained>(folder.path);
  }();
  return opened;
}

inline std::size_t bytes_of(std::int64_t tokens) {
  const models::Info& info = model()->info();
  return std::size_t(tokens / 16) * std::size_t(info.layers) * ops::KvCache::page_bytes(info.kv_heads, info.head, ops::KvType::f16);
}

// What one choice of a request was told.
struct Heard {
  Ids ids;
  std::vector<float> logprobs;
  std::string text, error;
  std::optional<Finish> finish;
  bool context_full = false;
  int ends = 0;
  Usage usage;
  friend bool operator==(const Heard& a, const Heard& b) {
    return a.ids == b.ids && a.logprobs == b.logprobs && a.text == b.text && a.finish == b.finish;
  }
};
using Ears = std::map<int, Heard>;

inline Listener listener(Ears& ears) {
  return {.on_token = [&ears](const TokenEvent& e) {
            Heard& h = ears[e.choice];
            h.ids.push_back(e.id);
            h.logprobs.push_back(e.logprob);
            for (const TokenLogprob& t : e.top) h.logprobs.push_back(t.logprob);
            h.text += e.text;
          },
          .on_end = [&ears](const EndEvent& e) {
            Heard& h = ears[e.choice];
            h.text += e.text;
            h.finish = e.finish;
            h.context_full = e.context_full;
            h.usage = e.usage;
            if (e.error) h.error = e.error->what();
            ++h.ends;
          }};
}

inline GenerationRequest request(int number, int prompt = 0) {
  std::mt19937 random{std::uint32_t(number)};
  GenerationRequest r;
  const int length = prompt ? prompt : 1 + int(random() % 70);
  for (int i = 0; i < length; ++i) r.prompt.push_back(std::int32_t(3 + random() % (kVocabulary - 4)));
  r.sampling = {.temperature = 1.5f, .top_k = number % 3 * 10, .top_p = 0.9f, .repeat_penalty = 1.1f, .presence_penalty = 0.2f, .seed = std::uint64_t(number),
                .max_tokens = 1 + std::int64_t(random() % 40), .ignore_end = true, .logprobs = 2};
  return r;
}

inline const SchedulerOptions kByHand{.own_thread = false};

inline Ears run(Scheduler& scheduler, const GenerationRequest& r) {
  Ears ears;
  scheduler.submit(r, listener(ears));
  while (scheduler.step()) {}
  return ears;
}

inline Heard alone(const GenerationRequest& r) {
  Scheduler scheduler(model(), kByHand);
  return run(scheduler, r)[0];
}

inline bool only_prefixes_are_left(const Scheduler& scheduler) {
  const SchedulerStats stats = scheduler.stats();
  return stats.running == 0 && stats.waiting == 0 && stats.cache_bytes == stats.prefix_bytes;
}

}  // namespace maru::engine
