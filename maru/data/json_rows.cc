// JSON objects into columns, by simdjson's document parser (it picks the processor's instructions when it runs).
#include "maru/data/json_rows.h"

#include <simdjson.h>

#include <algorithm>

#include "maru/data/infer.h"
#include "maru/data/lines.h"
#include "maru/data/row_stream.h"

namespace maru::data {
namespace {

namespace dom = simdjson::dom;
using dom::element_type;

constexpr int kDeepest = 64;
static_assert(Lines::kPadding >= simdjson::SIMDJSON_PADDING);

Phrase kind_of(const dom::element& value) {
  switch (value.type()) {
    case element_type::ARRAY: return phrase("an array");
    case element_type::OBJECT: return phrase("an object");
    case element_type::STRING: return phrase("a string");
    case element_type::BOOL: return phrase("a boolean");
    case element_type::NULL_VALUE: return phrase("null");
    case element_type::INT64: return phrase("the number {}", value.get_int64().value());
    case element_type::UINT64: return phrase("the number {}", value.get_uint64().value());
    case element_type::DOUBLE: break;
  }
  return phrase("the number {}", value.get_double().value());
}

// By value: what value() gives of a temporary would be gone before a loop over it begins.
dom::array items_of(const dom::element& value) { return value.get_array().value(); }
dom::object members_of(const dom::element& value) { return value.get_object().value(); }

Phrase wanted(const Field& field) {
  switch (field.type) {
    case Type::boolean: return phrase("a boolean");
    case Type::integer: return phrase("an integer");
    case Type::real: return phrase("a number");
    case Type::list: return phrase("an array");
    case Type::record: return phrase("an object");
    default: return phrase("a string");
  }
}

// Where a text stops being JSON, in bytes from 1. simdjson does not say.
struct Fault final : nlohmann::json_sax<Json> {
  std::size_t byte = 0;
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    byte = position;
    return false;
  }
};

Phrase not_json(std::string_view element, simdjson::error_code code) {
  Fault fault;
  Json::sax_parse(element.begin(), element.end(), &fault);
  if (fault.byte > 0) return phrase("is not valid JSON at byte {}", fault.byte);
  return phrase("is not JSON that is read: {}", simdjson::error_message(code));
}

void infer(Guess& guess, const dom::element& value, int depth);

void infer_members(Guess& guess, const dom::object& object, int depth) {
  for (const auto& [key, value] : object) infer(guess.member(key), value, depth);
}

void infer(Guess& guess, const dom::element& value, int depth) {
  if (depth > kDeepest) throw BadRow{phrase("JSON is nested deeper than {} levels", kDeepest)};
  const auto widen = [&](Type type) {
    if (!guess.widen(type))
      throw BadRow{phrase("column {}: got {}, but rows before hold {}", guess.name, kind_of(value), type_text(guess.field()))};
  };
  switch (value.type()) {
    case element_type::NULL_VALUE: break;
    case element_type::BOOL: widen(Type::boolean); break;
    case element_type::UINT64:  // beyond the 64 bits of an integer here
    case element_type::STRING: widen(Type::text); break;
    case element_type::INT64: widen(Type::integer); break;
    case element_type::DOUBLE: widen(Type::real); break;
    case element_type::ARRAY:
      widen(Type::list);
      if (guess.children.empty()) guess.children.push_back({.name = guess.name, .type = {}, .children = {}});
      for (const dom::element item : items_of(value)) infer(guess.children[0], item, depth + 1);
      break;
    case element_type::OBJECT:
      widen(Type::record);
      infer_members(guess, members_of(value), depth + 1);
      break;
  }
}

// Which member of a record the key is, asked in the order they usually come. -1 for none.
int member_of(const std::vector<Field>& members, std::string_view key, std::size_t hint) {
  if (hint < members.size() && members[hint].name == key) return int(hint);
  for (std::size_t i = 0; i < members.size(); ++i)
    if (members[i].name == key) return int(i);
  return -1;
}

class JsonRows : public RowStream {
 public:
  JsonRows(std::unique_ptr<JsonElements> elements, const ReadOptions& options) : RowStream(options), elements_(std::move(elements)) {
    if (options_.schema.empty()) known_ = inferred();
    begin(options_.schema.empty() ? wanted_of(known_) : options_.schema);
  }

  // Rows that are passed over are not looked into, so a bad one among them counts; where bad ones are to be left out, all are read.
  std::uint64_t pass(std::uint64_t rows) override {
    if (options_.skip_bad_rows) return 0;
    std::uint64_t done = 0;
    for (std::string_view element; done < rows && elements_->next(element);) ++done;
    return done;
  }

 protected:
  Place place() const override { return elements_->place(); }

  bool fill_row() override {
    std::string_view element;
    if (!elements_->next(element)) return false;
    record(builder().columns(), schema_, parsed(element), true);
    return true;
  }

 private:
  dom::object parsed(std::string_view element) {
    dom::element value;
    // The element has the padding behind it that simdjson wants.
    if (const auto code = parser_.parse(element.data(), element.size(), false).get(value)) throw BadRow{not_json(element, code)};
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS)
      throw BadRow{phrase("expected a JSON object like {{\"text\": \"…\"}}, got {}", kind_of(value))};
    return object;
  }

  Schema wanted_of(const Schema& all) const {
    if (all.empty()) return {};
    const std::vector<bool> keep = chosen(all, options_.columns);
    Schema out;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (keep[i]) out.push_back(all[i]);
    return out;
  }

  Schema inferred() {
    Guess guess;
    // A bad row says nothing of the schema; it is told when it is read.
    for (std::string_view element; elements_->bytes() < options_.infer_bytes || !guess.type;) {
      if (!elements_->next(element)) break;
      try {
        Guess with = guess;
        with.widen(Type::record);
        infer_members(with, parsed(element), 1);
        guess = std::move(with);
      } catch (const BadRow& bad) {
        if (!options_.skip_bad_rows) bad_row(options_, elements_->place(), bad.why);
      }
    }
    elements_->rewind();
    return guess.field().children;
  }

  void record(std::vector<Column>& columns, const std::vector<Field>& members, const dom::object& object, bool top) {
    // Rows of a record are counted by its columns: a member that the object does not have is found by its column being behind.
    const std::size_t before = top ? builder().rows() : rows_before(columns, members);
    std::size_t filled = 0;
    std::size_t hint = 0;
    for (const auto& [key, value] : object) {
      const int member = member_of(members, key, hint);
      if (member < 0) {
        unknown(key, top);
        continue;
      }
      hint = std::size_t(member) + 1;
      if (rows_of(columns[std::size_t(member)], members[std::size_t(member)]) > before)
        throw BadRow{phrase("the key \"{}\" stands twice in one object", key)};
      value_into(columns[std::size_t(member)], members[std::size_t(member)], value);
      ++filled;
    }
    if (filled == members.size()) return;
    for (std::size_t i = 0; i < members.size(); ++i)
      if (rows_of(columns[i], members[i]) == before) add_missing(columns[i], members[i]);
  }

  static std::size_t rows_before(const std::vector<Column>& columns, const std::vector<Field>& members) {
    return members.empty() ? 0 : rows_of(columns[0], members[0]);
  }

  void unknown(std::string_view key, bool top) const {
    if (top && !options_.columns.empty()) {
      if (known_.empty() || std::ranges::find(known_, key, &Field::name) != known_.end()) return;
    }
    throw BadRow{phrase("the key \"{}\" is in none of the rows that the schema was told from; look further with --infer-bytes", key)};
  }

  void value_into(Column& column, const Field& field, const dom::element& value) {
    if (value.is_null()) return add_missing(column, field);
    if (!put(column, field, value)) throw BadRow{phrase("column {}: expected {}, got {}", field.name, wanted(field), kind_of(value))};
  }

  bool put(Column& column, const Field& field, const dom::element& value) {
    const element_type type = value.type();
    switch (field.type) {
      case Type::boolean:
        if (type != element_type::BOOL) return false;
        add_integer(column, value.get_bool().value());
        return true;
      case Type::integer:
        if (type != element_type::INT64) return false;
        add_integer(column, value.get_int64().value());
        return true;
      case Type::real:
        if (type != element_type::DOUBLE && type != element_type::INT64 && type != element_type::UINT64) return false;
        add_real(column, value.get_double().value());
        return true;
      case Type::list:
        if (type != element_type::ARRAY) return false;
        for (const dom::element item : items_of(value)) value_into(column.children[0], field.children[0], item);
        end_list(column, rows_of(column.children[0], field.children[0]));
        return true;
      case Type::record:
        if (type != element_type::OBJECT) return false;
        record(column.children, field.children, members_of(value), false);
        end_record(column);
        return true;
      default: return put_text(column, value, type);
    }
  }

  bool put_text(Column& column, const dom::element& value, element_type type) {
    Arena& arena = builder().arena();
    switch (type) {
      case element_type::STRING: add_text(column, arena.keep(value.get_string().value())); return true;
      case element_type::BOOL: add_text(column, value.get_bool().value() ? "true" : "false"); return true;
      case element_type::INT64: add_text(column, arena.keep(fmt::to_string(value.get_int64().value()))); return true;
      case element_type::UINT64: add_text(column, arena.keep(fmt::to_string(value.get_uint64().value()))); return true;
      case element_type::DOUBLE: add_text(column, arena.keep(fmt::to_string(value.get_double().value()))); return true;
      default: return false;
    }
  }

  std::unique_ptr<JsonElements> elements_;
  dom::parser parser_;
  Schema known_;  // every column the file has, where only some are wanted
};

class LineElements : public JsonElements {
 public:
  LineElements(const std::filesystem::path& path, const ReadOptions& options) : options_(options), lines_(path, options_) {}
  bool next(std::string_view& element) override {
    while (lines_.next(element))
      if (element.find_first_not_of(" \t") != std::string_view::npos) return true;
    return false;
  }
  void rewind() override { lines_.rewind(); }
  Place place() const override { return lines_.place(); }
  std::uint64_t bytes() const override { return lines_.bytes(); }

 private:
  const ReadOptions options_;
  Lines lines_;
};

}  // namespace

std::unique_ptr<JsonElements> json_lines(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<LineElements>(path, options);
}

std::unique_ptr<Stream> json_rows(std::unique_ptr<JsonElements> elements, const ReadOptions& options) {
  return std::make_unique<JsonRows>(std::move(elements), options);
}

}  // namespace maru::data
