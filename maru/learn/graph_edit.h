#pragma once
// Adds a node to a person's YAML file without touching what is there: comments and order stay, to the byte.
#include <filesystem>
#include <string>
#include <vector>

namespace maru::learn {

struct NewNode {
  std::string id, name, name_ko, name_en, domain;
  std::vector<std::string> prerequisites;
};
// The text with the node at the end of its list. Written the way the list's other nodes are indented; verified by reading it again:
// everything
// that was there before is still there, and the node after it. Throws Error (invalid): not a list of nodes, written in one line, an id
// twice.
std::string with_node(const std::string& text, const std::string& file, const NewNode& node);
// Of a file; a file that is not there is made.
void add_node(const std::filesystem::path& path, const NewNode& node);

}  // namespace maru::learn
