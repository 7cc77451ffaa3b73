// Search and description by the hub's API; what it answers is taken apart without being believed.
#include "maru/hub/search.h"

#include <algorithm>

#include "maru/base/error.h"
#include "maru/hub/hf/endpoint.h"
#include "maru/hub/hf/reference.h"
#include "maru/hub/search_answer.h"

namespace maru::hub {
namespace {

constexpr std::size_t kMostFiles = 100'000, kMostCard = 1 << 20;

std::string api(Kind kind) { return hf::endpoint() + (kind == Kind::data ? "/api/datasets" : "/api/models"); }

net::Response asked(net::Client& client, const std::string& url, const Cancel* cancel) {
  net::Request request;
  request.url = url;
  request.authorization = hf::authorization();
  return net::send_patiently(client, request, cancel);
}

// Tags such as "license:mit" and "language:ko"; of a model a language may stand alone: "ko".
void read_tags(const Json& tags, Described& out) {
  if (!tags.is_array()) return;
  for (const Json& tag : tags) {
    if (!tag.is_string()) continue;
    const auto& text = tag.get_ref<const std::string&>();
    if (text.starts_with("license:")) out.licence = text.substr(8);
    else if (text.starts_with("language:")) out.languages.push_back(text.substr(9));
    else if (out.task.empty() && text.starts_with("task_categories:")) out.task = text.substr(16);
    else if (text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; })) out.languages.push_back(text);
  }
}

// {"parameters": {"F32": 22713216}, "total": …}
void read_weights(const Json& weights, Described& out) {
  if (!weights.is_object()) return;
  out.parameters = count_of(weights, "total");
  const auto types = weights.find("parameters");
  if (types == weights.end() || !types->is_object()) return;
  for (const auto& [type, count] : types->items()) {
    if (!count.is_number_unsigned() || count.get<std::uint64_t>() > std::uint64_t{1} << 50) continue;
    const std::uint64_t bits = type.contains("64") ? 64 : type.contains("32") ? 32 : type.contains("16") ? 16 : type == "F4" ? 4 : 8;
    out.weights_bytes += count.get<std::uint64_t>() * bits / 8;
  }
}

Described described(const Json& info) {
  Described out;
  out.id = text_of(info, "id");
  out.task = text_of(info, "pipeline_tag");
  out.updated = text_of(info, "lastModified");
  if (!info.is_object()) return out;
  const auto member = [&](const char* key) { return info.contains(key) ? info[key] : Json(); };
  read_tags(member("tags"), out);
  read_weights(member("safetensors"), out);
  const Json card = member("cardData"), config = member("config");
  if (out.licence.empty()) out.licence = text_of(card, "license");
  out.downloads = count_of(info, "downloads");
  out.likes = count_of(info, "likes");
  out.model_type = text_of(config, "model_type");
  const Json names = config.is_object() ? config.value("architectures", Json()) : Json();
  if (names.is_array() && !names.empty() && names[0].is_string())
    out.architecture = names[0].get<std::string>();
  const Json gated = member("gated");
  out.gated = gated.is_string() || gated == Json(true);
  return out;
}

void add_filter(std::string& url, std::string_view name, std::string_view prefix, std::string_view value) {
  if (!value.empty()) url += fmt::format("&{}={}{}", name, prefix, hf::quoted(value, false));
}

}  // namespace

Findings search(std::string_view words, const SearchOptions& options, net::Client& client, const Cancel* cancel) {
  const bool data = options.kind == Kind::data;
  std::string url = fmt::format("{}?search={}&sort=downloads&direction=-1&limit={}", api(options.kind), hf::quoted(words, false),
      options.limit);
  add_filter(url, "filter", data ? "task_categories:" : "", options.task);
  add_filter(url, "filter", data ? "language:" : "", options.language);
  add_filter(url, "filter", "license:", options.licence);
  for (const char* part : {"downloads", "likes", "tags", "lastModified", "gated", "cardData"}) url += fmt::format("&expand={}", part);
  if (!data)
    for (const char* part : {"pipeline_tag", "config", "safetensors"}) url += fmt::format("&expand={}", part);
  const net::Response response = asked(client, url, cancel);
  const std::string where = hf::endpoint();
  const Json list = json_answer(response, where);
  check(list.is_array(), "{}: expected a list of what was found, got {}", where, kind_of(list));
  Findings out;
  for (const Json& one : list) {
    Described next = described(one);
    if (hf::valid_id(next.id)) out.found.push_back(std::move(next));  // what could not be pulled is not shown
  }
  out.more = response.header("Link").contains("rel=\"next\"") || std::int64_t(list.size()) > options.limit;
  if (std::int64_t(out.found.size()) > options.limit) out.found.resize(std::size_t(options.limit));
  return out;
}

std::uint64_t Details::bytes() const {
  std::uint64_t sum = 0;
  for (const Listed& file : files) sum += file.bytes;
  return sum;
}

Details details(const Reference& reference, net::Client& client, const Cancel* cancel) {
  const hf::Reference wanted = hf::parse_reference(reference.rest);
  const std::string what = reference.text(), revision = hf::quoted(wanted.revision.empty() ? "main" : wanted.revision, false);
  const std::string base = fmt::format("{}/{}", api(wanted.data ? Kind::data : Kind::model), wanted.id);
  const Json info = json_answer(asked(client, fmt::format("{}/revision/{}?blobs=true", base, revision), cancel), what);
  check(info.is_object(), "{}: expected an object that describes it, got {}", what, kind_of(info));
  Details out{.described = described(info), .commit = text_of(info, "sha"), .page = {}, .files = {}, .card = {}};
  check(hf::valid_id(out.described.id) && hf::is_commit(out.commit), "{}: the hub names neither the repository nor its commit", what);
  const std::string place = fmt::format("{}/{}{}", hf::endpoint(), wanted.data ? "datasets/" : "", out.described.id);
  out.page = place;
  const Json siblings = info.value("siblings", Json::array());
  check(siblings.is_array() && siblings.size() <= kMostFiles, "{}: expected a list of at most {} files", what, kMostFiles);
  bool has_card = false;
  for (const Json& file : siblings) {
    out.files.push_back({text_of(file, "rfilename"), count_of(file, "size")});
    has_card = has_card || out.files.back().name == "README.md";
  }
  if (!has_card) return out;
  const net::Response card = asked(client, fmt::format("{}/resolve/{}/README.md", place, out.commit), cancel);
  // A gated repository shows its files' names to everybody and their bytes to few; what is known is still worth showing.
  if (card.ok() && card.body.size() <= kMostCard) out.card = without_front_matter(card.body);
  return out;
}

std::string_view without_front_matter(std::string_view markdown) {
  if (!markdown.starts_with("---\n") && !markdown.starts_with("---\r\n")) return markdown;
  const std::size_t end = markdown.find("\n---", 3);
  if (end == std::string_view::npos) return markdown;
  const std::size_t line = markdown.find('\n', end + 1);
  return line == std::string_view::npos ? std::string_view() : markdown.substr(line + 1);
}

}  // namespace maru::hub
