// What maru/net says of requests and answers, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"{}: the answer's headers are longer than {} bytes or {} lines", "{}: 응답 헤더가 {}바이트나 {}줄을 넘습니다"},
    {"the upload to {} ended after {} of {} bytes", "{}(으)로 올리기가 {}바이트에서 끝났습니다. {}바이트여야 합니다"},
    {"a header of the request holds a line end: {:?}", "요청 헤더에 줄바꿈이 있습니다: {}"},
    {"a request cannot be written: no memory", "요청을 만들 수 없습니다. 메모리가 모자랍니다"},
    {"{:?} cannot be a header's name", "{}은(는) 헤더 이름이 될 수 없습니다"},
    {"the range {}-{} ends before it begins", "범위 {}-{}의 끝이 시작보다 앞섭니다"},
    {"libcurl: {}", "libcurl: {}"},
    {"{}: nothing came for {} s, after {} bytes of the body; try again, or check the network",
     "{}: {}초 동안 아무것도 오지 않았습니다. 본문은 {}바이트까지 왔습니다. 다시 해 보거나 네트워크를 살피세요"},
    {"libcurl cannot start", "libcurl을 시작할 수 없습니다"},
    {"{}: its address {} lies inside this machine or a local network, where this request may not go",
     "{}: 주소 {}이(가) 이 컴퓨터나 내부 네트워크를 가리켜 요청을 보내지 않습니다"},
    {"{}: no connection could be made; check the network and the address", "{}: 연결하지 못했습니다. 네트워크와 주소를 살피세요"},
    {"{}: no connection could be made: {}; check that the server runs and the address is right",
     "{}: 연결하지 못했습니다: {}. 서버가 돌고 있는지, 주소가 맞는지 살피세요"},
    {"{}: no such name is known; check its spelling, the network and the name server",
     "{}: 그런 이름을 찾지 못했습니다. 철자와 네트워크, 이름 서버를 살피세요"},
    {"{}: the proxy's name is not known; check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY",
     "{}: 프록시 이름을 찾지 못했습니다. HTTP_PROXY, HTTPS_PROXY, ALL_PROXY를 살피세요"},
    {"{}: no connection within {} s; check the network, or whether a proxy is needed",
     "{}: {}초 안에 연결되지 않았습니다. 네트워크를 살피고 프록시가 필요한지 확인하세요"},
    {"{}: its certificate is not trusted ({}). Where the network's own authority signs, name its PEM file in SSL_CERT_FILE",
     "{}: 인증서를 믿을 수 없습니다({}). 네트워크가 자체 인증 기관을 쓴다면 그 PEM 파일을 SSL_CERT_FILE에 적으세요"},
    {"{}: the certificates in {:?} cannot be read; the file is named by SSL_CERT_FILE, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE",
     "{}: 인증서 파일 {}을(를) 읽을 수 없습니다. SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE 가운데 하나가 가리키는 파일입니다"},
    {"{}: no TLS connection could be made ({}); check that the server speaks https at this port",
     "{}: TLS 연결을 맺지 못했습니다({}). 이 포트가 https인지 살피세요"},
    {"{}: the connection was closed before an answer came", "{}: 응답이 오기 전에 연결이 닫혔습니다"},
    {"{}: the connection broke after {} bytes of the body ({})", "{}: 본문이 {}바이트 온 뒤 연결이 끊겼습니다({})"},
    {"{}: the answer cannot be read: {}; check that this is the address of the service",
     "{}: 응답을 읽을 수 없습니다: {}. 서비스의 주소가 맞는지 살피세요"},
    {"{}: the request ended: {}", "{}: 요청이 끝났습니다: {}"},
    {"{}: redirects from https to http at {}; this is not followed", "{}: https에서 http인 {}(으)로 돌리므로 따르지 않습니다"},
    {"ollama:{}: {}", "ollama:{}: {}"},
    {"{}: not asked, because {}", "{}: 묻지 않았습니다. {}"},
    {"--offline was given", "--offline으로 실행했습니다"},
    {"the settings allow no network", "설정에서 네트워크를 막았습니다"},
    {"{} is set; unset it to use the network", "{} 변수가 켜져 있습니다. 네트워크를 쓰려면 끄세요"},
    {"{}: the connection held bytes that belong to no answer ({}); it was closed",
     "{}: 연결에 어느 응답에도 속하지 않는 바이트가 있었습니다({}). 연결을 닫았습니다"},
    {"{}: more than {} redirects, the last to {}", "{}: 주소 돌림이 {}번을 넘었습니다. 마지막은 {}입니다"},
    {"{}: redirects an upload to {}, which cannot be sent twice", "{}: 올리기를 {}(으)로 돌리는데 두 번 보낼 수 없습니다"},
    {"{}: redirects in a circle, back to {}", "{}: 주소 돌림이 {}(으)로 되돌아옵니다"},
    {"{}: the answer is longer than {} bytes", "{}: 응답이 {}바이트보다 깁니다"},
    {"{}={}: expected 1 or 0", "{}={}: 1이나 0이어야 합니다"},
    {"{}={}: expected seconds, more than 0 and at most a day", "{}={}: 초 단위로 0보다 크고 하루를 넘지 않아야 합니다"},
    {"{:?} is no URL: it holds a zero byte", "{}은(는) URL이 아닙니다. 값이 0인 바이트가 있습니다"},
    {"{:?} is no URL: {}", "{}은(는) URL이 아닙니다: {}"},
    {"{:?} is not an http or https URL", "{}은(는) http나 https URL이 아닙니다"},
    {"the URL of {} carries a user name or a password; give credentials another way",
     "{}의 URL에 사용자 이름이나 비밀번호가 있습니다. 인증은 다른 방법으로 하세요"},
    {"libcurl cannot read URLs: no memory", "libcurl이 URL을 읽을 수 없습니다. 메모리가 모자랍니다"},
};

}  // namespace

Translations net_korean() { return kTable; }

}  // namespace maru::cli
