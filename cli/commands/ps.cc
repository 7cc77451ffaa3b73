// maru ps: the models that a running server holds in memory.
#include "cli/command.h"
#include "cli/options.h"
#include "cli/server_client.h"
#include "cli/terminal.h"

namespace maru::cli {
namespace {

// "4m 12s" until a time such as "2026-11-23T23:36:02.373Z".
std::string until(const Context& context, const std::string& expires) {
  if (expires.starts_with("0001-")) return std::string(context.say("for ever", "계속"));
  std::tm utc{};
  if (::strptime(expires.c_str(), "%Y-%m-%dT%H:%M:%S", &utc) == nullptr) return expires;
  const std::int64_t left = std::int64_t(::timegm(&utc)) - std::int64_t(std::time(nullptr));
  return duration_text(std::chrono::seconds(std::max<std::int64_t>(left, 0)));
}

int ps(Context& context) {
  ServerClient server(context.cancel);
  const Json answer = server.ask("GET", "/api/ps");
  if (context.json) {
    context.print_json(answer);
    return 0;
  }
  if (answer["models"].empty()) {
    context.note(context.say("The server holds no model in memory.", "서버가 메모리에 올린 모델이 없습니다."));
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& model : answer["models"])
    rows.push_back({visible(model.value("name", "")), model.value("digest", "").substr(0, 12), size_text(model.value("size", std::uint64_t{0})), "CPU",
                    std::to_string(model.value("context_length", std::int64_t{0})), std::to_string(model.value("requests", 0)),
                    until(context, model.value("expires_at", ""))});
  const bool ko = context.korean;
  context.print(table({ko ? "이름" : "NAME", "ID", ko ? ">크기" : ">SIZE", ko ? "장치" : "PROCESSOR", ko ? ">문맥" : ">CONTEXT", ko ? ">요청" : ">REQUESTS", ko ? "남은 시간" : "UNTIL"},
                      rows, context.color));
  return 0;
}

}  // namespace

Command ps_entry() {
  return {.name = "ps", .group = "serve", .about = "The models that the server holds in memory", .about_ko = "서버가 메모리에 올린 모델",
          .declare = [](CLI::App& app, bool korean) -> std::function<int(Context&)> {
            Options(app, korean).examples("maru ps\nOLLAMA_HOST=192.168.0.2 maru ps");
            return ps;
          }};
}

}  // namespace maru::cli
