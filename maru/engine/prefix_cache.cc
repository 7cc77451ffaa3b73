// Looking up and remembering cost a step a block; forgetting goes from the leaves.
#include "maru/engine/prefix_cache.h"

#include <algorithm>

namespace maru::engine {

bool PrefixCache::Node::idle() const {
  return std::ranges::all_of(pages, [](const ops::PagePool::Page& page) { return page.use_count() == 1; });
}

PrefixCache::~PrefixCache() { clear(); }

PrefixCache::Key PrefixCache::key_at(std::span<const std::int32_t> tokens, std::int64_t block) {
  Key key;
  std::ranges::copy(tokens.subspan(std::size_t(block * kBlock), std::size_t(kBlock)), key.begin());
  return key;
}

void PrefixCache::touch(Node* node) {
  for (; node->parent; node = node->parent) recency_.splice(recency_.end(), recency_, node->recent);
}

std::int64_t PrefixCache::find(std::string_view scope, std::span<const std::int32_t> tokens, ops::KvCache& cache) {
  const auto root = roots_.find(scope);
  if (root == roots_.end()) return 0;
  Node* node = root->second.get();
  for (std::int64_t i = 0; (i + 1) * kBlock <= std::int64_t(tokens.size()); ++i) {
    const auto child = node->children.find(key_at(tokens, i));
    if (child == node->children.end()) break;
    node = child->second.get();
    cache.append_block(node->pages);
  }
  touch(node);
  return cache.length();
}

void PrefixCache::keep(std::string_view scope, std::span<const std::int32_t> tokens, const ops::KvCache& cache) {
  const std::int64_t blocks = std::min(cache.length(), std::int64_t(tokens.size())) / kBlock;
  if (blocks == 0 || most_ == 0) return;
  auto root = roots_.find(scope);
  if (root == roots_.end()) {
    root = roots_.emplace(scope, std::make_unique<Node>()).first;
    root->second->scope = root->first;
  }
  Node* node = root->second.get();
  for (std::int64_t i = 0; i < blocks; ++i) {
    const Key key = key_at(tokens, i);
    const auto known = node->children.find(key);
    node = known != node->children.end() ? known->second.get() : add(*node, key, cache.block(i));
  }
  touch(node);
  if (pages_ > most_) evict(pages_ - most_);
}

PrefixCache::Node* PrefixCache::add(Node& parent, const Key& key, std::vector<ops::PagePool::Page> pages) {
  auto made = std::make_unique<Node>();
  Node* const node = made.get();
  node->parent = &parent;
  node->key = key;
  node->pages = std::move(pages);
  std::list<Node*> one{node};  // taken before the tree is touched: what comes after cannot fail
  node->recent = one.begin();
  parent.children.emplace(key, std::move(made));
  recency_.splice(recency_.end(), one);
  pages_ += node->pages.size();
  return node;
}

std::size_t PrefixCache::evict(std::size_t pages) {
  std::size_t freed = 0;
  for (auto at = recency_.begin(); at != recency_.end() && freed < pages;) {
    Node* const node = *at;
    if (!node->children.empty() || !node->idle()) {
      ++at;
      continue;
    }
    freed += node->pages.size();
    at = forget(node);
  }
  return freed;
}

std::list<PrefixCache::Node*>::iterator PrefixCache::forget(Node* node) {
  const auto next = recency_.erase(node->recent);
  pages_ -= node->pages.size();
  Node* const parent = node->parent;
  parent->children.erase(Key(node->key));
  if (!parent->parent && parent->children.empty()) roots_.erase(std::string(parent->scope));
  return next;
}

void PrefixCache::clear() {
  // From the leaves: a chain of a hundred thousand blocks is no depth for a destructor that calls itself.
  for (auto at = recency_.begin(); at != recency_.end();) {
    if ((*at)->children.empty()) at = forget(*at);
    else ++at;
    if (at == recency_.end() && !recency_.empty()) at = recency_.begin();
  }
}

}  // namespace maru::engine
