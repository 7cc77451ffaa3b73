// Parquet files, recognised here and read by the Arrow module (maru/data/arrow/parquet.cc).
#include "maru/data/arrow_module.h"
#include "maru/data/data.h"

namespace maru::data {
namespace {

// The magic number decides; an encrypted file ("PARE") is recognised so that the message can say what it is.
bool recognises(const std::filesystem::path&, std::string_view first_bytes) {
  return first_bytes.starts_with("PAR1") || first_bytes.starts_with("PARE");
}

std::unique_ptr<Stream> open(const std::filesystem::path& path, const ReadOptions& options) {
  return arrow_module(path).parquet(path, options);
}

}  // namespace

Reader parquet_reader() {
  return {.name = "parquet",
          .about = "Parquet, every codec and encoding that Arrow reads",
          .about_ko = "Parquet: Arrow가 읽는 모든 압축과 부호화",
          .example = "train.parquet",
          .recognises = recognises,
          .open = open};
}

}  // namespace maru::data
