// Asks the hub's API.  huggingface.co/docs/hub/api; errors by status and X-Error-Code.
#include "maru/hub/hf/repository.h"

#include <algorithm>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/hub/digest.h"
#include "maru/hub/git_sum.h"
#include "maru/hub/hf/endpoint.h"
#include "maru/net/url.h"

namespace maru::hub::hf {
namespace {

constexpr std::size_t kMaxPages = 1000, kMaxEntries = 200'000;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 50;

bool is_hex(const Json& value, std::size_t digits) {
  return value.is_string() && hub::is_hex(value.get_ref<const std::string&>(), digits);
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The card's licence, its own name where it is "other"; else the tag "license:…".
std::string licence_of(const Json& info) {
  std::string licence;
  if (const auto card = info.find("cardData"); card != info.end() && card->is_object()) {
    licence = text_of(*card, "license");
    if (licence == "other" && !text_of(*card, "license_name").empty()) licence = text_of(*card, "license_name");
    if (const auto list = card->find("license"); list != card->end() && list->is_array()) {
      for (const Json& one : *list) {
        if (one.is_string()) licence += (licence.empty() ? "" : ", ") + one.get<std::string>();
      }
    }
  }
  if (const auto tags = info.find("tags"); licence.empty() && tags != info.end() && tags->is_array()) {
    for (const Json& tag : *tags) {
      if (tag.is_string() && tag.get_ref<const std::string&>().starts_with("license:")) licence = tag.get<std::string>().substr(8);
    }
  }
  return licence.substr(0, 100);
}

std::uint64_t size_of(const Json& object, const std::string& where, const std::string& path) {
  const auto size = object.find("size");
  const bool good = size != object.end() && size->is_number_unsigned() && size->get<std::uint64_t>() <= kMaxBytes;
  check(good, "{}: the hub's size of {:?} is {}; expected a whole number up to {}", where, path,
        size == object.end() ? std::string("absent") : dump(*size).substr(0, 40), kMaxBytes);
  return size->get<std::uint64_t>();
}

Entry read_entry(const Json& json, const std::string& where) {
  Entry entry{.path = text_of(json, "path"), .size = 0, .sum = Sum::git_sha1, .digest = {}};
  check(!entry.path.empty(), "{}: the hub lists a file without a path", where);
  entry.size = size_of(json, where, entry.path);
  if (const auto lfs = json.find("lfs"); lfs != json.end() && lfs->is_object()) {
    const bool good = lfs->contains("oid") && is_hex(lfs->at("oid"), 64);
    check(good, "{}: the hub's sum of {:?} is not a sha256 of 64 hex digits", where, entry.path);
    entry.sum = Sum::sha256;
    entry.digest = text_of(*lfs, "oid");
    check(size_of(*lfs, where, entry.path) == entry.size, "{}: the hub lists two sizes of {:?}", where, entry.path);
  } else {
    check(json.contains("oid") && is_hex(json["oid"], 40), "{}: the hub's sum of {:?} is not a git id of 40 hex digits", where, entry.path);
    entry.digest = text_of(json, "oid");
  }
  return entry;
}

// The address of rel="next" in a Link header, "" for none.  RFC 8288.
std::string next_link(std::string_view header) {
  while (!header.empty()) {
    const std::size_t open = header.find('<'), close = header.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    const std::string_view parameters = header.substr(close + 1, header.find('<', close) - close - 1);
    if (parameters.find("rel=\"next\"") != std::string_view::npos || parameters.find("rel=next") != std::string_view::npos)
      return std::string(header.substr(open + 1, close - open - 1));
    const std::size_t more = header.find('<', close);
    header = more == std::string_view::npos ? std::string_view() : header.substr(more);
  }
  return {};
}

// What the hub adds in words, shortened: it comes from outside.
Phrase words_of(const net::Response& response) {
  const std::string words(response.header("x-error-message").substr(0, 300));
  return words.empty() ? phrase("no reason given") : Phrase{.text = words, .pattern = {}, .values = {}};
}

}  // namespace

Repository::Repository(Reference reference, Ask ask)
    : reference_(std::move(reference)), ask_(std::move(ask)), endpoint_(endpoint()), authorization_(hf::authorization()) {}

std::string Repository::api() const { return endpoint_ + "/api/" + (reference_.data ? "datasets/" : "models/") + reference_.id; }
std::string Repository::page() const { return endpoint_ + "/" + (reference_.data ? "datasets/" : "") + reference_.id; }
std::string Repository::file_url(const std::string& commit, const std::string& path) const {
  return page() + "/resolve/" + quoted(commit, false) + "/" + quoted(path, true);
}

// What the network layer says names a host only.
template <class Call>
auto Repository::naming_us(Call&& call) const {
  try {
    return call();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    throw Error(error.kind(), phrase("{}: {}", where(), error.said()));
  }
}

net::Response Repository::get(const std::string& url) const {
  net::Request request{.url = url, .method = "GET", .headers = {}, .authorization = authorization_, .range = {}, .body = {}, .upload = {}};
  return naming_us([&] { return ask_(request); });
}

// A repository that its owner opens only to people who accepted the licence.
void Repository::refuse_gated() const {
  if (authorization_.empty()) {
    fail(ErrorKind::not_found, "{}: the owner opens it only to people who accept the licence; accept it at {}, then set HF_TOKEN to a "
         "token of that account and pull again", where(), page());
  }
  fail(ErrorKind::not_found, "{}: the owner opens it only to people who accept the licence, and your token has no access; accept it at {}, "
       "with the account of the token, then pull again", where(), page());
}

void Repository::refuse(const net::Response& response, std::string_view what) const {
  const std::string_view code = response.header("x-error-code");
  const int status = response.status;
  const bool known = !authorization_.empty();
  if (status == 429 && known)
    fail(ErrorKind::io, "{}: the hub asks for fewer requests ({}); wait some minutes", where(), words_of(response));
  if (status == 429) {
    fail(ErrorKind::io, "{}: the hub asks for fewer requests ({}); wait some minutes, or set HF_TOKEN, which is allowed more", where(),
         words_of(response));
  }
  if (status >= 500 || status == 408) fail(ErrorKind::io, "{}: the hub is not well (status {}); try again later", where(), status);
  if (code == "GatedRepo") refuse_gated();
  if (response.header("x-error-message").find("is disabled") != std::string_view::npos)
    fail(ErrorKind::not_found, "{}: the hub has disabled it ({})", where(), words_of(response));
  if (code == "RevisionNotFound")
    fail(ErrorKind::not_found, "{}: has no branch, tag or commit {:?}; {} lists them", where(), what.empty() ? "main" : what,
         page() + "/tree/main");
  if (code == "EntryNotFound") fail(ErrorKind::not_found, "{}: has no file {:?}", where(), what);
  if (status == 401 && code.empty() && known) {
    fail(ErrorKind::not_found, "{}: the hub does not accept your token ({}); make a new one at {} and set HF_TOKEN", where(),
         words_of(response), endpoint_ + "/settings/tokens");
  }
  if (code == "RepoNotFound" || status == 404 || status == 401) {
    if (known) fail(ErrorKind::not_found, "{}: is not on {}, or your token has no access to it; check the spelling", where(), endpoint_);
    fail(ErrorKind::not_found, "{}: is not on {}, or it is private; check the spelling, or set HF_TOKEN", where(), endpoint_);
  }
  if (status == 403) fail(ErrorKind::not_found, "{}: {} refuses access: {}", where(), endpoint_, words_of(response));
  fail(ErrorKind::io, "{}: {} answers with status {} ({})", where(), endpoint_, status, words_of(response));
}

About Repository::about(std::string_view revision) const {
  const net::Response response = get(api() + "/revision/" + quoted(revision.empty() ? "main" : revision, false));
  if (!response.ok()) refuse(response, revision);
  const Json info = parse_json(response.body, where());
  check(info.is_object() && info.contains("sha") && is_hex(info["sha"], 40), "{}: the hub names no commit of 40 hex digits", where());
  About out{.id = text_of(info, "id"), .commit = text_of(info, "sha"), .licence = licence_of(info)};
  const bool same = !is_commit(revision) || out.commit == revision;
  check(same, "{}: asked for the commit {}, the hub answers with {}", where(), revision, out.commit);
  const auto gated = info.find("gated");
  out.gated = gated != info.end() && (gated->is_string() || (gated->is_boolean() && gated->get<bool>()));
  if (const auto disabled = info.find("disabled"); disabled != info.end() && disabled->is_boolean() && disabled->get<bool>())
    fail(ErrorKind::not_found, "{}: the hub has disabled it ({})", where(), phrase("no reason given"));
  return out;
}

bool Repository::has_revision(std::string_view revision) const {
  const net::Response response = get(api() + "/revision/" + quoted(revision, false));
  if (response.ok()) return true;
  if (response.status == 404 && response.header("x-error-code") != "RepoNotFound") return false;
  refuse(response, revision);
}

std::vector<Entry> Repository::files(const std::string& commit) const {
  std::vector<Entry> out;
  std::set<std::string> seen_pages, seen_paths;
  std::string url = api() + "/tree/" + commit + "?recursive=true";
  while (!url.empty()) {
    check(seen_pages.insert(url).second, "{}: the hub's listing leads back to a page already read", where());
    if (seen_pages.size() > kMaxPages) fail(ErrorKind::limit, "{}: the hub's listing has more than {} pages", where(), kMaxPages);
    const net::Response response = get(url);
    if (!response.ok()) refuse(response, "");
    const Json page = parse_json(response.body, where());
    check(page.is_array(), "{}: the hub's listing must be a list, got {}", where(), kind_of(page));
    for (const Json& json : page) {
      check(json.is_object(), "{}: the hub's listing must hold objects, got {}", where(), kind_of(json));
      if (text_of(json, "type") != "file") continue;
      out.push_back(read_entry(json, where()));
      check(seen_paths.insert(out.back().path).second, "{}: the hub lists {:?} twice", where(), out.back().path);
      if (out.size() > kMaxEntries) fail(ErrorKind::limit, "{}: holds more than {} files", where(), kMaxEntries);
    }
    const std::string link = next_link(response.header("link"));
    if (link.empty()) break;
    const net::Url here = net::parse_url(endpoint_), next = naming_us([&] { return net::follow(net::parse_url(url), link); });
    check(next.origin() == here.origin(), "{}: the next page of the hub's listing is on another host, {}", where(), next.place());
    url = next.whole;
  }
  return out;
}

void Repository::check_access() const {
  const net::Response response = get(api() + "/auth-check");
  if (!response.ok()) refuse(response, "");
}

std::string Repository::small_file(const std::string& commit, const Entry& entry, std::uint64_t max_bytes) const {
  if (entry.size > max_bytes)
    fail(ErrorKind::limit, "{}: {} has {} bytes, over the limit of {}", where(), entry.path, entry.size, max_bytes);
  const net::Response response = get(file_url(commit, entry.path));
  if (!response.ok()) refuse(response, entry.path);
  const std::size_t size = response.body.size();
  check(size == entry.size, "{}: {} has {} bytes, the hub's listing says {}", where(), entry.path, size, entry.size);
  const std::string sum = entry.sum == Sum::sha256 ? sha256(std::as_bytes(std::span(response.body))) : git_sha1(response.body);
  check(sum == entry.digest, "{}: {} has the {} sum {}, the hub's listing says {}", where(), entry.path,
        entry.sum == Sum::sha256 ? "sha256" : "git sha1", sum, entry.digest);
  return response.body;
}

}  // namespace maru::hub::hf
