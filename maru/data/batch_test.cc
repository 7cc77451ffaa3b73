#include "maru/data/batch.h"

#include <doctest/doctest.h>

#include "tests/scratch.h"

namespace maru::data {
namespace {

Field field(std::string name, Type type, std::vector<Field> children = {}) {
  return {.name = std::move(name), .type = type, .children = std::move(children), .labels = {}, .shape = {}};
}

const Schema kSchema = {field("text", Type::text), field("label", Type::integer),
                        field("marks", Type::list, {field("", Type::record, {field("at", Type::integer), field("name", Type::text)})})};

Batch three_rows() {
  Builder builder(kSchema);
  for (int row = 0; row < 3; ++row) {
    auto& columns = builder.columns();
    add_text(columns[0], builder.arena().keep(std::string(std::size_t(row) + 1, char('a' + row))));
    if (row == 1) add_missing(columns[1], kSchema[1]);
    else add_integer(columns[1], row * 10);
    Column& marks = columns[2].children[0];
    for (int i = 0; i < row; ++i) {
      add_integer(marks.children[0], i);
      add_text(marks.children[1], builder.arena().keep("m"));
      end_record(marks);
    }
    end_list(columns[2], rows_of(marks, kSchema[2].children[0]));
    builder.row_done();
  }
  return builder.finish();
}

std::string lines(const Batch& batch) {
  std::string out;
  for (std::size_t row = 0; row < batch.rows; ++row) out += dump(to_json(kSchema, batch, row)) + "\n";
  return out;
}

const std::string kFirst = R"({"text":"a","label":0,"marks":[]})";
const std::string kSecond = R"({"text":"bb","label":null,"marks":[{"at":0,"name":"m"}]})";
const std::string kThird = R"({"text":"ccc","label":20,"marks":[{"at":0,"name":"m"},{"at":1,"name":"m"}]})";

TEST_CASE("a batch built row by row gives its rows back, missing values and lists of records included") {
  CHECK(lines(three_rows()) == kFirst + "\n" + kSecond + "\n" + kThird + "\n");
}

TEST_CASE("rows are gathered in any order, and the texts outlive the batch they came from") {
  Batch gathered;
  {
    const Batch batch = three_rows();
    gathered = gather(kSchema, batch, std::vector<std::size_t>{2, 0, 2});
  }
  CHECK(lines(gathered) == kThird + "\n" + kFirst + "\n" + kThird + "\n");
  CHECK(lines(slice(kSchema, three_rows(), 1, 1)) == kSecond + "\n");
}

TEST_CASE("rows of other batches are copied into a new one") {
  Builder builder(kSchema);
  {
    const Batch batch = three_rows();
    builder.add(batch, 1);
    builder.add(batch, 2);
  }
  CHECK(lines(builder.finish()) == kSecond + "\n" + kThird + "\n");
  CHECK(builder.rows() == 0);
}

TEST_CASE("a row that failed half-way leaves nothing behind") {
  Builder builder(kSchema);
  builder.add(three_rows(), 1);
  auto& columns = builder.columns();
  add_text(columns[0], "half");
  add_missing(columns[1], kSchema[1]);
  add_integer(columns[2].children[0].children[0], 7);
  builder.row_failed();
  builder.add(three_rows(), 2);
  CHECK(lines(builder.finish()) == kSecond + "\n" + kThird + "\n");
}

TEST_CASE("a row is asked by the names of its fields") {
  const Batch batch = three_rows();
  const Row row(kSchema, batch, 1);
  CHECK(row.text("text") == "bb");
  CHECK_FALSE(row.has("label"));
  CHECK(testing::error_of([&] { row.text("txt"); }) == "there is no column txt; there are: text, label, marks");
  CHECK(testing::error_of([&] { row.text("label"); }) == "the column label holds integer, not text");
}

TEST_CASE("an arena keeps texts of every size apart") {
  Arena arena;
  const std::string_view small = arena.keep("small"), large = arena.keep(std::string(200'000, 'x')), after = arena.keep("after");
  CHECK(small == "small");
  CHECK(large == std::string(200'000, 'x'));
  CHECK(after == "after");
  CHECK(arena.bytes() == 200'010);
}

}  // namespace
}  // namespace maru::data
