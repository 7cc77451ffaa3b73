// maru data: looks into data sets and writes them anew: text, JSONL, CSV, CoNLL, SQuAD and whatever else maru/data reads.
#include <charconv>

#include "cli/commands/data_common.h"
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/data/writers.h"
#include "maru/hub/hub.h"

namespace maru::cli {
namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_of(const std::vector<fs::path>& files) {
  std::uint64_t out = 0;
  std::error_code code;
  for (const fs::path& file : files)
    if (fs::is_regular_file(file, code)) out += fs::file_size(file, code);
  return out;
}

void name_needed(const DataGiven& given) {
  if (given.name.empty()) fail(ErrorKind::usage, "maru data {} takes the path of a data set", given.action);
}

// The first rows of a stream, each on its own.
template <class Act>
void each_row(data::Stream& rows, std::uint64_t count, Act act) {
  std::uint64_t done = 0;
  for (data::Batch batch; done < count && rows.next(batch);)
    for (std::size_t row = 0; row < batch.rows && done < count; ++row, ++done) act(batch, row);
}

int show(Context& context, const DataGiven& given) {
  name_needed(given);
  const data::DataSet set = data_named(context, given);
  std::function<std::uint64_t(std::string_view)> measure;
  if (!given.tokenizer.empty())
    measure = [tokenizer = open_tokenizer(model_path(context, given.tokenizer))](std::string_view text) {
      return tokenizer->encode(text, {.add_special = false}).ids.size();
    };
  const std::string_view unit = context.json ? (measure ? "tokens" : "characters")
                                             : (measure ? context.say("tokens", "토큰") : context.say("characters", "글자"));
  Json splits = Json::array(), examples = Json::array();
  // Only once something has been read: what fails leaves standard output empty.
  const auto title = [&] {
    context.print(facts({{context.korean ? "이름" : "name", visible(set.name)}, {context.korean ? "경로" : "path", path_text(given.name)},
                         {context.korean ? "형식" : "format", std::string(set.reader->name)}}, context.color));
  };
  bool first = true;
  for (const data::Split& split : set.splits) {
    // Several splits, or part of one, are read as one where --split says so.
    const std::string asked = given.split.empty() ? split.name : given.split;
    std::uint64_t bad_rows = 0, ignored = 0;
    const data::ReadOptions options = read_options(context, given, bad_rows);
    const auto rows = data::open(set, asked, options);
    data::SplitSummary summary = data::summarise(*rows, measure, context.progress());
    summary.name = asked;
    for (const data::Split& part : set.splits) {
      if (given.split.empty() ? part.name != split.name : set.splits.size() > 1 && !asked.contains(part.name)) continue;
      summary.files += part.files.size();
      summary.bytes += bytes_of(part.files);
    }
    summary.bad_rows = bad_rows;
    if (first && !context.json) title();
    if (context.json) splits.push_back(data::to_json(summary, unit));
    else print_split(context, summary, unit);
    if (first) {
      data::ReadOptions again = read_options(context, given, ignored);
      again.note = {};
      again.skipped = {};
      const auto heads = data::open(set, asked, again);
      each_row(*heads, std::uint64_t(given.rows), [&](const data::Batch& batch, std::size_t row) {
        if (context.json) return examples.push_back(data::to_json(heads->schema(), batch, row));
        context.print("");
        print_row(context, heads->schema(), batch, row);
      });
    }
    first = false;
    if (!given.split.empty()) break;
  }
  if (context.json)
    context.print_json({{"name", set.name}, {"path", given.name}, {"format", set.reader->name}, {"splits", splits},
                        {"examples", examples}});
  return 0;
}

// "label=1": rows whose value is written so, or whose class has that name.
data::Rows rows_where(data::Rows rows, const std::string& condition) {
  const std::size_t equals = condition.find('=');
  if (equals == std::string::npos) fail(ErrorKind::usage, "--where {:?}: expected COLUMN=VALUE", condition);
  const data::Field field = rows->schema()[data::index_of(rows->schema(), condition.substr(0, equals))];
  return data::filter(std::move(rows), [field, wanted = condition.substr(equals + 1)](const data::Row& row) {
    const Json value = data::to_json(field, row.column(field.name), row.index());
    if ((value.is_string() ? value.get<std::string>() : dump(value)) == wanted) return true;
    const bool named = value.is_number_unsigned() && value.get<std::size_t>() < field.labels.size();
    return named && field.labels[value.get<std::size_t>()] == wanted;
  });
}

// "0/4": the first of four shards.
data::Rows shard_of(data::Rows rows, const std::string& text) {
  const auto [index, parts] = [&] {
    std::uint64_t first = 0, all = 0;
    const char* const end = text.data() + text.size();
    const auto a = std::from_chars(text.data(), end, first);
    const bool slash = a.ec == std::errc() && a.ptr != end && *a.ptr == '/';
    const bool good = slash && std::from_chars(a.ptr + 1, end, all).ptr == end && first < all;
    if (!good) fail(ErrorKind::usage, "--shard {:?}: expected INDEX/PARTS, the index from 0 and less than the parts", text);
    return std::pair(first, all);
  }();
  return data::shard(std::move(rows), index, parts);
}

// The rows that the options select.
data::Rows rows_asked(const data::DataSet& set, const DataGiven& given, const data::ReadOptions& options) {
  data::Rows rows = data::open(set, given.split, options);
  for (const std::string& condition : given.where) rows = rows_where(std::move(rows), condition);
  if (given.buffer > 0 && given.seed < 0) fail(ErrorKind::usage, "--buffer goes with --shuffle SEED");
  if (given.seed >= 0)
    rows = given.buffer > 0 ? data::shuffle_buffered(std::move(rows), std::uint64_t(given.seed), std::size_t(given.buffer))
                            : data::shuffle_exact(std::move(rows), std::uint64_t(given.seed));
  if (!given.shard.empty()) rows = shard_of(std::move(rows), given.shard);
  if (given.take >= 0) rows = data::take(std::move(rows), std::uint64_t(given.take));
  if (!given.columns.empty()) rows = data::select(std::move(rows), given.columns);
  return rows;
}

void note_bad(Context& context, std::uint64_t bad_rows) {
  if (bad_rows == 0) return;
  context.note(context.korean ? fmt::format("잘못된 행 {}개를 건너뛰었습니다", count_text(bad_rows))
                              : fmt::format("{} left out", counted(bad_rows, "bad row")));
}

int head(Context& context, const DataGiven& given) {
  name_needed(given);
  const data::DataSet set = data_named(context, given);
  std::uint64_t bad_rows = 0;
  const data::ReadOptions options = read_options(context, given, bad_rows);
  const data::Rows rows = rows_asked(set, given, options);
  Json all = Json::array();
  bool first = true;
  each_row(*rows, std::uint64_t(given.rows), [&](const data::Batch& batch, std::size_t row) {
    if (context.json) return all.push_back(data::to_json(rows->schema(), batch, row));
    if (!first) context.print("");
    first = false;
    print_row(context, rows->schema(), batch, row);
  });
  if (context.json) context.print_json({{"name", set.name}, {"format", set.reader->name}, {"rows", all}});
  note_bad(context, bad_rows);
  return 0;
}

int write_out(Context& context, const DataGiven& given) {
  name_needed(given);
  if (given.out.empty()) fail(ErrorKind::usage, "maru data export takes the file to write: maru data export {} OUT.jsonl", given.name);
  const data::DataSet set = data_named(context, given);
  std::uint64_t bad_rows = 0;
  const data::ReadOptions options = read_options(context, given, bad_rows);
  const data::Rows rows = rows_asked(set, given, options);
  const data::Written written = data::write_rows(*rows, given.out, context.progress());
  if (context.json)
    context.print_json({{"file", given.out}, {"rows", written.rows}, {"bytes", written.bytes}, {"bad_rows", bad_rows}});
  else
    context.print(context.korean ? fmt::format("{}: 행 {}개, {}", path_text(given.out), count_text(written.rows), size_text(written.bytes))
                                 : fmt::format("{}: {}, {}", path_text(given.out), counted(written.rows, "row"), size_text(written.bytes)));
  note_bad(context, bad_rows);
  return 0;
}

// What is stored, what can be had by name, and the formats that are read.
int list(Context& context) {
  Json formats = Json::array(), stored = Json::array(), known = Json::array();
  std::vector<std::vector<std::string>> lines, sets;
  const hub::Store store(home());
  for (const hub::Model& one : store.list(hub::Kind::data)) {
    stored.push_back({{"name", one.name}, {"reference", one.reference}, {"bytes", one.bytes()}});
    sets.push_back({visible(one.name), size_text(one.bytes()), visible(one.reference)});
  }
  for (const hub::Known& one : hub::catalogue(home())) {
    if (one.kind != hub::Kind::data) continue;
    known.push_back({{"name", one.name}, {"reference", one.reference}, {"about", one.about}});
    sets.push_back({visible(one.name), "", visible(context.say(one.about, one.about_ko))});
  }
  for (const data::Reader& reader : data::readers()) {
    formats.push_back({{"name", reader.name}, {"about", reader.about}, {"example", reader.example}});
    lines.push_back({std::string(reader.name), std::string(reader.example), std::string(context.say(reader.about, reader.about_ko))});
  }
  if (context.json) {
    context.print_json({{"stored", stored}, {"catalogue", known}, {"formats", formats}});
    return 0;
  }
  if (!sets.empty())
    context.print(table({context.korean ? "이름" : "NAME", context.korean ? ">크기" : ">SIZE", context.korean ? "내용" : "ABOUT"}, sets,
                        context.color) + "\n");
  context.print(table({context.korean ? "형식" : "FORMAT", context.korean ? "보기" : "EXAMPLE", context.korean ? "내용" : "ABOUT"}, lines,
                           context.color));
  return 0;
}

int run(Context& context, const DataGiven& given) {
  if (!given.out.empty() && given.action != "export") fail(ErrorKind::usage, "only maru data export takes a second path");
  if (given.action == "list") return list(context);
  if (given.action == "show") {
    if (given.seed >= 0 || given.buffer > 0 || given.take >= 0 || !given.where.empty() || !given.shard.empty())
      fail(ErrorKind::usage, "--where, --shuffle, --buffer, --shard and --take go with maru data head and export");
    return show(context, given);
  }
  if (!given.tokenizer.empty()) fail(ErrorKind::usage, "--tokenizer goes with maru data show");
  return given.action == "head" ? head(context, given) : write_out(context, given);
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<DataGiven>();
  Options options(app, korean);
  options.choice("ACTION", given->action, {"show", "head", "list", "export"},
                 {"show: what is in it; head: the first rows; list: what is stored, known and read; export: write it anew",
                  "show: 무엇이 들었는지. head: 첫 행들. list: 저장된 것, 아는 것, 읽는 형식. export: 새로 쓰기"})->required();
  options.text("NAME", given->name, {"A file, a folder, a pattern in quotes like \"data/*.csv\", or a data set of the hub: nsmc, hf:org/name",
                                     "파일, 폴더, \"data/*.csv\"처럼 따옴표로 묶은 패턴, 또는 허브의 데이터 집합: nsmc, hf:org/name"});
  options.text("OUT", given->out, {"The file to write: .jsonl, .csv, .tsv or .txt", "쓸 파일: .jsonl, .csv, .tsv, .txt"});
  options.text("--split", given->split, {"train, test[:10%], train[100:200], train+test; show: all of them",
                                         "분할: train, test[:10%], train[100:200], train+test. show에서는 모두"});
  options.integer("--rows", given->rows, {0, 100'000}, {"Rows to show (5)", "보여 줄 행의 수 (5)"});
  options.texts("--columns", given->columns, {"Only this column; may be repeated", "이 열만. 여러 번 쓸 수 있습니다"});
  options.text("--format", given->format, {"How to read it where the name does not tell (maru data list)",
                                             "이름으로 알 수 없을 때 읽는 형식(maru data list)"});
  options.text("--encoding", given->encoding, {"Of text files: cp949, euc-kr, utf-16 … (utf-8)",
                                                 "글 파일의 인코딩: cp949, euc-kr, utf-16 … (utf-8)"});
  options.text("--delimiter", given->delimiter, {"What parts the cells of a CSV file: one character or tab", "CSV의 칸을 나누는 글자 하나 또는 tab"});
  options.flag("--header", given->header, {"The first row of the CSV file is a header", "CSV의 첫 행은 제목입니다"});
  options.flag("--no-header", given->no_header, {"The first row of the CSV file is data", "CSV의 첫 행은 자료입니다"});
  options.flag("--no-quotes", given->no_quotes, {"Quotes in the CSV file are characters like others", "CSV의 따옴표를 보통 글자로 읽습니다"});
  options.choice("--unit", given->unit, {"line", "paragraph", "document"}, {"What a row of a text file is (line)",
                                                                                 "글 파일에서 한 행이 되는 것 (line)"});
  options.flag("--skip-bad", given->skip_bad, {"Leave out rows that cannot be read, and count them", "읽을 수 없는 행을 건너뛰고 셉니다"});
  options.integer("--max-row-bytes", given->max_row_bytes, {1}, {"A longer row is an error (16777216)", "이보다 긴 행은 오류입니다 (16777216)"});
  options.integer("--infer-bytes", given->infer_bytes, {1}, {"How much to look at to tell the types of columns (4194304)",
                                                            "열의 형을 알아내려고 살펴볼 바이트 수 (4194304)"});
  options.integer("--shuffle", given->seed, {0}, {"Shuffle by this seed; all rows are held in memory", "이 씨앗으로 섞습니다. 모든 행을 메모리에 둡니다"});
  options.integer("--buffer", given->buffer, {1}, {"With --shuffle: through a buffer of so many rows, nearly shuffled, in little memory",
                                                  "--shuffle과 함께: 이만큼의 행을 담는 버퍼로, 적은 메모리로 대강 섞습니다"});
  options.texts("--where", given->where, {"Only rows where this column has this value, COLUMN=VALUE; may be repeated",
                                          "이 열이 이 값인 행만, 열=값. 여러 번 쓸 수 있습니다"});
  options.text("--shard", given->shard, {"Only every PARTS-th row from INDEX (from 0): INDEX/PARTS",
                                         "INDEX번째(0부터)에서 시작해 PARTS마다 한 행만: INDEX/PARTS"});
  options.integer("--take", given->take, {0}, {"Only so many rows", "행을 이만큼만"});
  options.text("--tokenizer", given->tokenizer, {"show: lengths in this model's tokens", "show: 길이를 이 모델의 토큰으로 잽니다"})->type_name("MODEL");
  options.examples("maru data show reviews.csv\nmaru data head data/ --split \"test[:10%]\" --rows 3\n"
                   "maru data export train.csv train.jsonl --columns text --columns label --shuffle 7\n"
                   "maru data export reviews.csv good.jsonl --where label=1 --shard 0/4");
  return [given](Context& context) { return run(context, *given); };
}

}  // namespace

Command data_entry() {
  return {.name = "data", .group = "look inside", .about = "Look into data sets, convert and shuffle them",
          .about_ko = "데이터 집합을 살펴보고, 바꾸고, 섞습니다", .declare = declare};
}

}  // namespace maru::cli
