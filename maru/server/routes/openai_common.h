#pragma once
// What the two generating routes of OpenAI's dialect share: sampling fields, streams of events, usage.
#include <map>
#include <string>

#include "maru/server/routes/answer_common.h"

namespace maru::server {

std::vector<Field> openai_sampling_fields();
// The fields of that table, as parameters by Ollama's names and the rest of a question.
Question openai_question(const Json& body);
std::string answer_id(std::string_view kind, const Request& request);   // "chatcmpl-…"
Json usage_json(const Started& started, const engine::Usage& usage);    // of one choice; add_usage() for several
void add_usage(Json& total, const engine::Usage& usage);
void send_event(const ExchangePtr& exchange, const Json& event);        // "data: {…}\n\n"

}  // namespace maru::server
