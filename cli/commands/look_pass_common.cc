// The default view of `maru look`: how the text was cut, then everything that is computed, in order, with layers alike folded.
#include <algorithm>
#include <filesystem>

#include "cli/commands/look_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/io/npy.h"

namespace maru::cli {
namespace {

constexpr std::size_t kMatrices = 128;                    // tokens up to which all scores and weights are computed for the list
constexpr std::int64_t kLogits = std::int64_t(1) << 26;   // values of the heads that are computed for the list

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string out;
  for (const std::int64_t n : shape) out += (out.empty() ? "" : ", ") + std::to_string(n);
  return "[" + out + "]";
}

void show_tokens(Context& context, const std::vector<watch::Token>& tokens) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const watch::Token& token = tokens[i];
    const bool placed = token.sequence >= 0;
    rows.push_back({std::to_string(i), visible(token.piece), placed ? one_line(watch::label(token)) : "", std::to_string(token.id),
                    placed ? fmt::format("{}–{}", token.characters[0], token.characters[1]) : "",
                    placed ? fmt::format("{}–{}", token.bytes[0], token.bytes[1]) : ""});
  }
  const bool ko = context.korean;
  context.print(table({">#", ko ? "조각" : "PIECE", ko ? "글" : "TEXT", ">ID", ko ? ">글자" : ">CHARACTERS", ko ? ">바이트" : ">BYTES"}, rows,
                      context.color));
}

// One layer of one side: its tensors lie together.
struct Group {
  bool encoder;
  int block;
  std::vector<const watch::Recorded*> tensors;
};

std::vector<Group> groups_of(const std::vector<watch::Recorded>& tensors) {
  std::vector<Group> out;
  for (const watch::Recorded& one : tensors) {
    if (out.empty() || out.back().encoder != one.encoder || out.back().block != one.block) out.push_back({one.encoder, one.block, {}});
    out.back().tensors.push_back(&one);
  }
  return out;
}

// The name with the layer's number taken out, so that layers can be held against each other.
std::string plain(const std::string& site, int block) {
  const std::string number = fmt::format(".{}.", block);
  const std::size_t at = site.find(number);
  return at == std::string::npos ? site : site.substr(0, at) + ".{}." + site.substr(at + number.size());
}

bool alike(const Group& a, const Group& b) {
  return a.encoder == b.encoder && a.tensors.size() == b.tensors.size() &&
         std::ranges::equal(a.tensors, b.tensors, [&](const watch::Recorded* x, const watch::Recorded* y) {
           return x->shape == y->shape && plain(x->site, a.block) == plain(y->site, b.block);
         });
}

std::string title(const Context& context, const Looked& looked, const Group& group) {
  const int layers = group.encoder ? looked.info().encoder_layers : looked.info().layers;
  std::string side;
  if (looked.info().encoder_decoder)
    side = std::string(group.encoder ? context.say("encoder, ", "인코더, ") : context.say("decoder, ", "디코더, "));
  if (group.block < 0) return side + std::string(context.say("before the first layer", "첫 층 앞"));
  if (group.block >= layers) return side + std::string(context.say("after the last layer", "마지막 층 뒤"));
  return side + fmt::format(fmt::runtime(context.say("layer {}", "층 {}")), group.block);
}

void show_tensors(Context& context, const Looked& looked, const watch::Pass& pass, bool all) {
  const std::vector<Group> groups = groups_of(pass.tensors);
  std::size_t width = 0;
  for (const watch::Recorded& one : pass.tensors) width = std::max(width, one.site.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const bool fold = !all && i > 0 && groups[i].block > 0 && alike(groups[i - 1], groups[i]);
    if (!fold) {
      heading(context, title(context, looked, groups[i]));
      for (const watch::Recorded* one : groups[i].tensors)
        context.print("  " + padded(one->site, width) + "  " + styled(shape_text(one->shape), Style::cyan, context.color));
      continue;
    }
    std::size_t last = i;
    while (last + 1 < groups.size() && alike(groups[i], groups[last + 1])) ++last;
    const std::size_t each = groups[i].tensors.size();
    context.print(styled(fmt::format(fmt::runtime(context.say("layers {} to {}: the same {} tensors each ({} in all; --all lists them)",
                                                              "층 {}–{}: 층마다 같은 텐서 {}개(모두 {}개, --all로 나열)")),
                                     groups[i].block, groups[last].block, each, each * (last - i + 1)), Style::dim, context.color));
    i = last;
  }
}

// In the order of computation, which the names begin with.
Json write_all_npy(const std::filesystem::path& folder, const watch::Pass& pass) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail(ErrorKind::io, "{}: could not {}: {}", folder.string(), phrase("make the folder"), system_reason(error.value()));
  Json names = Json::array();
  for (std::size_t i = 0; i < pass.tensors.size(); ++i) {
    const watch::Recorded& one = pass.tensors[i];
    std::string site = one.site;
    std::ranges::replace(site, '/', '_');
    const std::string name = fmt::format("{:04}_{}{}.npy", i, site, one.layer >= 0 ? fmt::format(".{}", one.layer) : "");
    io::write_npy(folder / name, one.shape, one.value.values());
    names.push_back(name);
  }
  return names;
}

}  // namespace

Json show_pass(Context& context, const LookGiven& given, const Looked& looked) {
  const std::size_t n = looked.tokens.size();
  const bool save = !given.npy.empty(), matrices = save || n <= kMatrices;
  const bool answers = std::int64_t(looked.written().size()) * std::max<std::int64_t>(looked.info().vocabulary, 1) <= kLogits;
  const watch::Pass pass = watch::pass(looked.model(), looked.input,
                                       {.keep = [&](const Site& site) {
                                          return save || (matrices && (site.name.ends_with(".scores") || site.name.ends_with(".weights")));
                                        },
                                        .answers = answers, .cancel = &context.cancel});
  Json tensors = Json::array();
  for (const watch::Recorded& one : pass.tensors) {
    Json row = {{"name", one.site}, {"shape", one.shape}, {"block", one.block}};
    if (one.layer >= 0 || one.site.ends_with("residual")) row["layer"] = one.layer;
    if (looked.info().encoder_decoder) row["side"] = one.encoder ? "encoder" : "decoder";
    tensors.push_back(std::move(row));
  }
  Json out = {{"tensors", tensors}};
  if (save) out["saved"] = write_all_npy(given.npy, pass);
  if (!context.json) {
    show_tokens(context, looked.tokens);
    if (!looked.target_tokens.empty()) {
      context.print("");
      heading(context, context.say("what the decoder reads", "디코더가 읽는 것"));
      show_tokens(context, looked.target_tokens);
    }
    context.print("");
    show_tensors(context, looked, pass, given.all);
  }
  if (!matrices)
    context.note(fmt::format(fmt::runtime(context.say("attention's scores and weights are listed for texts of up to {} tokens; this one "
                                                      "has {}. "
                                                      "--attention LAYER.HEAD computes those of one head",
                                                      "어텐션의 점수와 가중치는 토큰 {}개까지의 글에서 나열합니다. 이 글은 {}개입니다. "
                                                      "--attention 층.헤드로 한 헤드만 볼 수 있습니다")),
                             kMatrices, n));
  if (!answers)
    context.note(fmt::format(fmt::runtime(context.say("the heads' answers are left out of the list: {} rows of {} logits",
                                                      "머리의 답은 목록에서 뺐습니다: {}행, 행마다 로짓 {}개")),
                             looked.written().size(), looked.info().vocabulary));
  if (save)
    context.note(fmt::format(fmt::runtime(context.say("{} tensors written to {}", "텐서 {}개를 {}에 저장했습니다")), pass.tensors.size(),
                             path_text(given.npy)));
  return out;
}

}  // namespace maru::cli
