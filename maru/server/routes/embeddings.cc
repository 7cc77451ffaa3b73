// Vectors of texts in both dialects: /api/embed, /api/embeddings, /v1/embeddings. Texts of requests that come together are computed
// together; each vector is the same as alone.
#include <cmath>
#include <cstring>

#include "maru/server/routes/answer_common.h"
#include "maru/server/service.h"

namespace maru::server {
namespace {

constexpr std::size_t kMostTexts = 10'000;

// What is embedded: a text or its token ids.
struct Item {
  std::string text;
  std::optional<std::vector<std::int32_t>> ids;
};
// What came of one.
struct Vector {
  std::vector<float> vector;
  std::size_t tokens = 0, truncated = 0;
  std::optional<Error> error = {};               // of this item alone
};

struct Asked {
  std::string model;
  std::optional<KeepAlive> keep_alive = {};
  std::vector<Item> items;
  bool truncate = true;
  std::int64_t dimensions = 0;                   // 0: all
  Dialect dialect = Dialect::ollama;
  std::function<void(const LoadedModel&, std::vector<Vector>, std::chrono::nanoseconds load)> done;
};

// The first `dimensions` numbers, of length one again.
void cut(std::vector<float>& vector, std::int64_t dimensions) {
  if (dimensions <= 0 || dimensions >= std::int64_t(vector.size())) return;
  vector.resize(std::size_t(dimensions));
  double sum = 0;
  for (const float x : vector) sum += double(x) * x;
  if (sum > 0)
    for (float& x : vector) x = float(x / std::sqrt(sum));
}

// The items as the model reads them; one that cannot be read has its error in `all`, and is left out.
std::vector<engine::EmbedInput> prepared(const Asked& asked, const LoadedModel& model, std::vector<Vector>& all) {
  std::vector<engine::EmbedInput> out;
  all.resize(asked.items.size());
  const std::size_t limit = model.embedder->max_tokens();
  for (std::size_t i = 0; i < asked.items.size(); ++i) {
    const Item& item = asked.items[i];
    try {
      engine::EmbedInput input = item.ids ? engine::EmbedInput{.ids = *item.ids} : model.embedder->prepare(item.text, false);
      for (const std::int32_t id : input.ids)
        check(id >= 0 && id < model.opened->tokenizer()->vocabulary(), "input[{}]: {} is no token: the vocabulary of \"{}\" has {}", i, id, model.name,
              model.opened->tokenizer()->vocabulary());
      if (item.ids && input.ids.size() > limit) {
        input.truncated = input.ids.size() - limit;
        input.ids.resize(limit);
      }
      if (input.truncated > 0 && !asked.truncate)
        fail(ErrorKind::limit, "input[{}]: the input length exceeds the context length: {} tokens, and \"{}\" reads {}; send less, or \"truncate\": true", i,
             input.ids.size() + input.truncated, model.name, limit);
      all[i].tokens = input.ids.size();
      all[i].truncated = input.truncated;
      out.push_back(std::move(input));
    } catch (const Error& error) {
      all[i].error = error;
    }
  }
  return out;
}

// On a worker, with the model there.
void start(Service& service, const ExchangePtr& exchange, const std::shared_ptr<Asked>& asked, const std::shared_ptr<Lease>& held) {
  const LoadedModel& model = **held;
  check(bool(model.encoder), "\"{}\" does not support embeddings: it writes text; choose an encoder, such as all-minilm", model.name);
  check(asked->dimensions <= model.opened->info().width, "dimensions: the vectors of \"{}\" have {} numbers, asked for {}", model.name, model.opened->info().width,
        asked->dimensions);
  const auto all = std::make_shared<std::vector<Vector>>();
  std::vector<engine::EmbedInput> inputs = prepared(*asked, model, *all);
  if (inputs.empty()) return asked->done(model, std::move(*all), held->waited);
  const auto ended = [&service, asked, held, all](std::vector<engine::Encoded> encoded) {
    std::size_t next = 0, tokens = 0;
    for (Vector& one : *all) {
      if (one.error) continue;
      engine::Encoded& from = encoded.at(next++);
      one.error = from.error;
      one.vector = std::move(from.embedding.vector);
      tokens += one.tokens;
      cut(one.vector, asked->dimensions);
    }
    service.metrics().embedded((*held)->name, all->size(), tokens);
    asked->done(**held, std::move(*all), held->waited);
  };
  // Writing down thousands of numbers takes its time: a worker's, not the encoder's.
  const auto ticket = model.encoder->submit(std::move(inputs), [&service, exchange, asked, ended](std::vector<engine::Encoded> encoded) {
    if (encoded.empty()) return;                          // cancelled: the client left
    const auto shared = std::make_shared<std::vector<engine::Encoded>>(std::move(encoded));
    on_worker(service, exchange, asked->dialect, [ended, shared] { ended(std::move(*shared)); });
  });
  exchange->on_gone([held = std::weak_ptr(held), ticket] {
    if (const auto alive = held.lock()) (*alive)->encoder->cancel(ticket);
  });
}

void embed(Service& service, const ExchangePtr& exchange, Asked given) {
  const auto asked = std::make_shared<Asked>(std::move(given));
  service.models().acquire(asked->model, asked->keep_alive, [&service, exchange, asked](Lease lease, std::exception_ptr failed) {
    const auto held = std::make_shared<Lease>(std::move(lease));
    on_worker(service, exchange, asked->dialect, [&service, exchange, asked, held, failed] {
      if (failed) std::rethrow_exception(failed);
      start(service, exchange, asked, held);
    });
  });
}

// A text, a list of texts, token ids, a list of lists of token ids.
std::vector<Item> items_of(const Json& input, bool ids_too) {
  std::vector<Item> out;
  const auto is_id = [](const Json& one) { return one.is_number_unsigned() && one < 2147483647; };
  if (input.is_null()) return out;
  if (input.is_string()) {
    out.push_back({.text = input, .ids = {}});
    return out;
  }
  check(input.is_array(), "invalid input type");
  if (ids_too && !input.empty() && std::ranges::all_of(input, is_id)) {
    out.push_back({.text = {}, .ids = input.get<std::vector<std::int32_t>>()});
    return out;
  }
  check(input.size() <= kMostTexts, "input: {} texts; at most {} in a request", input.size(), kMostTexts);
  for (const Json& one : input) {
    if (one.is_string()) {
      out.push_back({.text = one, .ids = {}});
      continue;
    }
    check(ids_too && one.is_array() && !one.empty() && std::ranges::all_of(one, is_id), "invalid input type");
    out.push_back({.text = {}, .ids = one.get<std::vector<std::int32_t>>()});
  }
  return out;
}

// What failed of a batch, by number; the others stand.
Json problems(const std::vector<Vector>& all) {
  Json out = Json::array();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].error) out.push_back({{"index", i}, {"error", all[i].error->what()}});
  return out;
}

Json truncated(const std::vector<Vector>& all) {
  Json out = Json::array();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].truncated > 0) out.push_back({{"index", i}, {"dropped_tokens", all[i].truncated}});
  return out;
}

// A request whose every text failed is refused by the first one's reason.
void check_any(const std::vector<Vector>& all) {
  if (!all.empty() && std::ranges::all_of(all, [](const Vector& one) { return bool(one.error); })) throw Error(*all.front().error);
}

void account(Json& out, const LoadedModel& model, const std::vector<Vector>& all, const Request& request) {
  Json more = {{"context_length", model.opened->max_tokens()}, {"quantization", quantization(*model.opened)}};
  if (Json cut_off = truncated(all); !cut_off.empty()) more["truncated"] = std::move(cut_off);
  if (!request.ignored.empty()) more["ignored"] = request.ignored;
  out["accounting"] = std::move(more);
  if (Json failed = problems(all); !failed.empty()) out["errors"] = std::move(failed);
}

std::size_t tokens_of(const std::vector<Vector>& all) {
  std::size_t tokens = 0;
  for (const Vector& one : all) tokens += one.tokens;
  return tokens;
}

void ollama_embed(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  const auto begin = std::chrono::steady_clock::now();
  Asked asked{.model = body["model"], .items = items_of(member(body, "input"), false), .truncate = body.value("truncate", true),
              .dimensions = body.value("dimensions", std::int64_t{0}), .done = {}};
  if (const Json& keep = member(body, "keep_alive"); !keep.is_null()) asked.keep_alive = parse_keep_alive(keep);
  asked.done = [exchange, begin](const LoadedModel& model, std::vector<Vector> all, std::chrono::nanoseconds load) {
    check_any(all);
    Json out = {{"model", exchange->request().json["model"]}, {"embeddings", Json::array()}};
    for (Vector& one : all) out["embeddings"].push_back(one.error ? Json() : Json(std::move(one.vector)));
    out["total_duration"] = (std::chrono::steady_clock::now() - begin).count();
    out["load_duration"] = load.count();
    out["prompt_eval_count"] = tokens_of(all);
    account(out, model, all, exchange->request());
    exchange->answer(200, dump(out));
  };
  if (asked.items.empty()) {
    (void)service.models().find(asked.model);
    return exchange->answer(200, dump({{"model", body["model"]}, {"embeddings", Json::array()}}));
  }
  embed(service, exchange, std::move(asked));
}

void ollama_embeddings(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  const std::string prompt = body.value("prompt", "");
  Asked asked{.model = body["model"], .items = {}, .done = {}};
  if (const Json& keep = member(body, "keep_alive"); !keep.is_null()) asked.keep_alive = parse_keep_alive(keep);
  if (prompt.empty()) {
    (void)service.models().find(asked.model);
    return exchange->answer(200, dump({{"embedding", Json::array()}}));
  }
  asked.items.push_back({.text = prompt, .ids = {}});
  asked.done = [exchange](const LoadedModel& model, std::vector<Vector> all, std::chrono::nanoseconds) {
    check_any(all);
    Json out = {{"embedding", std::move(all[0].vector)}};
    account(out, model, all, exchange->request());
    exchange->answer(200, dump(out));
  };
  embed(service, exchange, std::move(asked));
}

std::string base64_of(const std::vector<float>& vector) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes(vector.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), vector.data(), bytes.size());   // little-endian, as every machine that this runs on
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t j = 0; j < 3; ++j) three = three << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) out += i + j <= bytes.size() ? kLetters[three >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

void openai_embeddings(Service& service, const ExchangePtr& exchange) {
  const Json& body = exchange->request().json;
  Asked asked{.model = body["model"], .items = items_of(member(body, "input"), true), .truncate = body.value("truncate", false),
              .dimensions = body.value("dimensions", std::int64_t{0}), .dialect = Dialect::openai, .done = {}};
  check(!asked.items.empty(), "input: an empty list has no vectors");
  for (std::size_t i = 0; i < asked.items.size(); ++i)
    check(asked.items[i].ids || !asked.items[i].text.empty(), "input[{}]: an empty text has no vector", i);
  const bool base64 = body.value("encoding_format", "float") == "base64";
  asked.done = [exchange, base64](const LoadedModel& model, std::vector<Vector> all, std::chrono::nanoseconds) {
    check_any(all);
    Json data = Json::array();
    for (std::size_t i = 0; i < all.size(); ++i) {
      Json one = {{"object", "embedding"}, {"index", i}};
      if (all[i].error) one["embedding"] = nullptr, one["error"] = all[i].error->what();
      else one["embedding"] = base64 ? Json(base64_of(all[i].vector)) : Json(all[i].vector);
      data.push_back(std::move(one));
    }
    const std::size_t tokens = tokens_of(all);
    Json out = {{"object", "list"}, {"data", std::move(data)}, {"model", exchange->request().json["model"]}, {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}};
    account(out, model, all, exchange->request());
    exchange->answer(200, dump(out));
  };
  embed(service, exchange, std::move(asked));
}

Field model_field() { return {.name = "model", .kinds = Kind::text, .about = "which model", .required = true, .shortest = 1, .longest = 512}; }
Field keep_alive_field() { return {.name = "keep_alive", .kinds = Kind::text | Kind::number, .about = "how long the model stays in memory"}; }
Field dimensions_field() {
  return {.name = "dimensions", .kinds = Kind::integer, .about = "the first so many numbers of each vector, of length one again", .low = 1, .high = 1 << 20};
}

}  // namespace

RouteFamily embeddings_routes() {
  return {
      .name = "embeddings",
      .about = "Vectors of texts",
      .routes = {
          {.method = "POST", .path = "/api/embed", .about = "Vectors of one text or several",
           .fields = {model_field(),
                      {.name = "input", .kinds = Kind::boolean | Kind::integer | Kind::number | Kind::text | Kind::object | Kind::array, .about = "a text or a list of texts"},
                      {.name = "truncate", .kinds = Kind::boolean, .about = "cut texts that are too long (true) or refuse them"},
                      dimensions_field(), keep_alive_field(),
                      {.name = "options", .kinds = Kind::object, .about = "taken, without effect on vectors", .ignored = true}},
           .run = ollama_embed},
          {.method = "POST", .path = "/api/embeddings", .about = "The vector of one text, as older clients ask for it",
           .fields = {model_field(), {.name = "prompt", .kinds = Kind::text, .about = "the text"}, keep_alive_field(),
                      {.name = "options", .kinds = Kind::object, .about = "taken, without effect on vectors", .ignored = true}},
           .run = ollama_embeddings},
          {.method = "POST", .path = "/v1/embeddings", .about = "Vectors of one text or several, as OpenAI's clients ask for them", .dialect = Dialect::openai,
           .fields = {model_field(),
                      {.name = "input", .kinds = Kind::text | Kind::array, .about = "a text, a list of texts, or their token ids", .required = true},
                      {.name = "encoding_format", .kinds = Kind::text, .about = "numbers, or their bytes in base64", .choices = {"float", "base64"}},
                      {.name = "truncate", .kinds = Kind::boolean, .about = "cut texts that are too long (false: they are refused with the counts)"},
                      dimensions_field(),
                      {.name = "user", .kinds = Kind::text, .about = "taken, without effect here", .ignored = true}},
           .run = openai_embeddings}}};
}

}  // namespace maru::server
