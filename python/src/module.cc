// The module maru._maru: everything of the C++ library that Python sees.
#include "python.h"

NB_MODULE(_maru, m) {
  using namespace maru::python;
  m.attr("__version__") = MARU_VERSION;
  add_errors(m);
  add_arrays(m);
  add_array_functions(m);
  add_texts(m);
  add_models(m);
  add_tasks(m);
  add_learning(m);
}
