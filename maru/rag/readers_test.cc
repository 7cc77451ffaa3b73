// The readers: text, Markdown, HTML, PDF and code become clean text with blocks; what is broken is said.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/rag/document.h"

namespace maru::rag {
namespace {

namespace fs = std::filesystem;
using enum BlockKind;

struct Scratch {
  Scratch() {
    std::string name = (fs::temp_directory_path() / "maru-read-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Scratch() { fs::remove_all(path); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path path;
};

Document read(const std::string& name, std::string_view content) {
  const Scratch scratch;
  std::ofstream(scratch.path / name, std::ios::binary) << content;
  return read_document(scratch.path / name);
}
std::vector<std::string> texts(const Document& document) {
  std::vector<std::string> out;
  const std::u32string text = unicode::code_points(document.text);
  for (const Block& block : document.blocks)
    out.push_back(unicode::utf8(std::u32string_view(text).substr(block.begin, block.end - block.begin)));
  return out;
}
std::vector<BlockKind> kinds(const Document& document) {
  std::vector<BlockKind> out;
  for (const Block& block : document.blocks) out.push_back(block.kind);
  return out;
}
using Texts = std::vector<std::string>;
using Kinds = std::vector<BlockKind>;

// A PDF of one page per text, small enough to be written by hand.  ISO 32000-1, 7.5
std::string pdf(const std::vector<std::vector<std::string>>& pages) {
  std::string out = "%PDF-1.4\n";
  std::vector<std::size_t> offsets;
  const auto object = [&](const std::string& body) {
    offsets.push_back(out.size());
    out += fmt::format("{} 0 obj\n{}\nendobj\n", offsets.size(), body);
  };
  std::string kids;
  for (std::size_t i = 0; i < pages.size(); ++i) kids += fmt::format("{} 0 R ", 4 + 2 * i);
  object("<< /Type /Catalog /Pages 2 0 R >>");
  object(fmt::format("<< /Type /Pages /Kids [{}] /Count {} >>", kids, pages.size()));
  object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  for (std::size_t i = 0; i < pages.size(); ++i) {
    object(fmt::format(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
        5 + 2 * i));
    std::string stream = "BT /F1 12 Tf 14 TL 72 720 Td";
    for (const std::string& line : pages[i]) stream += fmt::format(" ({}) Tj T*", line);
    stream += " ET";
    object(fmt::format("<< /Length {} >>\nstream\n{}\nendstream", stream.size(), stream));
  }
  const std::size_t table = out.size();
  out += fmt::format("xref\n0 {}\n0000000000 65535 f \n", offsets.size() + 1);
  for (const std::size_t offset : offsets) out += fmt::format("{:010} 00000 n \n", offset);
  return out + fmt::format("trailer << /Size {} /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n", offsets.size() + 1, table);
}

}  // namespace

TEST_CASE("text: paragraphs, headings and items; NFC; line ends") {
  const Document document = read("a.txt", "Title\n=====\r\n\r\none\rtwo\n\n- item\n- cafe\u0301\n");
  CHECK(texts(document) == Texts{"Title", "one\ntwo", "- item", "- café"});
  CHECK(kinds(document) == Kinds{heading, paragraph, list_item, list_item});
  CHECK(document.title == "a.txt");
  CHECK(read("b.txt", "\u1112\u1161\u11ab").text == "한");
}

TEST_CASE("text: byte order marks are obeyed") {
  CHECK(read("a.txt", "\xEF\xBB\xBFhi").text == "hi");
  CHECK(read("a.txt", std::string("\xFF\xFEh\0i\0\x3D\xD8\x00\xDE", 10)).text == "hi😀");
  CHECK(read("a.txt", std::string("\xFE\xFF\0h\xAC\0", 6)).text == "h가");
  const Document broken = read("a.txt", std::string("\xFF\xFEh\0\0\xD8x", 7));
  CHECK(broken.text == "h\uFFFD\uFFFD");
  CHECK(broken.notes.size() == 1);
}

TEST_CASE("text: bytes that are no UTF-8 are replaced and counted, and Korean encodings recognised") {
  const Document document = read("a.txt", "\xC7\xD1\xB1\xB9\xBE\xEE \xB9\xAE\xBC\xAD");
  REQUIRE(document.notes.size() == 1);
  CHECK(document.notes[0].text.contains("CP949"));
  CHECK(document.text.contains("\uFFFD"));
  const Document latin = read("a.txt", "caf\xE9 au lait");
  CHECK(latin.notes[0].text.contains("1 byte(s) were replaced"));
  CHECK_FALSE(latin.notes[0].text.contains("CP949"));
}

TEST_CASE("binary, missing, folder and fifo are errors") {
  CHECK_THROWS_WITH_AS(read("a.txt", std::string("a\0b", 3)), doctest::Contains("NUL byte at 1"), Error);
  CHECK_THROWS_WITH_AS(read("a.bin", std::string("a\0b", 3)), doctest::Contains("not a format that maru reads"), Error);
  CHECK(read("README", "plain").text == "plain");
  CHECK(read("a.txt", "").notes.size() == 1);
  const Scratch scratch;
  CHECK_THROWS_WITH_AS(read_document(scratch.path / "none.txt"), doctest::Contains("no such file"), Error);
  CHECK_THROWS_WITH_AS(read_document(scratch.path), doctest::Contains("folder"), Error);
  REQUIRE(mkfifo((scratch.path / "p.pdf").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(read_document(scratch.path / "p.pdf"), doctest::Contains("not a regular file"), Error);
}

TEST_CASE("markdown: the text without its marks") {
  const Document document = read(
      "a.md",
      "# Guide *to* maru\n\nA **bold** [link](http://x.y) &amp; `code`\nwraps &eacute;.\n\n## List\n\n- one\n- two\n  1. inner\n\n"
      "| a | b |\n|---|---|\n| 1 | *2* |\n\n```c\nint x;\n\nint y;\n```\n\n<div>raw <b>html</b></div>\n\n> quoted\n");
  CHECK(texts(document) == Texts{"Guide to maru", "A bold link & code wraps é.", "List", "- one", "- two", "1. inner",
                                 "a | b\n1 | 2", "int x;\n\nint y;", "raw html", "quoted"});
  CHECK(kinds(document) == Kinds{heading, paragraph, heading, list_item, list_item, list_item, table, code, paragraph, paragraph});
  CHECK(document.blocks[2].level == 2);
  CHECK(document.title == "Guide to maru");
}

TEST_CASE("markdown: front matter gives the title and is kept") {
  const Document document = read("a.md", "---\ntitle: \"My page\"\ndate: 2024-01-02\n---\n\n# Other\n");
  CHECK(document.title == "My page");
  CHECK(texts(document) == Texts{"title: \"My page\"\ndate: 2024-01-02", "Other"});
  CHECK(texts(read("b.md", "---\n\nText: here\n\n---\n")) == Texts{"Text: here"});
}

TEST_CASE("html: what a reader of the page sees") {
  const Document document = read("a.html",
                                 "<!doctype html><html><head><title>T &amp; "
                                 "U</title><style>p{}</style></head><body><nav>menu</nav><script>var x='<p>no</p>';</script>"
                                 "<h1>Head</h1><p>One&nbsp;two\n three<br>four</p><p hidden>gone</p><p style='display: "
                                 "none'>gone</p><ul><li>a<li>b <b>c</b></ul><ol start=1><li>x</ol>"
                                 "<table><tr><th>k<th>v<tr><td>1<td><p>2</p></table><pre>a\n  b</pre>tail</body></html>");
  CHECK(document.title == "T & U");
  CHECK(texts(document) == Texts{"Head", "One two three\nfour", "- a", "- b c", "1. x", "k | v\n1 | 2", "a\n  b", "tail"});
  CHECK(kinds(document) == Kinds{heading, paragraph, list_item, list_item, list_item, table, code, paragraph});
}

TEST_CASE("html: a declared charset that is not believed is reported") {
  CHECK(read("a.html", "<meta charset=euc-kr><p>한글").notes.at(0).text.contains("euc-kr"));
  CHECK(read("a.html", "<meta charset=utf-8><p>한글").notes.empty());
  CHECK(read("a.html", "<meta charset=euc-kr><p>\xC7\xD1\xB1\xB9\xBE\xEE").notes.size() == 2);
}

TEST_CASE("html: very deep, wide and broken pages are read in bounded time") {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<div>";
  const Document document = read("a.html", deep + "core");
  CHECK(document.text == "core");
  CHECK(document.notes.at(0).text.contains("nested deeper"));
  std::string leaking;
  for (int i = 0; i < 3'000; ++i) leaking += "<b><div></b>";
  CHECK(read("a.html", leaking + "core").text == "core");
  std::string wide = "<p";
  for (int i = 0; i < 100'000; ++i) wide += fmt::format(" a{}=1", i);
  CHECK(read("a.html", wide + ">core").text == "core");
  CHECK_NOTHROW(read("a.html", "<table><td></html><p <<>>&#xFFFFFF;</table><svg><![CDATA[x"));
}

TEST_CASE("code: blocks begin at the margin after a blank line") {
  const Document document = read("a.cc", "int f() {\n  a();\n\n  b();\n\n}\n\nint g();\n");
  CHECK(texts(document) == Texts{"int f() {\n  a();\n\n  b();\n\n}", "int g();"});
  CHECK(kinds(document) == Kinds{code, code});
  CHECK(document.title == "a.cc");
}

TEST_CASE("pdf: pages, paragraphs and hyphens") {
  const Document document =
      read("a.pdf", pdf({{"The transformer reads every word of the sentence at once and", "it uses atten-", "tion for that."},
                         {"Second page here."}}));
  REQUIRE(document.blocks.size() == 2);
  CHECK(texts(document) ==
        Texts{"The transformer reads every word of the sentence at once and it uses attention for that.", "Second page here."});
  CHECK(document.blocks[0].page == 1);
  CHECK(document.blocks[1].page == 2);
}

TEST_CASE("pdf: what is not one says so; one without text has a note") {
  CHECK_THROWS_WITH_AS(read("a.pdf", "hello"), doctest::Contains("%PDF-"), Error);
  CHECK_THROWS_WITH_AS(read("a.pdf", ""), doctest::Contains("empty"), Error);
  CHECK_THROWS_WITH_AS(read("a.pdf", "%PDF-1.4\nrubbish"), doctest::Contains("pdftotext cannot read it"), Error);
  CHECK(read("a.pdf", pdf({{}})).notes.at(0).text.contains("OCR"));
}

}  // namespace maru::rag
