// maru convert: a folder of safetensors to a GGUF, or a GGUF or weights of torch.save to a folder of safetensors.
#include "cli/commands/model_common.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "maru/convert/convert.h"
#include "maru/io/torch.h"

namespace maru::cli {
namespace {

struct Given {
  std::string in, out, type;
};

int convert_command(Context& context, const Given& given) {
  const std::filesystem::path in = model_path(context, given.in);
  const bool from_gguf = !std::filesystem::is_directory(in) || !std::filesystem::exists(in / "config.json");
  const convert::Options options{.type = given.type == "same" ? "" : given.type, .progress = context.progress(), .cancel = &context.cancel};
  // Weights of torch.save become safetensors, unless the name of what is wanted says GGUF.
  const bool from_torch = !from_gguf && std::filesystem::path(given.out).extension() != ".gguf" && io::holds_torch(in);
  const convert::Report report = from_gguf    ? convert::to_safetensors(in, given.out, options)
                                 : from_torch ? convert::torch_to_safetensors(in, given.out, options)
                                              : convert::to_gguf(in, given.out, options);
  Json notes = Json::array();
  for (const Phrase& note : report.notes) {
    notes.push_back(context.say(note));
    if (!context.json) context.note(context.say(note));
  }
  if (context.json)
    context.print_json({{"out", given.out}, {"format", from_gguf || from_torch ? "safetensors" : "gguf"}, {"architecture", report.architecture},
                        {"tensors", report.tensors}, {"bytes", report.bytes}, {"notes", notes}});
  else
    context.print(fmt::format(fmt::runtime(context.say("{}: {}, {} tensors, {}", "{}: {}, 텐서 {}개, {}")), visible(given.out), report.architecture, report.tensors,
                              size_text(report.bytes)));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>(Given{.in = {}, .out = {}, .type = "same"});
  Options options(app, korean);
  options.text("IN", given->in, {"A model's name, a folder of safetensors or of pytorch_model.bin, or a GGUF",
                                     "모델 이름, safetensors나 pytorch_model.bin이 있는 폴더, 또는 GGUF 파일"})->required();
  options.text("OUT", given->out, {"The GGUF to write; for a GGUF or a pytorch_model.bin the new folder",
                                      "쓸 GGUF 파일. GGUF나 pytorch_model.bin에서 바꿀 때는 새 폴더"})->required();
  options.choice("--type", given->type, {"same", "F32", "F16", "BF16"},
                 {"What weights become; what safetensors cannot hold becomes F32 (default: same)",
                  "가중치의 자료형. safetensors가 담지 못하는 것은 F32가 됩니다 (기본: same)"});
  options.examples("maru convert ./my-model my-model.gguf\nmaru convert smollm2 ./smollm2-safetensors --type F16");
  return [given](Context& context) { return convert_command(context, *given); };
}

}  // namespace

Command convert_entry() {
  return {.name = "convert", .group = "models", .about = "Turn safetensors into a GGUF, or a GGUF or pytorch_model.bin into safetensors",
          .about_ko = "safetensors를 GGUF로, GGUF나 pytorch_model.bin을 safetensors로 바꿉니다", .declare = declare};
}

}  // namespace maru::cli
