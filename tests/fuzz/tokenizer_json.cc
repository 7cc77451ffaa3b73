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
"merges":["a b","ab c",["\u0120","a"]]}})",
      R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"<unk>","special":true,"normalized":false},
{"id":1,"content":"<s>","special":true,"normalized":false},{"id":2,"content":"NEW","single_word":true,"normalized":true}],"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},
{"type":"Replace","pattern":{"String":" "},"content":"\u2581"},{"type":"NFKC"}]},"pre_tokenizer":null,
"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
"pair":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<s>","type_id":1}},{"Sequence":{"id":"B","type_id":1}}],
"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},"decoder":{"type":"Sequence","decoders":[
{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},
{"type":"Strip","content":" ","start":1,"stop":0}]},"model":{"type":"BPE","dropout":null,"unk_token":"<unk>","fuse_unk":true,
"byte_fallback":true,"vocab":{"<unk>":0,"<s>":1,"NEW":2,"a":3,"b":4,"\u2581":5,"ab":6,"\u2581ab":7,"<0xE6>":8,"<0xBC>":9,"<0xA2>":10},
"merges":["a b","\u2581 ab"]}})",
      R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"<unk>","special":true,"normalized":false},
{"id":1,"content":"<s>","special":true,"normalized":false},{"id":2,"content":"NEW","single_word":true,"normalized":true}],"normalizer":{"type":"Sequence","normalizers":[{"type":"Nmt"},{"type":"NFD"},{"type":"StripAccents"},
{"type":"Lowercase"},{"type":"Strip","strip_left":true,"strip_right":false},{"type":"Precompiled","precompiled_charsmap":"CAAAAEEAAAAAAAAAYQA="},
{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}]},"pre_tokenizer":{"type":"Sequence","pretokenizers":[
{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true}]},
"post_processor":{"type":"RobertaProcessing","sep":["<s>",1],"cls":["<s>",1],"trim_offsets":true,"add_prefix_space":false},
"decoder":{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always"},"model":{"type":"Unigram","unk_id":0,
"byte_fallback":false,"vocab":[["<unk>",0],["<s>",0],["NEW",-1],["\u2581",-2.5],["a",-3],["\u2581ca",-4],["fe",-5],["\u6f22",-6]]}})",
      R"json({"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"<unk>","special":true,"normalized":false},
{"id":1,"content":"<s>","special":true,"normalized":false},{"id":2,"content":"NEW","single_word":true,"normalized":true}],"normalizer":{"type":"ByteLevel"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split",
"pattern":{"Regex":"\\w+|[^\\w\\s]+(?!a)"},"behavior":"MergedWithNext","invert":true},{"type":"Punctuation","behavior":"Contiguous"},
{"type":"Digits","individual_digits":false},{"type":"UnicodeScripts"},{"type":"CharDelimiterSplit","delimiter":"e"},
{"type":"FixedLength","length":3},{"type":"Whitespace"}]},"post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel",
"trim_offsets":true},{"type":"BertProcessing","sep":["<s>",1],"cls":["<s>",1]}]},"decoder":{"type":"Sequence","decoders":[
{"type":"CTC","pad_token":"<unk>","word_delimiter_token":"|","cleanup":true},{"type":"BPEDecoder","suffix":"</w>"},
{"type":"WordPiece","prefix":"##","cleanup":true},{"type":"ByteLevel"},{"type":"Strip","content":"a","start":1,"stop":2}]},
"model":{"type":"WordLevel","unk_token":"<unk>","vocab":{"<unk>":0,"<s>":1,"NEW":2,"un":3,"abl":4,"a":5}}})json"};
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
          "\"prepend_scheme\":\"first\"",
          "\"byte_fallback\":true",
          "\"continuing_subword_prefix\":\"##\"",
          "\"end_of_word_suffix\":\"</w>\"",
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
    claim(encoded.words.size() == encoded.ids.size() && encoded.types.size() == encoded.ids.size(), "as many words and types as ids");
    text::Detokenizer stream(tokenizer);
    std::string streamed;
    for (const std::int32_t id : encoded.ids) streamed += stream.push(id);
    claim(streamed + stream.finish() == tokenizer->decode(encoded.ids), "the stream says what decode says");
    tokenizer->encode_pair(kText, "ab", {.parse_special = special});
  }
}

}  // namespace maru::fuzz
