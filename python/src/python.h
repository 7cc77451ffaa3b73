#pragma once
// What the binding's files share: how arguments come in, how errors go out, and who adds what to the module.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "array.h"
#include "maru/base/cancel.h"
#include "maru/base/json.h"

namespace maru::python {

namespace nb = nanobind;
using namespace nb::literals;

// A tensor, a number, a truth value, or nested lists of them, as a tensor.
Array array_of(nb::handle value);
nb::object to_python(const Json& json);
Json to_json(nb::handle value);

// While it lives, Ctrl-C raises the flag; Python's own handler runs after the call. Only the main thread's signals count.
class Interruptible {
 public:
  Interruptible();
  ~Interruptible();
  const Cancel* cancel() const;
  // Throws KeyboardInterrupt where Python's handler asks for it. Needs the GIL.
  static void check();
};

// Runs without the GIL; Ctrl-C stops it where it asks its Cancel, and becomes KeyboardInterrupt.
template <class Work>
auto without_gil(Work work) {
  Interruptible interruptible;
  try {
    nb::gil_scoped_release release;
    return work(interruptible.cancel());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) {
      nb::gil_scoped_acquire acquire;
      Interruptible::check();
    }
    throw;
  }
}

// A phrase in the language of the locale.
std::string in_language(const Phrase& phrase);

void add_errors(nb::module_& m);
void add_arrays(nb::module_& m);
void add_array_operators(nb::class_<Array>& c);
void add_array_mathematics(nb::class_<Array>& c);
void add_array_functions(nb::module_& m);
void add_texts(nb::module_& m);
void add_models(nb::module_& m);
void add_tasks(nb::module_& m);
void add_learning(nb::module_& m);

}  // namespace maru::python
