#pragma once
// How a person names a head ("3.2", "cross:0.1", "all") and a patch ("residual:4:last"), held against what a model has.
#include <string>
#include <string_view>
#include <vector>

#include "maru/watch/pass.h"

namespace maru::watch {

struct HeadName {
  std::string attention;                       // an AttentionKind's name
  int layer = 0, head = -1;                    // head: -1 for all of the layer
};
// "LAYER.HEAD", "LAYER" or "all", with "encoder:", "decoder:" or "cross:" before it for one of an encoder–decoder's attentions; without, all
// of them. Throws Error (usage) that says what there is. Heads are counted only once they are seen: a pass checks those.
std::vector<HeadName> heads(const models::Info& info, std::string_view text, std::string_view option);

struct PatchName {
  std::string site;
  int layer = -1;
  std::int64_t position = 0;                   // -1: the last
};
// "SITE:LAYER:POSITION", such as "residual:3:2"; LAYER may be "embeddings", POSITION "last".
PatchName patch_name(std::string_view text);

}  // namespace maru::watch
