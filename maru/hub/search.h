#pragma once
// Looking for models and data sets on the hub, and at one of them before it is brought. Nothing here is downloaded to stay.
// Protocol: huggingface.co/docs/hub/api.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/hub/hub.h"
#include "maru/net/http.h"

namespace maru::hub {

struct SearchOptions {
  Kind kind = Kind::model;
  std::string task, language, licence;   // "text-classification", "ko", "mit"; "" for any
  std::int64_t limit = 20;               // 1 to 100
};

// What the hub says of a repository; nothing of it is checked against files. Texts may hold anything.
struct Described {
  std::string id;                        // "org/name"
  std::string task, licence, updated;    // "" when not stated; updated: ISO 8601
  std::vector<std::string> languages;
  std::uint64_t downloads = 0, likes = 0;
  std::uint64_t parameters = 0, weights_bytes = 0;   // by the headers of its safetensors; 0 when the hub does not say
  std::string model_type, architecture;  // of config.json; "" when the hub does not say
  bool gated = false;
};
struct Findings {
  std::vector<Described> found;          // most downloaded first
  bool more = false;                     // the hub has more than were asked for
};
// Throws Error as net does, and for an answer that is none.
Findings search(std::string_view words, const SearchOptions& options, net::Client& client, const Cancel* cancel);

struct Listed {
  std::string name;
  std::uint64_t bytes = 0;
};
struct Details {
  Described described;
  std::string commit, page;              // page: for people
  std::vector<Listed> files;
  std::uint64_t bytes() const;
  std::string card;                      // README.md without its front matter; "" when there is none
};
// `reference` is tidy. Throws Error (not_found) when the hub knows no such repository.
Details details(const Reference& reference, net::Client& client, const Cancel* cancel);

// Markdown without the block of YAML between two lines of --- at its beginning.
std::string_view without_front_matter(std::string_view markdown);

}  // namespace maru::hub
