// Places in a grammar, followed byte by byte.
#include "maru/grammar/threads.h"

#include <algorithm>

#include "maru/base/error.h"

namespace maru::grammar {
namespace {

constexpr std::size_t kMostThreads = 4096;
// Of one walk, which is a mask or a token: about half a second.
constexpr std::size_t kMostWork = 5'000'000;
// Deeper than any parser of JSON goes; a model that opens brackets for ever is stopped here.
constexpr std::size_t kMostDepth = 1024;

}  // namespace

bool Follower::pass(std::uint8_t flags, Thread& thread) {
  if (flags == kFree) return true;
  if (thread.most == kUnknown) {
    if (flags & kMore) thread.need = std::max(thread.need, thread.least + 1);
    if (flags & kDone) thread.bound = std::min(thread.bound, thread.least);
    if (flags & kCount) ++thread.least;
    return true;
  }
  if ((flags & kMore) && thread.most == 0) return false;
  if ((flags & kDone) && thread.least != 0) return false;
  if (flags & kCount) {
    if (thread.least > 0) --thread.least;
    if (thread.most != kUnbounded && thread.most > 0) --thread.most;
  }
  return true;
}

void Follower::add(const Thread& thread, Places& out) {
  const auto wake = [&](std::size_t i) {
    if (waiting_[i]) return;
    waiting_[i] = 1;
    open_.push_back(std::uint32_t(i));
  };
  work_ += 1 + out.threads.size() / 8;
  if (work_ > kMostWork) fail(ErrorKind::limit, "the grammar is too ambiguous here: a mask takes more than {} steps", kMostWork);
  for (std::size_t i = 0; i < out.threads.size(); ++i) {
    Thread& known = out.threads[i];
    if (known.node != thread.node || known.least != thread.least || known.most != thread.most || known.need != thread.need ||
        known.bound != thread.bound)
      continue;
    const StackId below = stacks_.unite(known.below, thread.below);
    if (below == known.below) return;
    known.below = below;
    return wake(i);
  }
  if (out.threads.size() >= kMostThreads)
    fail(ErrorKind::limit, "the grammar is too ambiguous here: more than {} places are followed at once", kMostThreads);
  out.threads.push_back(thread);
  waiting_.push_back(0);
  wake(out.threads.size() - 1);
}

void Follower::pop(const Thread& thread, Places& out) {
  const std::size_t count = stacks_.frames(thread.below).size();
  for (std::size_t i = 0; i < count; ++i) {
    const Frame frame = stacks_.frames(thread.below)[i];  // by value: adding may move the frames
    if (frame.node == kNoNode) {
      const Condition condition{thread.need, thread.bound};
      if (std::ranges::find(out.returned, condition) == out.returned.end()) out.returned.push_back(condition);
    } else {
      add({frame.node, frame.least, frame.most, frame.below, thread.need, thread.bound}, out);
    }
  }
}

void Follower::close(Places& out) {
  while (!open_.empty()) {
    const std::size_t i = open_.back();
    open_.pop_back();
    waiting_[i] = 0;
    const Thread thread = out.threads[i];
    const Node& node = automaton_.nodes[thread.node];
    if (node.ends) {
      Thread ended = thread;
      if (!node.gated || pass(kDone, ended)) pop(ended, out);
    }
    for (std::uint32_t c = node.calls; c < node.calls + node.call_count; ++c) {
      const CallEdge& edge = automaton_.calls[c];
      Thread caller = thread;
      if (!pass(edge.flags, caller)) continue;
      StackId below = caller.below;
      if (!automaton_.nodes[edge.next].tail) {
        if (stacks_.depth(below) >= kMostDepth) continue;
        below = stacks_.push({edge.next, caller.least, caller.most, caller.below});
      }
      add({automaton_.starts[edge.rule], edge.least, edge.most, below, caller.need, caller.bound}, out);
    }
  }
  std::erase_if(out.threads, [&](const Thread& thread) { return automaton_.nodes[thread.node].byte_count == 0; });
}

void Follower::start(Places& out) { begin({.node = automaton_.starts[0]}, out); }

void Follower::begin(Thread at, Places& out) {
  out.clear();
  waiting_.clear();
  open_.clear();
  add(at, out);
  close(out);
}

void Follower::popped(const Thread& from, Places& out) {
  out.clear();
  waiting_.clear();
  open_.clear();
  pop(from, out);
  close(out);
}

void Follower::step(const Places& from, std::uint8_t byte, Places& out) {
  out.clear();
  waiting_.clear();
  open_.clear();
  for (const Thread& thread : from.threads) {
    const Node& node = automaton_.nodes[thread.node];
    const ByteEdge* edges = automaton_.bytes.data() + node.bytes;
    const ByteEdge* found = std::partition_point(edges, edges + node.byte_count, [byte](const ByteEdge& e) { return e.high < byte; });
    if (found == edges + node.byte_count || found->low > byte) continue;
    Thread next = thread;
    if (!pass(found->flags, next)) continue;
    next.node = found->next;
    if (from.threads.size() == 1 && automaton_.nodes[next.node].plain) {
      out.threads.push_back(next);
      return;
    }
    add(next, out);
  }
  close(out);
}

}  // namespace maru::grammar
