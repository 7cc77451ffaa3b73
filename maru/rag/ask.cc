// Ask, from top to bottom: retrieve, judge whether that is relevant, fit the passages into the prompt, write (or quote), attribute every sentence.
#include "maru/rag/ask.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/rag/answer_writing.h"
#include "maru/rag/citation_mask.h"
#include "maru/rag/content_words.h"
#include "maru/rag/document.h"

namespace maru::rag {
namespace {

constexpr std::string_view kSystem =
    "You answer questions using only the numbered passages that are given. Answer in one or two short sentences, in the language of the question.";

// "How many", "when", 몇, 얼마: the answer holds a number.
bool asks_for_number(std::string_view question) {
  constexpr auto signs = std::to_array<std::string_view>({"how many", "how much", "how long", "how old", "when ", "what year", "which year", "몇", "얼마", "며칠", "언제"});
  const std::string lower = unicode::lower(question);
  return std::ranges::any_of(signs, [&](std::string_view sign) { return lower.contains(sign); });
}

bool ends_like_sentence(std::string_view text) {
  constexpr auto ends = std::to_array<std::string_view>({".", "!", "?", "。", "！", "？", ".\"", ".)", "다", "요", ";", ":"});
  return std::ranges::any_of(ends, [&](std::string_view end) { return text.ends_with(end); });
}

// Lines of a document are broken by its width, not by its sense.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

// What a sentence claims: "The answer to this question is: 26 months." says no more than "26 months."
std::string_view claim(std::string_view sentence) {
  constexpr auto leads = std::to_array<std::string_view>({"The answer is:", "The answer is", "The answer to this question is:", "The answer to the question is:", "Answer:"});
  for (const std::string_view lead : leads)
    if (sentence.starts_with(lead) && sentence.size() > lead.size() + 1) {
      sentence.remove_prefix(lead.size());
      return sentence.substr(std::min(sentence.find_first_not_of(' '), sentence.size()));
    }
  return sentence;
}

class Stopwatch {
 public:
  double lap_ms() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

class Asking {
 public:
  Asking(const Store& store, std::string_view question, const TextEmbedder* embedder, const TextWriter* writer, const AskOptions& options,
         const OnAnswer& on_text, const Cancel* cancel)
      : store_(store), question_(unicode::nfc(question)), embedder_(embedder), writer_(writer), options_(options), on_text_(on_text), cancel_(cancel) {
    std::size_t at = 0;
    words_ = content_words(question_);
    while (at < question_.size() && !korean_) korean_ = unicode::is_hangul(unicode::next(question_, at));
  }

  Answer run() {
    Stopwatch whole, watch;
    retrieve();
    answer_.timings_ms["retrieve"] = watch.lap_ms();
    if (!answer_.relevance.relevant) {
      abstain();
    } else if (!writer_) {
      quote();
    } else if (!writer_->writes(question_)) {
      note(phrase("{} cannot write this question's language, so the answer is quoted from the documents.", writer_->name));
      quote();
    } else {
      write();
    }
    answer_.timings_ms["answer"] = watch.lap_ms();
    answer_.timings_ms["total"] = whole.lap_ms();
    return std::move(answer_);
  }

 private:
  void retrieve() {
    SearchResult found = search(store_, question_, options_.found, embedder_, options_.search, cancel_);
    answer_.retrieval = std::move(found.hits);
    for (Phrase& one : found.notes) answer_.notes.push_back(std::move(one));
    answer_.relevance = relevance(store_, question_, answer_.retrieval);
  }

  void abstain() {
    answer_.abstained = true;
    say(korean_ ? "이 문서들에서는 이 질문에 대한 내용을 찾지 못했습니다." : "I found nothing about this in these documents.");
  }

  // The best supported sentences themselves, each with its source.
  void quote() {
    answer_.extractive = true;
    const Attribution passages(store_, chunks_of(answer_.retrieval, 5), embedder_, cancel_);
    for (const Evidence& evidence : best_sentences(passages, 3, 0.85)) {
      if (!answer_.text.empty()) say(" ");
      say(one_line(evidence.quote));
      cite(evidence.quote, quoted(evidence));
    }
  }

  void write() {
    const std::vector<StoredChunk> passages = fitted();
    if (passages.empty()) {
      note(phrase("Not one passage fits the generator's context beside the question, so the answer is quoted."));
      return quote();
    }
    Stopwatch watch;
    const Attribution attribution(store_, passages, embedder_, cancel_);
    answer_.timings_ms["attribution"] = watch.lap_ms();

    // Sentences are attributed as they are completed, so that each [n] streams right behind its sentence.
    AnswerWriting writing([&](std::string_view text) { say(text); },
                          [&](std::string_view sentence) {
                            Stopwatch one;
                            cite(sentence, attribution.best(claim(sentence)));
                            answer_.timings_ms["attribution"] += one.lap_ms();
                            return !said_enough();
                          });
    const engine::Sampling sampling{.temperature = options_.temperature, .repeat_penalty = options_.repeat_penalty, .seed = options_.seed,
                                    .max_tokens = options_.answer_tokens, .stop = {"\nQuestion:", "\n["}, .mask = citation_mask(*writer_, passages.size())};
    const engine::Generation generation =
        writer_->generate(prompt(passages), sampling, [&](std::string_view text) { return writing.push(text); }, cancel_);
    writing.finish(generation.finish == engine::Finish::length);
    answer_.budget.answer = generation.ids.size();
    answer_.timings_ms["prefill"] = std::chrono::duration<double, std::milli>(generation.prefill).count();
    answer_.timings_ms["decode"] = std::chrono::duration<double, std::milli>(generation.decode).count();
    if (cancel_ && cancel_->raised()) note(phrase("The answer was stopped."));
    if (writing.looped()) note(phrase("The model began to repeat itself and was stopped."));
    if (generation.finish == engine::Finish::length) note(phrase("The answer reached its room of {} tokens and was cut.", options_.answer_tokens));
    add_nearest_quote(attribution);
  }

  // A small model that has left the passages does not come back to them.
  bool said_enough() const {
    const auto& all = answer_.sentences;
    return all.size() >= options_.sentences || (!all.empty() && all.back().weak);
  }

  // Unless a well supported sentence stands on one of the two sentences nearest to the question, the reader gets the nearest one as well.
  void add_nearest_quote(const Attribution& attribution) {
    const auto nearest = best_sentences(attribution, 2, 0.0);
    if (nearest.empty()) return;
    for (const Sentence& sentence : answer_.sentences)
      for (const Evidence& evidence : nearest)
        if (!sentence.weak && sentence.citation > 0 && stands_on(answer_.citations[sentence.citation - 1], evidence)) return;
    const bool weak = std::ranges::all_of(answer_.sentences, &Sentence::weak);
    note(weak ? phrase("What the model wrote is weakly supported by the documents, so their sentence nearest to the question was added.")
              : phrase("The documents' sentence nearest to the question was added."));
    if (!answer_.text.empty()) say("\n");
    say(one_line(nearest.front().quote));
    cite(nearest.front().quote, quoted(nearest.front()));
  }

  bool stands_on(const Citation& citation, const Evidence& evidence) const {
    return citation.path == path_of(evidence) && citation.start == evidence.start && citation.end == evidence.end;
  }
  static Support quoted(const Evidence& evidence) { return {.evidence = evidence, .score = 1, .words = 1, .cosine = std::nullopt}; }

  // The passages that fit: the context less the answer's room, the system text, the question and the template's own tokens.
  std::vector<StoredChunk> fitted() {
    Budget& budget = answer_.budget;
    budget.context = writer_->context;
    budget.answer_room = std::size_t(std::max(1, options_.answer_tokens));
    budget.system = writer_->tokens(kSystem);
    budget.question = writer_->tokens(question_);
    std::vector<StoredChunk> passages = chunks_of(answer_.retrieval, options_.passages);
    const std::size_t wanted = passages.size();
    const std::size_t bare = prompt({}).size();
    if (bare + budget.answer_room > budget.context)
      fail(ErrorKind::limit, "the question has {} tokens; with the instructions ({}) and {} for the answer it is over the {} that {} reads. Ask a shorter question.",
           budget.question, bare - budget.question, budget.answer_room, budget.context, writer_->name);
    while (!passages.empty() && prompt(passages).size() + budget.answer_room > budget.context) passages.pop_back();
    budget.prompt = prompt(passages).size();
    budget.passages = budget.prompt - bare;
    budget.markup = bare > budget.system + budget.question ? bare - budget.system - budget.question : 0;
    budget.passages_used = passages.size();
    budget.passages_dropped = wanted - passages.size();
    if (budget.passages_dropped > 0)
      note(phrase("{} of {} passages did not fit the context of {} tokens and were left out.", budget.passages_dropped, wanted, budget.context));
    return passages;
  }

  // Text of documents and of the person enters as turns, which are never parsed for special tokens.
  std::vector<std::int32_t> prompt(std::span<const StoredChunk> passages) const {
    std::string user;
    for (std::size_t i = 0; i < passages.size(); ++i) {
      // The best passage comes last: a small model minds most what stands next to the question.
      const StoredChunk& passage = passages[passages.size() - 1 - i];
      user += fmt::format("[{}] {}\n\n", passages.size() - i, embedded_text(passage.heading, passage.text));
    }
    user += "Using only the passages above, answer: " + question_;
    const std::vector<text::Turn> turns{{"system", std::string(kSystem)}, {"user", std::move(user)}};
    return writer_->prompt(turns);
  }

  static std::vector<StoredChunk> chunks_of(std::span<const Hit> hits, std::size_t most) {
    std::vector<StoredChunk> chunks;
    for (const Hit& hit : hits.first(std::min(most, hits.size()))) chunks.push_back(hit.chunk);
    return chunks;
  }

  // Sentences nearest to the question by words and meaning, best first; those after the first must have this share of its nearness.
  std::vector<Evidence> best_sentences(const Attribution& passages, std::size_t most, double share) const {
    std::vector<float> asked;
    if (embedder_ && embedder_->unreadable(question_) < 0.35) asked = embedder_->embed({&question_, 1}, cancel_).at(0);
    std::vector<std::pair<double, std::size_t>> ranked;
    for (std::size_t i = 0; i < passages.sentences().size(); ++i) ranked.emplace_back(-nearness(passages.sentences()[i], asked, passages.vector(i)), i);
    std::ranges::sort(ranked);
    std::vector<Evidence> best;
    for (const auto& [negative, i] : ranked)
      if (best.size() < most && (best.empty() || -negative >= share * -ranked.front().first)) best.push_back(passages.sentences()[i]);
    return best;
  }

  double nearness(const Evidence& evidence, std::span<const float> asked, std::span<const float> vector) const {
    const StoredChunk& around = answer_.retrieval.at(evidence.passage).chunk;
    const Wording here(evidence.quote), there(embedded_text(around.title, embedded_text(around.heading, around.text)));
    double held = 0, all = 0;
    for (const ContentWord& word : words_) {
      const double weight = rarity(store_, word);
      held += weight * std::max(here.holds(word), 0.5 * there.holds(word));  // what the heading says, the sentence need not repeat
      all += weight;
    }
    double near = all > 0 ? held / all : 0;
    if (!asked.empty() && vector.size() == asked.size()) {
      double cosine = 0;
      for (std::size_t d = 0; d < asked.size(); ++d) cosine += double(asked[d]) * double(vector[d]);
      near = 0.5 * near + 0.5 * std::max(0.0, cosine);
    }
    const auto known = numbers(question_);
    const bool new_number = std::ranges::any_of(numbers(evidence.quote), [&](const std::string& one) { return !std::ranges::binary_search(known, one); });
    if (asks_for_number(question_) && new_number) near += 0.1;
    if (!ends_like_sentence(evidence.quote)) near *= 0.7;  // a title answers nothing
    return near - 0.03 * double(evidence.passage);                // among equals the passage found first
  }

  // Notes a sentence of the answer with its source, and writes the source's number behind it.
  void cite(std::string_view sentence, const std::optional<Support>& support) {
    // A question put back is no answer, however near its words are.
    const bool asks = sentence.ends_with('?') || sentence.ends_with("？");
    Sentence added{.text = std::string(sentence), .support = support && !asks ? support->score : 0, .weak = asks || !support || support->score < kWeakSupport};
    if (added.support > 0) {
      added.citation = number_of(*support);
      say(fmt::format(" [{}]", added.citation));
    }
    answer_.sentences.push_back(std::move(added));
  }

  std::size_t number_of(const Support& support) {
    const std::string& path = path_of(support.evidence);
    for (Citation& citation : answer_.citations)
      if (citation.path == path && citation.start == support.evidence.start && citation.end == support.evidence.end) {
        citation.support = std::max(citation.support, support.score);
        return citation.n;
      }
    answer_.citations.push_back({.n = answer_.citations.size() + 1, .path = path, .page = answer_.retrieval[support.evidence.passage].chunk.page,
                                 .start = support.evidence.start, .end = support.evidence.end, .quote = support.evidence.quote, .support = support.score});
    return answer_.citations.size();
  }

  // Passages are the first of the hits, in their order.
  const std::string& path_of(const Evidence& evidence) const { return answer_.retrieval.at(evidence.passage).chunk.path; }

  void say(std::string_view text) {
    answer_.text += text;
    if (on_text_) on_text_(text);
  }
  void note(Phrase text) { answer_.notes.push_back(std::move(text)); }

  const Store& store_;
  const std::string question_;
  const TextEmbedder* embedder_;
  const TextWriter* writer_;
  const AskOptions& options_;
  const OnAnswer& on_text_;
  const Cancel* cancel_;
  std::vector<ContentWord> words_;
  bool korean_ = false;
  Answer answer_;
};

}  // namespace

Answer ask(const Store& store, std::string_view question, const TextEmbedder* embedder, const TextWriter* writer, const AskOptions& options,
           const OnAnswer& on_text, const Cancel* cancel) {
  return Asking(store, question, embedder, writer, options, on_text, cancel).run();
}

Json to_json(const Answer& answer) {
  Json citations = Json::array(), sentences = Json::array(), retrieval = Json::array(), notes = Json::array();
  for (const Phrase& note : answer.notes) notes.push_back(note.text);
  for (const Citation& one : answer.citations) {
    Json page = nullptr;
    if (one.page > 0) page = one.page;
    citations.push_back({{"n", one.n}, {"path", one.path}, {"page", page}, {"start", one.start}, {"end", one.end}, {"quote", one.quote}, {"support", one.support}});
  }
  for (const Sentence& one : answer.sentences) {
    Json citation = nullptr;
    if (one.citation > 0) citation = one.citation;
    sentences.push_back({{"text", one.text}, {"support", one.support}, {"weak", one.weak}, {"citation", citation}});
  }
  for (const Hit& hit : answer.retrieval) retrieval.push_back(to_json(hit));
  const Budget& b = answer.budget;
  const Json budget = {{"context", b.context}, {"system", b.system}, {"passages", b.passages}, {"question", b.question}, {"markup", b.markup},
                       {"prompt", b.prompt}, {"answer_room", b.answer_room}, {"passages_used", b.passages_used},
                       {"passages_dropped", b.passages_dropped}, {"answer", b.answer}};
  return {{"answer", answer.text}, {"abstained", answer.abstained}, {"extractive", answer.extractive}, {"citations", citations}, {"sentences", sentences},
          {"relevance", to_json(answer.relevance)}, {"retrieval", retrieval}, {"budget", budget}, {"timings", answer.timings_ms}, {"notes", notes}};
}

}  // namespace maru::rag
