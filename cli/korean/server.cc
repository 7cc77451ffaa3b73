// What maru/server says, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"{}: could not be written: {}", "{}: 쓸 수 없습니다: {}"},
    {"{}: expected {}, got {}", "{}: {}이어야 하는데 {}입니다"},
    {"{}: is missing; expected {}", "{}: 빠졌습니다. {}이어야 합니다"},
    {"{}: expected one of {}, got {}", "{}: {} 가운데 하나여야 하는데 {}입니다"},
    {"{}: expected a string of at least {} bytes, got {}", "{}: 문자열이 {}바이트 이상이어야 하는데 {}바이트입니다"},
    {"{}: expected a string of at most {} bytes, got {}", "{}: 문자열이 {}바이트 이하여야 하는데 {}바이트입니다"},
    {"{}: expected at least {} members, got {}", "{}: 원소가 {}개 이상이어야 하는데 {}개입니다"},
    {"{}: expected at most {} members, got {}", "{}: 원소가 {}개 이하여야 하는데 {}개입니다"},
    {"the body begins with a byte order mark; expected JSON in plain UTF-8", "본문이 바이트 순서 표시(BOM)로 시작합니다. BOM 없는 UTF-8 JSON이어야 합니다"},
    {"the body is not UTF-8 at byte {}", "본문의 {}번째 바이트가 UTF-8이 아닙니다"},
    {"the body holds a zero byte outside of a string, at byte {}", "본문에 값이 0인 바이트가 문자열 밖에 있습니다. 위치는 {}입니다"},
    {"the body: expected an object, got {}", "본문: 객체여야 하는데 {}입니다"},
    {"the body is empty; expected a JSON object", "본문이 비었습니다. JSON 객체여야 합니다"},
    {"the system gives no random bytes", "시스템에서 난수를 얻지 못했습니다"},
    {"the client has left", "클라이언트가 떠났습니다"},
    {"no connection can be taken: {}; {} are open", "연결을 받을 수 없습니다: {}. 열린 연결은 {}개입니다"},
    {"at most {} connections at a time, not {}: the system gives this process no more descriptors",
     "연결을 한 번에 {}개까지만 받습니다({}개가 아니라). 시스템이 이 프로세스에 파일 디스크립터를 더 주지 않습니다"},
    {"{}: a key without a text {:?}", "{}: 키에 {} 문자열이 없습니다"},
    {"{}: the key {} has the unknown scope {:?}", "{}: 키 {}의 권한 {}은(는) 모르는 것입니다"},
    {"{}: the key {} has no sha256", "{}: 키 {}에 sha256이 없습니다"},
    {"{}: could not be opened: {}", "{}: 열 수 없습니다: {}"},
    {"{}: holds no list of keys", "{}: 키 목록이 없습니다"},
    {"a key's label has at most {} bytes, got {}", "키 이름표는 {}바이트까지인데 {}바이트입니다"},
    {"a key has the scope inference or administration", "키의 권한은 inference나 administration이어야 합니다"},
    {"a key expires in the future, got {} s", "키의 만료는 앞날이어야 하는데 {}초입니다"},
    {"a key's requests per minute are 0 (the server's own limit) or more, got {}",
     "키의 분당 요청 수는 0(서버의 한도를 따름) 이상이어야 하는데 {}입니다"},
    {"--host {}: no address or name of this machine: {}", "--host {}: 이 컴퓨터의 주소나 이름이 아닙니다: {}"},
    {"another program", "다른 프로그램"},
    {"port {} of {} is taken by {}; choose another with --port, or 0 for any that is free",
     "{1}의 포트 {0}은(는) 이미 {2}이(가) 쓰고 있습니다. --port로 다른 번호를 고르세요. 0이면 빈 포트를 씁니다"},
    {"port {} of {} may not be used by this user; choose one above 1023 with --port",
     "{1}의 포트 {0}은(는) 이 사용자가 쓸 수 없습니다. --port로 1023보다 큰 번호를 고르세요"},
    {"port {} of {} cannot be listened on: {}", "{1}의 포트 {0}에서 기다릴 수 없습니다: {2}"},
    {"--host {}: others can reach this address, and there is no API key to ask them for; make one with `maru key create`, "
     "or say --insecure-no-auth",
     "--host {}: 다른 컴퓨터에서 닿는 주소인데 물어볼 API 키가 없습니다. `maru key create`로 키를 만들거나, "
     "키 없이 열려면 --insecure-no-auth를 붙이세요"},
    {"--expires {}: expected a number of days, hours, minutes or seconds, such as 90d, 12h, 30m or 45s",
     "--expires {}: 90d, 12h, 30m, 45s처럼 날, 시간, 분, 초의 수여야 합니다"},
    {"there is no key {:?}; maru key list shows them", "{}라는 키가 없습니다. maru key list로 보세요"},
    {"maru key revoke: name the key; maru key list shows them", "maru key revoke: 키의 ID를 적으세요. maru key list로 볼 수 있습니다"},
    {"maru key {}: takes no ID, got {:?}", "maru key {}: ID를 받지 않는데 {}이(가) 왔습니다"},
    {"{}={:?}: expected an address to listen on: host, host:port or [address]:port", "{}={}: 기다릴 주소여야 합니다: host, host:port, [주소]:port"},
    {"{}={:?}: expected a whole number from {} to {}", "{}={}: {}에서 {} 사이의 정수여야 합니다"},
    {"--private-key is given without --certificate", "--private-key를 주려면 --certificate도 있어야 합니다"},
    {"an error of the server; its log says more under this id", "서버의 오류입니다. 서버 기록에서 이 요청 번호를 찾으세요"},
    {"the server's disk is full", "서버의 디스크가 가득 찼습니다"},
    {"the server has no memory left for this request", "서버에 이 요청을 처리할 메모리가 없습니다"},
    {"{}: no such file; TLS needs a certificate and its key in PEM", "{}: 그런 파일이 없습니다. TLS에는 PEM 형식의 인증서와 키가 필요합니다"},
    {"{}: holds no certificate in PEM: {}", "{}: PEM 형식의 인증서가 없습니다: {}"},
    {"{}: holds no key in PEM that belongs to the certificate {}: {}", "{}: 인증서 {}에 맞는 PEM 형식의 키가 없습니다: {}"},
};

}  // namespace

Translations server_korean() { return kTable; }

}  // namespace maru::cli
