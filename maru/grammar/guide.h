#pragma once
// The masks behind a Guide.
#include <mutex>
#include <unordered_map>

#include "maru/grammar/node_mask.h"

namespace maru::grammar {

class KeptMasks : public Guide {
 public:
  KeptMasks(Grammar::Pointer grammar, Tokens::Pointer tokens) : grammar_(std::move(grammar)), tokens_(std::move(tokens)) {}
  std::shared_ptr<const NodeMask> mask(NodeId node);
  std::size_t bytes() const override;
  const Grammar& grammar() const override { return *grammar_; }
  const Tokens& tokens() const override { return *tokens_; }

 private:
  Grammar::Pointer grammar_;
  Tokens::Pointer tokens_;
  mutable std::mutex mutex_;
  std::unordered_map<NodeId, std::shared_ptr<const NodeMask>> masks_;
  std::size_t bytes_ = 0;
};

}  // namespace maru::grammar
