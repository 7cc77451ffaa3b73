// Arrow's schema as fields, with what the data-set library's metadata add: names of classes and pictures.
#include <algorithm>

#include "maru/data/arrow/module.h"

namespace maru::data::columnar {
namespace {

constexpr std::size_t kMostLabels = 1 << 20;
constexpr std::int64_t kMostMetadata = 16 << 20;

// The member of a feature that describes a child; null where the metadata say nothing of it.
const Json* child(const Json* feature, std::string_view name) {
  if (!feature || !feature->is_object()) return nullptr;
  const auto found = feature->find(name);
  return found == feature->end() ? nullptr : &*found;
}

// A list is written as {"feature": …, "_type": "Sequence" or "List"} or as [ … ].
const Json* item(const Json* feature) {
  if (feature && feature->is_array() && feature->size() == 1) return &(*feature)[0];
  return child(feature, "feature");
}

bool is_a(const Json* feature, std::string_view type) {
  const Json* said = child(feature, "_type");
  return said && said->is_string() && said->get_ref<const std::string&>() == type;
}

std::vector<std::string> labels(const Json* feature) {
  std::vector<std::string> names;
  const Json* said = is_a(feature, "ClassLabel") ? child(feature, "names") : nullptr;
  if (!said || !said->is_array() || said->size() > kMostLabels) return names;
  for (const Json& name : *said) {
    if (!name.is_string()) return {};
    names.push_back(name.get<std::string>());
  }
  return names;
}

bool is_picture(const arrow::DataType& type, const Json* feature) {
  if (!is_a(feature, "Image") || type.id() != arrow::Type::STRUCT) return false;
  const auto& record = static_cast<const arrow::StructType&>(type);
  return record.GetFieldIndex("bytes") >= 0;
}

Type scalar(const arrow::DataType& type, std::string_view where, std::string_view column) {
  switch (type.id()) {
    case arrow::Type::BOOL: return Type::boolean;
    case arrow::Type::INT8: case arrow::Type::INT16: case arrow::Type::INT32: case arrow::Type::INT64:
    case arrow::Type::UINT8: case arrow::Type::UINT16: case arrow::Type::UINT32: case arrow::Type::UINT64:
    case arrow::Type::DURATION: return Type::integer;
    case arrow::Type::HALF_FLOAT: case arrow::Type::FLOAT: case arrow::Type::DOUBLE: return Type::real;
    case arrow::Type::STRING: case arrow::Type::LARGE_STRING: case arrow::Type::STRING_VIEW: case arrow::Type::NA:
    case arrow::Type::DATE32: case arrow::Type::DATE64: case arrow::Type::TIMESTAMP: case arrow::Type::TIME32: case arrow::Type::TIME64:
    case arrow::Type::DECIMAL32: case arrow::Type::DECIMAL64: case arrow::Type::DECIMAL128: case arrow::Type::DECIMAL256:
      return Type::text;
    case arrow::Type::BINARY: case arrow::Type::LARGE_BINARY: case arrow::Type::BINARY_VIEW: case arrow::Type::FIXED_SIZE_BINARY:
      return Type::bytes;
    default:
      fail(ErrorKind::invalid, "{}: column {}: the Arrow type {} is not read; name the columns that you need, without this one", where,
           column, type.ToString());
  }
}

Field field_at(const arrow::Field& field, const Json* feature, std::string_view where, std::string column, int depth) {
  check(depth <= kMostDepth, "{}: column {}: nested deeper than {} levels", where, column, kMostDepth);
  const arrow::DataType* type = field.type().get();
  for (int step = 0; type->id() == arrow::Type::DICTIONARY || type->id() == arrow::Type::EXTENSION; ++step) {
    check(step < kMostDepth, "{}: column {}: nested deeper than {} levels", where, column, kMostDepth);
    type = type->id() == arrow::Type::DICTIONARY ? static_cast<const arrow::DictionaryType*>(type)->value_type().get()
                                                 : static_cast<const arrow::ExtensionType*>(type)->storage_type().get();
  }
  Field out;
  out.name = field.name();
  if (is_picture(*type, feature)) {
    out.type = Type::image;
    return out;
  }
  switch (type->id()) {
    case arrow::Type::LIST: case arrow::Type::LARGE_LIST: case arrow::Type::FIXED_SIZE_LIST: case arrow::Type::MAP:
      out.type = Type::list;
      out.children.push_back(field_at(*type->field(0), item(feature), where, column + "[]", depth + 1));
      return out;
    case arrow::Type::STRUCT:
      check(type->num_fields() > 0, "{}: column {}: a record without members", where, column);
      out.type = Type::record;
      for (const auto& member : type->fields())
        out.children.push_back(field_at(*member, child(feature, member->name()), where, column + "." + member->name(), depth + 1));
      return out;
    default:
      out.type = is_a(feature, "Image") && type->id() == arrow::Type::BINARY ? Type::image : scalar(*type, where, column);
      if (out.type == Type::integer) out.labels = labels(feature);
      return out;
  }
}

// The features that the schema's metadata describe, by column; null when there are none that can be read.
Json features_of(const std::shared_ptr<const arrow::KeyValueMetadata>& metadata) {
  const std::int64_t at = metadata ? std::int64_t(metadata->FindKey("huggingface")) : -1;
  if (at < 0 || std::int64_t(metadata->value(at).size()) > kMostMetadata) return {};
  try {
    const Json said = parse_json(metadata->value(at), "huggingface");
    const Json* features = said.is_object() ? child(child(&said, "info"), "features") : nullptr;
    return features && features->is_object() ? *features : Json{};
  } catch (const Error&) {
    return {};  // the columns are there all the same; what cannot be read adds nothing
  }
}

}  // namespace

Schema fields_of(const arrow::Schema& schema, const std::vector<int>& columns, std::string_view where) {
  const Json features = features_of(schema.metadata());
  Schema out;
  for (const int i : columns) {
    const arrow::Field& field = *schema.field(i);
    const auto said = features.find(field.name());
    out.push_back(field_at(field, said == features.end() ? nullptr : &*said, where, field.name(), 0));
  }
  return out;
}

std::vector<int> chosen(const arrow::Schema& schema, const std::vector<std::string>& wanted, std::string_view where) {
  std::vector<int> columns;
  for (const std::string& name : wanted) {
    if (!schema.GetAllFieldIndices(name).empty()) continue;
    std::string names;
    for (const auto& field : schema.fields()) names += (names.empty() ? "" : ", ") + field->name();
    fail(ErrorKind::usage, "{}: there is no column {}; there are: {}", where, name, names);
  }
  for (int i = 0; i < schema.num_fields(); ++i)
    if (wanted.empty() || std::ranges::find(wanted, schema.field(i)->name()) != wanted.end()) columns.push_back(i);
  return columns;
}

}  // namespace maru::data::columnar
