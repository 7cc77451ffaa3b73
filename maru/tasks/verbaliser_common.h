#pragma once
// A model that only writes, used as a classifier: how likely each label's words are behind a prompt, weighed against how likely they are
// behind texts that say nothing (contextual calibration, Zhao et al. 2021). No classifier: its scores are guesses, and say so.
#include <span>
#include <string>
#include <vector>

#include "maru/tasks/texts_common.h"

namespace maru::tasks {

// For each text the scores of POSITIVE and NEGATIVE, adding up to 1. Sets the outcome's method and notes.
std::vector<std::vector<float>> verbalised_sentiment(const Request& request, std::string_view task, std::span<const Text> texts, Outcome& outcome);

struct OwnLabels {
  std::span<const std::string> labels;
  std::string_view form;               // "This example is {}."
  bool multi = false;                  // each label by itself, instead of scores that add up to 1
};
std::vector<std::vector<float>> verbalised_labels(const Request& request, std::string_view task, std::span<const Text> texts, const OwnLabels& own,
                                                  Outcome& outcome);

}  // namespace maru::tasks
