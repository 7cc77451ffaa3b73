#pragma once
// From a question in any dialect to tokens, and back: finds the model, writes the prompt, fits it, runs it, and tells what comes, piece by
// piece. Routes translate fields and write answers; nothing of HTTP's forms is known here.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "maru/chat/chat.h"
#include "maru/server/exchange.h"
#include "maru/server/model_host.h"
#include "maru/server/sampling_options.h"

namespace maru::server {

class Service;

struct Question {
  std::string model;
  std::optional<KeepAlive> keep_alive = {};
  // One of these three is what the model reads.
  std::optional<chat::Conversation> conversation = {};
  std::optional<std::string> text = {};          // as it is, special tokens not parsed
  std::optional<std::vector<std::int32_t>> ids = {};
  std::vector<std::int32_t> before = {};         // ids that stand before all of that: an earlier answer's `context`
  std::string template_source = {};              // instead of the model's own, for this once
  Json parameters = Json::object();              // temperature, num_predict, stop …, by Ollama's names; they win over the model's own
  Json defaults = Json::object();                // by the same names: what the dialect takes where neither says
  Json format = {};                              // null; "json"; a JSON Schema; {"regex": …}; {"grammar": …}
  std::string tool_choice = "auto";              // auto, none, required, or a tool's name
  bool parallel_calls = true;
  int choices = 1;
  int logprobs = -1;                             // Sampling::logprobs
  // What to do with a prompt longer than the context, and when the answer fills it.
  enum class Overflow { refuse, drop } prompt_overflow = Overflow::refuse, answer_overflow = Overflow::refuse;
};

struct Started {
  const LoadedModel& model;
  std::size_t prompt_tokens = 0, dropped_messages = 0, dropped_tokens = 0;
  std::int64_t context = 0;
  std::chrono::nanoseconds load{};
  std::chrono::steady_clock::time_point begin{}; // when the question came
  std::vector<std::int32_t> ids = {};            // of the prompt
  std::string prompt_text = {};                  // as rendered, where it was a conversation
  std::vector<std::string> warnings = {};        // what was asked for and could not be done as asked
};

struct TokenText {
  std::int32_t id = 0;
  std::string bytes;
  float logprob = 0;
};
struct TokenLog {
  TokenText token;
  std::vector<TokenText> top;
};

struct Piece {
  int choice = 0;
  chat::Delta delta;
  std::vector<TokenLog> logprobs;                // of the tokens since the last piece
};
struct Ended {
  int choice = 0;
  bool last = false;
  std::string_view reason;                       // "stop", "length", "tool_calls", "cancelled", "error"
  const Error* error = nullptr;
  engine::Usage usage = {};
  std::vector<std::int32_t> ids = {};            // of the answer
};

// Called in this order, never two at once: on_start once, on_piece any number of times, on_end once a choice. Or on_problem alone, for what
// goes wrong before the first token. All must be quick: on_piece and on_end run on the engine's thread.
struct Hearer {
  std::function<void(const Started&)> on_start;
  std::function<void(const Piece&)> on_piece;
  std::function<void(const Started&, const Ended&)> on_end;
  std::function<void(const std::exception&)> on_problem;
};

// Returns at once; the exchange's leaving cancels the work at its next step.
void ask(Service& service, const ExchangePtr& exchange, Question question, Hearer hearer);

}  // namespace maru::server
