// Words that no pattern names: what progress is called, units, and what the system says of its error numbers.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"downloading", "내려받는 중"},
    {"unpacking", "푸는 중"},
    {"verifying", "확인하는 중"},
    {"writing", "쓰는 중"},
    {"copying", "복사하는 중"},
    {"reading", "읽는 중"},
    {"embedding", "임베딩하는 중"},
    {"waiting for another maru", "다른 maru를 기다리는 중"},
    {"texts", "글"},
    {"chunks", "조각"},
    {"documents", "문서"},
    {"files", "파일"},
    {"queries", "질의"},
    {"answer", "답"},
    {"attribution", "출처 달기"},
    {"decode", "쓰기"},
    {"prefill", "프롬프트"},
    {"prepare", "준비"},
    {"retrieve", "찾기"},
    {"total", "모두"},
    {"a head over its vocabulary", "낱말을 고르는 머리"},
    {"a pooler", "풀러(pooler)"},
    {"a classifier of texts", "글을 분류하는 머리"},
    {"a classifier of tokens", "토큰을 분류하는 머리"},
    {"a head that answers questions", "질문에 답하는 머리"},
    {"a head for the next sentence", "다음 문장을 맞히는 머리"},
    {"a head for replaced tokens", "바뀐 토큰을 찾는 머리"},
    {"Permission denied", "권한이 없습니다"},
    {"Operation not permitted", "허용되지 않은 일입니다"},
    {"No such file or directory", "그런 파일이나 폴더가 없습니다"},
    {"Not a directory", "폴더가 아닙니다"},
    {"Is a directory", "폴더입니다"},
    {"File exists", "이미 있습니다"},
    {"Directory not empty", "폴더가 비어 있지 않습니다"},
    {"File too large", "파일이 너무 큽니다"},
    {"File name too long", "파일 이름이 너무 깁니다"},
    {"Too many levels of symbolic links", "심볼릭 링크가 끝없이 이어집니다"},
    {"No space left on device", "디스크에 공간이 없습니다"},
    {"Disk quota exceeded", "디스크 할당량을 넘었습니다"},
    {"Read-only file system", "읽기만 되는 파일 시스템입니다"},
    {"Input/output error", "디스크 입출력 오류입니다"},
    {"No such device", "그런 장치가 없습니다"},
    {"No such device or address", "그런 장치나 주소가 없습니다"},
    {"Device or resource busy", "쓰이고 있는 중입니다"},
    {"Bad file descriptor", "닫혀 있습니다"},
    {"Broken pipe", "받는 쪽이 닫혔습니다"},
    {"Too many open files", "열린 파일이 너무 많습니다"},
    {"Too many open files in system", "시스템에 열린 파일이 너무 많습니다"},
    {"Cannot allocate memory", "메모리가 모자랍니다"},
    {"Resource temporarily unavailable", "지금은 쓸 수 없습니다"},
    {"Interrupted system call", "도중에 끊겼습니다"},
    {"Invalid argument", "맞지 않는 값입니다"},
    {"Text file busy", "실행 중인 파일입니다"},
    {"Exec format error", "실행할 수 없는 형식입니다"},
    {"Function not implemented", "이 시스템에 없는 기능입니다"},
    {"Operation not supported", "지원하지 않는 일입니다"},
    {"Too many links", "링크가 너무 많습니다"},
    {"Invalid cross-device link", "다른 디스크로는 옮길 수 없습니다"},
    {"Stale file handle", "사라진 네트워크 파일입니다"},
};

}  // namespace

Translations words_korean() { return kTable; }

}  // namespace maru::cli
