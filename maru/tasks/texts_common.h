#pragma once
// What tasks over texts share: inputs as the reference takes them, tokens that fit the model, ragged calls, and labels with their scores.
#include <span>
#include <string>
#include <vector>

#include "maru/tasks/tasks.h"

namespace maru::tasks {

struct Text {
  std::string text;
  std::optional<std::string> pair = {};
};
struct Texts {
  std::vector<Text> all;
  bool list = false;                   // the caller gave a list: results come as one
};
// A text, {"text", "text_pair"} where `pairs` are taken, or a list of them. Throws Error (usage) naming what was found instead.
Texts texts_of(std::string_view task, const Json& inputs, bool pairs = false);
// A field of an object that must be a text.
std::string text_field(std::string_view task, const Json& inputs, std::string_view field);

// How the reference's pipelines read a text: "[SEP]" in it is the token.
inline constexpr text::EncodeOptions kAsReference{.parse_special = true, .offsets = true};

// "truncation", which every task over texts takes.
Argument truncation_argument();

// Tokens of each text, or pair. One that is longer than the model is an Error (limit) with the counts, or cut at its end where the caller asked for
// truncation; then outcome.truncated says how many tokens each text lost.
std::vector<text::Encoding> encode(const Request& request, std::string_view task, std::span<const Text> texts, Outcome& outcome);

// The pair's tokens, the same limit: which text is cut where that was asked for; `lost` grows to the tokens that were.
enum class Shorten { neither, first, longer };
text::Encoding encode_pair(const Request& request, std::string_view task, std::string_view first, std::string_view second,
                           Shorten shorten = Shorten::neither, std::size_t* lost = nullptr);

// Throws Error that says what the model can do and what the task needs.
void require(const Request& request, const Task& task, models::Head head);

// Runs an encoder over all texts in ragged batches. With a head: what it answers, by text [labels] or [tokens, …]; without: the hidden
// states [tokens, width].
std::vector<Tensor> run_encoder(const Request& request, std::span<const text::Encoding> encodings, std::optional<models::Head> head);

enum class Squash { none, sigmoid, softmax };
std::vector<float> squashed(std::span<const float> logits, Squash how);

// [{"label", "score"}], best first; equal scores keep the labels' order.
Json ranked(std::span<const std::string> labels, std::span<const float> scores, std::optional<std::size_t> top);
std::size_t best(std::span<const float> scores);  // the first of equals

}  // namespace maru::tasks
