#pragma once
// Which tokens end an answer. It does not know how answers are made.
#include <cstdint>
#include <vector>

#include "maru/io/model_file.h"
#include "maru/text/tokenizer.h"

namespace maru::engine {

// eos_token_id, one id or a list, of generation_config.json and config.json, or what a GGUF names; the tokenizer's own; and special tokens
// that are spelled like an end in a known family, since files forget to name them. In order, each once.
// Throws Error for an eos_token_id that is neither an id nor a list of ids.
std::vector<std::int32_t> end_tokens(const io::ModelFile& file, const text::Tokenizer& tokenizer);

}  // namespace maru::engine
