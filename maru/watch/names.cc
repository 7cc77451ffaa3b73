// Names are split at their marks and every number is checked.
#include "maru/watch/names.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace maru::watch {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// The kinds that a prefix picks, and the prefix taken off.
std::vector<AttentionKind> picked(const models::Info& info, std::string_view& text, std::string_view option) {
  const std::vector<AttentionKind> all = attention_kinds(info);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return all;
  const std::string_view prefix = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  if (!info.encoder_decoder) fail(ErrorKind::usage, "{}: {:?} names a side of an encoder–decoder; this model has one attention only", option, prefix);
  for (const AttentionKind& kind : all)
    if (kind.name.starts_with(prefix) && (prefix == "encoder" || prefix == "decoder" || prefix == "cross")) return {kind};
  fail(ErrorKind::usage, "{}: {:?} is no attention of this model; there are encoder, decoder and cross", option, prefix);
}

}  // namespace

std::vector<HeadName> heads(const models::Info& info, std::string_view text, std::string_view option) {
  const std::string_view whole = text;
  const std::vector<AttentionKind> kinds = picked(info, text, option);
  std::vector<HeadName> out;
  if (text == "all") {
    for (const AttentionKind& kind : kinds)
      for (int layer = 0; layer < kind.layers; ++layer) out.push_back({.attention = kind.name, .layer = layer});
    return out;
  }
  const std::size_t dot = text.find('.');
  const std::optional<int> layer = number(text.substr(0, dot));
  const std::optional<int> head = dot == std::string_view::npos ? std::optional<int>(-1) : number(text.substr(dot + 1));
  if (!layer || !head) fail(ErrorKind::usage, "{} takes LAYER.HEAD, LAYER or all, as 3.2; got {:?}", option, whole);
  int most = 0;
  for (const AttentionKind& kind : kinds) {
    most = std::max(most, kind.layers);
    if (*layer < kind.layers) out.push_back({.attention = kind.name, .layer = *layer, .head = *head});
  }
  if (out.empty()) fail(ErrorKind::usage, "{}: there is no layer {}; this model has layers 0 to {}", option, *layer, most - 1);
  if (*head >= info.heads) fail(ErrorKind::usage, "{}: there is no head {}; a layer of this model has heads 0 to {}", option, *head, info.heads - 1);
  return out;
}

PatchName patch_name(std::string_view text) {
  const std::size_t last = text.rfind(':'), first = last == std::string_view::npos || last == 0 ? last : text.rfind(':', last - 1);
  const auto wrong = [&] { fail(ErrorKind::usage, "--patch takes SITE:LAYER:POSITION=TEXT, as residual:3:last=TEXT; got {:?}", text); };
  if (first == std::string_view::npos || first == last || first == 0) wrong();
  const std::string_view layer = text.substr(first + 1, last - first - 1), position = text.substr(last + 1);
  const std::optional<int> layer_number = layer == "embeddings" ? std::optional<int>(-1) : number(layer);
  const std::optional<int> place = position == "last" ? std::optional<int>(-1) : number(position);
  if (!layer_number || !place) wrong();
  return {.site = std::string(text.substr(0, first)), .layer = *layer_number, .position = *place};
}

}  // namespace maru::watch
