# pipeline이 하는 일을 손으로. / What a pipeline does, by hand.
from maru import AutoModel, AutoModelForCausalLM, AutoTokenizer, pipeline
import maru.torch as torch


def features(tokenizer, model, text):
    # 본보기: pipeline("feature-extraction") / An example, complete
    tokens = tokenizer(text, return_tensors="pt")        # 1. 글 → 토큰 ID / text → token ids
    with torch.no_grad():
        outputs = model(**tokens)                        # 2. 토큰 ID → 벡터 / token ids → vectors
    return outputs.last_hidden_state.tolist()            # 3. 그대로 / as they are


def next_word(tokenizer, model, text):
    # pipeline("text-generation", max_new_tokens=1)
    tokens = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        logits = model(**tokens).logits                  # [1, 자리 positions, 단어장 vocabulary]
    best = torch.argmax(logits[0][-1]).item()
    return text + tokenizer.decode([best])


if __name__ == "__main__":
    generate = pipeline("text-generation", model="smollm2")
    tokenizer, model = AutoTokenizer.from_pretrained("smollm2"), AutoModelForCausalLM.from_pretrained("smollm2")
    text = "The capital of France is"
    print("pipeline:", generate(text, max_new_tokens=1, do_sample=False)[0]["generated_text"])
    print("by hand: ", next_word(tokenizer, model, text))
