// Parquet files, block by block: a part of a row group at a time, of a size that the file's footer lets one expect.
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/size_statistics.h>

#include <algorithm>
#include <numeric>

#include "maru/data/arrow/module.h"

namespace maru::data::columnar {
namespace {

constexpr std::int64_t kBlockBytes = 16 << 20, kMostBlockRows = 1 << 16;
constexpr std::int32_t kMostFooterText = 64 << 20, kMostFooterItems = 1 << 20;

// The leaves of a column, as the file numbers them.
void leaves(const parquet::arrow::SchemaField& field, std::vector<int>& out, int depth = 0) {
  if (depth > kMostDepth * 3) return;  // the schema is refused by fields_of
  if (field.is_leaf()) out.push_back(field.column_index);
  for (const auto& child : field.children) leaves(child, out, depth + 1);
}

// Reads a file again from any row, with any size of block: when a block takes too much memory, smaller ones are tried.
class Groups {
 public:
  Groups(std::string file, std::shared_ptr<arrow::MemoryPool> pool) : file_(std::move(file)), pool_(std::move(pool)) {
    source_ = value_of(arrow::io::ReadableFile::Open(file_, pool_.get()), file_, "file");
    parquet::ReaderProperties properties(pool_.get());
    properties.set_thrift_string_size_limit(kMostFooterText);
    properties.set_thrift_container_size_limit(kMostFooterItems);
    properties.set_schema_depth_limit(kMostDepth * 3);  // a list takes three levels
    properties.enable_buffered_stream();                // pages are read one by one, never a whole column of a row group
    properties.set_buffer_size(1 << 18);
    raw_ = parquet::ParquetFileReader::Open(source_, properties);
    metadata_ = raw_->metadata();
    check_footer();
    open_reader(1024);
  }

  std::shared_ptr<arrow::Schema> schema() {
    std::shared_ptr<arrow::Schema> out;
    require(reader_->GetSchema(&out), file_, "schema");
    return out;
  }

  void choose(const std::vector<int>& columns) {
    for (const int column : columns) leaves(reader_->manifest().schema_fields.at(std::size_t(column)), leaves_);
    start(block_rows());
  }

  static Blocks blocks(std::shared_ptr<Groups> self) {
    return {.next = [self] { return self->block(); },
            .pass = [self](std::uint64_t rows) { return self->pass(rows); },
            .rows = std::uint64_t(self->metadata_->num_rows()),
            .checked = false};
  }

 private:
  // Whole row groups are never read.
  std::uint64_t pass(std::uint64_t rows) {
    const std::int64_t passed = std::int64_t(std::min(rows, std::uint64_t(metadata_->num_rows() - given_)));
    given_ += passed;
    guarded(file_, group_name(), [&] { start(rows_); });
    return std::uint64_t(passed);
  }

  std::shared_ptr<arrow::RecordBatch> block() {
    for (;;) {
      std::shared_ptr<arrow::RecordBatch> out;
      arrow::Status status = arrow::Status::OK();
      try {
        status = batches_->ReadNext(&out);
      } catch (const std::bad_alloc&) {
        status = arrow::Status::OutOfMemory("no memory");
      } catch (const std::exception& problem) {
        status = arrow::Status::Invalid(problem.what());
      }
      if (status.IsOutOfMemory() && rows_ > 1) {
        start(std::max<std::int64_t>(rows_ / 16, 1));
        continue;
      }
      require(status, file_, group_name());
      if (!out) return out;
      const std::int64_t again = std::min(skip_, out->num_rows());
      skip_ -= again;
      if (again) out = out->Slice(again);
      given_ += out->num_rows();
      if (out->num_rows()) return out;
    }
  }

  // What the footer claims, before anything is read by it.
  void check_footer() {
    const std::int64_t size = value_of(source_->GetSize(), file_, "file");
    std::int64_t rows = 0;
    for (int g = 0; g < metadata_->num_row_groups(); ++g) {
      const auto group = metadata_->RowGroup(g);
      check(group->num_rows() >= 0 && group->num_rows() <= metadata_->num_rows() - rows,
            "{}: row group {}: {} rows, the file says it has {}", file_, g, group->num_rows(), metadata_->num_rows());
      rows += group->num_rows();
      check(group->num_columns() == metadata_->num_columns(), "{}: row group {}: {} columns, the schema has {}", file_, g,
            group->num_columns(), metadata_->num_columns());
      for (int c = 0; c < group->num_columns(); ++c) {
        const auto chunk = group->ColumnChunk(c);
        const std::int64_t begin = chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0
                                       ? std::min(chunk->dictionary_page_offset(), chunk->data_page_offset())
                                       : chunk->data_page_offset();
        check(begin >= 0 && chunk->total_compressed_size() >= 0 && begin <= size && chunk->total_compressed_size() <= size - begin,
              "{}: row group {}: column {}: {} bytes from byte {}, the file has {}; it is cut short, bring it again", file_, g,
              chunk->path_in_schema()->ToDotString(), chunk->total_compressed_size(), begin, size);
        check(chunk->total_uncompressed_size() >= 0, "{}: row group {}: column {}: a size below zero", file_, g,
              chunk->path_in_schema()->ToDotString());
      }
    }
    check(rows == metadata_->num_rows(), "{}: the row groups hold {} rows, the file says it has {}", file_, rows, metadata_->num_rows());
  }

  // What a column of a row group takes in memory: a dictionary's texts are in the file once and in memory at every row.
  static std::int64_t bytes_of(const parquet::ColumnChunkMetaData& chunk) {
    const auto sizes = chunk.size_statistics();
    const std::int64_t unpacked = sizes ? sizes->unencoded_byte_array_data_bytes.value_or(0) : 0;
    return std::clamp<std::int64_t>(std::max(chunk.total_uncompressed_size(), unpacked), 0, std::int64_t{1} << 40);
  }

  // As many rows as fill a block in the row group where rows are largest.
  std::int64_t block_rows() const {
    std::int64_t per_row = 1;
    for (int g = 0; g < metadata_->num_row_groups(); ++g) {
      const auto group = metadata_->RowGroup(g);
      std::int64_t bytes = 0;
      for (const int leaf : leaves_) bytes += bytes_of(*group->ColumnChunk(leaf));
      per_row = std::max(per_row, bytes / std::max<std::int64_t>(group->num_rows(), 1));
    }
    return std::clamp<std::int64_t>(kBlockBytes / per_row, 1, kMostBlockRows);
  }

  void open_reader(std::int64_t rows) {
    parquet::ArrowReaderProperties properties(/*use_threads=*/true);
    properties.set_batch_size(rows);
    properties.set_pre_buffer(false);
    if (reader_) reader_->set_batch_size(rows);
    else reader_ = value_of(parquet::arrow::FileReader::Make(pool_.get(), std::move(raw_), properties), file_, "schema");
  }

  // From the first row that was not given yet: from its row group's begin, whose rows before it are dropped.
  void start(std::int64_t rows) {
    rows_ = rows;
    batches_.reset();
    open_reader(rows);
    int group = 0;
    skip_ = given_;
    while (group < metadata_->num_row_groups() && skip_ >= metadata_->RowGroup(group)->num_rows())
      skip_ -= metadata_->RowGroup(group++)->num_rows();
    std::vector<int> groups(std::size_t(metadata_->num_row_groups() - group));
    std::iota(groups.begin(), groups.end(), group);
    batches_ = value_of(reader_->GetRecordBatchReader(groups, leaves_), file_, group_name());
  }

  // The row group that is being read, for messages.
  std::string group_name() const {
    std::int64_t rows = given_;
    int group = 0;
    while (group + 1 < metadata_->num_row_groups() && rows >= metadata_->RowGroup(group)->num_rows())
      rows -= metadata_->RowGroup(group++)->num_rows();
    return fmt::format("row group {}", group);
  }

  std::string file_;
  std::shared_ptr<arrow::MemoryPool> pool_;
  std::shared_ptr<arrow::io::ReadableFile> source_;
  std::unique_ptr<parquet::ParquetFileReader> raw_;
  std::shared_ptr<parquet::FileMetaData> metadata_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::vector<int> leaves_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::int64_t rows_ = 1, given_ = 0, skip_ = 0;
};

}  // namespace

std::unique_ptr<Stream> open_parquet(const std::filesystem::path& path, const ReadOptions& options) {
  const std::string file = path.string();
  return guarded(file, "footer", [&] {
    auto pool = limited_pool();
    auto groups = std::make_shared<Groups>(file, pool);
    const auto whole = groups->schema();
    const std::vector<int> columns = chosen(*whole, options.columns, file);
    Schema schema = fields_of(*whole, columns, file);
    groups->choose(columns);
    return stream_of(file, std::move(schema), Groups::blocks(groups), pool, options);
  });
}

}  // namespace maru::data::columnar
