# Whether a decoder names capitals, and whether its sentence vectors tell topics apart; an encoder's vectors for comparison.
# Random weights know nothing, so without a model of the learner's own this runs on smollm2.
from maru import AutoModel, AutoModelForCausalLM, AutoTokenizer
import maru.torch as torch

CAPITALS = {"France": " Paris", "Italy": " Rome", "Japan": " Tokyo", "Germany": " Berlin", "Spain": " Madrid", "Russia": " Moscow",
            "Egypt": " Cairo",
            "Greece": " Athens"}
TOPICS = [["The striker scored twice in the second half", "Our goalkeeper saved the last penalty", "The coach praised the defence",
           "They won the league by two points"],
          ["Stir the sauce until it thickens", "Bake the bread for half an hour", "Add salt and a little butter",
           "Slice the onions very thin"],
          ["Heavy rain will reach the coast tonight", "A cold wind blows from the north", "Tomorrow will be sunny and warm",
           "Snow is expected in the hills"],
          ["The court rejected the appeal", "Her lawyer called two witnesses", "The judge read the verdict aloud",
           "The jury found him not guilty"]]


def tidy(x):  # three digits are enough to read; a whole number is shown as one
    x = float(f"{x:.3g}")
    return int(x) if x == int(x) else x


def cosine(a, b):
    return (torch.dot(a, b) / torch.sqrt(torch.dot(a, a) * torch.dot(b, b))).item()


def topic_accuracy(name):
    tokenizer, network = AutoTokenizer.from_pretrained(name), AutoModel.from_pretrained(name)

    def vector(text):
        with torch.no_grad():
            return network(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(dim=0)

    vectors = [(topic, vector(text)) for topic, texts in enumerate(TOPICS) for text in texts]
    # One common direction is shared by all vectors of a decoder; without their mean only what differs is compared.
    mean = torch.stack([v for _, v in vectors]).mean(dim=0)
    vectors = [(topic, v - mean) for topic, v in vectors]
    right = 0
    for i, (topic, v) in enumerate(vectors):  # each sentence against the means of the others
        others = [torch.stack([w for j, (t, w) in enumerate(vectors) if t == each and j != i]).mean(dim=0) for each in range(len(TOPICS))]
        scores = [cosine(v, other) for other in others]
        right += scores.index(max(scores)) == topic
    return tidy(right / len(vectors))


def measure(model, seed):
    name = model or "smollm2"
    tokenizer, network = AutoTokenizer.from_pretrained(name), AutoModelForCausalLM.from_pretrained(name)
    found = 0
    for country, capital in CAPITALS.items():
        with torch.no_grad():
            scores = network(**tokenizer(f"The capital of {country} is", return_tensors="pt")).logits[0][-1].tolist()
        best = sorted(range(len(scores)), key=lambda i: scores[i], reverse=True)[:5]
        found += any(capital.startswith(piece) and len(piece) > 2 for piece in (tokenizer.decode([i]) for i in best))
    return {"model_name": name, "capitals_in_top_five": found, "decoder_topic_accuracy": topic_accuracy(name),
            "encoder_topic_accuracy": topic_accuracy("all-minilm")}
