#pragma once
// A folder as people have them, made of a tiny golden checkpoint: what tests of whole models share.
#include <filesystem>
#include <string>
#include <string_view>

#include "maru/base/file.h"
#include "maru/base/json.h"
#include "tests/scratch.h"

namespace maru::engine {

namespace fs = std::filesystem;
inline const fs::path kGoldens = fs::path(MARU_TESTS) / "golden/models";

// One letter a token, byte-level; the last is special and named as the end.
inline std::string tokenizer_json(int vocabulary) {
  Json json = Json::parse(R"({"version": "1.0", "truncation": null, "padding": null, "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
    "post_processor": null, "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
              "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": {}, "merges": []}})");
  for (int i = 0; i + 1 < vocabulary; ++i) json["model"]["vocab"][std::string(1, char('!' + i))] = i;
  json["added_tokens"] = {{{"id", vocabulary - 1}, {"content", "<|end|>"}, {"special", true}, {"normalized", false}}};
  return json.dump();
}

struct Folder : testing::Scratch {
  explicit Folder(std::string_view golden) {
    for (const char* const name : {"config.json", "model.safetensors"}) fs::copy_file(kGoldens / golden / name, path / name);
    const Json config = parse_json(read_file(path / "config.json", 1 << 20), "config.json");
    put("tokenizer.json", tokenizer_json(config["vocab_size"].get<int>()));
  }
};

}  // namespace maru::engine
