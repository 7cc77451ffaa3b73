// Every format against the reference's numbers in tests/golden/quant/: what its bytes mean, bit for bit, and how near encode comes.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <vector>

#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

const std::filesystem::path kFolder = MARU_TESTS "/golden/quant";

template <class T>
std::vector<T> read(const std::string& name) {
  const std::string bytes = read_file(kFolder / name);
  std::vector<T> all(bytes.size() / sizeof(T));
  std::memcpy(all.data(), bytes.data(), all.size() * sizeof(T));
  return all;
}

double rms_error(const Format& format, const std::vector<float>& w) {
  std::vector<std::byte> bytes(w.size() / std::size_t(format.block) * format.bytes);
  std::vector<float> back(w.size());
  format.encode(w, bytes.data());
  format.decode(bytes.data(), back);
  double sum = 0;
  for (std::size_t i = 0; i < w.size(); ++i) sum += std::pow(double(back[i]) - double(w[i]), 2);
  return std::sqrt(sum / double(w.size()));
}

}  // namespace

TEST_CASE("the bytes of every format stand for the reference's values, bit for bit") {
  for (const Format& format : all()) {
    CAPTURE(format.name);
    const auto bytes = read<std::byte>(std::string(format.name) + ".bytes");
    const auto expected = read<float>(std::string(format.name) + ".values");
    REQUIRE(bytes.size() >= 4 * format.bytes);
    REQUIRE(expected.size() == bytes.size() / format.bytes * std::size_t(format.block));
    std::vector<float> values(expected.size());
    format.decode(bytes.data(), values);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i) wrong += std::memcmp(&values[i], &expected[i], sizeof(float)) != 0;
    CHECK(wrong == 0);
  }
}

TEST_CASE("encode comes as near as the reference's quantiser, on weights of three kinds") {
  const Json reference = Json::parse(read_file(kFolder / "rms.json"));
  for (const Format& format : all()) {
    if (!format.encode) continue;
    for (const std::string source : {"gaussian", "heavy_tailed", "smollm2"}) {
      const double theirs = reference.at(std::string(format.name)).at(source).get<double>();
      const double ratio = rms_error(format, read<float>(source + ".f32")) / theirs;
      CAPTURE(format.name);
      CAPTURE(source);
      CHECK(ratio <= 1.02);
    }
  }
}

}  // namespace maru::quant
