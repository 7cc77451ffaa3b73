// Pictures prepared as the reference's image processor prepares them (tools/golden_images.py).
#include "maru/engine/image_input.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "tests/scratch.h"

namespace maru::engine {

TEST_CASE("a tensor of pictures is the reference's, by each preprocessor_config.json") {
  const std::filesystem::path folder = MARU_TESTS "/golden/images";
  const std::vector<io::Image> images{io::read_image(folder / "rgb.png"), io::read_image(folder / "subsampled.jpg")};
  int compared = 0;
  for (const io::StoredTensor& expected : io::open_safetensors(folder / "golden.safetensors").tensors) {
    if (!expected.name.starts_with("processed.")) continue;
    CAPTURE(expected.name);
    const Tensor got = image_input(folder / expected.name.substr(10))(images);
    REQUIRE(got.shape() == Shape(std::span<const std::int64_t>(expected.shape)));
    std::vector<float> values(std::size_t(got.size()));
    std::memcpy(values.data(), expected.bytes.data(), expected.bytes.size());
    double worst = 0;
    for (std::int64_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(double(got.data()[i]) - double(values[std::size_t(i)])));
    CHECK(worst < 1e-6);
    ++compared;
  }
  CHECK(compared == 3);
}

TEST_CASE("a preprocessor_config.json that asks for something else is an error that names it") {
  const testing::Scratch scratch;
  const auto says = [&](std::string_view json) {
    scratch.put("preprocessor_config.json", json);
    return testing::error_of([&] { image_input(scratch.path); });
  };
  CHECK(testing::error_of([&] { image_input(scratch.path); }).contains("no preprocessor_config.json"));
  CHECK(says("{}").empty());
  CHECK(says(R"({"size": 32})").empty());
  CHECK(says(R"({"do_center_crop": true})").contains("do_center_crop is set"));
  CHECK(says(R"({"size": {"shortest_edge": 256}})").contains("size: expected a number, or height and width"));
  CHECK(says(R"({"size": {"height": 1e9, "width": 3}})").contains("size.height is 1000000000"));
  CHECK(says(R"({"resample": 1})").contains("resample is 1"));
  CHECK(says(R"({"image_mean": [0.5]})").contains("image_mean: expected three numbers"));
  CHECK(says(R"({"image_std": [0.5, 0, 0.5]})").contains("image_std: 0 is no deviation"));
  CHECK(says(R"({"do_resize": "yes"})").contains("do_resize: expected true or false"));
}

TEST_CASE("pictures of several sizes are refused where nothing resizes them") {
  const std::filesystem::path folder = MARU_TESTS "/golden/images";
  const std::vector<io::Image> images{io::read_image(folder / "rgb.png"), io::read_image(folder / "rgba.png")};
  ImageInput input;
  input.resize = false;
  CHECK(testing::error_of([&] { input(images); }).contains("picture 2 has 9 by 8 pixels, the first 17 by 11"));
  CHECK(testing::error_of([&] { input({}); }).contains("no picture"));
}

}  // namespace maru::engine
