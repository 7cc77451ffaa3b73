// Keeps the masks of a grammar's nodes over one vocabulary. A mask is computed when a node is first met.
#include "maru/grammar/guide.h"

namespace maru::grammar {
namespace {

// Memory one grammar's masks may take; past it they are forgotten and computed again as they are met.
constexpr std::size_t kMostBytes = 64 << 20;

}  // namespace

std::shared_ptr<const NodeMask> KeptMasks::mask(NodeId node) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = masks_.find(node); found != masks_.end()) return found->second;
  }
  // Computed outside the lock: two requests that meet a node at once do it twice, and nobody waits.
  auto made = std::make_shared<const NodeMask>(node_mask(grammar_->automaton(), tokens_->trie(), node));
  const std::lock_guard lock(mutex_);
  if (bytes_ + made->bytes() > kMostBytes) {
    masks_.clear();
    bytes_ = 0;
  }
  const auto [at, fresh] = masks_.try_emplace(node, made);
  if (fresh) bytes_ += made->bytes();
  return at->second;
}

std::size_t KeptMasks::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

Guide::Pointer Guide::over(Grammar::Pointer grammar, Tokens::Pointer tokens) {
  return std::make_shared<KeptMasks>(std::move(grammar), std::move(tokens));
}

}  // namespace maru::grammar
