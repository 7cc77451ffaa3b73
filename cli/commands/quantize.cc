// maru quantize: a GGUF again in another number format.
#include <chrono>
#include <map>

#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/convert/mixtures.h"
#include "maru/convert/quantise.h"

namespace maru::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct Given {
  std::string in, out, type;
  bool overwrite = false;
};

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::string percent(double part) { return fmt::format("{:.2f} %", part * 100); }

void print_tensors(Context& context, const convert::QuantiseReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const convert::QuantisedTensor& t : report.tensors)
    rows.push_back({visible(t.name), shape_text(t.shape), t.from, t.to, size_text(t.bytes), t.error > 0 ? percent(t.error) : ""});
  context.print(table({"TENSOR", "SHAPE", "FROM", "TO", ">SIZE", ">ERROR"}, rows, context.color));
}

// By format: how many tensors, how much room, and the largest error of one.
void print_formats(Context& context, const convert::QuantiseReport& report) {
  struct Sum {
    std::size_t tensors = 0;
    std::uint64_t bytes = 0;
    double error = 0;
  };
  std::map<std::string, Sum> sums;
  for (const convert::QuantisedTensor& t : report.tensors) {
    Sum& sum = sums[t.to];
    ++sum.tensors, sum.bytes += t.bytes, sum.error = std::max(sum.error, t.error);
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [format, sum] : sums)
    rows.push_back({format, count_text(sum.tensors), size_text(sum.bytes), sum.error > 0 ? percent(sum.error) : ""});
  context.print(table({"TYPE", ">TENSORS", ">SIZE", ">ERROR"}, rows, context.color));
}

double bits_per_weight(const convert::QuantiseReport& report) {
  return report.weights ? double(report.bytes) * 8 / double(report.weights) : 0;
}

Json to_json(const Context& context, const Given& given, const convert::QuantiseReport& report, double seconds) {
  Json tensors = Json::array(), notes = Json::array();
  for (const convert::QuantisedTensor& t : report.tensors)
    tensors.push_back({{"name", t.name}, {"shape", t.shape}, {"from", t.from}, {"wanted", t.wanted}, {"to", t.to}, {"bytes", t.bytes},
        {"error", t.error}});
  for (const Phrase& note : report.notes) notes.push_back(context.say(note));
  return {{"in", given.in}, {"out", given.out}, {"type", given.type}, {"bytes_before", report.bytes_before}, {"bytes", report.bytes},
          {"bits_per_weight", bits_per_weight(report)}, {"seconds", seconds}, {"notes", notes}, {"tensors", tensors}};
}

int quantize(Context& context, const Given& given) {
  const auto begin = Clock::now();
  const convert::QuantiseReport report = convert::quantise(
      model_path(context, given.in), given.out, given.type, {.overwrite = given.overwrite, .progress = context.progress(),
          .cancel = &context.cancel});
  const auto took = Clock::now() - begin;
  if (context.json) {
    context.print_json(to_json(context, given, report, std::chrono::duration<double>(took).count()));
    return 0;
  }
  for (const Phrase& note : report.notes) context.note(context.say(note));
  if (context.verbose) print_tensors(context, report);
  print_formats(context, report);
  context.print(fmt::format(fmt::runtime(context.say("{}: {} → {}, {:.2f} bits per weight, {}", "{}: {} → {}, 가중치당 {:.2f}비트, {}")),
                            path_text(given.out), size_text(report.bytes_before), size_text(report.bytes), bits_per_weight(report),
                                duration_text(took)));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  std::vector<std::string> types{"Q3_K", "Q4_K", "Q5_K"};
  for (const convert::Recipe& recipe : convert::recipes()) types.emplace_back(recipe.name);
  options.text("IN", given->in, {"A GGUF file, or the name of a stored model (maru list)", "GGUF 파일 또는 저장된 모델의 이름(maru list)"})->required();
  options.text("OUT", given->out, {"The GGUF file to write", "쓸 GGUF 파일"})->required();
  options.choice("TYPE", given->type, types, {"A number format, or a mixture in size S, M or L; Q4_K means Q4_K_M",
                                              "숫자 형식 또는 S, M, L 크기의 혼합. Q4_K는 Q4_K_M입니다"})->required();
  options.flag("--overwrite", given->overwrite, {"Replace OUT if it is there", "OUT이 있으면 바꿉니다"});
  options.examples("maru quantize smollm2 smollm2.Q4_K_M.gguf Q4_K_M\nmaru quantize model.F16.gguf model.Q8_0.gguf Q8_0 --verbose");
  return [given](Context& context) { return quantize(context, *given); };
}

}  // namespace

Command quantize_entry() {
  return {.name = "quantize", .group = "models", .about = "Write a GGUF again in another number format",
      .about_ko = "GGUF를 다른 숫자 형식으로 다시 씁니다",
          .declare = declare};
}

}  // namespace maru::cli
