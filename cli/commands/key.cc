// maru key: the API keys that maru serve asks for.
#include "cli/command.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/server/keys.h"

namespace maru::cli {
namespace {

struct Given {
  std::string action, scope = "inference", label, expires, id;
  std::int64_t requests_per_minute = 0;
};

// "90d", "12h", "30m", "45s".
std::chrono::seconds lifetime(const std::string& text) {
  constexpr std::string_view kUnits = "smhd";
  constexpr std::int64_t kSeconds[] = {1, 60, 3600, 86'400};
  const std::size_t unit = text.empty() ? kUnits.npos : kUnits.find(text.back());
  const std::string digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  const bool number = !digits.empty() && digits.size() <= 6 && digits.find_first_not_of("0123456789") == digits.npos;
  if (unit == kUnits.npos || !number || std::stol(digits) == 0) {
    fail(ErrorKind::usage, "--expires {}: expected a number of days, hours, minutes or seconds, such as 90d, 12h, 30m or 45s", text);
  }
  return std::chrono::seconds(std::stol(digits) * kSeconds[unit]);
}

Json as_json(const server::Key& key) {
  return {{"id", key.id},           {"label", key.label},     {"scope", server::scope_name(key.scope)},
          {"created", key.created}, {"expires", key.expires}, {"requests_per_minute", key.requests_per_minute}};
}

int create(Context& context, const Given& given) {
  const server::Scope scope = given.scope == "administration" ? server::Scope::administration : server::Scope::inference;
  const auto expires = given.expires.empty() ? std::nullopt : std::optional(lifetime(given.expires));
  const auto made = server::Keys(home()).create(given.label, scope, expires, int(given.requests_per_minute));
  if (context.json) {
    Json out = as_json(made.key);
    out["key"] = made.secret;
    context.print_json(out);
    return 0;
  }
  context.print(made.secret);
  context.note(fmt::format(fmt::runtime(context.say("key {}, scope {}; it is not shown again: only its hash is kept",
                                                    "키 {}, 권한 {}. 다시 보여 주지 않습니다. 해시만 남깁니다")),
                           made.key.id, given.scope));
  return 0;
}

int list(Context& context) {
  const std::vector<server::Key> keys = server::Keys(home()).list();
  if (context.json) {
    Json out = Json::array();
    for (const server::Key& key : keys) out.push_back(as_json(key));
    context.print_json({{"keys", out}});
    return 0;
  }
  if (keys.empty()) {
    context.note(context.say("There is no key; maru key create makes one.", "키가 없습니다. maru key create로 만드세요."));
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const server::Key& key : keys) {
    rows.push_back({key.id, std::string(server::scope_name(key.scope)), key.created, key.expires.empty() ? "-" : key.expires,
                    visible(key.label)});
  }
  const bool ko = context.korean;
  context.print(table({"ID", ko ? "권한" : "SCOPE", ko ? "만든 때" : "CREATED", ko ? "만료" : "EXPIRES", ko ? "이름표" : "LABEL"}, rows,
                      context.color));
  return 0;
}

int revoke(Context& context, const std::string& id) {
  if (!server::Keys(home()).revoke(id)) fail(ErrorKind::not_found, "there is no key {:?}; maru key list shows them", id);
  if (context.json) context.print_json({{"revoked", id}});
  else context.print(fmt::format(fmt::runtime(context.say("revoked {}; a running server refuses it within a second",
                                                          "{} 취소함. 돌고 있는 서버도 1초 안에 거절합니다")), id));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.choice("ACTION", given->action, {"create", "list", "revoke"}, {"What to do", "할 일"})->required();
  options.text("ID", given->id, {"With revoke: the key's id, as list shows it", "revoke와 함께: list가 보여 주는 ID"});
  options.choice("--scope", given->scope, {"inference", "administration"},
                 {"With create: what it may do; ask models, or change the store as well",
                  "create와 함께: 할 수 있는 일. 모델에 묻기만, 또는 저장소를 바꾸기까지"});
  options.text("--label", given->label, {"With create: whose it is, for lists", "create와 함께: 목록에 보일 이름표"});
  options.text("--expires", given->expires, {"With create: how long it is good: 90d, 12h, 30m, 45s (default: until revoked)",
                                             "create와 함께: 유효 기간. 90d, 12h, 30m, 45s(기본: 취소할 때까지)"});
  options.integer("--requests-per-minute", given->requests_per_minute, {0, 1'000'000},
                  {"With create: its requests a minute (0: the server's own limit)", "create와 함께: 분당 요청 수(0이면 서버의 한도)"});
  options.examples("maru key create --label laptop --expires 90d\nmaru key create --scope administration\nmaru key list\n"
                   "maru key revoke abcdefgh");
  return [given](Context& context) {
    const bool named = !given->id.empty();
    if (given->action == "revoke" && !named) fail(ErrorKind::usage, "maru key revoke: name the key; maru key list shows them");
    if (given->action != "revoke" && named) fail(ErrorKind::usage, "maru key {}: takes no ID, got {:?}", given->action, given->id);
    if (given->action == "create") return create(context, *given);
    return given->action == "list" ? list(context) : revoke(context, given->id);
  };
}

}  // namespace

Command key_entry() {
  return {.name = "key", .group = "serve", .about = "Make, list and revoke the API keys of maru serve",
          .about_ko = "maru serve의 API 키를 만들고 보고 취소합니다", .declare = declare};
}

}  // namespace maru::cli
