// maru stop: asks a running server to give a model's memory back.
#include "cli/command.h"
#include "cli/options.h"
#include "cli/server_client.h"

namespace maru::cli {
namespace {

int stop(Context& context, const std::string& model) {
  ServerClient server(context.cancel);
  const Json answer = server.ask("POST", "/api/generate", {{"model", model}, {"keep_alive", 0}, {"stream", false}});
  if (context.json) context.print_json({{"model", model}, {"done_reason", answer.value("done_reason", "")}});
  else context.note(fmt::format(fmt::runtime(context.say("{} leaves the memory as soon as nobody uses it", "아무도 쓰지 않으면 {} 모델을 메모리에서 내립니다")), model));
  return 0;
}

}  // namespace

Command stop_entry() {
  return {.name = "stop", .group = "serve", .about = "Take a model out of the server's memory", .about_ko = "서버 메모리에서 모델을 내립니다",
          .declare = [](CLI::App& app, bool korean) -> std::function<int(Context&)> {
            const auto model = std::make_shared<std::string>();
            Options options(app, korean);
            options.text("MODEL", *model, {"Which model, as maru ps names it", "maru ps에 나오는 모델 이름"})->required();
            options.examples("maru stop smollm2");
            return [model](Context& context) { return stop(context, *model); };
          }};
}

}  // namespace maru::cli
