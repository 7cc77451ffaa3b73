// image-classification: which of a model's labels fits an image, given as the path of a PNG or JPEG file.
#include "maru/engine/image_input.h"
#include "maru/tasks/texts_common.h"

namespace maru::tasks {
namespace {

Squash squash_of(const Request& request) {
  if (request.arguments.has("function_to_apply")) {
    const std::string name = request.arguments.text("function_to_apply");
    return name == "sigmoid" ? Squash::sigmoid : name == "softmax" ? Squash::softmax : Squash::none;
  }
  return request.model->problem_type() == "multi_label_classification" || request.model->labels().size() == 1 ? Squash::sigmoid : Squash::softmax;
}

Outcome run(const Request& request) {
  const Texts paths = texts_of(request.task.name, request.inputs);
  if (request.model->info().image_size == 0)
    fail(ErrorKind::invalid, "{}: {} needs a model that sees images, and this one reads text; choose one such as {}", request.model->name(),
         request.task.name, request.task.hub_model);
  require(request, request.task, models::Head::sequence);
  const models::Model& model = request.model->model();
  const ops::PrecisionScope exact(ops::Precision::exact);
  const engine::ImageInput prepared = engine::image_input(request.model->folder());
  ops::Ragged rows;
  rows.add(model.info().context);
  Json all = Json::array();
  for (const Text& path : paths.all) {
    if (request.cancel) request.cancel->check();
    const Tensor hidden = model.hidden({.ids = {}, .positions = {}, .rows = rows, .images = prepared(std::vector{io::read_image(path.text)})});
    const Tensor logits = model.answer(models::Head::sequence, hidden, rows);
    all.push_back(ranked(request.model->labels(), squashed(logits.values(), squash_of(request)), std::size_t(request.arguments.integer("top_k"))));
  }
  return {.output = paths.list ? all : Json(all.front())};
}

}  // namespace

Task image_classification() {
  return {.name = "image-classification",
          .about = phrase("Which of a model's labels fits an image (a PNG or JPEG file)"),
          .arguments = {{.name = "top_k", .type = Type::integer, .otherwise = 5, .about = phrase("How many labels to give"), .low = 1},
                        {.name = "function_to_apply", .type = Type::text, .otherwise = nullptr,
                         .about = phrase("How logits become scores; otherwise as the model's kind of problem says"),
                         .choices = {"sigmoid", "softmax", "none"}, .nullable = true}},
          .hub_model = "google/vit-base-patch16-224",
          .run = run};
}

}  // namespace maru::tasks
