#pragma once
// Data sets: rows that stream by in batches of columns. What a reader gives, a transform takes and gives again, and nothing holds more than
// a few batches. One file in data/readers/ reads one format.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/base/phrase.h"
#include "maru/base/progress.h"

namespace maru::data {

enum class Type {
  boolean,
  integer,  // 64 bits, signed
  real,     // 64 bits
  text,     // UTF-8
  bytes,
  image,    // an encoded file (PNG, JPEG), or pixels of Field::shape
  list,     // of children[0]
  record,   // of children
};

struct Field {
  std::string name{};
  Type type = Type::text;
  std::vector<Field> children{};
  std::vector<std::string> labels{};  // of integers that name classes: "neg", "pos"
  std::vector<std::int64_t> shape{};  // of raw pixels: height, width, channels, one byte each
  bool operator==(const Field&) const = default;
};
using Schema = std::vector<Field>;

// The values of one field over the rows of a batch. Only the vectors of its type are filled. A missing value has its place in them all the
// same: 0, "", an empty list, a record of missing members. batch.h fills and reads columns.
struct Column {
  std::vector<std::uint8_t> present;      // 0 where a value is missing; empty when none is
  std::vector<std::int64_t> integers;     // boolean (0, 1) and integer
  std::vector<double> reals;
  std::vector<std::string_view> texts;    // text, bytes, image: into `owner`
  std::vector<std::uint64_t> offsets;     // list: rows + 1, the first 0, into children[0]
  std::vector<Column> children;           // list: its items; record: one per member, as many rows
  std::shared_ptr<const void> owner;      // what `texts` point into; shared by the batches cut from one block
  bool has(std::size_t row) const { return present.empty() || present[row] != 0; }
};

struct Batch {
  std::vector<Column> columns;            // in the schema's order
  std::size_t rows = 0;
};

// Where a row came from, for messages: "train.csv:17". Text formats count lines, others rows from 1.
struct Place {
  std::string file;
  std::uint64_t number = 0;
};

// Rows, once through. Not for several threads at once.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual const Schema& schema() const = 0;
  // The next rows (at least one), or false at the end. What `batch` held is let go first. A bad row throws Error (invalid) naming file and
  // line, what was expected and what was found.
  virtual bool next(Batch& batch) = 0;
  // How many rows the whole stream has, where that is known without reading it.
  virtual std::optional<std::uint64_t> rows() const { return std::nullopt; }
  // Passes over at most `rows` of the rows to come where that is cheaper than reading them; how many were passed over, 0 for "read them".
  virtual std::uint64_t pass(std::uint64_t) { return 0; }
};

struct ReadOptions {
  std::size_t batch_rows = 1024;          // at most; fewer when rows are large, so that a batch stays within batch_bytes
  std::size_t batch_bytes = std::size_t{8} << 20;
  std::size_t max_row_bytes = std::size_t{16} << 20;  // a longer line or row is an error, before memory is taken
  bool skip_bad_rows = false;             // counted and told through `skipped`, never silent
  std::function<void(const Place&, const Phrase& why)> skipped{};
  std::function<void(const Phrase&)> note{};  // what a reader decided for itself: a delimiter, a missing header
  std::vector<std::string> columns{};  // only these; empty is all. Unknown names are a usage error listing those there are
  const Cancel* cancel = nullptr;

  // For formats that do not carry their schema. A reader that is given one it does not heed (see Reader::settings) is never called.
  Schema schema{};  // expected, in place of what the first rows look like; empty is inferred
  std::size_t infer_bytes = std::size_t{4} << 20;     // how much of a file is looked at to infer a schema
  std::string encoding{};  // as iconv names it; empty is UTF-8
  std::optional<char> delimiter{};  // csv; else told from the name and the first lines
  std::optional<bool> header{};  // csv; else told from the first lines
  std::optional<bool> quotes{};  // csv: whether " opens a quoted field; yes when not said
  std::string unit{};  // text: "line" (also when empty), "paragraph" or "document"
};

// One file in data/readers/ returns one of these.
struct Reader {
  std::string_view name;                  // "csv", "jsonl", "parquet"
  std::string_view about, about_ko;
  std::string_view example;               // "train.csv"
  bool folders = false;                   // reads a folder as a whole (pictures, CIFAR) instead of one file
  bool special = false;                   // a kind of something more general (SQuAD is JSON too): asked first
  std::string_view settings = "";         // of ReadOptions, those it heeds besides the common: "schema encoding delimiter header quotes unit"
  // Whether the path looks like this format, by its name and first bytes. The first bytes are at most 4,096 (of what is inside, for
  // .gz), empty for a folder. The name comes without ".gz".
  bool (*recognises)(const std::filesystem::path& path, std::string_view first_bytes);
  std::unique_ptr<Stream> (*open)(const std::filesystem::path& path, const ReadOptions& options);
  // The split that a file's name tells by the format's own custom ("t10k-images-idx3-ubyte" is "test"), or ""; may be absent.
  std::string (*split_of)(const std::filesystem::path& path) = nullptr;
};
std::span<const Reader> readers();        // the table of data/readers/

// A split is one stream over one or more files of equal schema, read one after the other.
struct Split {
  std::string name;                       // "train", "validation", "test"; "all" when nothing says
  std::vector<std::filesystem::path> files;
};
struct DataSet {
  std::string name;
  const Reader* reader = nullptr;
  std::vector<Split> splits;
};

// A file, a folder, or a glob on this machine. Splits are told from names as the hub does ("train-00000-of-00002.parquet",
// "train.csv", "data/test/…"). `format` names a reader where the files do not tell. Throws Error (not_found, invalid) saying what was
// there and which formats are read.
DataSet find(const std::filesystem::path& path, std::string_view format = {});
// Where the rows of a data set's splits are told from one another; see find(). `folder` is what the names are relative to.
std::vector<Split> splits_of(const std::filesystem::path& folder, std::vector<std::filesystem::path> files, const Reader& reader);
// Rows of one split. "train[:10%]", "train[100:200]" and "train+test" select as in the data-set libraries; "" is the only split.
// Throws Error (usage) listing the splits.
std::unique_ptr<Stream> open(const DataSet& set, std::string_view split, const ReadOptions& options = {});
// How many rows a split (no selection) has: asked of the files where they say, else counted once through.
std::uint64_t count_rows(const DataSet& set, const Split& split, const ReadOptions& options = {});

}  // namespace maru::data
