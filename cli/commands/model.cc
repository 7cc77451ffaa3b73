// maru model: what a model computes on a text: tokens, and every tensor by name and shape, to be looked at or saved.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/engine/inspection.h"
#include "maru/io/npy.h"
#include "maru/io/writers.h"

namespace maru::cli {
namespace {

struct Given {
  std::string model, text, pair, target;
  std::vector<std::string> saves;
  std::int64_t values = 0;
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string out;
  for (const std::int64_t n : shape) out += (out.empty() ? "" : ", ") + std::to_string(n);
  return "[" + out + "]";
}

const engine::Computed& named(const engine::Inspected& seen, const std::string& name) {
  for (const engine::Computed& one : seen.tensors)
    if (one.name == name) return one;
  std::string known;
  for (const engine::Computed& one : seen.tensors) known += (known.empty() ? "" : ", ") + one.name;
  fail(ErrorKind::usage, "--save: there is no tensor {:?}; there are: {}", name, known);
}

// NAME=FILE: .npy by NumPy's rules, .safetensors under that name.
std::string save(const engine::Inspected& seen, const std::string& request) {
  const std::size_t equals = request.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == request.size())
    fail(ErrorKind::usage, "--save takes NAME=FILE, as last_hidden_state=hidden.npy; got {:?}", request);
  const engine::Computed& one = named(seen, request.substr(0, equals));
  const std::filesystem::path path = request.substr(equals + 1);
  if (path.extension() == ".npy") {
    io::write_npy(path, one.shape, one.value.values());
  } else if (path.extension() == ".safetensors") {
    const io::NewTensor tensor{.name = one.name, .shape = one.shape, .type = "F32", .fill = io::whole(std::as_bytes(one.value.values()))};
    io::write_safetensors(path, {&tensor, 1});
  } else {
    fail(ErrorKind::usage, "--save: {}: the file's name must end in .npy or .safetensors", path.string());
  }
  return path.string();
}

// The first numbers of the last axis, of as many of its first rows.
Json corner(const engine::Computed& one, std::int64_t count) {
  const std::int64_t width = one.shape.back(), rows = one.value.size() / std::max<std::int64_t>(width, 1);
  Json out = Json::array();
  for (std::int64_t row = 0; row < std::min(count, rows); ++row) {
    Json line = Json::array();
    for (std::int64_t i = 0; i < std::min(count, width); ++i) line.push_back(double(one.value.data()[row * width + i]));
    out.push_back(std::move(line));
  }
  return out;
}

Json as_json(const Given& given, const engine::Pretrained& model, const engine::Inspected& seen, const std::vector<std::string>& saved) {
  Json tokens = Json::array(), tensors = Json::object();
  for (const std::int32_t id : seen.tokens.ids) tokens.push_back(model.tokenizer()->piece(id));
  for (const engine::Computed& one : seen.tensors) {
    tensors[one.name] = {{"shape", one.shape}};
    if (given.values) tensors[one.name]["values"] = corner(one, given.values);
  }
  Json out = {{"model", given.model}, {"tokens", tokens}, {"input_ids", seen.tokens.ids},
              {"attention_mask", std::vector<int>(seen.tokens.ids.size(), 1)}, {"token_type_ids", seen.tokens.types}};
  if (!seen.target.empty()) out["decoder_input_ids"] = seen.target;
  out["tensors"] = tensors;
  if (!saved.empty()) out["saved"] = saved;
  return out;
}

void show(Context& context, const Given& given, const engine::Pretrained& model, const engine::Inspected& seen) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < seen.tokens.ids.size(); ++i) {
    const std::string type = i < seen.tokens.types.size() ? std::to_string(seen.tokens.types[i]) : "0";
    rows.push_back({visible(std::string(model.tokenizer()->piece(seen.tokens.ids[i]))), std::to_string(seen.tokens.ids[i]), "1", type});
  }
  context.print(table({context.korean ? "토큰" : "TOKEN", ">input_ids", ">attention_mask", ">token_type_ids"}, rows, context.color));
  if (!seen.target.empty()) {
    std::string line = "decoder_input_ids";
    for (const std::int32_t id : seen.target) line += fmt::format(" {}", id);
    context.print(line);
  }
  context.print("");
  std::size_t width = 0;
  for (const engine::Computed& one : seen.tensors) width = std::max(width, one.name.size());
  for (const engine::Computed& one : seen.tensors) {
    context.print(padded(one.name, width) + "  " + styled(shape_text(one.shape), Style::cyan, context.color));
    if (!given.values) continue;
    for (const Json& line : corner(one, given.values)) {
      std::string numbers = "   ";
      for (const Json& value : line) numbers += fmt::format(" {:>11.5g}", value.get<double>());
      context.print(numbers);
    }
  }
}

int run(Context& context, const Given& given) {
  const engine::Pretrained model(model_path(context, given.model));
  const engine::Inspected seen = engine::inspect(model, given.text, {.pair = given.pair, .target = given.target});
  std::vector<std::string> saved;
  for (const std::string& request : given.saves) saved.push_back(save(seen, request));
  if (context.json) {
    context.print_json(as_json(given, model, seen, saved));
    return 0;
  }
  show(context, given, model, seen);
  for (const std::string& path : saved) context.note(fmt::format(fmt::runtime(context.say("saved {}", "{}에 저장했습니다")), path_text(path)));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("MODEL", given->model, kModelWords)->required();
  options.text("TEXT", given->text, {"The text", "글"})->required();
  options.text("--pair", given->pair, {"A second text, for models that were trained on pairs", "둘째 글(쌍으로 학습한 모델)"});
  options.text("--target", given->target, {"Of an encoder–decoder: what its decoder has written so far", "인코더–디코더에서 디코더가 지금까지 쓴 글"});
  options.integer("--values", given->values, {0, 1000}, {"Show the corner of each tensor, N by N", "텐서마다 귀퉁이의 수를 N×N개 보여 줍니다"});
  options.texts("--save", given->saves, {"NAME=FILE.npy or NAME=FILE.safetensors; may be repeated", "이름=파일.npy 또는 이름=파일.safetensors. 여러 번 쓸 수 있습니다"})
      ->type_name("NAME=FILE");
  options.examples("maru model all-minilm \"A cat sat.\" --values 3\n"
                   "maru model smollm2 \"Hello\" --save last_hidden_state=hidden.npy");
  return [given](Context& context) { return run(context, *given); };
}

}  // namespace

Command model_entry() {
  return {.name = "model", .group = "look inside", .about = "What a model computes on a text: tokens, and every tensor by name and shape",
          .about_ko = "모델이 글에서 계산하는 것: 토큰과 모든 텐서의 이름과 모양", .declare = declare};
}

}  // namespace maru::cli
