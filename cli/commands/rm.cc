// maru rm: takes models, or collections, away.
#include <fmt/ranges.h>

#include "cli/commands/model_common.h"
#include "cli/commands/rag_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"

namespace maru::cli {
namespace {

struct Given {
  std::vector<std::string> names;
  bool collections = false;
};

std::uint64_t remove_collection(const std::string& name) {
  const std::filesystem::path path = existing_collection(name);
  std::uint64_t bytes = 0;
  // The write-ahead log first: without its database it must never meet another one.
  for (const char* suffix : {"-wal", "-shm", ""}) {
    const std::filesystem::path part = path.string() + suffix;
    std::error_code absent;
    if (const auto size = std::filesystem::file_size(part, absent); !absent) bytes += size;
    std::filesystem::remove(part);
  }
  return bytes;
}

// A model of that name, in whatever spelling, else a data set.
std::uint64_t remove_stored(hub::Store& store, const std::string& name) {
  const std::optional<hub::Model> model = hub::find_stored(store, name);
  return model ? store.remove(model->name) : store.remove(name, hub::Kind::data);
}

int remove(Context& context, const Given& given) {
  hub::Store store(home());
  for (const std::string& name : given.names) {  // all or nothing: a wrong name among many removes none
    if (given.collections) existing_collection(name);
    if (!given.collections && !hub::find_stored(store, name) && !store.find(name, hub::Kind::data)) {
      for (const CollectionFile& file : collections())
        if (file.name == name)
          fail(ErrorKind::not_found, "there is no model {:?}, but a collection of that name: maru rm --collections {}", name, name);
      fail(ErrorKind::not_found, "there is no model {:?}; maru list shows them", name);
    }
  }
  std::uint64_t bytes = 0;
  for (const std::string& name : given.names)
    bytes += given.collections ? remove_collection(name) : remove_stored(store, name);
  if (context.json) context.print_json({{"removed", given.names}, {"bytes", bytes}});
  else context.print(fmt::format(fmt::runtime(context.say("removed {}, {} given back", "{} 지움, {} 비움")), fmt::join(given.names, ", "),
                                 size_text(bytes)));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.texts("NAME", given->names, {"Models or data sets, or with --collections collections",
                                       "지울 모델이나 데이터, --collections와 함께면 모음"})->required();
  options.flag("--collections", given->collections, {"Remove collections instead of models; the documents themselves stay",
                                                     "모델 대신 모음을 지웁니다. 문서는 그대로 둡니다"});
  options.examples("maru rm smollm2\nmaru rm papers --collections");
  return [given](Context& context) { return remove(context, *given); };
}

}  // namespace

Command rm_entry() {
  return {.name = "rm", .group = "models", .about = "Remove models or collections", .about_ko = "모델이나 모음을 지웁니다", .declare = declare};
}

}  // namespace maru::cli
