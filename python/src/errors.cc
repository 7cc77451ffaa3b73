// Errors of the library become Python's, said in the language of the locale; Ctrl-C becomes KeyboardInterrupt.
#include <fmt/args.h>

#include <csignal>
#include <cstdlib>

#include "cli/korean.h"
#include "python.h"

namespace maru::python {
namespace {

Cancel interrupted;
struct sigaction before;

void on_signal(int number) {
  interrupted.raise();
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) before.sa_handler(number);
}

bool korean() {
  for (const char* name : {"MARU_LANG", "LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value && *value) return std::string_view(value).starts_with("ko");
  return false;
}

PyObject* base_error = nullptr;
PyObject* not_found_error = nullptr;

// A pattern of the package's own with what stands in it, in the language of the locale.
std::string said(const std::string& pattern, const nb::args& values) {
  Phrase phrase{.text = {}, .pattern = pattern, .values = {}};
  fmt::dynamic_format_arg_store<fmt::format_context> arguments;
  for (const nb::handle value : values) {
    phrase.values.push_back({.text = nb::cast<std::string>(nb::str(value)), .pattern = {}, .values = {}});
    arguments.push_back(phrase.values.back().text);
  }
  phrase.text = fmt::vformat(pattern, arguments);
  return in_language(phrase);
}

}  // namespace

std::string in_language(const Phrase& phrase) { return korean() ? cli::in_korean(phrase) : phrase.text; }

Interruptible::Interruptible() {
  interrupted.clear();
  struct sigaction ours {};
  ours.sa_handler = on_signal;
  sigaction(SIGINT, &ours, &before);
}
Interruptible::~Interruptible() { sigaction(SIGINT, &before, nullptr); }
const Cancel* Interruptible::cancel() const { return &interrupted; }
void Interruptible::check() {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void add_errors(nb::module_& m) {
  base_error = PyErr_NewExceptionWithDoc("maru.Error", "What maru cannot do, and why.", PyExc_ValueError, nullptr);
  const nb::object bases = nb::make_tuple(nb::handle(base_error), nb::handle(PyExc_LookupError));
  not_found_error = PyErr_NewExceptionWithDoc("maru.NotFoundError", "A name or a path leads nowhere.", bases.ptr(), nullptr);
  m.attr("Error") = nb::handle(base_error);
  m.attr("NotFoundError") = nb::handle(not_found_error);
  m.def("_said", said);
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      const std::string text = in_language(error.said());
      PyObject* const kind = error.kind() == ErrorKind::cancelled  ? PyExc_KeyboardInterrupt
                             : error.kind() == ErrorKind::not_found ? not_found_error
                                                                    : base_error;
      PyErr_SetString(kind, text.c_str());
    }
  });
}

}  // namespace maru::python
