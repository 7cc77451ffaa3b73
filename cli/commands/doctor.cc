// maru doctor: what this machine has, what maru makes of it, and whether the store is whole.
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/base/pool.h"
#include "maru/hub/fit.h"
#include "maru/hub/machine.h"
#include "maru/kernels/kernels.h"
#include "maru/rag/store.h"

namespace maru::cli {
namespace {

// Files of /proc have no size, so they are read as streams.
std::string line_after(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key)) {
      const std::size_t colon = line.find(':');
      const std::size_t begin = colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
      return begin == std::string::npos ? std::string() : line.substr(begin);
    }
  return {};
}

std::string processor() {
  for (const char* key : {"model name", "Hardware", "Model"})
    if (const std::string name = line_after("/proc/cpuinfo", key); !name.empty()) return name;
  utsname system{};
  return ::uname(&system) == 0 ? system.machine : "unknown";
}

std::uint64_t total_memory() { return std::strtoull(line_after("/proc/meminfo", "MemTotal").c_str(), nullptr, 10) * 1024; }

struct Health {
  std::uint64_t models = 0, bytes = 0, collections = 0;
  std::vector<std::string> problems;
};
std::vector<hub::Model> readable_models(const Context& context, const hub::Store& store, Health& health) {
  try {
    return store.list();
  } catch (const Error& error) {
    health.problems.push_back(context.say(error.said()));
    return {};
  }
}

Health store_health(const Context& context, const hub::Store& store) {
  Health out;
  for (const hub::Model& model : readable_models(context, store, out)) {
    ++out.models;
    out.bytes += model.bytes();
    for (const hub::StoredFile& file : model.files) {
      std::error_code error;
      const auto size = std::filesystem::file_size(store.path_of(file), error);
      if (error) {
        const std::string_view words = context.say("{}: {} is missing; bring it again: maru pull {} --name {}",
                                                   "{}: {}이(가) 없습니다. 다시 가져오세요: maru pull {} --name {}");
        out.problems.push_back(fmt::format(fmt::runtime(words), model.name, file.name, model.reference, model.name));
      } else if (size != file.size) {
        const std::string_view words = context.say("{}: {} has {} bytes, expected {}; remove it (maru rm {}) and bring it again",
                                                   "{}: {}이(가) {}바이트인데 {}바이트여야 합니다. 지우고(maru rm {}) 다시 가져오세요");
        out.problems.push_back(fmt::format(fmt::runtime(words), model.name, file.name, size, file.size, model.name));
      }
    }
  }
  for (const CollectionFile& file : collections()) {
    ++out.collections;
    try {
      rag::Store(file.path).document_count();
    } catch (const Error& error) {
      out.problems.push_back(context.say(error.said()));
    }
  }
  return out;
}

bool on_path(std::string_view program) {
  std::string_view rest = std::getenv("PATH") ? std::getenv("PATH") : "";
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string path = std::string(rest.substr(0, colon)) + "/" + std::string(program);
    if (::access(path.c_str(), X_OK) == 0) return true;
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return false;
}

// Of a model known by its size alone: what its cache takes is known when its configuration is, and said by maru pull.
hub::Fit fit_of(const hub::Known& model, bool here, const hub::Machine& machine) {
  return hub::fit({.weight_bytes = model.download_bytes}, here ? 0 : model.download_bytes, machine);
}

std::string fit_words(const Context& context, const hub::Store& store, const hub::Known& model, const hub::Machine& machine) {
  const bool here = store.find(model.name).has_value();
  const hub::Fit fit = fit_of(model, here, machine);
  std::string words = fmt::format("{} ({}): {}", model.name, size_text(model.download_bytes), context.say(hub::said(fit)));
  if (here) words += context.say("; here", ", 있음");
  else if (fit.memory() && fit.disk()) words += fmt::format(" (maru pull {})", model.name);
  return words;
}

// Q4_1 takes five bits a weight; a tenth more for what stays in f32 or eight bits, and room for cache and activations.
std::uint64_t memory_of_billions(int billions) { return std::uint64_t(billions) * 687'500'000 + 500'000'000; }
constexpr int kBillions[] = {1, 3, 7, 13, 32, 70};

std::string sizes_words(const Context& context, std::uint64_t available) {
  int most = 0;
  for (const int billions : kBillions) {
    if (memory_of_billions(billions) < available) {
      most = billions;
      continue;
    }
    const std::string needs = fmt::format(fmt::runtime(context.say("{}B would need about {}", "{}B에는 {}쯤 필요합니다")), billions,
                                          size_text(memory_of_billions(billions)));
    if (most == 0) return needs;
    return fmt::format(fmt::runtime(context.say("in 4 bits, models of up to {}B parameters fit; {}", "4비트로 줄이면 매개변수 {}B인 모델까지 맞습니다. {}")),
                       most, needs);
  }
  return fmt::format(fmt::runtime(context.say("in 4 bits, models of {}B parameters fit", "4비트로 줄이면 매개변수 {}B인 모델도 맞습니다")), most);
}

int doctor(Context& context) {
  const hub::Store store(home());
  // How fast memory is read is of no use here: it is not measured.
  const hub::Machine machine{.memory_available = hub::available_memory(), .disk_free = free_space(store.home()), .bytes_per_second = 0};
  Health health = store_health(context, store);
  const bool pdf = on_path("pdftotext");
  if (!pdf)
    health.problems.push_back(std::string(context.say("pdftotext is not installed: PDF files cannot be read (apt install poppler-utils)",
                                                              "pdftotext가 없어 PDF를 읽을 수 없습니다 (apt install poppler-utils)")));
  if (context.json) {
    Json models = Json::array();
    for (const hub::Known& model : hub::catalogue()) {
      if (model.download_bytes == 0) continue;  // only its source knows how large it is
      const bool here = store.find(model.name).has_value();
      const hub::Fit fit = fit_of(model, here, machine);
      models.push_back({{"name", model.name}, {"fits", fit.disk() && fit.memory()}, {"here", here},
                        {"download_bytes", model.download_bytes}, {"memory_bytes", fit.need.total()}});
    }
    context.print_json({{"cpu", processor()}, {"isa", kernels::isa_name()}, {"isa_reason", context.say(kernels::isa_reason())},
                        {"threads", thread_count()},
                        {"hardware_threads", std::thread::hardware_concurrency()},
                        {"memory", {{"total", total_memory()}, {"available", machine.memory_available}}},
                        {"disk", {{"home", store.home().string()}, {"free", machine.disk_free}}},
                        {"store", {{"models", health.models}, {"bytes", health.bytes}, {"collections", health.collections},
                                   {"ok", health.problems.empty()}, {"problems", health.problems}}},
                        {"pdftotext", pdf}, {"models", models}});
    return health.problems.empty() ? 0 : 1;
  }
  const bool ko = context.korean;
  std::string models;
  for (const hub::Known& model : hub::catalogue())
    if (model.download_bytes > 0) models += (models.empty() ? "" : "\n") + fit_words(context, store, model, machine);
  const std::string threads =
      fmt::format(fmt::runtime(context.say("{} of {} hardware threads (MARU_THREADS sets it)",
                                           "하드웨어 스레드 {1}개 가운데 {0}개 (MARU_THREADS로 정합니다)")),
                                          thread_count(), std::thread::hardware_concurrency());
  context.print(facts({
      {ko ? "CPU" : "CPU", visible(processor())},
      {ko ? "명령어" : "instructions", fmt::format("{}: {}", kernels::isa_name(), context.say(kernels::isa_reason()))},
      {ko ? "스레드" : "threads", threads},
      {ko ? "메모리" : "memory", fmt::format(fmt::runtime(context.say("{} free of {}", "{1} 가운데 {0} 비어 있음")), size_text(machine.memory_available),
                                          size_text(total_memory()))},
      {ko ? "디스크" : "disk", fmt::format(fmt::runtime(context.say("{} free at {}", "{1}에 {0} 비어 있음")), size_text(machine.disk_free),
                                        store.home().string())},
      {ko ? "저장소" : "store", ko ? fmt::format("모델 {}개 ({}), 모음 {}개", health.models, size_text(health.bytes), health.collections)
                                   : fmt::format("{} ({}), {}", counted(health.models, "model"), size_text(health.bytes),
                                                 counted(health.collections, "collection"))},
      {ko ? "PDF" : "PDF", std::string(pdf ? context.say("readable: pdftotext is installed", "읽을 수 있음: pdftotext가 있습니다")
                                       : context.say("not readable", "읽을 수 없음"))},
      {ko ? "모델" : "models", models},
      {ko ? "크기" : "sizes", sizes_words(context, machine.memory_available)},
  }, context.color));
  if (health.problems.empty()) {
    context.print("\n" + styled(context.say("All is well.", "모두 좋습니다."), Style::green, context.color));
    return 0;
  }
  context.print("\n" + styled(context.say("To mend:", "고칠 것:"), Style::yellow, context.color));
  for (const std::string& problem : health.problems) context.print("  " + visible(problem));
  return 1;
}

}  // namespace

Command doctor_entry() {
  return {.name = "doctor", .group = "the program", .about = "This machine, the store, and which models fit",
          .about_ko = "이 컴퓨터와 저장소를 살피고 맞는 모델을 알려 줍니다",
          .declare = [](CLI::App&, bool) { return std::function<int(Context&)>(doctor); }};
}

}  // namespace maru::cli
