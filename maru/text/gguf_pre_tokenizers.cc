// The names of pre-tokenizers as llama.cpp writes them into GGUF files, with the expressions of the tokenizers they stand for.
#include "maru/text/gguf_pre_tokenizers.h"

namespace maru::text {
namespace {

constexpr std::string_view kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 = R"((?i:'s|'t|'re|'ve|'m|'ll|'d))" R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
                     R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kNoneOfClauses = R"( ?[^(\s|.,!?…。，、।۔،)]+)";
constexpr std::string_view kDeepSeekWords =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*)"
                     R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kKanaAndHan = R"([一-龥\x{3040}-ゟ゠-ヿ]+)";
constexpr std::string_view kThreeDigits = R"(\p{N}{1,3})";
constexpr std::string_view kThreeDigitsFromRight = R"(\d{1,3}(?=(?:\d{3})*(?!\d)))";
constexpr std::string_view kLines = R"([^\n]+|[\n]+)";

struct Row {
  std::vector<std::string_view> names;
  GgufPreTokenizer what;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {{"gpt-2", "gpt2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum", "modern-bert",
        "jina-v1-en", "jina-v2-code", "roberta-bpe", "exaone4", "mpt", "olmo", "jais", "trillion", "granite-docling"},
       {.scanner = "gpt-2"}},
      {{"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"}, {.scanner = "smollm"}},
      {{"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"},
       {.scanner = "llama-bpe", .whole_words = true, .adds_bos = true}},
      {{"dbrx", "smaug-bpe", "chatglm-bpe"}, {.scanner = "llama-bpe"}},
      {{"glm4", "glm5"}, {.scanner = "llama-bpe", .whole_words = true}},
      {{"qwen2", "deepseek-r1-qwen"}, {.scanner = "qwen2", .nfc = true}},  // their tokenizer.json normalises
      {{"kormo", "f2llmv2", "megrez", "stablelm2", "hunyuan", "solar-open", "grok-2"}, {.scanner = "qwen2"}},
      {{"deepseek-coder"}, {.scanner = "deepseek-coder"}},
      {{"falcon"}, {.scanner = "falcon"}},
      {{"default"}, {.patterns = {R"([\p{P}\$\+<=>\^~\|]+)", kGpt2, R"(\p{N}+)", "[0-9][0-9][0-9]"}}},
      {{"poro-chat", "bloom", "gpt3-finnish"}, {.patterns = {kNoneOfClauses}}},
      {{"viking"}, {.patterns = {kNoneOfClauses, R"(\p{N})"}}},
      {{"tekken"},
       {.patterns = {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
                     R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
                     R"(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}, .whole_words = true, .adds_bos = true}},
      {{"gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"},
       {.patterns = {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                     R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                     R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}}},
      {{"granite-embed-multi-97m"},
       {.patterns = {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                     R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                     R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}, .whole_words = true}},
      {{"tiny_aya", "cohere2moe"},
       {.patterns = {R"(\d{1,3}(?=(?:\d{3})*\b))",
                     R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                     R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                     R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}}},
      {{"youtu"},
       {.patterns = {R"([가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥\x{3040}-ゟ゠-ヿ]+)",
                     R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                     R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
                     R"(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"},
        .whole_words = true}},
      {{"qwen35"},
       {.patterns = {R"((?i:'s|'t|'re|'ve|'m|'ll|'d))" R"(|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*)"
                     R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}}},
      {{"minicpm5"},
       {.patterns = {kThreeDigits, R"((?i:'s|'t|'re|'ve|'m|'ll|'d))" R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*)"
                     R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}, .whole_words = true}},
      {{"jais-2"},
       {.patterns = {R"((?i:'s|'t|'re|'ve|'m|'ll|'d))"
                     R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S))"
                                 R"(|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1})"}}},
      {{"bailingmoe", "bailingmoe2", "llada-moe"},
       {.patterns = {R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)"}}},
      {{"seed-coder"},
       {.patterns = {R"((?i:'s|'t|'re|'ve|'m|'ll|'d))" R"(|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+)"
                     R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}}},
      {{"ufakzeka"}, {.patterns = {R"([^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)" R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"}}},
      {{"exaone-moe"},
       {.patterns = {R"((?i:'s|'t|'re|'ve|'m|'ll|'d))"
                     R"(|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?)"
                                 R"(|\s*[\r\n]|\s+(?!\S)|\s+)"}}},
      {{"laguna"}, {.patterns = {kLines, kQwen2}}},
      {{"superbpe"}, {.patterns = {R"(\p{N}+)", kThreeDigitsFromRight}}},
      {{"deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"}, {.patterns = {kThreeDigits, kKanaAndHan, kDeepSeekWords}}},
      {{"spark2_5"},
       {.patterns = {kThreeDigits, kKanaAndHan,
                     R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+)"
                     R"(|[\r\n]|\s+(?!\S)|\s+)",
                     R"(\p{N})"}}},
      {{"afmoe"},
       {.patterns = {kThreeDigitsFromRight,
                     R"([一-鿿㐀-䶿豈-\x{FAFF}\x{3040}-ゟ゠-ヿ･-ﾟ⼀-\x{2FDF}เ-\x{E7F}\x{E80}-\x{EFF}ក-\x{17FF}က-႟ꩠ-ꩿꧠ-\x{A9FF}가-\x{D7AF}ᄀ-)"
                     R"(ᇿ]+)", kDeepSeekWords}}},
      {{"deepseek-llm"},
       {.patterns = {R"([\r\n])", R"(\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-)"
                     R"(\x{1F7D}ᾀ-ᾴᾶ-ᾼ\x{1FBE}ῂ-ῄῆ-ῌῐ-\x{1FD3}ῖ-\x{1FDB}ῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\x{2126}ℨ\x{212A}-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤ)"
                     R"(Ⳬ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+)",
                     R"(\s?[!-/:-~！-／：-～‘-‟\x{3000}-。]+)", R"(\s+$)", R"([一-龥ࠀ-一가-\x{D7FF}]+)", R"(\p{N}+)"}}},
      {{"chameleon"},
       {.patterns = {"<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", R"([\t\n]|    |  )", R"(\p{N})",
                     R"([\p{P}!-/:-@\[-`{-~])", kGpt2},
        .adds_bos = true}},
      {{"gemma4", "granite-embed-multi-311m", "sarvam-moe"}, {.patterns = {kLines}, .characters = true}},
  };
  return table;
}

}  // namespace

std::optional<GgufPreTokenizer> gguf_pre_tokenizer(std::string_view name) {
  for (const Row& row : rows())
    for (const std::string_view known : row.names)
      if (known == name) return row.what;
  return {};
}

std::string gguf_pre_tokenizer_names() {
  std::string out;
  for (const Row& row : rows())
    for (const std::string_view known : row.names) out.append(out.empty() ? "" : ", ").append(known);
  return out;
}

}  // namespace maru::text
