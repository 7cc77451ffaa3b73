#pragma once
// Readable text out of HTML, for the HTML reader and for the HTML inside Markdown.
#include <string>
#include <string_view>

#include "maru/base/cancel.h"
#include "maru/rag/extract.h"

namespace maru::rag {

struct HtmlHead {
  std::string title, charset;  // as declared; empty when absent
};
// Adds the blocks of a page or a fragment. Scripts, styles, navigation and hidden parts are left out.
HtmlHead add_html(std::string_view utf8, Builder& builder, const Cancel* cancel);

// "&eacute;" → "é"; what is no entity stays as it is.
std::string decoded_entity(std::string_view entity);

}  // namespace maru::rag
