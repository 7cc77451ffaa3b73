// ollama: a model from Ollama's registry, or one that speaks the same protocol: a manifest names blobs, all of them sha256. Plans only; the
// blobs are brought like any other files.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/hub.h"
#include "maru/hub/ollama_manifest.h"
#include "maru/hub/ollama_name.h"
#include "maru/hub/ollama_store.h"
#include "maru/hub/ollama_token.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxLicenceRead = 65'536;

Reference tidy(const Reference& given) { return {given.scheme, parse_ollama_name(given.rest).text()}; }

// Without "ollama:", what only Ollama's users write: a name with a tag, an address of its library. "org/name" is the other world's, and a
// bare name is taken where Ollama itself has it here.
std::optional<Reference> recognise(std::string_view text, Kind kind) {
  if (kind != Kind::model) return std::nullopt;
  std::string_view rest = text;
  for (const std::string_view front : {"https://", "ollama.com/library/", "ollama.com/", "registry.ollama.ai/"})
    if (rest.starts_with(front)) rest.remove_prefix(front.size());
  const bool address = rest.size() != text.size() && !rest.starts_with("http") && text.find("ollama.") != std::string_view::npos;
  const bool tagged = rest.find('/') == std::string_view::npos && rest.find(':') != std::string_view::npos;
  try {
    const OllamaName name = parse_ollama_name(rest);
    const bool bare = rest.find_first_of("/:") == std::string_view::npos;
    if (address || tagged || (bare && find_in_ollama_store(name))) return Reference{"ollama", name.text()};
  } catch (const Error&) {  // another source may know it
  }
  return std::nullopt;
}

std::vector<std::string> names(const Reference& reference) {
  const OllamaName name = parse_ollama_name(reference.rest);
  const std::string tag = name.tag == "latest" ? "" : "-" + name.tag;
  return {name.model + tag, name.space + "-" + name.model + tag, name.host + "-" + name.space + "-" + name.model + "-" + name.tag};
}

bool pinned(const Reference& reference) { return !parse_ollama_name(reference.rest).digest.empty(); }

// One repository of a registry; a token is asked for once, when the registry wants one.
class Repository {
 public:
  Repository(const OllamaName& name, net::Client& client, const Cancel* cancel) : name_(name), client_(client), cancel_(cancel) {}

  static std::string address(const OllamaName& name, std::string_view kind, std::string_view what) {
    return fmt::format("{}/v2/{}/{}/{}/{}", name.registry(), name.space, name.model, kind, what);
  }
  std::string url(std::string_view kind, std::string_view what) const { return address(name_, kind, what); }
  net::Response get(const std::string& url, std::string_view accept) {
    net::Request request;
    request.url = url;
    request.authorization = authorization_;
    if (!accept.empty()) request.headers.push_back({"Accept", std::string(accept)});
    net::Response response = ask(request);
    if (response.status != 401 || !authorization_.empty()) return response;
    const Challenge challenge = parse_challenge(response.header("WWW-Authenticate"), name_.registry());
    authorization_ = fetch_token(challenge, name_.registry(), client_, cancel_);
    request.authorization = authorization_;
    return ask(request);
  }
  const std::string& authorization() const { return authorization_; }

 private:
  // What the network layer says names a host only.
  net::Response ask(const net::Request& request) {
    try {
      return net::send_patiently(client_, request, cancel_);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      throw Error(error.kind(), phrase("ollama:{}: {}", name_.text(), error.said()));
    }
  }

  const OllamaName& name_;
  net::Client& client_;
  const Cancel* cancel_;
  std::string authorization_;
};

[[noreturn]] void refuse(const OllamaName& name, const net::Response& response) {
  if (response.status == 404)
    fail(ErrorKind::not_found, "ollama:{}: {} has no model {}/{} with the tag {}; its tags are listed at https://ollama.com/library, or "
         "the name is misspelled", name.text(), name.host, name.space, name.model, name.tag);
  if (response.status == 401 || response.status == 403)
    fail(ErrorKind::not_found, "ollama:{}: {} does not let this machine have it (status {}): it is private or not there; a private model "
         "needs the key ~/.ollama/id_ed25519 in your account", name.text(), name.host, response.status);
  fail(ErrorKind::io, "ollama:{}: {} answered with status {}; try again later", name.text(), name.host, response.status);
}

constexpr std::string_view kAccept = "application/vnd.docker.distribution.manifest.v2+json";

OllamaManifest fetch_manifest(const OllamaName& name, Repository& repository) {
  const std::string where = fmt::format("ollama:{}", name.text());
  // A registry need not give manifests by their digest: then the tag must still mean the same.
  net::Response response;
  if (!name.digest.empty()) response = repository.get(repository.url("manifests", "sha256:" + name.digest), kAccept);
  if (!response.ok()) response = repository.get(repository.url("manifests", name.tag), kAccept);
  if (!response.ok()) refuse(name, response);
  OllamaManifest manifest = parse_ollama_manifest(response.body, where);
  check(name.digest.empty() || manifest.digest == name.digest,
        "{}: the tag {} means another manifest now (sha256 {}), and {} no longer gives the one asked for; take the new one: maru pull "
        "ollama:{}",
        where, name.tag, manifest.digest, name.host, name.text().substr(0, name.text().find('@')));
  return manifest;
}

// What a licence calls itself: its first line. Nothing when it cannot be had; its text comes with the model in any case.
std::string licence_of(const OllamaManifest& manifest, Repository& repository) {
  const auto file = std::ranges::find(manifest.files, "LICENSE", &OllamaFile::name);
  if (file == manifest.files.end() || file->size > kMaxLicenceRead) return {};
  const net::Response response = repository.get(repository.url("blobs", "sha256:" + file->digest), {});
  if (!response.ok() || sha256(std::as_bytes(std::span(response.body))) != file->digest) return {};
  return licence_title(response.body);
}

Plan plan_ollama(const Reference& reference, net::Client& client, const Cancel* cancel) {
  const OllamaName name = parse_ollama_name(reference.rest);
  Repository repository(name, client, cancel);
  const OllamaManifest manifest = fetch_manifest(name, repository);
  Plan plan{.revision = "sha256:" + manifest.digest, .files = {}, .licence = licence_of(manifest, repository), .notes = manifest.notes};
  for (const OllamaFile& file : manifest.files)
    plan.files.push_back({.name = file.name, .url = repository.url("blobs", "sha256:" + file.digest), .size = file.size, .sum = Sum::sha256,
                          .digest = file.digest, .authorization = repository.authorization()});
  return plan;
}

fs::path elsewhere(const Reference&, const RemoteFile& file) { return find_ollama_blob(file.digest, file.size); }

std::optional<Plan> local_plan(const Reference& reference) {
  const OllamaName name = parse_ollama_name(reference.rest);
  const std::optional<OllamaManifest> manifest = find_in_ollama_store(name);
  if (!manifest) return std::nullopt;
  Plan plan{.revision = "sha256:" + manifest->digest, .files = {}, .licence = {}, .notes = manifest->notes};
  for (const OllamaFile& file : manifest->files) {
    const fs::path place = find_ollama_blob(file.digest, file.size);
    if (place.empty()) return std::nullopt;
    if (file.name == "LICENSE" && file.size <= kMaxLicenceRead) plan.licence = licence_title(read_file(place));
    plan.files.push_back({.name = file.name, .url = Repository::address(name, "blobs", "sha256:" + file.digest), .size = file.size,
                          .sum = Sum::sha256, .digest = file.digest, .authorization = {}});
  }
  return plan;
}

Reference at(const Reference& reference, std::string_view revision) {
  return tidy({reference.scheme, fmt::format("{}@{}", reference.rest.substr(0, reference.rest.find('@')), revision)});
}

}  // namespace

Source ollama_source() {
  return {.scheme = "ollama", .example = "ollama:NAME[:TAG]", .recognise = recognise, .tidy = tidy, .names = names, .pinned = pinned,
          .kind = nullptr, .fetch = nullptr, .plan = plan_ollama, .elsewhere = elsewhere, .local_plan = local_plan, .at = at};
}

}  // namespace maru::hub
