// Arrow IPC: files (Feather version 2 is the same) and streams, a record batch at a time, in place where they are not compressed.
#include <arrow/io/file.h>
#include <arrow/ipc/api.h>

#include "maru/data/arrow/module.h"

namespace maru::data::columnar {
namespace {

arrow::ipc::IpcReadOptions reading(arrow::MemoryPool* pool, std::vector<int> columns) {
  arrow::ipc::IpcReadOptions options;
  options.max_recursion_depth = kMostDepth;
  options.memory_pool = pool;
  options.included_fields = std::move(columns);
  options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  return options;
}

// The first bytes tell files from streams.
enum class Form { file, stream };
Form form_of(arrow::io::MemoryMappedFile& source, const std::string& file) {
  const auto first = value_of(source.ReadAt(0, 8), file, "file");
  const std::string_view bytes = static_cast<std::string_view>(*first);
  check(!bytes.starts_with("FEA1"), "{}: Feather version 1 is not read; write it again as version 2 (pandas: to_feather(path, version=2))",
        file);
  return bytes.starts_with("ARROW1") ? Form::file : Form::stream;
}

class Messages {
 public:
  Messages(std::string file, std::shared_ptr<arrow::MemoryPool> pool) : file_(std::move(file)), pool_(std::move(pool)) {
    source_ = value_of(arrow::io::MemoryMappedFile::Open(file_, arrow::io::FileMode::READ), file_, "file");
    form_ = form_of(*source_, file_);
    open({});
  }

  std::shared_ptr<arrow::Schema> schema() const { return whole_ ? whole_->schema() : stream_->schema(); }

  // Opens once more, because what is left out must be known before the first batch.
  void choose(const std::vector<int>& columns) {
    if (columns.size() != std::size_t(schema()->num_fields())) open(columns);
  }

  // A file's footer lists its batches; a stream ends where it ends.
  std::optional<std::uint64_t> rows() const {
    return whole_ ? std::optional(std::uint64_t(value_of(whole_->CountRows(), file_, "footer"))) : std::nullopt;
  }

  std::shared_ptr<arrow::RecordBatch> block() {
    const std::string part = fmt::format("record batch {}", at_);
    return guarded(file_, part, [&]() -> std::shared_ptr<arrow::RecordBatch> {
      std::shared_ptr<arrow::RecordBatch> out;
      if (whole_) {
        if (at_ >= whole_->num_record_batches()) return nullptr;
        out = value_of(whole_->ReadRecordBatch(at_), file_, part);
      } else {
        require(stream_->ReadNext(&out), file_, part);
        if (!out) return nullptr;
      }
      ++at_;
      // Offsets, indices of dictionaries and UTF-8 come from the file as they are.
      require(out->ValidateFull(), file_, part);
      return out;
    });
  }

 private:
  void open(std::vector<int> columns) {
    const auto options = reading(pool_.get(), std::move(columns));
    if (form_ == Form::file) {
      whole_ = value_of(arrow::ipc::RecordBatchFileReader::Open(source_, options), file_, "footer");
      return;
    }
    require(source_->Seek(0), file_, "file");
    stream_ = value_of(arrow::ipc::RecordBatchStreamReader::Open(source_.get(), options), file_, "schema");
  }

  std::string file_;
  std::shared_ptr<arrow::MemoryPool> pool_;
  std::shared_ptr<arrow::io::MemoryMappedFile> source_;
  Form form_ = Form::file;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> whole_;
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> stream_;
  int at_ = 0;
};

}  // namespace

std::unique_ptr<Stream> open_ipc(const std::filesystem::path& path, const ReadOptions& options) {
  const std::string file = path.string();
  return guarded(file, "schema", [&] {
    auto pool = limited_pool();
    auto messages = std::make_shared<Messages>(file, pool);
    const auto whole = messages->schema();
    const std::vector<int> columns = chosen(*whole, options.columns, file);
    Schema schema = fields_of(*whole, columns, file);
    messages->choose(columns);
    return stream_of(file, std::move(schema), 
                     {.next = [messages] { return messages->block(); }, .pass = {}, .rows = messages->rows(), .checked = true}, pool, options);
  });
}

}  // namespace maru::data::columnar
