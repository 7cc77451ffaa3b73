#pragma once
// What the views of `maru look` share: what was asked for, the opened model with the text as it was cut, and how matrices are drawn.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "maru/engine/pretrained.h"
#include "maru/watch/cut.h"
#include "maru/watch/measures.h"
#include "maru/watch/names.h"

namespace maru::cli {

struct LookGiven {
  std::string model = {}, text = {}, sentence = {}, pair = {}, target = {}, attention = {}, npy = {}, svg = {};
  std::vector<std::string> ablate = {}, patch = {};
  std::int64_t top = 0;                        // 0: as many as the view shows by itself
  std::size_t candidates(std::size_t usual) const { return top ? std::size_t(top) : usual; }
  bool all = false, mask = false, heat = false, next = false, lens = false, loss = false, fill = false, compare = false;
};

// A model and a text that it reads.
struct Looked {
  Looked(const std::filesystem::path& path, const LookGiven& given);
  Looked(const std::filesystem::path& path, const std::string& text);
  // The input of another text in its place. Throws Error (limit) for a text that is longer than the model.
  watch::Input input_of(const std::string& text) const;
  const models::Model& model() const { return pretrained->model(); }
  const models::Info& info() const { return pretrained->info(); }
  bool sees() const { return info().image_size > 0; }
  // The tokens that a kind of attention asks for, and those it is asked about.
  const std::vector<watch::Token>& queries(std::string_view attention) const;
  const std::vector<watch::Token>& keys(std::string_view attention) const;
  const std::vector<watch::Token>& written() const {
    return info().encoder_decoder ? target_tokens : tokens;
  }                                                                  // what `hidden` has rows for
  std::string word(std::int32_t id) const;                           // an id as a person reads it

  std::unique_ptr<const engine::Pretrained> pretrained;
  std::string text, pair, target;
  watch::Input input;
  std::vector<watch::Token> tokens, target_tokens;
  std::size_t dropped_bytes = 0;
};

// A view's own part: it shows itself to a person, or gives what it shows as JSON.
Json tokens_json(const std::vector<watch::Token>& tokens);
Json show_pass(Context& context, const LookGiven& given, const Looked& looked);
Json show_attention(Context& context, const LookGiven& given, const Looked& looked);
Json show_next(Context& context, const LookGiven& given, const Looked& looked);
Json show_fill(Context& context, const LookGiven& given, const Looked& looked);
Json show_lens(Context& context, const LookGiven& given, const Looked& looked);
Json show_loss(Context& context, const LookGiven& given, const Looked& looked);
Json show_changed(Context& context, const LookGiven& given, const Looked& looked);
Json show_compared(Context& context, const LookGiven& given);

// A token as a label of at most so many columns.
std::string token_label(const watch::Token& token, std::size_t columns);
// A matrix with rows and columns labelled, in as many blocks of columns as the terminal's width asks for. cell: what stands there, `width`
// columns wide with its style.
std::string matrix(const std::vector<std::string>& rows, const std::vector<std::string>& columns, std::size_t width, std::size_t terminal,
                   bool color, const std::function<std::string(std::size_t, std::size_t)>& cell);
Json candidates_json(const Looked& looked, const std::vector<watch::Candidate>& candidates);
void show_candidates(Context& context, const Looked& looked, const std::vector<watch::Candidate>& candidates);
void heading(Context& context, std::string_view text);

}  // namespace maru::cli
