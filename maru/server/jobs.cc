// A job that is over is joined when the next one starts.
#include "maru/server/jobs.h"

#include <algorithm>

#include "maru/base/error.h"

namespace maru::server {

Jobs::~Jobs() {
  std::list<Job> last;
  {
    const std::lock_guard lock(mutex_);
    last.swap(jobs_);
  }
  // A job's end looks for its own entry only under the lock, and finds the list's node still in place.
  for (Job& job : last)
    if (job.thread.joinable()) job.thread.join();
}

void Jobs::start(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  std::erase_if(jobs_, [](const Job& job) { return job.over; });
  if (jobs_.size() >= most_)
    fail(ErrorKind::busy, "{} pulls and conversions are running, which is all that may at once; try again when one has ended", jobs_.size());
  Job& job = jobs_.emplace_back();
  job.thread = std::jthread([this, &job, work = std::move(work)] {
    work();
    const std::lock_guard over(mutex_);
    job.over = true;
  });
}

std::size_t Jobs::running() const {
  const std::lock_guard lock(mutex_);
  return std::size_t(std::ranges::count_if(jobs_, [](const Job& job) { return !job.over; }));
}

}  // namespace maru::server
