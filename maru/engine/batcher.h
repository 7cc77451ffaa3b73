#pragma once
// The running answers of one model: which rows the next step has, the pages they need, and what becomes of the logits. It knows no queue, no
// thread and no lock; the scheduler calls it from one thread.
#include <memory>
#include <vector>

#include "maru/engine/prefix_cache.h"
#include "maru/engine/sequence.h"

namespace maru::engine {

class Batcher {
 public:
  Batcher(std::shared_ptr<const Pretrained> model, const SchedulerOptions& options);
  // Throws Error (usage, invalid, limit) for what can never run. -> the tokens that it may hold
  std::int64_t check_request(const GenerationRequest& request) const;
  // Takes a request in, when there is room now. What had to give its place up comes first.
  bool admit(const std::shared_ptr<Asked>& asked);
  // Ends the cancelled, takes back what had given its place up, runs one batch and tells the listeners. -> whether anything runs or ran
  bool step();
  void end_all(Finish finish, const std::optional<Error>& error = {});
  bool idle() const { return running_.empty() && returned_.empty(); }
  void forget_prefixes() { prefixes_.clear(); }
  void count(SchedulerStats& stats) const;

 private:
  using Running = std::vector<std::unique_ptr<Sequence>>;
  struct Part {
    Sequence* sequence;
    std::int64_t rows;
  };
  struct Row {
    Sequence* sequence;
    std::span<float> logits;
  };
  ops::KvCache empty_cache() const;
  std::unique_ptr<Sequence> sequence_for(const std::shared_ptr<Asked>& asked, int choice) const;
  bool place(Sequence& sequence);
  bool twin_reads(const Sequence& sequence) const;
  std::size_t promised() const;
  void take_back();
  void end_cancelled();

  std::vector<Part> plan() const;
  void share_piece(std::vector<Sequence*> readers, std::vector<Part>& parts) const;
  bool make_room(std::vector<Part>& parts);
  void give_place_up(Sequence& sequence);
  Tensor run(const std::vector<Part>& parts, const std::vector<std::int64_t>& wanted);
  void read_logits(const std::vector<Part>& parts, Tensor& logits);
  void fork_choices(Sequence& first, std::span<const float> logits, std::vector<std::vector<float>>& copies, std::vector<Row>& rows);
  void choose(Row& row) const;
  void tell(Sequence& sequence);
  void grow(Sequence& sequence);
  void end(Sequence& sequence, Finish finish, std::optional<Error> error = {});
  void remove_ended();
  void learn_speed(std::int64_t piece, Clock::duration took);

  std::shared_ptr<const Pretrained> model_;
  SchedulerOptions options_;
  std::vector<std::int32_t> ends_;
  ops::PagePool pool_;
  PrefixCache prefixes_;
  Running running_;                            // by ticket: the first came first
  Running returned_;                           // gave their place up, by ticket
  std::int64_t piece_;                         // tokens of prompts in the next step
  SchedulerStats stats_;
};

}  // namespace maru::engine
