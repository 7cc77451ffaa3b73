// Fuzzes tokenizer.json: what is read encodes and decodes a text with everything in it.
#include "maru/text/tokenizer.h"
#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {

std::vector<std::string> seeds() {
  return {
      R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"[UNK]","special":true},
{"id":1,"content":"[CLS]","special":true},{"id":2,"content":"[SEP]","special":true}],
"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing",
"single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}},
"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
"max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"un":3,"##able":4,"cafe":5,".":6,"\u6f22":7}}})",
      R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":8,"content":"<|end|>","special":true,"normalized":false},
{"id":9,"content":"<tool>","single_word":true,"lstrip":true,"rstrip":true,"special":false,"normalized":false}],"normalizer":null,
"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]},"post_processor":null,"decoder":{"type":"ByteLevel"},
"model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,
"byte_fallback":false,"ignore_merges":false,"vocab":{"a":0,"b":1,"c":2,"\u0120":3,"ab":4,"abc":5,"\u0120a":6,"1":7},
"merges":["a b","ab c",["\u0120","a"]]}})"};
}

std::vector<std::string> words() {
  return {"\"type\":",
          "\"Sequence\"",
          "\"normalizers\":",
          "\"NFC\"",
          "\"Lowercase\"",
          "\"ByteLevel\"",
          "\"Split\"",
          "\"pattern\":{\"Regex\":\"\"}",
          "\"BertNormalizer\"",
          "\"single_word\":true",
          "\"lstrip\":true",
          "\"ignore_merges\":true",
          "\"id\":",
          "-1",
          "2147483648",
          "4294967296",
          "null",
          "true",
          "\"\"",
          "{",
          "}",
          "[",
          "]",
          "\"a a\"",
          "\\ud800",
          "\\u0000",
          "\xff",
          "1e9"};
}

void attempt(std::string_view input) {
  const auto tokenizer = text::tokenizer_from_json_text(input, "fuzz");
  static constexpr std::string_view kText = "unable <|end|><tool>abc [SEP] Café\u0301 漢한 12\r\n\t a\xf0\x9f\x98\x80";
  for (const bool special : {false, true}) {
    const text::Encoding encoded = tokenizer->encode(kText, {.parse_special = special, .offsets = true});
    claim(encoded.offsets.size() == encoded.ids.size(), "as many offsets as ids");
    for (const std::int32_t id : encoded.ids) {
      claim(id >= 0 && id < tokenizer->vocabulary(), "an id is outside the vocabulary");
      tokenizer->bytes(id);
    }
    for (const auto& [begin, end] : encoded.offsets) claim(begin <= end && end <= kText.size(), "an offset is outside the text");
    tokenizer->decode(encoded.ids);
  }
}

}  // namespace maru::fuzz
