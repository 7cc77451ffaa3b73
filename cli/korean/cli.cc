// What the commands themselves find wrong, in Korean. What they say otherwise stands beside the English in cli/commands/.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"stopped", "멈췄습니다"},
    {"{}: {}", "{}: {}"},
    {"{}: no such file or folder, and no collection of that name", "{}: 그런 파일도 폴더도, 그런 이름의 모음도 없습니다"},
    {"{}: no such file or folder, and no collection of that name; there are the collections {}",
     "{}: 그런 파일도 폴더도, 그런 이름의 모음도 없습니다. 있는 모음: {}"},
    {"QUERY is empty", "QUERY가 비어 있습니다"},
    {"QUESTION is empty", "QUESTION이 비어 있습니다"},
    {"give either TEXT… or --stdin-json; see maru embed --help", "TEXT…나 --stdin-json 가운데 하나를 주세요. 사용법: maru embed --help"},
    {"give either TEXT or --stdin-json; see maru tokenize --help", "TEXT나 --stdin-json 가운데 하나를 주세요. 사용법: maru tokenize --help"},
    {"{}: no tokenizer.json beside the weights", "{}: 가중치 옆에 tokenizer.json이 없습니다"},
    {"standard input: {}", "표준 입력: {}"},
    {"standard output: {}", "표준 출력: {}"},
    {"standard input is longer than {} bytes", "표준 입력이 {}바이트를 넘습니다"},
    {"standard input: expected a JSON array of texts, got {}", "표준 입력: 글의 JSON 배열이어야 합니다. 실제: {}"},
    {"standard input: element {}: expected a string, got {}", "표준 입력: {}번 원소: 문자열이어야 합니다. 실제: {}"},
    {"{:?} cannot name a collection: use up to 200 bytes of letters, digits, . _ - (not a dot first)",
     "{}은(는) 모음의 이름이 될 수 없습니다. 글자, 숫자, . _ - 로 200바이트까지 쓸 수 있고 점으로 시작할 수 없습니다"},
    {"there is no collection {:?}; maru index NAME FOLDER makes one", "{}(이)라는 모음은 없습니다. maru index 이름 폴더 로 만들 수 있습니다"},
    {"there is no collection {:?}; there are: {}", "{}(이)라는 모음은 없습니다. 있는 모음: {}"},
    {"{}: no documents that maru can read (.txt .md .html .pdf, source code)", "{}: maru가 읽을 수 있는 문서가 없습니다(.txt .md .html .pdf, 소스 코드)"},
    {"there is no model {:?}, but a collection of that name: maru rm --collections {}",
     "{}(이)라는 모델은 없고 그런 이름의 모음이 있습니다: maru rm --collections {}"},
    {"there is no model {:?}; maru list shows them", "{}(이)라는 모델은 없습니다. maru list로 볼 수 있습니다"},
    {"--stop: an empty text would end every answer at once", "--stop: 빈 글이면 모든 답이 바로 끝납니다"},
    {"standard input is not UTF-8: byte {}", "표준 입력이 UTF-8이 아닙니다: {}번째 바이트"},
    {"standard input is not UTF-8: byte {} of a line", "표준 입력이 UTF-8이 아닙니다: 한 줄의 {}번째 바이트"},
    {"standard input is empty; give a prompt: maru run MODEL \"…\"", "표준 입력이 비어 있습니다. 프롬프트를 주세요: maru run MODEL \"…\""},
    {"--json needs a prompt: maru run MODEL \"…\" --json", "--json에는 프롬프트가 필요합니다: maru run MODEL \"…\" --json"},
    {"PROMPT is empty; give a text, or none at all for a chat in the terminal", "PROMPT가 비어 있습니다. 글을 주거나, 아예 빼면 터미널에서 대화합니다"},
    {"line editing could not start: is TERM set to your terminal's name?", "줄 편집을 시작하지 못했습니다. TERM이 터미널 이름으로 정해져 있나요?"},
    {"{}: the history could not be written: {}", "{}: 입력 기록을 쓸 수 없습니다: {}"},
    {"argument {} is not valid UTF-8 at byte {}; give such a text with --stdin-json, such a file by its folder",
     "{}번 인자의 {}번째 바이트가 올바른 UTF-8이 아닙니다. 그런 글은 --stdin-json으로, 그런 이름의 파일은 폴더로 주세요"},
};

}  // namespace

Translations cli_korean() { return kTable; }

}  // namespace maru::cli
