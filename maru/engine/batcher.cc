// A step is one ragged batch: the next token of every answer that writes, and pieces of the prompts that are read.
#include "maru/engine/batcher.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "maru/base/pool.h"
#include "maru/engine/end_tokens.h"
#include "maru/engine/session.h"

namespace maru::engine {
namespace {

constexpr std::int64_t kFirstPiece = 64, kLeastPiece = 16, kMostPiece = 2048;
constexpr int kMostChoices = 16;

bool by_ticket(const std::unique_ptr<Sequence>& a, const std::unique_ptr<Sequence>& b) {
  return std::pair(a->asked->ticket, a->choice) < std::pair(b->asked->ticket, b->choice);
}

std::size_t page_bytes(const models::Info& info, ops::KvType type) { return ops::KvCache::page_bytes(info.kv_heads, info.head, type); }

}  // namespace

Batcher::Batcher(std::shared_ptr<const Pretrained> model, const SchedulerOptions& options)
    : model_(std::move(model)), options_(options), pool_(page_bytes(model_->info(), options.cache_type), options.cache_bytes),
      prefixes_(std::size_t(options.prefix_share * double(options.cache_bytes) / double(page_bytes(model_->info(), options.cache_type)))),
      piece_(options.piece > 0 ? options.piece : kFirstPiece) {
  const models::Info& info = model_->info();
  const bool whole = options.running >= 1 && options.waiting >= 1 && options.step.count() >= 1 && options.piece >= 0;
  if (!whole || !(options.prefix_share >= 0 && options.prefix_share <= 1))
    fail(ErrorKind::usage, "scheduler: {} running, {} waiting, steps of {} ms, pieces of {}, {} of the memory for prefixes: "
         "expected at least 1, 1, 1, 0 and 0 to 1", options.running, options.waiting, options.step.count(), options.piece, options.prefix_share);
  check(info.causal && !info.encoder_decoder && model_->model().answers(models::Head::vocabulary),
        "{}: this model does not continue a prompt; choose one that writes, such as smollm2", model_->file().path.string());
  ends_ = end_tokens(model_->file(), *model_->tokenizer());
}

ops::KvCache Batcher::empty_cache() const {
  const models::Info& info = model_->info();
  return ops::KvCache(info.layers, info.kv_heads, info.head, options_.cache_type, pool_);
}

std::int64_t Batcher::check_request(const GenerationRequest& r) const {
  const models::Info& info = model_->info();
  check_sampling(r.sampling, model_->tokenizer()->vocabulary());
  if (r.choices < 1 || r.choices > kMostChoices || std::size_t(r.choices) > options_.running)
    fail(ErrorKind::usage, "choices: expected 1 to {}, got {}", std::min<std::size_t>(kMostChoices, options_.running), r.choices);
  if (r.context < 0 || r.context > info.context)
    fail(ErrorKind::limit, "context: {} tokens were asked for, the model was trained for {}", r.context, info.context);
  check(!r.prompt.empty(), "nothing to run: the prompt has no tokens");
  for (std::size_t i = 0; i < r.prompt.size(); ++i)
    check(r.prompt[i] >= 0 && r.prompt[i] < info.vocabulary,
          "prompt: token {} is {}, the vocabulary has {}", i, r.prompt[i], info.vocabulary);
  const std::int64_t context = r.context > 0 ? r.context : info.context, prompt = std::int64_t(r.prompt.size());
  if (prompt >= context)
    fail(ErrorKind::limit, "the prompt has {} tokens and the context {}: no room is left for an answer; shorten the prompt or raise the context",
         prompt, context);
  const bool drops = r.when_full == GenerationRequest::WhenFull::drop_oldest;
  if (drops && (r.keep < 0 || r.keep > context - 2))
    fail(ErrorKind::usage, "keep: expected 0 to {} tokens of a context of {}, got {}", context - 2, context, r.keep);
  const std::int64_t longest = drops || r.sampling.max_tokens < 0 ? context : std::min(context, prompt + r.sampling.max_tokens);
  const std::size_t needed = std::size_t((longest + kernels::kPage - 1) / kernels::kPage) * std::size_t(info.layers);
  const std::size_t most = pool_.counts().most;
  if (needed > most)
    fail(ErrorKind::limit, "{} tokens need {} MiB of keys and values, and there are {} MiB for all requests; "
         "ask for fewer tokens or a smaller context, or raise the limit",
         longest, needed * pool_.counts().page_bytes >> 20, most * pool_.counts().page_bytes >> 20);
  return context;
}

std::unique_ptr<Sequence> Batcher::sequence_for(const std::shared_ptr<Asked>& asked, int choice) const {
  Sampling sampling = asked->request.sampling;
  sampling.seed += std::uint64_t(choice);
  const auto& constraint = asked->request.constraint;
  Usage usage{.prompt = std::int64_t(asked->request.prompt.size()), .context = asked->context, .seed = sampling.seed};
  return std::make_unique<Sequence>(Sequence{
      .asked = asked, .choice = choice,
      .writing = Continuation(model_->tokenizer(), ends_, sampling, constraint ? constraint->copy() : nullptr),
      .cache = empty_cache(), .tokens = asked->request.prompt, .usage = usage});
}

bool Batcher::admit(const std::shared_ptr<Asked>& asked) {
  if (!returned_.empty() || running_.size() + std::size_t(asked->request.choices) > options_.running) return false;
  Running made;
  made.push_back(sequence_for(asked, 0));
  Sequence& first = *made.front();
  if (!place(first)) return false;
  for (int i = 1; i < asked->request.choices; ++i) {
    made.push_back(sequence_for(asked, i));
    made.back()->waits_for_fork = true;
  }
  const auto now = Clock::now();
  for (const auto& sequence : made) {
    sequence->admitted = now;
    sequence->usage.queued = now - asked->submitted;
    sequence->usage.cached = first.cache.length();
  }
  stats_.prompt_tokens += std::uint64_t(first.usage.prompt);
  stats_.cached_tokens += std::uint64_t(first.usage.cached);
  asked->unfinished = asked->request.choices;
  running_.reserve(running_.size() + made.size());
  std::ranges::move(made, std::back_inserter(running_));
  return true;
}

// Finds its beginning among the prefixes, and room for all that it has to read.
bool Batcher::place(Sequence& s) {
  if (twin_reads(s)) return false;
  prefixes_.find(s.asked->request.scope, std::span(s.tokens).first(s.tokens.size() - 1), s.cache);  // the last token's logits are wanted
  const std::size_t needed = s.cache.pages_needed(s.pending()) + promised();
  std::size_t available = pool_.counts().available();
  if (needed > available) prefixes_.evict(needed - available);
  available = pool_.counts().available();
  const bool alone = std::ranges::all_of(running_, [](const auto& r) { return r->waits_for_fork; });
  if (needed <= available || alone) return true;
  s.cache = empty_cache();
  return false;
}

// Another is about to read the same beginning: whoever waits for it finds it among the prefixes.
bool Batcher::twin_reads(const Sequence& s) const {
  if (options_.prefix_share == 0) return false;
  for (const auto& other : running_) {
    if (!other->reads() || other->waits_for_fork || other->asked->request.scope != s.asked->request.scope) continue;
    const auto common = std::ranges::mismatch(other->tokens, s.tokens).in1 - other->tokens.begin();
    const std::int64_t whole = std::min<std::int64_t>(common, std::int64_t(s.tokens.size()) - 1) / kernels::kPage * kernels::kPage;
    if (whole > other->cache.length()) return true;
  }
  return false;
}

// Pages that the running ones will take for what they hold already, and for one more block each.
std::size_t Batcher::promised() const {
  std::size_t pages = 0;
  for (const auto& s : running_) pages += s->cache.pages_needed((s->waits_for_fork ? 0 : s->pending()) + kernels::kPage);
  return pages;
}

void Batcher::take_back() {
  while (!returned_.empty() && running_.size() < options_.running && place(*returned_.front())) {
    Sequence& s = *returned_.front();
    s.usage.recomputed += s.pending() - 1;
    running_.push_back(std::move(returned_.front()));
    returned_.erase(returned_.begin());
    std::ranges::sort(running_, by_ticket);
  }
}

bool Batcher::step() {
  end_cancelled();
  take_back();
  std::vector<Part> parts = plan();
  if (!make_room(parts)) return !idle();
  const auto begin = Clock::now();
  std::vector<std::int64_t> wanted;            // rows whose logits somebody waits for
  std::int64_t rows = 0, piece = 0;
  for (const Part& part : parts) {
    rows += part.rows;
    if (part.rows == part.sequence->pending()) wanted.push_back(rows - 1);
    if (part.sequence->reads()) piece += part.rows;
  }
  try {
    Tensor logits = run(parts, wanted);
    read_logits(parts, logits);
  } catch (const Error& error) {
    for (const Part& part : parts) end(*part.sequence, Finish::error, error);
  } catch (const std::exception& error) {
    const Error told(ErrorKind::internal, phrase("the model could not run: {}", error.what()));
    for (const Part& part : parts) end(*part.sequence, Finish::error, told);
  }
  remove_ended();
  ++stats_.steps;
  const auto took = Clock::now() - begin;
  stats_.longest_step = std::max<std::chrono::nanoseconds>(stats_.longest_step, took);
  learn_speed(piece, took);
  return true;
}

// Pieces are as long as a step of the wanted time allows; how they are cut changes no result.
void Batcher::learn_speed(std::int64_t piece, Clock::duration took) {
  if (options_.piece > 0 || piece < piece_ / 2 || piece == 0) return;
  const double wanted = 0.9 * std::chrono::duration<double>(options_.step).count(), seconds = std::chrono::duration<double>(took).count();
  piece_ = std::clamp(std::int64_t(double(piece) * std::clamp(wanted / seconds, 0.5, 1.5)), kLeastPiece, kMostPiece);
}

Tensor Batcher::run(const std::vector<Part>& parts, const std::vector<std::int64_t>& wanted) {
  const ops::PrecisionScope precision(options_.precision);
  std::vector<std::int32_t> ids, positions;
  std::vector<ops::KvCache*> caches;
  ops::Ragged rows;
  for (const Part& part : parts) {
    const std::int64_t from = part.sequence->cache.length();
    const auto first = part.sequence->tokens.begin() + from;
    ids.insert(ids.end(), first, first + part.rows);
    positions.resize(ids.size());
    std::iota(positions.end() - part.rows, positions.end(), std::int32_t(from));
    caches.push_back(&part.sequence->cache);
    rows.add(part.rows);
  }
  const Tensor hidden = model_->model().hidden({.ids = ids, .positions = positions, .rows = rows, .caches = caches});
  for (const Part& part : parts) part.sequence->cache.advance(part.rows);
  return wanted.empty() ? Tensor() : model_->model().logits(ops::gather(hidden, wanted));
}

void Batcher::read_logits(const std::vector<Part>& parts, Tensor& logits) {
  const auto now = Clock::now();
  std::vector<Row> rows;
  std::vector<std::vector<float>> copies;
  std::int64_t row = 0;
  for (const Part& part : parts) {
    Sequence& s = *part.sequence;
    const bool read = part.rows > 1 || s.first_logits == Clock::time_point{};
    if (read) prefixes_.keep(s.asked->request.scope, s.tokens, s.cache);
    if (s.pending() > 0) continue;
    const std::span<float> own = logits.rows(row, row + 1).values();
    ++row;
    rows.push_back({&s, own});
    if (s.first_logits != Clock::time_point{}) continue;
    s.first_logits = now;
    s.usage.prefill = now - s.admitted;
    if (s.asked->request.choices > 1) fork_choices(s, own, copies, rows);
  }
  parallel(std::int64_t(rows.size()), [&](std::int64_t i) { choose(rows[std::size_t(i)]); });
  for (const Row& r : rows) tell(*r.sequence);
}

// The other choices go on from the same keys, values and logits.
void Batcher::fork_choices(Sequence& first, std::span<const float> logits, std::vector<std::vector<float>>& copies,
                           std::vector<Row>& rows) {
  for (const auto& other : running_) {
    if (other->asked != first.asked || !other->waits_for_fork) continue;
    other->waits_for_fork = false;
    other->cache = first.cache.fork();
    other->first_logits = first.first_logits;
    other->usage.prefill = first.usage.prefill;
    copies.emplace_back(logits.begin(), logits.end());
    rows.push_back({other.get(), copies.back()});
  }
}

void Batcher::end_cancelled() {
  for (Running* const all : {&running_, &returned_})
    for (const auto& s : *all)
      if (s->asked->cancelled.load()) end(*s, Finish::cancelled);
  remove_ended();
}

void Batcher::end_all(Finish finish, const std::optional<Error>& error) {
  for (Running* const all : {&running_, &returned_})
    for (const auto& s : *all) end(*s, finish, error);
  remove_ended();
}

void Batcher::remove_ended() {
  for (Running* const all : {&running_, &returned_}) std::erase_if(*all, [](const auto& s) { return s->ended; });
}

void Batcher::count(SchedulerStats& stats) const {
  const ops::PagePool::Counts pages = pool_.counts();
  stats = stats_;
  stats.running = running_.size() + returned_.size();
  stats.cache_bytes = pages.in_use * pages.page_bytes;
  stats.cache_limit = pages.most * pages.page_bytes;
  stats.prefix_bytes = prefixes_.pages() * pages.page_bytes;
}

void Batcher::choose(Row& row) const {
  Sequence& s = *row.sequence;
  try {
    s.finish = s.writing.take(row.logits);
  } catch (const Error& error) {
    s.finish = Finish::error;
    s.error = error;
  } catch (const std::exception& error) {
    s.finish = Finish::error;
    s.error = Error(ErrorKind::internal, phrase("the token could not be chosen: {}", error.what()));
  }
}

}  // namespace maru::engine
