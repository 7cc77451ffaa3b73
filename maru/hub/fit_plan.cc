// Fetches or reads the little that decides about memory.
#include "maru/hub/fit_plan.h"

#include <algorithm>
#include <fstream>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/model_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kHead = 256 << 10;
constexpr std::uint64_t kWorthAsking = 100'000'000;  // what is smaller fits nearly anywhere

std::string head_of(const fs::path& path) {
  std::string text(kHead, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), std::streamsize(text.size()));
  text.resize(std::size_t(std::max<std::streamsize>(file.gcount(), 0)));
  return text;
}

// The first bytes of a remote file; a server that would send all of a large one is not listened to.
std::string fetch_head(const RemoteFile& file, const net::Settings& network, const Cancel* cancel) {
  net::Client client(network);
  net::Request request;
  request.url = file.url;
  request.authorization = file.authorization;
  request.headers.push_back({"Accept-Encoding", "identity"});
  if (file.size > kHead) request.range = net::Range{.first = 0, .last = kHead - 1};
  std::string text;
  const auto started = [&](const net::Answer& answer) { return answer.status == 206 || (answer.status == 200 && file.size <= kHead); };
  client.stream(request, started, [&](std::span<const std::byte> bytes) {
    text.append(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), kHead - text.size()));
  }, cancel);
  return text;
}

Shape shape_of(std::string_view name, const std::string& head, std::uint64_t weights) {
  if (name.ends_with(".gguf")) return shape_of_gguf(std::as_bytes(std::span(head)), weights).value_or(Shape{.weight_bytes = weights});
  return shape_of_config(parse_json(head, name), weights);
}

}  // namespace

Shape shape_of_plan(const Reference& reference, const Plan& plan, const net::Settings& network, const Cancel* cancel) {
  std::uint64_t weights = 0;
  const RemoteFile* telling = nullptr;
  for (const RemoteFile& file : plan.files) {
    if (is_weights(file.name)) weights += file.size;
    if (telling == nullptr && file.name.ends_with(".gguf")) telling = &file;
    if (file.name == "config.json" && file.size <= kHead) telling = &file;
  }
  if (telling == nullptr) return {.weight_bytes = weights};
  try {
    const Source& source = source_of(reference);
    const fs::path place = source.elsewhere != nullptr ? source.elsewhere(reference, *telling) : fs::path();
    if (!place.empty()) return shape_of(telling->name, head_of(place), weights);
    if (weights < kWorthAsking) return {.weight_bytes = weights};
    return shape_of(telling->name, fetch_head(*telling, network, cancel), weights);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    return {.weight_bytes = weights};  // the download will say what is wrong
  }
}

Shape shape_of_path(const fs::path& model) {
  std::error_code problem;
  if (!fs::is_directory(model, problem)) {
    const std::uint64_t weights = fs::file_size(model, problem);
    const bool gguf = model.extension() == ".gguf";
    return gguf && !problem ? shape_of(".gguf", head_of(model), weights) : Shape{.weight_bytes = problem ? 0 : weights};
  }
  std::uint64_t weights = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(model, problem))
    if (is_weights(entry.path().filename().string())) weights += entry.file_size(problem);
  const fs::path config = model / "config.json";
  if (!fs::exists(config, problem)) return {.weight_bytes = weights};
  return shape_of("config.json", read_file(config, kHead), weights);
}

}  // namespace maru::hub
