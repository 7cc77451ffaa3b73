// What the readers of Parquet, Arrow, IDX, CIFAR and folders of pictures say, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"{}: row {}: column {}: {} does not fit a signed integer of 64 bits", "{}: 행 {}: 열 {}: {}은(는) 부호 있는 64비트 정수에 들어가지 않습니다"},
    {"{}: row {}: column {}: a list that ends before it begins", "{}: 행 {}: 열 {}: 시작하기 전에 끝나는 목록입니다"},
    {"{}: column {}: lists of {} items over {}", "{}: 열 {}: 목록들의 항목은 {}개인데 실제로는 {}개가 있습니다"},
    {"{}: column {}: a picture without bytes", "{}: 열 {}: 바이트가 없는 그림입니다"},
    {"{}: row {}: column {}: the picture is only named, not in the file; bring the version of the data set that holds its pictures",
     "{}: 행 {}: 열 {}: 그림의 이름만 있고 그림은 파일에 없습니다. 그림이 들어 있는 판의 데이터 집합을 가져오세요"},
    {"{}: column {}: a dictionary of {} is not read", "{}: 열 {}: {}의 사전은 읽지 않습니다"},
    {"{}: row {}: column {}: value {} of a dictionary that holds {}", "{0}: 행 {1}: 열 {2}: 값이 {4}개인 사전에서 {3}번 값을 찾습니다"},
    {"{}: Feather version 1 is not read; write it again as version 2 (pandas: to_feather(path, version=2))",
     "{}: Feather 1판은 읽지 않습니다. 2판으로 다시 쓰세요 (pandas: to_feather(path, version=2))"},
    {"{}: row group {}: {} rows, the file says it has {}", "{}: 행 그룹 {}: 행이 {}개인데, 파일에는 모두 {}개라고 적혀 있습니다"},
    {"{}: row group {}: {} columns, the schema has {}", "{}: 행 그룹 {}: 열이 {}개인데, 스키마에는 {}개가 있습니다"},
    {"{}: row group {}: column {}: {} bytes from byte {}, the file has {}; it is cut short, bring it again",
     "{0}: 행 그룹 {1}: 열 {2}: {4}번째 바이트부터 {3}바이트인데, 파일은 {5}바이트입니다. 파일이 잘렸으니 다시 가져오세요"},
    {"{}: row group {}: column {}: a size below zero", "{}: 행 그룹 {}: 열 {}: 크기가 0보다 작습니다"},
    {"{}: the row groups hold {} rows, the file says it has {}", "{}: 행 그룹들의 행은 {}개인데, 파일에는 {}개라고 적혀 있습니다"},
    {"{}: column {}: the Arrow type {} is not read; name the columns that you need, without this one",
     "{}: 열 {}: Arrow 자료형 {}은(는) 읽지 않습니다. 이 열을 빼고 필요한 열의 이름을 적으세요"},
    {"{}: column {}: nested deeper than {} levels", "{}: 열 {}: {}단계보다 깊이 겹쳐 있습니다"},
    {"{}: column {}: a record without members", "{}: 열 {}: 구성원이 없는 레코드입니다"},
    {"{}: there is no column {}; there are: {}", "{}: 열 {}이(가) 없습니다. 있는 열: {}"},
    {"{}: a batch of {} columns, expected {}", "{}: 묶음의 열이 {}개입니다. {}개여야 합니다"},
    {"{}: {}: needs more than {} MB of memory at once, which no reasonable file does ({}); write it again in smaller row groups",
     "{}: {}: 한 번에 {} MB가 넘는 메모리가 필요합니다. 정상적인 파일은 그렇지 않습니다 ({}). 더 작은 행 그룹으로 다시 쓰세요"},
    {"{}: {}: cannot be read: {}", "{}: {}: 읽을 수 없습니다: {}"},
    {"{}: {}: damaged or not what it says it is: {}", "{}: {}: 손상되었거나 적힌 것과 다릅니다: {}"},
    {"{}: row {}: column {}: {} bytes, the limit is {}", "{}: 행 {}: 열 {}: {}바이트입니다. {}바이트까지만 받습니다"},
    {"{}: row {}: column {}: not UTF-8", "{}: 행 {}: 열 {}: UTF-8이 아닙니다"},
    {"{}: row {}: column {}: a day {} days from 1970, outside the years 1 to 9999",
     "{}: 행 {}: 열 {}: 1970년에서 {}일 떨어진 날로, 1년부터 9999년 사이가 아닙니다"},
    {"{}: row {}: column {}: a time of day of {}, a day has {}", "{}: 행 {}: 열 {}: 하루 중의 시각이 {}인데, 하루는 {}입니다"},
    {"{}: Parquet and Arrow files are read by {}, which is neither in {} nor in ../lib/maru beside it. It is built where the Arrow library "
     "could be brought: with a network, delete build/setup.stamp in maru's sources and say ./run again (x86_64 and aarch64)",
     "{}: Parquet와 Arrow 파일은 {}(으)로 읽는데, {}에도 그 옆의 ../lib/maru에도 없습니다. 이 모듈은 Arrow 라이브러리를 가져올 수 있는 곳에서 "
     "만들어집니다. 네트워크가 되는 곳에서 maru 소스의 build/setup.stamp를 지우고 ./run을 다시 실행하세요 (x86_64와 aarch64)"},
    {"{}: {} cannot be loaded: {}; say ./run install again", "{}: {}을(를) 불러올 수 없습니다: {}. ./run install을 다시 실행하세요"},
    {"{}: {} was built for another version of maru; say ./run install again",
     "{}: {}은(는) 다른 판의 maru에 맞춰 만들어졌습니다. ./run install을 다시 실행하세요"},
    {"{}: {} names of classes, expected {}", "{}: 클래스 이름이 {}개입니다. {}개여야 합니다"},
    {"{}: {} bytes, expected a multiple of {}; it is cut short, bring it again",
     "{}: {}바이트입니다. {}의 배수여야 합니다. 파일이 잘렸으니 다시 가져오세요"},
    {"{}: no {} is beside it, so classes have no names", "{}: 옆에 {} 파일이 없어서 클래스에 이름이 없습니다"},
    {"{}: row {}: {} {}, expected less than {}", "{}: 행 {}: {} {}입니다. {}보다 작아야 합니다"},
    {"{}: not an IDX file: it begins with {:02x} {:02x} {:02x}", "{}: IDX 파일이 아닙니다. {} {} {}(으)로 시작합니다"},
    {"{}: {} dimensions, expected 1 to {}", "{}: 차원이 {}개입니다. 1~{}개여야 합니다"},
    {"{}: dimension {} has size 0", "{}: {}번 차원의 크기가 0입니다"},
    {"{}: a row of more than {} bytes, the limit", "{}: 한 행이 한도인 {}바이트보다 큽니다"},
    {"{}: holds more than the {} rows that it says it has", "{}: 적혀 있는 {}행보다 더 많이 들어 있습니다"},
    {"{}: ends early, in row {}; it is cut short, bring it again", "{}: {}행에서 일찍 끝납니다. 파일이 잘렸으니 다시 가져오세요"},
    {"{}: {} rows of {} bytes behind a header of {}, but the file has {} bytes",
     "{0}: {3}바이트 헤더 뒤에 {2}바이트짜리 행이 {1}개인데, 파일은 {4}바이트입니다"},
    {"{}: {} rows, but {} has {}", "{}: {}행인데, {}은(는) {}행입니다"},
    {"{}: no file of labels is beside it", "{}: 옆에 라벨 파일이 없습니다"},
    {"{}: no such picture", "{}: 그런 그림이 없습니다"},
    {"{}: {} bytes, the limit is {}", "{}: {}바이트입니다. {}바이트까지만 받습니다"},
    {"{}: is neither PNG nor JPEG", "{}: PNG도 JPEG도 아닙니다"},
    {"{}: holds no PNG or JPEG pictures", "{}: PNG나 JPEG 그림이 없습니다"},
    {"{}: files passed over, because they are no PNG or JPEG pictures or in no class: {}",
     "{}: PNG나 JPEG 그림이 아니거나 클래스에 들지 않아 건너뛴 파일: {}개"},
    {"{}: cannot be read: there is no reader for {}", "{}: 읽을 수 없습니다. {}을(를) 읽는 것이 없습니다"},
    {"{}: the column file_name holds {}, not text", "{}: 열 file_name에 글이 아니라 {}이(가) 들어 있습니다"},
    {"{}: row {}: file_name {:?} does not name a picture in this folder", "{}: 행 {}: file_name {}은(는) 이 폴더 안의 그림 이름이 아닙니다"},
};

}  // namespace

Translations data_files_korean() { return kTable; }

}  // namespace maru::cli
