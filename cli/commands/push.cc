// maru push: sends a model to a repository on the hub.
#include <algorithm>

#include "cli/commands/model_common.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/hf/reference.h"
#include "maru/hub/push.h"

namespace maru::cli {
namespace {

struct Given {
  std::string model, to, message = "Upload by maru", licence, base_model;
  bool create = false, private_repository = false, dry_run = false;
};

struct Sending {
  std::vector<hub::PushFile> files;
  std::vector<Phrase> left_out;
  bool made_card = false;
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const hub::PushFile& file : files) sum += file.size;
    return sum;
  }
};

// "hf:org/name@commit" -> "org/name"
std::string base_model_of(const hub::Model& model) {
  if (!model.reference.starts_with("hf:")) return "";
  const hub::Reference from = hub::parse_reference(model.reference, model.kind);
  return hub::hf::parse_reference(from.rest).id;
}

// A stored model by its manifest, so that its licence and origin come along; else the folder or file of that name.
Sending sending(const Given& given, const hub::hf::Reference& to) {
  hub::Store store(home());
  Sending out;
  hub::CardFacts facts{.name = to.id.substr(to.id.find('/') + 1), .licence = given.licence, .base_model = given.base_model, .task = {}};
  if (const std::optional<hub::Model> model = store.find(given.model, to.data ? hub::Kind::data : hub::Kind::model)) {
    for (const hub::StoredFile& file : model->files) out.files.push_back({file.name, store.path_of(file), file.size});
    if (facts.licence.empty()) facts.licence = model->licence;
    if (facts.base_model.empty() && !to.data) facts.base_model = base_model_of(*model);
  } else {
    if (!std::filesystem::exists(given.model)) hub::resolve(store, given.model, false);  // throws, and says what is there
    out.files = hub::files_to_push(given.model, out.left_out);
  }
  hub::check_no_tokens(out.files);
  if (std::ranges::find(out.files, "README.md", &hub::PushFile::name) != out.files.end()) return out;
  hub::PushFile card{.name = "README.md", .path = {}, .size = 0, .content = hub::model_card(facts)};
  card.size = card.content.size();
  out.files.push_back(std::move(card));
  out.made_card = true;
  return out;
}

Json files_json(const Sending& all) {
  Json list = Json::array();
  for (const hub::PushFile& file : all.files) list.push_back({{"name", file.name}, {"bytes", file.size}});
  return list;
}

void show_files(Context& context, const Sending& all, bool dry_run) {
  std::vector<std::vector<std::string>> rows;
  for (const hub::PushFile& file : all.files) rows.push_back({size_text(file.size), visible(file.name)});
  const bool ko = context.korean;
  // Of a dry run it is the result; else it only says what is about to happen.
  const std::string list = table({ko ? ">크기" : ">SIZE", ko ? "보낼 파일" : "FILE TO SEND"}, rows, dry_run && context.color);
  if (dry_run) context.print(list);
  else context.note(list);
}

int push(Context& context, const Given& given) {
  const hub::Reference reference = hub::parse_reference(given.to);
  if (reference.scheme != "hf") fail(ErrorKind::usage, "{}: a push goes to the hub: hf:org/name", given.to);
  const hub::hf::Reference to = hub::hf::parse_reference(reference.rest);
  if (!to.chosen.empty() || hub::hf::is_commit(to.revision))
    fail(ErrorKind::usage, "{}: a push goes to a branch, not to a file or a commit", given.to);
  if (!given.dry_run) hub::check_token(reference.text());
  const Sending all = sending(given, to);
  Json left_out = Json::array();
  for (const Phrase& one : all.left_out) {
    left_out.push_back(context.say(one));
    if (!context.json) context.note(context.say(one));
  }
  if (all.made_card && !context.json)
    context.note(context.say("README.md: there was none; a short one was made (--licence and --base-model go into it)",
        "README.md가 없어 짧은 것을 만들었습니다(--licence와 --base-model이 들어갑니다)"));
  if (!context.json) show_files(context, all, given.dry_run);
  Json out{{"to", reference.text()}, {"files", files_json(all)}, {"bytes", all.bytes()}, {"left_out", left_out}, {"made_card",
      all.made_card}};
  if (given.dry_run) {
    if (context.json) context.print_json(out);
    else context.print(fmt::format(fmt::runtime(context.say("{} in {} files would be sent to {}", "{}, 파일 {}개를 {}에 보내게 됩니다")),
        size_text(all.bytes()), all.files.size(), reference.text()));
    return 0;
  }
  net::Client client;
  const hub::Pushed sent = hub::push(to.id, to.revision.empty() ? "main" : to.revision, all.files,
                                     {.data = to.data, .message = given.message, .create = given.create,
                                         .private_repository = given.private_repository,
                                      .progress = context.progress(), .cancel = &context.cancel}, client);
  if (context.json) {
    out["commit"] = sent.commit;
    out["page"] = sent.page;
    out["unchanged"] = sent.unchanged;
    out["uploaded"] = sent.uploaded;
    out["uploaded_bytes"] = sent.uploaded_bytes;
    out["already_there"] = sent.known;
    context.print_json(out);
    return 0;
  }
  if (sent.commit.empty()) {
    context.print(fmt::format(fmt::runtime(context.say("{}: holds all {} files already, nothing was changed",
        "{}: 파일 {}개가 모두 이미 있어 바꾼 것이 없습니다")), sent.page, sent.files));
    return 0;
  }
  context.print(fmt::format(fmt::runtime(context.say("{}: commit {}, {} uploaded, {} of {} files unchanged",
      "{}: 커밋 {}, {} 올림, 파일 {}개는 그대로(모두 {}개)")), sent.page,
                            visible(sent.commit), size_text(sent.uploaded_bytes), sent.unchanged, sent.files));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("MODEL", given->model, {"What to send: a stored model's name, a folder or a file", "보낼 것: 저장된 모델 이름, 폴더, 파일"})->required();
  options.text("TO", given->to, {"Where to: hf:org/name, hf:datasets/org/name, with @branch for another than main",
      "보낼 곳: hf:org/name, hf:datasets/org/name. main이 아니면 @가지를 붙입니다"})->required();
  options.flag("--create", given->create, {"Make the repository when there is none", "저장소가 없으면 만듭니다"});
  options.flag("--private", given->private_repository, {"A repository that --create makes is private", "--create로 만들 때 비공개로 합니다"});
  options.text("--message", given->message, {"The commit's message (default: Upload by maru)", "커밋 메시지 (기본: Upload by maru)"});
  options.text("--licence,--license", given->licence, {"Into the model card that is made when there is none", "카드가 없어 만들 때 적을 라이선스"});
  options.text("--base-model", given->base_model, {"Into that card: the model it was made from", "그 카드에 적을 바탕 모델"});
  options.flag("--dry-run", given->dry_run, {"Show what would be sent, and send nothing", "보낼 것만 보이고 보내지 않습니다"});
  options.examples("maru push ./my-model hf:me/my-model --create --private\nmaru push ./my-model hf:me/my-model --dry-run");
  return [given](Context& context) {
    if (given->private_repository && !given->create)
      fail(ErrorKind::usage, "--private: goes with --create; a repository that is there keeps what it is");
    return push(context, *given);
  };
}

}  // namespace

Command push_entry() {
  return {.name = "push", .group = "models", .about = "Send a model to a repository on the hub", .about_ko = "모델을 허브의 저장소로 보냅니다",
      .declare = declare};
}

}  // namespace maru::cli
