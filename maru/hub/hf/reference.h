#pragma once
// hf:[datasets/]org/name[@revision][:file-or-quantisation], and how people write the same elsewhere. Knows names, not the network.
#include <optional>
#include <string>
#include <string_view>

namespace maru::hub::hf {

struct Reference {
  bool data = false;      // a data set's repository
  std::string id;         // "org/name", or "name" alone for the oldest repositories
  std::string revision;   // branch, tag, refs/… or commit; "" for main
  std::string chosen;     // a file, a folder, a quantisation, a data set's configuration; "" for none
  std::string text() const;  // as written behind "hf:"
};

// What stands behind "hf:", addresses copied from a browser included. Throws Error (usage) naming the part that is wrong.
Reference parse_reference(std::string_view rest);

// Letters, digits, . _ -; at most 96; no --, no .., no . or - at either end, not ending in .git; at most one slash, as the hub names
// repositories.
bool valid_id(std::string_view id);
bool valid_revision(std::string_view revision);  // git check-ref-format, at most 200 bytes
bool is_commit(std::string_view revision);       // 40 hex digits

// What follows the host in an address of the hub's site (huggingface.co, hf.co, or HF_ENDPOINT's host); nothing for other texts.
std::optional<std::string_view> path_on_site(std::string_view text);

}  // namespace maru::hub::hf
