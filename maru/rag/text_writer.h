#pragma once
// What answering needs of a generator, as plain functions: a model in the program, a few lines in a test.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/engine/generator.h"

namespace maru::rag {

struct TextWriter {
  std::string name;
  std::size_t context = 2048;
  int vocabulary = 0;
  std::function<std::vector<std::int32_t>(std::span<const text::Turn>)> prompt;
  std::function<engine::Generation(std::span<const std::int32_t>, const engine::Sampling&, const engine::OnText&, const Cancel*)> generate;
  std::function<bool(std::string_view)> writes;             // knows the script of this text
  std::function<std::size_t(std::string_view)> tokens;      // special tokens left out
  std::function<std::string(std::int32_t)> bytes;           // of one token
};

// The generator must outlive what is returned.
TextWriter text_writer(const engine::Generator& generator);

}  // namespace maru::rag
