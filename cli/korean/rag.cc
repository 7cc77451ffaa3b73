// What maru/rag says of documents and collections, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"the question has {} tokens; with the instructions ({}) and {} for the answer it is over the {} that {} reads. Ask a shorter "
     "question.",
     "질문이 토큰 {0}개라, 지시({1}개)와 답에 둘 {2}개를 더하면 {4}이(가) 읽는 {3}개를 넘습니다. 질문을 줄여 주세요"},
    {"one character takes {} tokens, a chunk may have {}: raise the chunk size", "글자 하나가 토큰 {}개인데 조각은 {}개까지입니다. 조각의 크기를 늘리세요"},
    {"one character does not fit into a chunk of {} tokens: raise the chunk size", "토큰 {}개짜리 조각에 글자 하나가 들어가지 않습니다. 조각의 크기를 늘리세요"},
    {"chunks of {}: no way to count tokens was given", "{}의 조각: 토큰을 셀 방법이 주어지지 않았습니다"},
    {"chunks of {}: max_tokens is {}, at least {} are needed", "{}의 조각: max_tokens가 {}입니다. 적어도 {}이어야 합니다"},
    {"the table of readers lacks \"text\"", "읽는 방법의 표에 \"text\"가 없습니다"},
    {"{}: is a folder, a file was expected", "{}: 파일이어야 하는데 폴더입니다"},
    {"{}: not a regular file (a fifo, socket or device)", "{}: 보통 파일이 아닙니다(파이프, 소켓, 장치)"},
    {"{}: {} MiB; a document may have at most {} MiB: split the file", "{}: {} MiB입니다. 문서는 {} MiB까지이니 파일을 나누세요"},
    {"{}: cannot be opened (permission?)", "{}: 열 수 없습니다. 권한을 살펴보세요"},
    {"{}: not a format that maru reads, and not text", "{}: maru가 읽는 형식도 글도 아닙니다"},
    {"{}: expected an object with the string \"{}\"", "{}: 문자열 \"{}\"이 있는 객체여야 합니다"},
    {"{}: expected query, document and grade, parted by tabs", "{}: 질의, 문서, 등급이 탭으로 나뉘어 있어야 합니다"},
    {"{}: holds no judged query or no document", "{}: 평가된 질의나 문서가 없습니다"},
    {"{}: a NUL byte at {}: this is a binary file, text was expected", "{}: {}번째 바이트가 NUL입니다. 글이 아니라 이진 파일입니다"},
    {"{}: no document found; maru reads .txt .md .html .pdf and source code",
     "{}: 문서를 찾지 못했습니다. maru는 .txt .md .html .pdf와 소스 코드를 읽습니다"},
    {"{}: no document found; maru reads .txt .md .html .pdf and source code. Left out ({}):{}",
     "{}: 문서를 찾지 못했습니다. maru는 .txt .md .html .pdf와 소스 코드를 읽습니다. 뺀 것 ({}개):{}"},
    {"{}: the Markdown parser ran out of memory", "{}: Markdown을 읽다가 메모리가 모자랐습니다"},
    {"{}: the file is empty, a PDF was expected", "{}: PDF여야 하는데 빈 파일입니다"},
    {"{}: not a PDF: \"%PDF-\" is missing from its first 1024 bytes", "{}: PDF가 아닙니다. 처음 1024바이트에 \"%PDF-\"가 없습니다"},
    {"{}: reading PDF needs pdftotext, which is not installed; install the package poppler-utils",
     "{}: PDF를 읽으려면 pdftotext가 필요합니다. poppler-utils 패키지를 설치하세요"},
    {"{}: pdftotext did not finish within 30 s", "{}: pdftotext가 30초 안에 끝나지 않았습니다"},
    {"{}: the PDF holds more than {} MiB of text", "{}: PDF의 글이 {} MiB를 넘습니다"},
    {"{}: the PDF is encrypted with a password; save a copy without it", "{}: 암호가 걸린 PDF입니다. 암호 없는 사본을 저장해 쓰세요"},
    {"{}: pdftotext cannot read it (exit code {}): {}", "{0}: pdftotext가 읽지 못했습니다(종료 코드 {1}): {2}"},
    {"{}: this collection cannot be read, the file is damaged or is not one ({}). Remove it and index again.",
     "{0}: 이 모음을 읽을 수 없습니다. 파일이 손상되었거나 모음이 아닙니다. 지우고 다시 색인하세요"},
    {"{}: the disk is full. What was written before is kept; free some space and index again to go on.",
     "{}: 디스크가 가득 찼습니다. 앞서 쓴 것은 남아 있습니다. 공간을 비우고 다시 색인하면 이어집니다"},
    {"{}: another program has been writing to this collection for ten seconds. Try again when it is done.",
     "{}: 다른 프로그램이 10초째 이 모음에 쓰고 있습니다. 끝난 뒤에 다시 하세요"},
    {"{}: cannot open or write this collection ({}). Look at the permissions of the file and its folder.",
     "{0}: 이 모음을 열거나 쓸 수 없습니다. 파일과 폴더의 권한을 살펴보세요"},
    {"{}: a text is larger than a collection can hold (1 GB). Split the document.", "{}: 모음에 담을 수 있는 크기(1 GB)를 넘는 글입니다. 문서를 나누세요"},
    {"{}: the system could not read or write this collection ({}).", "{0}: 시스템이 이 모음을 읽거나 쓰지 못했습니다"},
    {"{}: SQLite says: {}", "{}: SQLite의 말: {}"},
    {"{}: there is no such collection. Make one with: maru index NAME PATH…", "{}: 그런 모음이 없습니다. 만들려면: maru index 이름 경로…"},
    {"{}: a collection is a regular file, and this is not one.", "{}: 모음은 보통 파일이어야 하는데 그렇지 않습니다"},
    {"this SQLite ({}) was built without FTS5, which collections need", "이 SQLite({})에는 모음에 필요한 FTS5가 없습니다"},
    {"{}: this is no maru collection (another program's SQLite file, or an empty one).", "{}: maru의 모음이 아닙니다(다른 프로그램의 SQLite 파일이거나 빈 파일)"},
    {"{}: the collection has layout {}, this maru reads layout {}. Remove it and index again.",
     "{}: 모음의 짜임이 {}판인데 이 maru는 {}판을 읽습니다. 지우고 다시 색인하세요"},
    {"{}: the collection was indexed with other rules for words than this maru has. Remove it and index again.",
     "{}: 이 maru와 다른 낱말 규칙으로 색인한 모음입니다. 지우고 다시 색인하세요"},
    {"{}: the collection holds no document {}", "{}: 모음에 문서 {}이(가) 없습니다"},
    {"{}: asked for [{}, {}) of a text that has {} characters", "{0}: 글자 {3}개인 글에서 [{1}, {2})을 찾았습니다"},
    {"{}: the collection's index names chunk {}, which it does not hold. Remove it and index again.",
     "{}: 모음의 색인이 가리키는 조각 {}이(가) 없습니다. 지우고 다시 색인하세요"},
    {"{}: the word index and the chunks disagree. Remove it and index again.", "{}: 낱말 색인과 조각이 서로 맞지 않습니다. 지우고 다시 색인하세요"},
    {"{}: vectors have {} dimensions, the embedder gives {}", "{}: 벡터는 {}차원인데 임베딩 모델은 {}차원입니다"},
    {"{}: chunk ids are out of range. Remove it and index again.", "{}: 조각 번호가 범위를 벗어납니다. 지우고 다시 색인하세요"},
    {"{}: a vector has {} dimensions among others of {}. Remove the collection and index again.",
     "{0}: {2}차원 벡터들 사이에 {1}차원 벡터가 있습니다. 모음을 지우고 다시 색인하세요"},
    {"{}: the collection is damaged: {}. Remove it and index again.", "{0}: 모음이 손상되었습니다({1}). 지우고 다시 색인하세요"},
    {"{}: neither a folder nor a regular file (a fifo, socket or device)", "{}: 폴더도 보통 파일도 아닙니다(파이프, 소켓, 장치)"},
};

}  // namespace

Translations rag_korean() { return kTable; }

}  // namespace maru::cli
