#pragma once
// Texts of many requests to vectors in common batches. Requests take turns, one text each, so that a long list does not hold up a short one.
// What is computed of a batch is its owner's business: an embedder, a classifier.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "maru/base/error.h"
#include "maru/engine/embedder.h"

namespace maru::engine {

// One text's vector, or why there is none: an item that fails leaves the others alone.
struct Encoded {
  Embedding embedding;
  std::optional<Error> error = {};
};

struct EncodeOptions {
  std::size_t waiting = 20'000;       // texts in the queue; a request that would pass it is refused, unless it is alone
  std::int64_t batch_tokens = 2048;   // a batch is closed when it has so many
  bool own_thread = true;             // false: nothing runs but by step(), on the caller's thread
};

class EncodeQueue {
 public:
  using Ticket = std::uint64_t;
  // One ragged call; what comes of an item must not depend on the others.
  using Encode = std::function<std::vector<Embedding>(std::span<const EmbedInput* const>)>;
  // Called once on the queue's thread, in the order of the request's texts; quick, and what it throws is lost. Empty: cancelled.
  using OnEncoded = std::function<void(std::vector<Encoded>)>;

  explicit EncodeQueue(Encode encode, const EncodeOptions& options = {});
  // Ends what waits as cancelled, before it returns; from inside a listener, which may let the last holder go, soon afterwards.
  ~EncodeQueue();
  EncodeQueue(const EncodeQueue&) = delete;
  EncodeQueue& operator=(const EncodeQueue&) = delete;

  // Throws Error (busy) with the counts when the queue is full, (invalid) for no texts.
  Ticket submit(std::vector<EmbedInput> texts, OnEncoded done);
  // Takes effect before the next batch. A ticket that has ended is ignored.
  void cancel(Ticket ticket) noexcept;
  bool step();
  std::size_t waiting() const;        // texts

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;      // the thread holds it, too
};

}  // namespace maru::engine
