#pragma once
// Errors about files that lie in a place of ours, said with the name by which whoever asked knows them.
#include <string>
#include <string_view>
#include <utility>

#include "maru/base/error.h"

namespace maru::server {

// The phrase with `name` wherever `place` stood in it, still sayable in another language.
inline Phrase renamed(Phrase said, std::string_view place, std::string_view name) {
  for (std::size_t at = 0; (at = said.text.find(place, at)) != std::string::npos; at += name.size())
    said.text.replace(at, place.size(), name);
  for (Phrase& value : said.values) value = renamed(std::move(value), place, name);
  return said;
}

template <class Act>
auto renamed(std::string_view place, std::string_view name, Act act) {
  try {
    return act();
  } catch (const Error& error) {
    throw Error(error.kind(), renamed(error.said(), place, name));
  }
}

}  // namespace maru::server
