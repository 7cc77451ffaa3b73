// Files that pandas and pyarrow wrote are read equal, and transforms give the orders that `datasets` gives (tools/golden_data.py).
#include <doctest/doctest.h>

#include "maru/base/file.h"
#include "maru/data/transforms.h"
#include "maru/data/writers.h"
#include "tests/scratch.h"

namespace maru::data {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(MARU_TESTS) / "golden" / "data" / "text";

Json golden(const char* name) { return parse_json(read_file(kGolden / name), name); }

Json all_rows(Stream& stream) {
  Json out = Json::array();
  for (Batch batch; stream.next(batch);)
    for (std::size_t row = 0; row < batch.rows; ++row) out.push_back(to_json(stream.schema(), batch, row));
  return out;
}

// A key whose value is null in every row that has it may be left out by the writer; the order of keys is no part of a row.
bool equal_rows(const Json& got, const Json& expected) {
  if (got.is_object() && expected.is_object()) {
    for (const auto& [key, value] : expected.items())
      if (!(got.contains(key) ? equal_rows(got[key], value) : value.is_null())) return false;
    for (const auto& [key, value] : got.items())
      if (!expected.contains(key) && !value.is_null()) return false;
    return true;
  }
  if (got.is_array() && expected.is_array()) {
    if (got.size() != expected.size()) return false;
    for (std::size_t i = 0; i < got.size(); ++i)
      if (!equal_rows(got[i], expected[i])) return false;
    return true;
  }
  return got == expected;
}

TEST_CASE("tables that pandas and pyarrow wrote are read equal") {
  const Json expected = golden("expected.json");
  REQUIRE(expected.size() == 11);
  for (const auto& [name, rows] : expected.items()) {
    CAPTURE(name);
    const DataSet set = find(kGolden / name);
    const auto stream = open(set, "");
    const Json got = all_rows(*stream);
    CHECK_MESSAGE(equal_rows(got, rows), dump(got));
  }
}

TEST_CASE("what is written is read back equal") {
  const testing::Scratch folder;
  const Json expected = golden("expected.json");
  for (const char* name : {"pandas.csv", "pyarrow.csv", "nested.jsonl"})
    for (const char* to : {"out.csv", "out.tsv", "out.jsonl"}) {
      if (std::string_view(name) == "nested.jsonl" && std::string_view(to) != "out.jsonl") continue;  // lists become text in CSV
      CAPTURE(name);
      CAPTURE(to);
      const auto rows = open(find(kGolden / name), "");
      write_rows(*rows, folder.path / to, {});
      const auto again = open(find(folder.path / to), "");
      CHECK(equal_rows(all_rows(*again), expected[name]));
    }
}

Rows numbers(std::int64_t from, std::int64_t to, std::size_t batch = 4) {
  struct Numbers : Stream {
    Schema schema_{{.name = "n", .type = Type::integer}};
    std::int64_t at, end;
    std::size_t batch;
    Numbers(std::int64_t from, std::int64_t to, std::size_t size) : at(from), end(to), batch(size) {}
    const Schema& schema() const override { return schema_; }
    bool next(Batch& out) override {
      out = {};
      Builder builder(schema_);
      while (at < end && builder.rows() < batch) {
        add_integer(builder.columns()[0], at++);
        builder.row_done();
      }
      if (builder.rows() == 0) return false;
      out = builder.finish();
      return true;
    }
  };
  return std::make_unique<Numbers>(from, to, batch);
}

std::vector<std::int64_t> values(Rows rows) {
  std::vector<std::int64_t> out;
  for (Batch batch; rows->next(batch);) out.insert(out.end(), batch.columns[0].integers.begin(), batch.columns[0].integers.end());
  return out;
}

TEST_CASE("transforms give the rows that the data-set library gives") {
  const Json expected = golden("orders.json");
  const auto same = [&](const char* name, Rows rows) {
    CAPTURE(name);
    CHECK(Json(values(std::move(rows))) == expected[name]);
  };
  const auto rows = [] { return numbers(0, 23); };
  const auto both = [&] {
    std::vector<Rows> out;
    out.push_back(rows());
    out.push_back(numbers(100, 105));
    return out;
  };
  same("take 5", take(rows(), 5));
  same("skip 20", skip(rows(), 20));
  same("shard 1 of 4", shard(rows(), 1, 4));
  same("filter odd", filter(rows(), [](const Row& row) { return row.integer("n") % 2 == 1; }));
  same("concatenate", concatenate(both()));
  same("interleave", interleave(both()));
  same("repeat 2", repeat(rows, 2));
  const auto batches = [](Rows from) {
    Json out = Json::array();
    for (Batch batch; from->next(batch);) out.push_back(batch.columns[0].integers);
    return out;
  };
  CHECK(batches(batched(rows(), 5, false)) == expected["batch 5"]);
  CHECK(batches(batched(rows(), 5, true)) == expected["batch 5 drop last"]);
}

TEST_CASE("split selections mean what they mean in the data-set library") {
  const testing::Scratch folder;
  std::string lines;
  for (int i = 0; i < 23; ++i) lines += fmt::format("{{\"n\":{}}}\n", i);
  const DataSet set = find(folder.put("train.jsonl", lines));
  const Json expected = golden("orders.json");
  int asked = 0;
  for (const auto& [spec, rows] : expected.items()) {
    if (!spec.starts_with("train[")) continue;
    CAPTURE(spec);
    CHECK(Json(values(open(set, spec))) == rows);
    ++asked;
  }
  CHECK(asked == 10);
  CHECK(values(open(set, "train[:2] + train[-1:]")) == std::vector<std::int64_t>{0, 1, 22});
  CHECK(testing::error_of([&] { open(set, "test"); }) == "train has no split \"test\"; it has: train");
  CHECK(testing::error_of([&] { open(set, "train[1"); }).contains("is no split"));
  CHECK(testing::error_of([&] { open(set, "train[1:50%]"); }) == "train[1:50%]: rows and percents cannot be mixed");
}

TEST_CASE("a train and test split is exact, disjoint and the same for the same seed") {
  const auto rows = [] { return numbers(0, 1000); };
  const auto split = [&](std::uint64_t seed) {
    TrainTest parts = train_test_split(rows, 1000, 0.2, seed);
    return std::pair(values(std::move(parts.train)), values(std::move(parts.test)));
  };
  const auto [train, test] = split(7);
  CHECK(train.size() == 800);
  CHECK(test.size() == 200);
  std::vector<std::int64_t> all = train;
  all.insert(all.end(), test.begin(), test.end());
  std::ranges::sort(all);
  CHECK(all == values(rows()));
  CHECK(split(7).second == test);
  CHECK(split(8).second != test);
  CHECK(golden("orders.json")["test rows of 0.2"][0] == values(train_test_split([] { return numbers(0, 23); }, 23, 0.2, 1).test).size());
}

TEST_CASE("a shuffle gives every row once, in an order that only the seed decides") {
  for (const bool exact : {true, false}) {
    const auto shuffled = [&](std::uint64_t seed, std::size_t batch) {
      return values(exact ? shuffle_exact(numbers(0, 500, batch), seed) : shuffle_buffered(numbers(0, 500, batch), seed, 64));
    };
    std::vector<std::int64_t> got = shuffled(1, 7);
    CHECK(got == shuffled(1, 100));
    CHECK(got != shuffled(2, 7));
    CHECK(got != values(numbers(0, 500)));
    std::ranges::sort(got);
    CHECK(got == values(numbers(0, 500)));
  }
  // SplitMix64 from 42 and Lemire's reduction, worked out by hand in Python: the same on every machine.
  CHECK(values(shuffle_exact(numbers(0, 5), 42)) == std::vector<std::int64_t>{1, 2, 4, 0, 3});
  CHECK(testing::refuses(ErrorKind::limit, [] { values(shuffle_exact(numbers(0, 100'000), 1, 10'000)); }));
}

TEST_CASE("one goes on where one stopped by skipping the rows already seen") {
  const auto pipeline = [] { return batched(shuffle_buffered(filter(numbers(0, 300), [](const Row& row) { return row.integer("n") % 3 != 0; }), 5, 32), 16, false); };
  const std::vector<std::int64_t> whole = values(pipeline());
  CHECK(values(skip(pipeline(), 48)) == std::vector<std::int64_t>(whole.begin() + 48, whole.end()));
}

TEST_CASE("columns are selected and renamed, and names that are not there are told") {
  const auto rows = [] {
    return map(numbers(0, 2), {{.name = "n", .type = Type::integer}, {.name = "t", .type = Type::text}}, [](const Row& row, Builder& to) {
      add_integer(to.columns()[0], row.integer("n"));
      add_text(to.columns()[1], to.arena().keep("t" + std::to_string(row.integer("n"))));
      to.row_done();
    });
  };
  CHECK(dump(all_rows(*select(rename(rows(), {{"t", "text"}}), {"text"}))) == R"([{"text":"t0"},{"text":"t1"}])");
  CHECK(testing::error_of([&] { select(rows(), {"x"}); }) == "there is no column x; there are: n, t");
  CHECK(testing::error_of([&] { rename(rows(), {{"t", "n"}}); }) == "the column n is named twice");
  std::vector<Rows> parts;
  parts.push_back(rows());
  parts.push_back(numbers(0, 2));
  CHECK(testing::error_of([&] { concatenate(std::move(parts)); }) == "the parts have different columns: 2 in the first, 1 in another");
}

}  // namespace
}  // namespace maru::data
