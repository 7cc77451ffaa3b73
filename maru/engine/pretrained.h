#pragma once
// A model folder or file opened once, with what stands beside the weights: tokenizer, labels, limits. What is asked of it is not known here.
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/models/models.h"
#include "maru/text/tokenizer.h"

namespace maru::engine {

class Pretrained {
 public:
  // Throws Error for a file that is damaged, or a tokenizer that has more tokens than the model.
  explicit Pretrained(const std::filesystem::path& path);
  const io::ModelFile& file() const { return file_; }
  const models::Model& model() const { return *model_; }
  const models::Info& info() const { return info_; }
  bool has_tokenizer() const { return bool(tokenizer_); }
  // Throws Error (not_found) where the folder holds none, as that of a model that sees.
  const std::shared_ptr<const text::Tokenizer>& tokenizer() const;
  // config.json's id2label by number; LABEL_0 … where it names none.
  const std::vector<std::string>& labels() const { return labels_; }
  std::string label(std::size_t number) const;
  std::string_view problem_type() const;                 // "regression", "multi_label_classification" …; empty: not said
  // Tokens of one sequence, special ones included: the smaller of the positions and tokenizer_config.json's model_max_length.
  std::size_t max_tokens() const { return max_tokens_; }
  std::string name() const;                              // general.name, or the folder's name
  std::filesystem::path folder() const;
  // A JSON object that lies beside the weights; an empty one where there is none, as with a lone GGUF.
  Json beside(std::string_view file) const;

 private:
  io::ModelFile file_;
  std::unique_ptr<models::Model> model_;
  models::Info info_;
  std::shared_ptr<const text::Tokenizer> tokenizer_;
  std::vector<std::string> labels_;
  std::size_t max_tokens_ = 0;
};

}  // namespace maru::engine
