// Fuzzes the HTML reader: the text is valid UTF-8 and its blocks lie in it, in order.
#include "maru/base/unicode.h"
#include "maru/rag/document.h"
#include "tests/fuzz/fuzz.h"

namespace maru::rag {
Reader html_reader();
}

namespace maru::fuzz {

std::vector<std::string> seeds() {
  return {
      "<!doctype html><html><head><meta charset=utf-8><title>A &amp; B</title><style>p{}</style></head><body><nav>menu</nav>"
      "<h1>Head</h1><p>One <b>bold</b>, <a href=x>link</a>&nbsp;&eacute;&#x1F600;<br>two</p><ul><li>a<ul><li>b</li></ul></li></ul>"
      "<script>var x = '<p>';</script><div hidden>no</div></body></html>",
      "<table><caption>C</caption><tr><th>a<th>b<tr><td colspan=2>1<td rowspan=3>2</table><pre>  code\n  <i>x</i>\n</pre>",
      "<h2>한국어 제목</h2><p>문장입니다. 두 번째!</p><ol start=3><li>x<dl><dt>t<dd>d</dl></ol><img alt='pic'><svg><text>s</text></svg>",
      "<p>e\xcc\x81 \xff\xfe <textarea>t</textarea><select><option>o</select><template><p>x</template><math><mi>y</mi></math>"};
}

std::vector<std::string> words() {
  return {"<table>",
          "</table>",
          "<tr>",
          "<td>",
          "<td colspan=99999999>",
          "<td rowspan=-1>",
          "<li>",
          "<ul>",
          "</ul>",
          "<p>",
          "<pre>",
          "<h6>",
          "<div>",
          "</div>",
          "<script>",
          "</script>",
          "<!--",
          "-->",
          "<![CDATA[",
          "&#",
          "&#x110000;",
          "&#0;",
          "&nbsp;",
          "<svg>",
          "<frameset>",
          "<base>",
          "<meta charset=euc-kr>",
          "<template>",
          "<b>",
          "<i>",
          "<a>",
          "\xef\xbb\xbf",
          "\xff\xfe",
          std::string(1, '\0'),
          "\xe2\x80\xa8",
          "<title>",
          "hidden",
          "aria-hidden=true",
          "<form>"};
}

void attempt(std::string_view input) {
  const rag::Document document = rag::html_reader().read(file("page.html", input), nullptr);
  claim(!unicode::first_invalid(document.text), "the text is not valid UTF-8");
  const std::size_t length = unicode::length(document.text);
  std::size_t end = 0;
  for (const rag::Block& block : document.blocks) {
    claim(block.begin >= end && block.begin <= block.end && block.end <= length, "a block lies outside the text or over another");
    end = block.end;
  }
}

}  // namespace maru::fuzz
