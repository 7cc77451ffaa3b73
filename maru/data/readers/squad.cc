// Questions about passages: SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018), KorQuAD 1.0 (Lim et al. 2019) and 2.1, whose articles are
// one passage each and whose questions have one answer. A row is a question with its passage; a question without an answer has empty lists.
// Articles are read one at a time.
#include <simdjson.h>

#include "maru/data/json_rows.h"
#include "maru/data/lines.h"
#include "maru/data/row_stream.h"

namespace maru::data {
namespace {

namespace dom = simdjson::dom;

Schema squad_schema() {
  const Field text{.name = "text", .type = Type::list, .children = {{.name = "text", .type = Type::text}}};
  const Field start{.name = "answer_start", .type = Type::list, .children = {{.name = "answer_start", .type = Type::integer}}};
  return {{.name = "id"}, {.name = "title"}, {.name = "context"}, {.name = "question"},
          {.name = "answers", .type = Type::record, .children = {text, start}}};
}

// Throws BadRow naming the member.
std::string_view text_in(const dom::object& object, const char* name) {
  std::string_view out;
  if (object[name].get(out) != simdjson::SUCCESS) throw BadRow{phrase("expected a string under \"{}\"", name)};
  return out;
}
dom::array list_in(const dom::object& object, const char* name) {
  dom::array out;
  if (object[name].get(out) != simdjson::SUCCESS) throw BadRow{phrase("expected an array under \"{}\"", name)};
  return out;
}
dom::object object_of(const dom::element& element, const char* what) {
  dom::object out;
  if (element.get(out) != simdjson::SUCCESS) throw BadRow{phrase("expected an object for each of \"{}\"", what)};
  return out;
}

class SquadStream : public RowStream {
 public:
  SquadStream(const std::filesystem::path& path, const ReadOptions& options) : RowStream(options), articles_(json_items(path, options_)) {
    const Schema all = squad_schema();
    const std::vector<bool> keep = chosen(all, options_.columns);
    Schema some;
    for (std::size_t i = 0; i < all.size(); ++i) {
      target_.push_back(keep[i] ? int(some.size()) : -1);
      if (keep[i]) some.push_back(all[i]);
    }
    begin(std::move(some));
  }

 protected:
  Place place() const override { return articles_->place(); }

  bool fill_row() override {
    while (at_ == questions_.size()) {
      std::string_view article;
      if (!articles_->next(article)) return false;
      at_ = 0;
      questions_.clear();
      open_article(article);
    }
    const Question& question = questions_[at_++];  // passed over also when it is bad
    const dom::object& asked = question.asked;
    put(0, text_in(asked, "id"));
    if (target_[1] >= 0) {
      if (title_) put(1, *title_);
      else add_missing(builder().columns()[std::size_t(target_[1])], schema_[std::size_t(target_[1])]);
    }
    put(2, question.context);
    put(3, text_in(asked, "question"));
    if (target_[4] >= 0) answers(builder().columns()[std::size_t(target_[4])], asked);
    return true;
  }

 private:
  struct Question {
    std::string_view context;  // in the parser's memory, until the next article
    dom::object asked;
  };

  void open_article(std::string_view text) {
    dom::element element;
    if (const auto code = parser_.parse(text.data(), text.size(), false).get(element))
      throw BadRow{phrase("is not JSON that is read: {}", simdjson::error_message(code))};
    const dom::object article = object_of(element, "data");
    std::string_view title;
    title_ = article["title"].get(title) == simdjson::SUCCESS ? std::optional(title) : std::nullopt;
    std::vector<Question> questions;
    if (article["paragraphs"].error() != simdjson::SUCCESS && article["qas"].error() == simdjson::SUCCESS) {
      add_questions(article, questions);
    } else {
      for (const dom::element one : list_in(article, "paragraphs")) add_questions(object_of(one, "paragraphs"), questions);
    }
    questions_ = std::move(questions);
  }

  static void add_questions(const dom::object& passage, std::vector<Question>& questions) {
    const std::string_view context = text_in(passage, "context");
    for (const dom::element question : list_in(passage, "qas")) questions.push_back({context, object_of(question, "qas")});
  }

  void put(std::size_t field, std::string_view text) {
    if (target_[field] >= 0) add_text(builder().columns()[std::size_t(target_[field])], builder().arena().keep(text));
  }

  void answers(Column& column, const dom::object& asked) {
    dom::array given;
    // What a test set keeps to itself is no error: SQuAD's own hidden questions have no such member.
    if (asked["answers"].get(given) == simdjson::SUCCESS)
      for (const dom::element one : given) add_answer(column, object_of(one, "answers"));
    dom::element only;
    if (asked["answer"].get(only) == simdjson::SUCCESS) add_answer(column, object_of(only, "answer"));
    end_list(column.children[0], column.children[0].children[0].texts.size());
    end_list(column.children[1], column.children[1].children[0].integers.size());
    end_record(column);
  }

  void add_answer(Column& column, const dom::object& answer) {
    std::int64_t start = 0;
    if (answer["answer_start"].get(start) != simdjson::SUCCESS) throw BadRow{phrase("expected an integer under \"answer_start\"")};
    add_text(column.children[0].children[0], builder().arena().keep(text_in(answer, "text")));
    add_integer(column.children[1].children[0], start);
  }

  std::unique_ptr<JsonElements> articles_;
  dom::parser parser_;
  std::optional<std::string_view> title_;
  std::vector<Question> questions_;  // of the article that is open
  std::size_t at_ = 0;
  std::vector<int> target_;          // where in the schema each field goes; -1 is nowhere
};

bool recognises(const std::filesystem::path& path, std::string_view first) {
  // A passage of KorQuAD 2 is a whole page: its questions come too late to be seen here.
  const bool passages = first.contains("\"paragraphs\"") || first.contains("\"qas\"") || first.contains("\"KorQuAD_2");
  return path.extension() == ".json" && first.contains("\"data\"") && passages;
}

std::unique_ptr<Stream> open(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<SquadStream>(path, options);
}

}  // namespace

Reader squad_reader() {
  return {.name = "squad", .about = "questions about passages: SQuAD 1.1 and 2.0, KorQuAD", .about_ko = "글에 대한 질문: SQuAD 1.1과 2.0, KorQuAD",
          .example = "train-v2.0.json", .special = true, .settings = "encoding", .recognises = recognises, .open = open};
}

}  // namespace maru::data
