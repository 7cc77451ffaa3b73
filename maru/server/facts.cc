// A model is opened to see what it is; weights are mapped and not read.
#include "maru/server/facts.h"

#include <algorithm>

#include "maru/chat/chat.h"
#include "maru/engine/stored_template.h"
#include "maru/server/model_host.h"

namespace maru::server {
namespace {

constexpr std::size_t kMostKept = 4096;

std::uint64_t elements(const io::StoredTensor& tensor) {
  std::uint64_t n = 1;
  for (const std::int64_t dim : tensor.shape) n *= std::uint64_t(dim);
  return n;
}

std::vector<std::string> capabilities_of(const std::shared_ptr<const engine::Pretrained>& opened, std::string& chat_template) {
  const models::Info& info = opened->info();
  std::vector<std::string> out;
  if (const auto stored = engine::stored_template(opened->file())) chat_template = stored->source;
  if (info.causal && !info.encoder_decoder) {
    out.push_back("completion");
    try {
      const chat::Format format(opened);
      if (format.takes_tools()) out.push_back("tools");
      if (format.thinks()) out.push_back("thinking");
    } catch (const Error&) {  // no template: it completes texts
    }
  } else if (!info.encoder_decoder && opened->has_tokenizer()) {
    out.push_back("embedding");
  }
  const auto answers = [&](models::Head head) { return std::ranges::find(info.answers, head) != info.answers.end(); };
  if (answers(models::Head::sequence)) out.push_back("classification");
  if (answers(models::Head::token)) out.push_back("token-classification");
  if (answers(models::Head::span)) out.push_back("question-answering");
  if (answers(models::Head::vocabulary) && !info.causal && !info.encoder_decoder) out.push_back("fill-mask");
  if (info.encoder_decoder) out.push_back("text2text");
  if (info.image_size > 0) out.push_back("image");
  return out;
}

}  // namespace

std::string quantization(const engine::Pretrained& model) {
  std::map<std::string, std::uint64_t> bytes;
  for (const io::StoredTensor& tensor : model.file().tensors) bytes[tensor.type] += tensor.bytes.size();
  const auto most = std::ranges::max_element(bytes, {}, [](const auto& one) { return one.second; });
  return most == bytes.end() ? "" : most->first;
}

std::string parameter_size(std::uint64_t parameters) {
  const double n = double(parameters);
  if (n >= 1e9) return fmt::format("{:.1f}B", n / 1e9);
  if (n >= 1e6) return fmt::format("{:.2f}M", n / 1e6);
  if (n >= 1e3) return fmt::format("{:.0f}K", n / 1e3);
  return fmt::format("{}", parameters);
}

std::shared_ptr<const Facts> FactsCache::of(const hub::Model& model) {
  const std::string digest = ModelHost::digest_of(model);
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = known_.find(digest); at != known_.end()) return at->second;
  }
  auto facts = std::make_shared<Facts>();
  try {
    const auto opened = std::make_shared<const engine::Pretrained>(store_.open_path(model));
    facts->format = opened->file().gguf ? "gguf" : "safetensors";
    facts->family = std::string(models::architecture(opened->file()).name);
    for (const io::StoredTensor& tensor : opened->file().tensors) facts->parameters += elements(tensor);
    facts->quantization = quantization(*opened);
    facts->context = opened->info().context;
    facts->width = opened->info().width;
    facts->capabilities = capabilities_of(opened, facts->chat_template);
  } catch (const std::exception& error) {
    // A damaged model still stands in the list, with what is wrong with it; it is looked at anew the next time.
    facts->problem = error.what();
    return facts;
  }
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMostKept) known_.clear();
  known_[digest] = facts;
  return facts;
}

Json details_json(const Facts& facts, std::string_view parent) {
  return {{"parent_model", parent},
          {"format", facts.format},
          {"family", facts.family},
          {"families", facts.family.empty() ? Json::array() : Json::array({facts.family})},
          {"parameter_size", parameter_size(facts.parameters)},
          {"quantization_level", facts.quantization},
          {"context_length", facts.context},
          {"embedding_length", facts.width}};
}

}  // namespace maru::server
