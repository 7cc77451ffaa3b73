// translation: a text in another language. A model that knows several pairs of languages finds its prefix by them, as T5 does.
#include "maru/tasks/rewrite_common.h"

namespace maru::tasks {
namespace {

Outcome run(const Request& request) {
  const bool from = request.arguments.has("src_lang"), to = request.arguments.has("tgt_lang");
  if (from != to) fail(ErrorKind::usage, "translation: src_lang and tgt_lang go together; only {} was given", from ? "src_lang" : "tgt_lang");
  const std::string settings = from ? fmt::format("translation_{}_to_{}", request.arguments.text("src_lang"), request.arguments.text("tgt_lang"))
                                    : std::string("translation");
  return rewritten(request, settings, "translation_text");
}

std::vector<Argument> arguments() {
  std::vector<Argument> all = {{.name = "src_lang", .type = Type::text, .otherwise = nullptr,
                                .about = phrase("The language of the text (en), for a model that knows several"), .nullable = true},
                               {.name = "tgt_lang", .type = Type::text, .otherwise = nullptr,
                                .about = phrase("The language to write (de); translation_en_to_de names both"), .nullable = true}};
  for (Argument& one : rewrite_arguments()) all.push_back(std::move(one));
  return all;
}

}  // namespace

Task translation() {
  return {.name = "translation",
          .about = phrase("A text in another language"),
          .arguments = arguments(),
          .hub_model = "google-t5/t5-base",
          .run = run};
}

}  // namespace maru::tasks
