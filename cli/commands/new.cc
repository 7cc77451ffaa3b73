// maru new: a model of a known shape with random weights, to see what its size costs here.
#include <chrono>

#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/convert/mixtures.h"
#include "maru/convert/random.h"

namespace maru::cli {
namespace {

struct Given {
  std::string out, shape = "tiny", type = "Q4_K_M";
  std::int64_t seed = 0;
};

int make(Context& context, const Given& given) {
  std::vector<std::string_view> types;
  for (const convert::Recipe& recipe : convert::recipes()) types.push_back(recipe.name);
  if (!convert::find_recipe(given.type)) fail(ErrorKind::usage, "--type: {:?} is not known; it may be {}", given.type, fmt::join(types, ", "));
  check(!std::filesystem::exists(given.out), "{}: is there already; name a new file", given.out);
  const auto begin = std::chrono::steady_clock::now();
  convert::write_random(given.out, *convert::find_shape(given.shape), given.type,
                        {.seed = std::uint64_t(given.seed), .progress = context.progress(), .cancel = &context.cancel});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const std::uint64_t bytes = std::filesystem::file_size(given.out);
  if (context.json) context.print_json({{"out", given.out}, {"shape", given.shape}, {"type", given.type}, {"seed", given.seed}, {"bytes", bytes}, {"seconds", seconds}});
  else
    context.print(fmt::format(fmt::runtime(context.say("{}: random weights of shape {} in {}, {}. It writes nonsense, at the speed of a trained model.",
                                                       "{}: {} 모양의 난수 가중치, {}, {}. 뜻 없는 글을 쓰지만 속도와 메모리는 배운 모델과 같습니다.")),
                              visible(given.out), given.shape, given.type, size_text(bytes)));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  std::vector<std::string> shapes;
  for (const convert::Shape& shape : convert::shapes()) shapes.emplace_back(shape.name);
  options.text("OUT", given->out, {"The GGUF to write", "쓸 GGUF 파일"})->required();
  options.choice("--shape", given->shape, shapes, {"A LLaMA of about so many weights (default: tiny)", "이만한 크기의 LLaMA (기본: tiny)"});
  options.text("--type", given->type, {"The format of its weights, as maru quantize takes it (default: Q4_K_M)",
                                       "가중치의 자료형, maru quantize가 받는 것과 같습니다 (기본: Q4_K_M)"});
  options.integer("--seed", given->seed, {}, {"The same seed gives the same file (default: 0)", "씨앗이 같으면 파일도 같습니다 (기본: 0)"});
  options.examples("maru new random-7b.gguf --shape 7b && maru run random-7b.gguf Hello --max-tokens 8 --verbose");
  return [given](Context& context) { return make(context, *given); };
}

}  // namespace

Command new_entry() {
  return {.name = "new", .group = "models", .about = "Make a model with random weights, to see what its size costs here",
          .about_ko = "난수 가중치 모델을 만들어 그 크기가 이 컴퓨터에서 어떤지 봅니다", .declare = declare};
}

}  // namespace maru::cli
