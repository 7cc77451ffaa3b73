#pragma once
// A running maru server as the commands see it: where it is, whether it is there, and its answers, whole or line by line.
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/net/http.h"

namespace maru::cli {

// "http://127.0.0.1:11434", or what OLLAMA_HOST says: an address, host:port, a host or :port. 0.0.0.0 as a place to listen on is this
// machine as a place to ask. Throws Error (usage) for what is none.
std::string server_url();

class ServerClient {
 public:
  // MARU_API_KEY is sent where it is set.
  explicit ServerClient(const Cancel& cancel, std::string url = server_url());
  // Whether a maru server answers there within a quarter of a second.
  bool up();
  // The answer's JSON. Throws Error with what the server said: not_found, invalid, busy …; io where none is there, with how to start one.
  Json ask(std::string_view method, std::string_view path, const Json& body = {});
  // Every line of a stream as it comes.
  void lines(std::string_view path, const Json& body, const std::function<void(const Json&)>& line);
  const std::string& url() const { return url_; }

 private:
  net::Request request(std::string_view method, std::string_view path, const Json& body) const;
  [[noreturn]] void refuse(int status, std::string_view body) const;
  const Cancel& cancel_;
  std::string url_;
  net::Client client_;
};

}  // namespace maru::cli
