#pragma once
// For the tests of this folder: settings in milliseconds and small words.
#include <cstdlib>
#include <functional>
#include <string>

#include "maru/base/error.h"
#include "maru/net/fake_server_test.h"
#include "maru/net/http.h"

namespace maru::net {

using namespace std::chrono_literals;
using Asked = FakeServer::Asked;
using Reply = FakeServer::Reply;

inline Settings quick(std::chrono::milliseconds stall_time = 5s) {
  return {.connect_time = 5s, .stall_time = stall_time, .pause_unit = 1ms};
}
inline Response get(const std::string& url, Settings settings = quick()) { return Client(std::move(settings)).send({.url = url}); }

// The kind of the Error that the call throws; internal when it throws none.
inline ErrorKind kind_of_refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::internal;
}

// An environment variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

}  // namespace maru::net
