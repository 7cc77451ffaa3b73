#pragma once
// What the routes that generate have in common: times, accounting, logprobs, and an error's way to the client.
#include <string>
#include <vector>

#include "maru/server/facts.h"
#include "maru/server/generation.h"
#include "maru/server/server.h"

namespace maru::server {

std::string rfc3339(std::chrono::system_clock::time_point time);
std::string rfc3339_now();                       // "2026-11-23T23:31:02.372990922Z"
std::int64_t unix_seconds();

// What an answer says of itself beside its dialect's own fields: tokens read, found and dropped, context, quantisation, seed, warnings.
Json accounting(const Started& started, const engine::Usage& usage, const Request& request);

// {"token", "logprob", "bytes", "top_logprobs"}: the same in both dialects.

Json logprobs_json(const std::vector<TokenLog>& logs);

// Before the first byte a status and a body; after it a line or an event in the stream, which then ends.
void fail_exchange(const ExchangePtr& exchange, const std::exception& error, Dialect dialect);
// Runs on a worker; what it throws, and that no worker is to be had, becomes the answer.
void on_worker(Service& service, const ExchangePtr& exchange, Dialect dialect, std::function<void()> work);
// What of an error goes into a stream that has begun.
std::string stream_error(const std::exception& error, Dialect dialect, std::string_view request_id);

// The options that both of Ollama's generating routes take.
std::vector<Field> option_fields();
// A Json value of a member, or null.
const Json& member(const Json& object, std::string_view name);

}  // namespace maru::server
