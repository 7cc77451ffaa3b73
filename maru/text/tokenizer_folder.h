#pragma once
// The tokenizer of a model folder, whichever files it comes in.
#include <filesystem>
#include <memory>

#include "maru/text/tokenizer.h"

namespace maru::text {

// tokenizer.json where there is one; else Marian's source.spm with vocab.json, or a SentencePiece file (spiece.model, tokenizer.model,
// sentencepiece.bpe.model) with the special tokens that the model's family puts around a text: Llama's, T5's, XLM-R's; those of another
// family, or of none that the folder names, are the file's own pieces and nothing is added. Throws Error (not_found) where there is none,
// (invalid) for a family that renumbers pieces in a way not known here.
std::shared_ptr<const Tokenizer> tokenizer_from_folder(const std::filesystem::path& folder);
bool has_tokenizer(const std::filesystem::path& folder);

}  // namespace maru::text
