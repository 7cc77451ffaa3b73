// /api/pull: a model into the store, with its progress line by line. What a client may name is what can be fetched; files of this machine
// are not.
#include "maru/server/names.h"
#include "maru/server/routes/answer_common.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

// A pull on its way; a line for every change worth telling.
struct Pull {
  ExchangePtr exchange;
  bool stream = true;
  Cancel cancel;
  std::string digest, status;
  std::uint64_t total = 0;
  std::chrono::steady_clock::time_point told{};

  void say(const Json& line) const {
    if (stream) exchange->send(dump(line) + "\n");
  }
  void progress(const Progress& now) {
    const auto time = std::chrono::steady_clock::now();
    if (now.done != now.total && time - told < std::chrono::milliseconds(100)) return;
    told = time;
    if (now.what == "downloading") {
      say({{"status", status}, {"digest", digest}, {"total", now.total}, {"completed", now.done}});
    } else if (now.done == now.total) {
      say({{"status", now.what == "verifying" ? "verifying sha256 digest" : std::string(now.what)}});
    }
  }
};

void run(Service& service, const std::shared_ptr<Pull>& pull, const std::string& reference) {
  try {
    hub::PullOptions options;
    options.cancel = &pull->cancel;
    options.private_addresses = service.options().pull_private;
    options.progress = [pull](const Progress& now) { pull->progress(now); };
    options.note = [pull](const Phrase& note) { pull->say({{"status", note.text}}); };
    options.planned = [pull](const hub::Model&, const hub::Plan& plan, std::uint64_t) {
      // One line's digest stands for all files: the largest one's, which is the weights'.
      const auto largest = std::ranges::max_element(plan.files, {}, &hub::RemoteFile::size);
      if (largest == plan.files.end()) return;
      pull->digest = largest->digest.empty() ? "" : "sha256:" + largest->digest;
      pull->status = "pulling " + (largest->digest.empty() ? largest->name : largest->digest.substr(0, 12));
    };
    pull->say({{"status", "pulling manifest"}});
    const hub::Model model = service.store().pull(reference, options);
    pull->say({{"status", "writing manifest"}});
    const Json last = {{"status", "success"}, {"model", client_name(model)}, {"size", model.bytes()}};
    if (!pull->stream) return pull->exchange->answer(200, dump(last));
    pull->say(last);
    pull->exchange->end();
  } catch (const std::exception& error) {
    fail_exchange(pull->exchange, error, Dialect::ollama);
  }
}

void pull_route(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  std::string name = body.value("model", body.value("name", ""));
  check(!name.empty(), "invalid model name");
  if (body.value("insecure", false) && !name.starts_with("http://") && !name.starts_with("https://")) name = "http://" + name;
  const std::string reference = reference_to_pull(service.store(), name);
  const auto pull = std::make_shared<Pull>();
  pull->exchange = exchange;
  pull->stream = body.value("stream", true);
  pull->status = "pulling " + name;
  exchange->on_gone([weak = std::weak_ptr(pull)] {
    if (const auto alive = weak.lock()) alive->cancel.raise();
  });
  service.job([&service, pull, reference] {
    if (pull->stream) pull->exchange->begin(200, "application/x-ndjson");
    run(service, pull, reference);
  });
}

void push_route(Service&, const ExchangePtr& exchange) {
  Refusal refused = refusal(400, "models go to the Hugging Face hub from the command line: maru push; this server writes to no registry", Dialect::ollama,
                            exchange->request().id);
  exchange->answer(refused.status, std::move(refused.body));
}

std::vector<Field> fields() {
  return {{.name = "model", .kinds = Kind::text, .about = "a name of the catalogue, of Ollama's library, or hf.co/org/name", .longest = 512},
          {.name = "name", .kinds = Kind::text, .about = "the same, as older clients say it", .longest = 512},
          {.name = "insecure", .kinds = Kind::boolean, .about = "over plain HTTP"},
          {.name = "stream", .kinds = Kind::boolean, .about = "line by line (true) or one object at the end"}};
}

}  // namespace

RouteFamily ollama_pull_routes() {
  return {.name = "pull",
          .about = "Models into the store",
          .routes = {{.method = "POST", .path = "/api/pull", .about = "Brings a model", .scope = Scope::administration, .fields = fields(), .run = pull_route},
                     {.method = "POST", .path = "/api/push", .about = "Not here: maru push", .scope = Scope::administration, .fields = fields(),
                      .run = push_route}}};
}

}  // namespace maru::server
