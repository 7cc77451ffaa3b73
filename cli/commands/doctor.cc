// maru doctor: what this machine has, what maru makes of it, and whether the store is whole.
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <thread>

#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/base/pool.h"
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

struct Memory {
  std::uint64_t total = 0, available = 0;
};
Memory memory() {
  const auto kilobytes = [](std::string_view key) { return std::strtoull(line_after("/proc/meminfo", key).c_str(), nullptr, 10) * 1024; };
  Memory out{kilobytes("MemTotal"), kilobytes("MemAvailable")};
  std::ifstream limit_file("/sys/fs/cgroup/memory.max"), used_file("/sys/fs/cgroup/memory.current");
  std::uint64_t limit = 0, used = 0;
  if (limit_file >> limit && limit < out.total) {  // "max" is not a number: no limit
    out.total = limit;
    if (used_file >> used) out.available = std::min(out.available, limit - std::min(limit, used));
  }
  return out;
}

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

// Weights are mapped; beside them the cache and the activations of a small model take about as much again, at least 200 MB.
std::uint64_t memory_needed(const hub::Known& model) {
  return model.download_bytes + std::max<std::uint64_t>(model.download_bytes, 200'000'000);
}

struct Fit {
  bool disk = false, memory = false, here = false;
};
Fit fit(const hub::Store& store, const hub::Known& model, const Memory& memory_now, std::uint64_t disk) {
  const bool here = store.find(model.name).has_value();
  return {.disk = here || disk > 2 * model.download_bytes, .memory = memory_now.available > memory_needed(model), .here = here};
}

std::string fit_words(const Context& context, const hub::Known& model, const Fit& fits) {
  const std::string name = fmt::format("{} ({})", model.name, size_text(model.download_bytes));
  if (!fits.memory) return fmt::format(fmt::runtime(context.say("{}: needs about {} of free memory", "{}: 빈 메모리가 {}쯤 필요합니다")), name,
                                       size_text(memory_needed(model)));
  if (!fits.disk) return fmt::format(fmt::runtime(context.say("{}: needs {} of free disk", "{}: 디스크가 {} 필요합니다")), name,
                                     size_text(2 * model.download_bytes));
  return fmt::format(fmt::runtime(fits.here ? context.say("{}: here, fits", "{}: 있음, 이 컴퓨터에 맞습니다")
                                  : context.say("{}: fits (maru pull {})", "{}: 이 컴퓨터에 맞습니다 (maru pull {})")), name, model.name);
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
  const Memory memory_now = memory();
  const std::uint64_t disk = free_space(store.home());
  Health health = store_health(context, store);
  const bool pdf = on_path("pdftotext");
  if (!pdf)
    health.problems.push_back(std::string(context.say("pdftotext is not installed: PDF files cannot be read (apt install poppler-utils)",
                                                              "pdftotext가 없어 PDF를 읽을 수 없습니다 (apt install poppler-utils)")));
  if (context.json) {
    Json models = Json::array();
    for (const hub::Known& model : hub::catalogue()) {
      if (model.download_bytes == 0) continue;  // only its source knows how large it is
      const Fit fits = fit(store, model, memory_now, disk);
      models.push_back({{"name", model.name}, {"fits", fits.disk && fits.memory}, {"here", fits.here},
                        {"download_bytes", model.download_bytes}, {"memory_bytes", memory_needed(model)}});
    }
    context.print_json({{"cpu", processor()}, {"isa", kernels::isa_name()}, {"isa_reason", context.say(kernels::isa_reason())},
                        {"threads", thread_count()},
                        {"hardware_threads", std::thread::hardware_concurrency()},
                        {"memory", {{"total", memory_now.total}, {"available", memory_now.available}}},
                        {"disk", {{"home", store.home().string()}, {"free", disk}}},
                        {"store", {{"models", health.models}, {"bytes", health.bytes}, {"collections", health.collections},
                                   {"ok", health.problems.empty()}, {"problems", health.problems}}},
                        {"pdftotext", pdf}, {"models", models}});
    return health.problems.empty() ? 0 : 1;
  }
  const bool ko = context.korean;
  std::string models;
  for (const hub::Known& model : hub::catalogue())
    if (model.download_bytes > 0) models += (models.empty() ? "" : "\n") + fit_words(context, model, fit(store, model, memory_now, disk));
  const std::string threads =
      fmt::format(fmt::runtime(context.say("{} of {} hardware threads (MARU_THREADS sets it)",
                                           "하드웨어 스레드 {1}개 가운데 {0}개 (MARU_THREADS로 정합니다)")),
                                          thread_count(), std::thread::hardware_concurrency());
  context.print(facts({
      {ko ? "CPU" : "CPU", visible(processor())},
      {ko ? "명령어" : "instructions", fmt::format("{}: {}", kernels::isa_name(), context.say(kernels::isa_reason()))},
      {ko ? "스레드" : "threads", threads},
      {ko ? "메모리" : "memory", fmt::format(fmt::runtime(context.say("{} free of {}", "{1} 가운데 {0} 비어 있음")), size_text(memory_now.available),
                                          size_text(memory_now.total))},
      {ko ? "디스크" : "disk", fmt::format(fmt::runtime(context.say("{} free at {}", "{1}에 {0} 비어 있음")), size_text(disk),
                                        store.home().string())},
      {ko ? "저장소" : "store", ko ? fmt::format("모델 {}개 ({}), 모음 {}개", health.models, size_text(health.bytes), health.collections)
                                   : fmt::format("{} ({}), {}", counted(health.models, "model"), size_text(health.bytes),
                                                 counted(health.collections, "collection"))},
      {ko ? "PDF" : "PDF", std::string(pdf ? context.say("readable: pdftotext is installed", "읽을 수 있음: pdftotext가 있습니다")
                                       : context.say("not readable", "읽을 수 없음"))},
      {ko ? "모델" : "models", models},
      {ko ? "크기" : "sizes", sizes_words(context, memory_now.available)},
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
