// What maru/hub says of searches, descriptions and pushes, and the commands of both, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"maru hub show takes one name, got {}", "maru hub show는 이름 하나를 받습니다. 받은 것: {}개"},
    {"{}: is not on the hub; maru hub show takes org/name", "{}: 허브에 있는 것이 아닙니다. maru hub show는 org/name을 받습니다"},
    {"{}: could not be made", "{}: 만들 수 없습니다"},
    {"{}: a push goes to the hub: hf:org/name", "{}: 허브(hf:org/name)로만 보낼 수 있습니다"},
    {"{}: a push goes to a branch, not to a file or a commit", "{}: 파일이나 커밋이 아니라 가지로 보내야 합니다"},
    {"--private: goes with --create; a repository that is there keeps what it is", "--private: --create와 함께 씁니다. 이미 있는 저장소는 그대로 둡니다"},
    {"{}: pushing needs a token with write access: make one at {}/settings/tokens and set HF_TOKEN",
     "{}: 보내려면 쓰기 권한이 있는 토큰이 필요합니다. {}/settings/tokens에서 만들어 HF_TOKEN에 넣으세요"},
    {"{}: expected a list of how to send each file", "{}: 파일마다 어떻게 보낼지의 목록이어야 합니다"},
    {"{}: expected how to send each file, got {}", "{}: 파일을 어떻게 보낼지가 있어야 합니다. 실제: {}"},
    {"{}: {}: the repository's .gitignore keeps it out; take it out of the folder", "{}: {}: 저장소의 .gitignore가 막는 파일입니다. 폴더에서 빼세요"},
    {"{}: the hub did not say how to send {}", "{}: 허브가 {}을(를) 어떻게 보낼지 말하지 않았습니다"},
    {"{}: {}: the hub wants it as a large file, though it is text", "{}: {}: 글인데 허브가 큰 파일로 보내라고 합니다"},
    {"{}: its small files take more than {} MB together; push them in parts", "{}: 작은 파일을 모두 합치면 {} MB가 넘습니다. 나누어 보내세요"},
    {"{}: the hub took the files but names no commit", "{}: 허브가 파일을 받았지만 커밋을 알려 주지 않았습니다"},
    {"{}: is hidden and is not sent", "{}: 숨은 파일이어서 보내지 않습니다"},
    {"{}: looks like a secret and is not sent", "{}: 비밀로 보여 보내지 않습니다"},
    {"{}: is a link to a folder and is not sent", "{}: 폴더를 가리키는 링크여서 보내지 않습니다"},
    {"{}: is no regular file, which alone can be sent", "{}: 보통 파일이 아니어서 보낼 수 없습니다"},
    {"{}: holds more than {} files; push fewer", "{}: 파일이 {}개가 넘습니다. 더 적게 보내세요"},
    {"{}: holds nothing that could be sent", "{}: 보낼 것이 없습니다"},
    {"{}: holds what looks like a token of the hub (hf_…); take it out before it is sent", "{}: 허브 토큰(hf_…)으로 보이는 것이 들어 있습니다. 빼고 보내세요"},
    {"{}: expected where to put {} files, got {}", "{}: 파일 {}개를 둘 곳이 있어야 합니다. 실제: {}"},
    {"{}: the hub speaks of a file that was not announced: {}", "{}: 허브가 알리지 않은 파일을 말합니다: {}"},
    {"{}: {}: the hub refuses it: {}", "{}: {}: 허브가 받지 않습니다: {}"},
    {"{}: expected where to put the files", "{}: 파일을 둘 곳이 있어야 합니다"},
    {"{}: changed while it was sent", "{}: 보내는 동안 바뀌었습니다"},
    {"{}: {}: expected the size of a part, got {}", "{}: {}: 조각의 크기여야 합니다. 실제: {}"},
    {"{}: {}: {} parts, expected at most {}", "{}: {}: 조각이 {}개입니다. {}개까지만 받습니다"},
    {"{}: {}: part {} was taken without a receipt (ETag)", "{}: {}: 조각 {}을(를) 받았다는 표(ETag)가 없습니다"},
    {"{}: the hub gives no address for part {}", "{}: 허브가 조각 {}을(를) 둘 곳을 알려 주지 않습니다"},
    {"{}: {}: its upload ended with status {}; run the command again, what is there already is not sent twice",
     "{}: {}: 올리기가 상태 {}(으)로 끝났습니다. 다시 실행하세요. 이미 있는 것은 다시 보내지 않습니다"},
    {"{}: {}: the hub did not get what was sent (status {}); run the command again", "{}: {}: 보낸 것이 허브에 제대로 닿지 않았습니다(상태 {}). 다시 실행하세요"},
    {"{}: the hub does not know who asks, or there is no such repository{}; make a token at {}/settings/tokens and set HF_TOKEN",
     "{}: 누구의 요청인지 허브가 모르거나 그런 저장소가 없습니다{}. {}/settings/tokens에서 토큰을 만들어 HF_TOKEN에 넣으세요"},
    {"{}: the hub refuses this to your token{}; a token with write access to it is made at {}/settings/tokens",
     "{}: 이 토큰으로는 할 수 없습니다{}. 쓰기 권한이 있는 토큰은 {}/settings/tokens에서 만듭니다"},
    {"{}: the hub has no such repository or revision{}", "{}: 허브에 그런 저장소나 리비전이 없습니다{}"},
    {"{}: somebody changed the repository meanwhile{}; try again", "{}: 그사이 누가 저장소를 바꾸었습니다{}. 다시 해 보세요"},
    {"{}: the hub finds it too large{}", "{}: 허브가 받기에 너무 큽니다{}"},
    {"{}: the hub takes no more requests from here for now{}; try again in a few minutes, with HF_TOKEN set it takes more",
     "{}: 허브가 지금은 여기서 오는 요청을 더 받지 않습니다{}. 몇 분 뒤 다시 하세요. HF_TOKEN이 있으면 더 받습니다"},
    {"{}: the hub answered with status {}{}; try again later", "{}: 허브가 상태 {}(으)로 답했습니다{}. 나중에 다시 하세요"},
    {"{}: expected a list of what was found, got {}", "{}: 찾은 것의 목록이어야 합니다. 실제: {}"},
    {"{}: expected an object that describes it, got {}", "{}: 설명하는 객체여야 합니다. 실제: {}"},
    {"{}: the hub names neither the repository nor its commit", "{}: 허브가 저장소와 커밋을 알려 주지 않습니다"},
    {"{}: expected a list of at most {} files", "{}: 파일 {}개까지의 목록이어야 합니다"},
};

}  // namespace

Translations push_korean() { return kTable; }

}  // namespace maru::cli
