// Fuzzes Modelfiles: what is read is printed, and read again the same.
#include "maru/chat/modelfile.h"

#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {

std::vector<std::string> seeds() {
  return {
      "FROM ./model.gguf\nPARAMETER temperature 0.2\nPARAMETER stop \"<|im_end|>\"\nTEMPLATE \"\"\"{{ .System }}\n{{ .Prompt "
      "}}\"\"\"\nSYSTEM You are \"Mario\".\n",
      "# c\r\nfrom a\r\nlicense \"\"\"\nMIT\n\"\"\"\r\nmessage user hi\nMESSAGE assistant \"yes\nno\"\nREQUIRES 0.14.0\nADAPTER x\nDRAFT "
      "y\nRENDERER r\nPARSER p\n",
      "\xEF\xBB\xBF"
      "FROM a\nPARAMETER mirostat 1\nPARAMETER num_ctx 4096\nPARAMETER use_mmap false\nPARAMETER seed -1",
      std::string("\xFF\xFE"
                  "F\0R\0O\0M\0 \0a\0\n\0",
                  16)};
}

std::vector<std::string> words() {
  return {"FROM ",
          "PARAMETER ",
          "TEMPLATE ",
          "SYSTEM ",
          "ADAPTER ",
          "LICENSE ",
          "MESSAGE ",
          "REQUIRES ",
          "\"",
          "\"\"\"",
          "\n",
          "\r\n",
          "\r",
          "#",
          " ",
          "\t",
          "user ",
          "assistant ",
          "stop ",
          "temperature ",
          "num_ctx ",
          "1e309",
          "nan",
          "-0",
          "9223372036854775808",
          "é",
          "\xff",
          std::string(1, '\0')};
}

void attempt(std::string_view input) {
  const chat::Modelfile read = chat::parse_modelfile(input, "fuzz");
  const std::string printed = chat::print_modelfile(read);
  // A text with three quotes before the end of a line cannot be written down.
  if (printed.contains("\"\"\"")) return;
  claim(chat::print_modelfile(chat::parse_modelfile(printed, "fuzz")) == printed, "what was printed is read differently");
}

}  // namespace maru::fuzz
