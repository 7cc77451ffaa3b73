#pragma once
// A tokenizer from one kind of file to the other: tokenizer.json and the tokenizer.ggml.* keys of a GGUF, for byte-level BPE and WordPiece.
#include <filesystem>
#include <vector>

#include "maru/base/json.h"
#include "maru/base/phrase.h"
#include "maru/io/metadata.h"
#include "maru/io/writers.h"

namespace maru::convert {

// The keys of a GGUF for the tokenizer of a folder: tokenizer.json, tokenizer_config.json, chat_template.jinja. `vocabulary`: how many rows
// the model's table of words has; missing names are filled up. Throws Error naming the part that GGUF has no word for.
std::vector<io::GgufEntry> gguf_tokenizer(const std::filesystem::path& folder, std::int64_t vocabulary, std::vector<Phrase>& notes);

struct JsonTokenizer {
  Json tokenizer, config;            // tokenizer.json, tokenizer_config.json
};
JsonTokenizer json_tokenizer(const io::Metadata& gguf);

}  // namespace maru::convert
