#pragma once
// What a stored model is: family, size, quantisation, what it can do. Found by opening it once, and kept by its digest.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/engine/pretrained.h"
#include "maru/hub/hub.h"

namespace maru::server {

struct Facts {
  std::string format;                            // "gguf", "safetensors"
  std::string family;                            // "llama", "bert"
  std::uint64_t parameters = 0;
  std::string quantization;                      // "Q4_1", "F32"
  std::int64_t context = 0, width = 0;
  std::vector<std::string> capabilities;         // completion, tools, thinking, embedding; rerank, classification …
  std::string chat_template;                     // the weights' own, "" where there is none
  std::string problem;                           // why it cannot be opened; the rest is empty then
};

// "Q4_1": the type that most of the weights have, as GGUF names it.
std::string quantization(const engine::Pretrained& model);
std::string parameter_size(std::uint64_t parameters);   // "134.52M", "7.2B"

class FactsCache {
 public:
  explicit FactsCache(hub::Store& store) : store_(store) {}
  std::shared_ptr<const Facts> of(const hub::Model& model);

 private:
  hub::Store& store_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Facts>> known_;   // by ModelHost::digest_of
};

// What lists and shows say of a model: parent_model, format, family …
Json details_json(const Facts& facts, std::string_view parent);

}  // namespace maru::server
