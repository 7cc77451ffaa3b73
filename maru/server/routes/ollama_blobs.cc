// /api/blobs: files by their sha256, sent before a create names them.  Ollama's docs/api.md
#include "maru/hub/uploads.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

hub::BlobName asked_blob(const ExchangePtr& exchange) {
  const std::optional<hub::BlobName> name = hub::BlobName::parse(exchange->request().captures.at(0));
  check(name.has_value(), "invalid digest format");
  return *name;
}

void look(Service& service, const ExchangePtr& exchange) {
  const hub::BlobName name = asked_blob(exchange);
  if (!hub::Uploads(service.store()).exists(name)) fail(ErrorKind::not_found, "there is no blob {}", name.text());
  exchange->answer(200, "", "");
}

void take(Service& service, const ExchangePtr& exchange) {
  const hub::BlobName name = asked_blob(exchange);
  const hub::Uploads uploads(service.store());
  if (uploads.exists(name)) return exchange->answer(200, "", "");
  const Request& request = exchange->request();
  uploads.add(request.body_file, request.body_sha256, name);
  exchange->answer(201, "", "");
}

}  // namespace

RouteFamily ollama_blobs_routes() {
  return {.name = "blobs",
          .about = "Files that a new model is made of",
          .routes = {{.method = "HEAD",
                      .path = "/api/blobs/{}",
                      .about = "Whether a file is here, by sha256:HEX",
                      .scope = Scope::administration,
                      .answers = {{404, "It is not here"}},
                      .run = look},
                     {.method = "POST",
                      .path = "/api/blobs/{}",
                      .about = "Takes a file; its bytes must be what sha256:HEX says",
                      .scope = Scope::administration,
                      .body_to_file = true,
                      .answers = {{201, "Taken"}},
                      .run = take}}};
}

}  // namespace maru::server
