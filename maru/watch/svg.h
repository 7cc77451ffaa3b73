#pragma once
// Matrices of attention as a picture: self-contained SVG 1.1, one panel a matrix, rows and columns labelled.
#include <string>
#include <vector>

#include "maru/tensor/tensor.h"

namespace maru::watch {

struct Panel {
  std::string title;
  std::vector<std::string> rows, columns;      // queries and keys
  Tensor weights;                              // [rows, columns], 0 to 1
  Tensor scores = {};                          // empty, or of the same shape: what is -infinity is crossed out
};

std::string svg(const std::vector<Panel>& panels);

}  // namespace maru::watch
