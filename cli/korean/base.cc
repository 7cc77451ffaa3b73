// What maru/base says, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"{}: no such file", "{}: 그런 파일이 없습니다"},
    {"{}: the disk is full: could not {} ({}); free some space and try again", "{0}: 디스크가 가득 찼습니다({1}). 공간을 비우고 다시 해 보세요"},
    {"{}: symbolic links lead around in a circle", "{}: 심볼릭 링크가 서로를 돌고 돌아 끝이 없습니다"},
    {"{}: could not {}: {}", "{}: {} 실패: {}"},
    {"look at it", "살펴보기"},
    {"open it for reading", "읽으려고 열기"},
    {"open it", "열기"},
    {"read it", "읽기"},
    {"write it", "쓰기"},
    {"replace it", "바꿔 넣기"},
    {"open the folder", "폴더 열기"},
    {"sync the folder", "폴더를 디스크에 확정하기"},
    {"map it into memory", "메모리에 올리기"},
    {"make a pipe", "파이프 만들기"},
    {"open /dev/null", "/dev/null 열기"},
    {"start it", "실행"},
    {"{}: expected a regular file, got {}", "{}: 보통 파일이어야 하는데 {}입니다"},
    {"a folder", "폴더"},
    {"a fifo", "파이프(fifo)"},
    {"a socket", "소켓"},
    {"a device", "장치"},
    {"something else", "다른 것"},
    {"OpenSSL could not compute a sha256", "OpenSSL이 sha256을 계산하지 못했습니다"},
    {"{}: has {} bytes, more than the {} that are read of such a file", "{}: {}바이트입니다. 이런 파일은 {}바이트까지만 읽습니다"},
    {"{}: cannot be written, its folder does not exist", "{}: 폴더가 없어 쓸 수 없습니다"},
    {"{}: could not ask for the free space: {}", "{}: 남은 공간을 알아낼 수 없습니다: {}"},
    {"neither MARU_HOME nor HOME is set; set MARU_HOME to the folder where maru keeps its models",
     "MARU_HOME도 HOME도 정해져 있지 않습니다. maru가 모델을 둘 폴더를 MARU_HOME에 적어 주세요"},
    {"{}: the key \"{}\" stands twice in one object", "{}: 한 객체 안에 키 \"{}\"이(가) 두 번 나옵니다"},
    {"{}: is not valid JSON at byte {}: {}", "{0}: 올바른 JSON이 아닙니다. {1}번째 바이트에서 문법이 어긋납니다"},
    {"{}: JSON is nested deeper than {} levels", "{}: JSON이 {}단계보다 깊이 겹쳐 있습니다"},
    {"an object", "객체"},
    {"an array", "배열"},
    {"a string", "문자열"},
    {"a number", "수"},
    {"a boolean", "참/거짓 값"},
    {"null", "null"},
    {"MARU_THREADS: expected a number from 1 to {}, got \"{}\"", "MARU_THREADS: 1부터 {}까지의 수여야 합니다. 받은 값: \"{}\""},
    {"threads: expected 1 to {}, got {}", "스레드 수: 1부터 {}까지여야 합니다. 받은 값: {}"},
    {"{}: no such program, or it may not be run", "{}: 그런 프로그램이 없거나 실행할 수 없습니다"},
    {"{}: this program is not on the PATH; install it or add its folder to PATH",
     "{}: PATH에서 이 프로그램을 찾을 수 없습니다. 설치하거나 그 폴더를 PATH에 더하세요"},
    {"run_process: the command is empty", "run_process: 명령이 비어 있습니다"},
    {"text could not be normalised: {}", "글을 정규화하지 못했습니다: {}"},
};

}  // namespace

Translations base_korean() { return kTable; }

}  // namespace maru::cli
