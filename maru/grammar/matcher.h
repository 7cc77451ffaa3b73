#pragma once
// A grammar over a vocabulary: which tokens may come next. Tokens are known as byte strings only.
//   tokens  = Tokens::prepare(spellings, ends)           once per tokenizer
//   guide   = Guide::over(grammar, tokens)               once per grammar, shared by its requests
//   matcher = Matcher(guide)                             one per request; copy it for n > 1
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/grammar/grammar.h"

namespace maru::grammar {

// What a token is to a grammar.
struct Spelling {
  std::string bytes = {};  // in running text: " world", half a syllable
  bool special = false;  // control tokens: no grammar ever allows them
};

struct TokenTrie;  // maru/grammar/token_trie.h

// A vocabulary, sorted for walking. Immutable.
class Tokens {
 public:
  using Pointer = std::shared_ptr<const Tokens>;
  // `ends`: the ids that end an answer; allowed where the grammar may end. Throws Error (invalid) for one outside the vocabulary.
  static Pointer prepare(std::span<const Spelling> spellings, std::span<const std::int32_t> ends);
  std::size_t size() const;
  std::string_view bytes(std::int32_t id) const;
  bool ends(std::int32_t id) const;
  const TokenTrie& trie() const { return *trie_; }
  explicit Tokens(std::shared_ptr<const TokenTrie> trie) : trie_(std::move(trie)) {}

 private:
  std::shared_ptr<const TokenTrie> trie_;
};

// Keeps, per state of the grammar, what tokens are allowed whatever the stack is. Filled as states are met; safe from several threads.
class Guide {
 public:
  using Pointer = std::shared_ptr<Guide>;
  static Pointer over(Grammar::Pointer grammar, Tokens::Pointer tokens);
  virtual ~Guide() = default;
  virtual std::size_t bytes() const = 0;  // memory of what is kept
  virtual const Grammar& grammar() const = 0;
  virtual const Tokens& tokens() const = 0;
};

struct MatcherState;  // maru/grammar/matcher.cc

class Matcher {
 public:
  explicit Matcher(Guide::Pointer guide);
  Matcher(const Matcher& other);
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(const Matcher& other);
  Matcher& operator=(Matcher&&) noexcept;
  ~Matcher();

  // Nothing is forbidden until one of these tokens was accepted; the grammar begins behind it (a thinking model's end of thought).
  void begin_after(std::span<const std::int32_t> ids);
  bool waiting() const;

  // Sets the logits of forbidden tokens to minus infinity; ids behind the vocabulary are forbidden. Returns how many are allowed:
  // none means that the vocabulary cannot spell what the grammar wants. Throws Error (limit) where a grammar is too ambiguous.
  std::size_t mask(std::span<float> logits);
  std::span<const std::uint64_t> allowed();   // the same as bits, valid until the next call
  bool allows(std::int32_t id);
  // Moves on. False, and nothing changes, where the token is forbidden.
  bool accept(std::int32_t id);
  bool accept_bytes(std::string_view bytes);
  bool may_end() const;
  bool must_end() const;     // may end and nothing else can follow
  bool finished() const;     // an end token was accepted
  std::string forced() const;  // the bytes that must follow here, at most 4096; empty where there is a choice

 private:
  std::unique_ptr<MatcherState> state_;
};

}  // namespace maru::grammar
