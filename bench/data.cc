// Rows per second of a data file read from its begin to its end by one of maru's readers, every column made.
//   bench_data FILE --runs N      the threads of the Arrow library are told by OMP_NUM_THREADS
#include <cstdlib>
#include <cstring>
#include <exception>

#include "bench/timing.h"
#include "maru/data/data.h"

namespace {

std::uint64_t read(const std::filesystem::path& file) {
  const maru::data::DataSet set = maru::data::find(file);
  const auto stream = maru::data::open(set, "");
  std::uint64_t rows = 0;
  for (maru::data::Batch batch; stream->next(batch);) rows += batch.rows;
  return rows;
}

}  // namespace

int main(int count, char** words) try {
  if (count < 2) {
    std::fprintf(stderr, "bench_data FILE [--runs N]\n");
    return 2;
  }
  const int runs = count > 3 && std::strcmp(words[2], "--runs") == 0 ? std::atoi(words[3]) : 1;
  const char* threads = std::getenv("OMP_NUM_THREADS");
  std::uint64_t rows = 0;
  const auto all = maru::bench::seconds(runs, [&] { rows = read(words[1]); });
  maru::bench::report("rows per second", threads ? std::atoi(threads) : 0, double(rows), all);
} catch (const std::exception& problem) {
  std::fprintf(stderr, "%s\n", problem.what());
  return 1;
}
