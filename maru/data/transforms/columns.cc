// Fewer columns, or other names for them.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/data/transforms/stage.h"

namespace maru::data {
namespace {

class Columns : public Stage {
 public:
  Columns(Rows from, std::vector<std::size_t> which, Schema schema)
      : Stage(std::move(from)), which_(std::move(which)), schema_(std::move(schema)) {}
  const Schema& schema() const override { return schema_; }
  bool next(Batch& batch) override {
    if (!from_->next(batch)) return false;
    std::vector<Column> out;
    for (const std::size_t column : which_) out.push_back(batch.columns[column]);
    batch.columns = std::move(out);
    return true;
  }
  std::optional<std::uint64_t> rows() const override { return from_->rows(); }
  std::uint64_t pass(std::uint64_t rows) override { return from_->pass(rows); }

 private:
  std::vector<std::size_t> which_;
  Schema schema_;
};

}  // namespace

Rows select(Rows rows, std::vector<std::string> columns) {
  std::vector<std::size_t> which;
  Schema schema;
  for (const std::string& name : columns) {
    if (std::ranges::find(schema, name, &Field::name) != schema.end()) fail(ErrorKind::usage, "the column {} is named twice", name);
    which.push_back(index_of(rows->schema(), name));
    schema.push_back(rows->schema()[which.back()]);
  }
  return std::make_unique<Columns>(std::move(rows), std::move(which), std::move(schema));
}

Rows rename(Rows rows, const std::vector<std::pair<std::string, std::string>>& names) {
  Schema schema = rows->schema();
  std::vector<std::size_t> which(schema.size());
  for (std::size_t i = 0; i < which.size(); ++i) which[i] = i;
  for (const auto& [before, after] : names) schema[index_of(rows->schema(), before)].name = after;
  for (const Field& field : schema)
    if (std::ranges::count(schema, field.name, &Field::name) > 1) fail(ErrorKind::usage, "the column {} is named twice", field.name);
  return std::make_unique<Columns>(std::move(rows), std::move(which), std::move(schema));
}

}  // namespace maru::data
