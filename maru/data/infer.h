#pragma once
// What a column holds, told from its first values: missing widens to anything, integer to real, and numbers, booleans and text to text.
#include <optional>
#include <string>
#include <vector>

#include "maru/data/data.h"

namespace maru::data {

struct Guess {
  std::string name;
  std::optional<Type> type;       // nothing yet: only missing values so far
  std::vector<Guess> children;    // list: one; record: by first appearance

  // False where a value of this type cannot stand in one column with those before it: a list beside a number.
  bool widen(Type seen);
  Guess& member(std::string_view member_name);
  Field field() const;            // a column that is missing throughout becomes text
};

}  // namespace maru::data
