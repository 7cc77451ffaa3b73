#pragma once
// How a text is searched for, greedily or with beams: the names and meanings of the reference library's generation_config.json. Sampling is
// no part of it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/io/model_file.h"

namespace maru::engine {

enum class EarlyStopping {
  no,     // stop when the best running hypothesis, at its present length, can no longer beat the worst finished one
  yes,    // stop as soon as there are as many finished hypotheses as beams
  never,  // stop when no hypothesis could get better even at the greatest length
};

// Lengths count every token that the model is fed or writes: the decoder's start, or a prompt, and the end too.
struct SearchOptions {
  int beams = 1;                                       // num_beams; 1: greedy, the likeliest token each time
  int returned = 1;                                    // num_return_sequences: the best so many of the beams
  float length_penalty = 1;                            // a finished hypothesis scores its log-probability / length^this
  EarlyStopping early_stopping = EarlyStopping::no;
  std::optional<std::int64_t> max_length, max_new_tokens;  // the second wins; neither: 20 new tokens
  std::int64_t min_length = 0, min_new_tokens = 0;     // the second wins when it is not 0; more than the greatest length: no end is written
  std::int64_t no_repeat_ngram_size = 0, encoder_no_repeat_ngram_size = 0;  // 0: off
  float repetition_penalty = 1;
  std::vector<std::vector<std::int32_t>> bad_words_ids = {};
  std::vector<std::int32_t> suppress_tokens = {}, begin_suppress_tokens = {};
  std::optional<std::int32_t> forced_bos_token_id = {};
  std::vector<std::int32_t> forced_eos_token_id = {}, eos_token_id = {};
  std::optional<std::int32_t> decoder_start_token_id = {};
  bool renormalize_logits = false;
  std::string prefix = {};                             // what the task writes before the text: "summarize: "
  std::vector<std::string> ignored = {};               // keys that a file sets and this program does not follow, to be told to the person

  // The greatest length for a prompt of so many tokens; `positions`: those that the model has, 0 for no limit.
  std::int64_t greatest_length(std::int64_t prompt, std::int64_t positions) const;
};

// What a model's files say: generation_config.json, or config.json where there is none, then the task's part of config.json's
// task_specific_params ("summarization", "translation_en_to_de"); of a GGUF, its ids. Throws Error naming file and key.
SearchOptions search_options(const io::ModelFile& file, std::string_view task = {});
// The tasks that config.json has parameters for.
std::vector<std::string> search_tasks(const io::ModelFile& file);

}  // namespace maru::engine
