# Whether the three steps by hand give what the pipelines give: text letter for letter, vectors number for number.
import random

from maru import AutoModel, AutoModelForCausalLM, AutoTokenizer, pipeline
import maru.torch as torch

PROMPTS = ["The capital of France is", "Water freezes at zero degrees", "Once upon a time there was a", "The opposite of hot is",
           "Two plus two equals", "A week has seven", "My favourite animal is the", "She opened the door and", "The sun rises in the",
           "In the morning I drink a cup of"]


def after_first(tokenizer, model, text):
    """The token that follows the first one, which is what a reader of position 0 finds."""
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([tokenizer(text)["input_ids"][:1]])).logits
    return torch.argmax(logits[0][0]).item()


def measure(lab, seed):
    draw = random.Random(seed)
    prompts = draw.sample(PROMPTS, 2)
    tokenizer, model = AutoTokenizer.from_pretrained("smollm2"), AutoModelForCausalLM.from_pretrained("smollm2")
    generate = pipeline("text-generation", model="smollm2")
    expected = [generate(text, max_new_tokens=1, do_sample=False)[0]["generated_text"] for text in prompts]
    answers = [lab.next_word(tokenizer, model, text) for text in prompts]
    agreeing = sum(answer == right for answer, right in zip(answers, expected))
    first = [after_first(tokenizer, model, text) for text in prompts] if agreeing == 0 else []

    small_tokenizer, small = AutoTokenizer.from_pretrained("all-minilm"), AutoModel.from_pretrained("all-minilm")
    by_pipeline = pipeline("feature-extraction", model="all-minilm")(prompts[0])
    by_hand = lab.features(small_tokenizer, small, prompts[0])
    difference = max(abs(x - y) for a, b in zip(by_pipeline[0], by_hand[0]) for x, y in zip(a, b))

    return {
        "prompts_agreeing": agreeing,
        "agreement": "equal" if agreeing == 2 else "close" if agreeing else "different",
        "features_difference": difference,
        "only_new_word": answers == [right[len(text):] for text, right in zip(prompts, expected)],
        "reads_first_position": first != [] and answers in ([tokenizer.decode([i]) for i in first],
                                            [t + tokenizer.decode([i]) for t, i in zip(prompts, first)]),
        "returns_id": all(type(answer) is int for answer in answers),
    }
