#pragma once
// What the two generating routes of OpenAI's dialect share: sampling fields, streams of events, usage.
#include <map>
#include <memory>
#include <string>

#include "maru/server/routes/answer_common.h"

namespace maru::server {

std::vector<Field> openai_sampling_fields();
// The fields of that table, as parameters by Ollama's names and the rest of a question.
Question openai_question(const Json& body);
std::string answer_id(std::string_view kind, const Request& request);   // "chatcmpl-…"
Json usage_json(const Started& started, const engine::Usage& usage);    // of one choice; add_usage() for several
void add_usage(Json& total, const engine::Usage& usage);
// Asks, and tells an answer of the route's own type, which has `exchange` and `stream`, what comes: on_piece and on_end stand beside the type.
template <class Answer>
void ask_for(Service& service, const std::shared_ptr<Answer>& answer, Question question) {
  ask(service, answer->exchange, std::move(question),
      {.on_start = [answer](const Started&) {
         if (answer->stream) answer->exchange->begin(200, "text/event-stream");
       },
       .on_piece = [answer](const Piece& piece) { on_piece(*answer, piece); },
       .on_end = [answer](const Started& started, const Ended& ended) { on_end(*answer, started, ended); },
       .on_problem = [answer](const std::exception& error) { fail_exchange(answer->exchange, error, Dialect::openai); }});
}
void send_event(const ExchangePtr& exchange, const Json& event);        // "data: {…}\n\n"

}  // namespace maru::server
