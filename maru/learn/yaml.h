#pragma once
// YAML from outside as a tree that remembers its lines. Read by yaml-cpp's events, so that a hostile file meets our limits before it
// takes memory: size, depth, and how much its aliases may unfold to. What the fields mean is not known here.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace maru::learn {

struct YamlLimits {
  std::size_t bytes = std::size_t{16} << 20;
  std::size_t depth = 32;
  std::size_t values = 500'000;    // of the whole tree, aliases unfolded: at most about 100 MB
};

// A scalar, a list or a map. Strings are as written; `plain` ones may stand for a number, a truth or nothing.
struct Yaml {
  enum class Kind { nothing, scalar, list, map };
  Kind kind = Kind::nothing;
  bool plain = false;        // a scalar without quotes
  int line = 0;              // from 1
  std::string scalar{};
  std::vector<Yaml> items{};   // of a list; the values of a map
  std::vector<std::string> keys{};

  bool is_text() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  const Yaml* find(std::string_view key) const;  // of a map; null when it has no such key
};

// The first document of a text. Throws Error: invalid (not YAML, a second document, a key that stands twice), limit; each message begins
// "FILE:LINE: ".
Yaml parse_yaml(const std::string& text, const std::string& file, const YamlLimits& limits = {});

}  // namespace maru::learn
