// Counts what compiling a grammar costs and stops it in time. Knows nothing of grammars but their Budget.
#include "maru/grammar/meter.h"

#include <ctime>

#include "maru/base/error.h"

namespace maru::grammar {
namespace {

std::int64_t thread_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

Meter::Meter(const Budget& budget) : budget_(budget), begin_ms_(thread_ms()) {}

std::string Meter::place() const { return where.empty() ? "grammar" : "grammar, " + where; }

void Meter::node(std::size_t count) {
  nodes_ += count;
  if (nodes_ > budget_.nodes)
    fail(ErrorKind::limit, "{}: more than {} states; ask for fewer or shorter repetitions and choices", place(), budget_.nodes);
  step(count);
}

void Meter::rule() {
  if (++rules_ > budget_.rules) fail(ErrorKind::limit, "{}: more than {} rules; make the grammar smaller", place(), budget_.rules);
  step();
}

void Meter::step(std::size_t count) {
  steps_ += count;
  if (steps_ > budget_.steps)
    fail(ErrorKind::limit, "{}: compiling takes more than {} steps; make the grammar simpler", place(), budget_.steps);
  unlooked_ += count;
  if (unlooked_ < 4096) return;
  unlooked_ = 0;
  look_at_clock();
}

void Meter::look_at_clock() const {
  if (thread_ms() - begin_ms_ > budget_.cpu_ms)
    fail(ErrorKind::limit, "{}: compiling takes longer than {} ms; make the grammar simpler", place(), budget_.cpu_ms);
}

void Meter::text(std::size_t bytes) const {
  if (bytes > budget_.text) fail(ErrorKind::limit, "{}: {} bytes of text, more than {}", place(), bytes, budget_.text);
}

void Meter::depth(std::size_t level) const {
  if (level > budget_.depth) fail(ErrorKind::limit, "{}: nested deeper than {} levels", place(), budget_.depth);
}

}  // namespace maru::grammar
