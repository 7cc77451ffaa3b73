#pragma once
// Keys and values of texts that were read before, for the next text that begins as they did: a tree of blocks of sixteen tokens, each with
// its pages of every layer. It does not know requests; one model, precision and type of page is its owner's business.
#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/ops/kv_cache.h"

namespace maru::engine {

class PrefixCache {
 public:
  // Holds up to `most` pages, unless more of them are in use elsewhere too.
  explicit PrefixCache(std::size_t most) : most_(most) {}
  ~PrefixCache();
  PrefixCache(const PrefixCache&) = delete;
  PrefixCache& operator=(const PrefixCache&) = delete;

  // Puts the pages of the longest known beginning of `tokens` into an empty cache, whole blocks only. -> positions found
  std::int64_t find(std::string_view scope, std::span<const std::int32_t> tokens, ops::KvCache& cache);
  // Remembers the whole blocks of a cache that holds `tokens` (at least length() of them). Blocks that are known keep their pages.
  void keep(std::string_view scope, std::span<const std::int32_t> tokens, const ops::KvCache& cache);
  // Forgets what was used least recently until `pages` have gone back to the pool, or nothing is left that would give any: pages that a
  // running sequence reads stay. -> pages given back
  std::size_t evict(std::size_t pages);
  void clear();
  std::size_t pages() const { return pages_; }
  std::size_t blocks() const { return recency_.size(); }

 private:
  static constexpr std::int64_t kBlock = kernels::kPage;
  // Compared whole: no two texts are taken for one.
  using Key = std::array<std::int32_t, kBlock>;
  struct Node {
    Node* parent = nullptr;
    Key key{};
    std::string_view scope;                 // of a root: its key in roots_
    std::vector<ops::PagePool::Page> pages;
    std::map<Key, std::unique_ptr<Node>> children;
    std::list<Node*>::iterator recent;
    bool idle() const;                      // nobody else holds its pages
  };
  static Key key_at(std::span<const std::int32_t> tokens, std::int64_t block);
  // Moves a path to the end of recency_, the root last: a parent is never forgotten before its children.
  void touch(Node* node);
  Node* add(Node& parent, const Key& key, std::vector<ops::PagePool::Page> pages);
  std::list<Node*>::iterator forget(Node* node);

  std::size_t most_, pages_ = 0;
  std::map<std::string, std::unique_ptr<Node>, std::less<>> roots_;
  std::list<Node*> recency_;                // least recently used first
};

}  // namespace maru::engine
