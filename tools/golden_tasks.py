#!/usr/bin/env python3
"""Makes tests/golden/tasks/CASE: tiny random checkpoints of the reference library with real label maps and small tokenizers, and what its
pipelines give for stored inputs.

Usage: python3 tools/golden_tasks.py [CASE…]    (needs: pip install torch transformers==4.57.6 tokenizers safetensors; for
rerank_cross_encoder, sentence-transformers and the transformers of its choice)

Version 4 of the reference, because version 5 removed question-answering, summarization, translation and text2text-generation. A case is a
model folder and calls.json: a list of {"task", "inputs", "arguments", "output"}. The vocabularies are trained on the sentences below.
"""
import json
import shutil
import sys
import warnings
import zlib
from pathlib import Path

import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "tasks"
hf.utils.logging.set_verbosity_error()
hf.utils.logging.disable_progress_bar()
warnings.filterwarnings("ignore")

ENGLISH = """The cat sat on the mat while the rain fell over London. Angela Merkel met Emmanuel Macron in Paris last Tuesday.
My friend José works at a small café in São Paulo and never drinks coffee. Siemens and Hyundai build trains in Munich and Seoul.
The Amazon rainforest covers much of the Amazon basin of South America. Nobody liked the ending, but the music was wonderful.
She doesn't know where the keys are, isn't it strange? Where does José work? Who met Macron? What covers the basin?"""
KOREAN = """김민수 기자는 서울에서 삼성전자 이재용 회장을 만났다. 부산의 바다는 여름에 가장 아름답다. 마루는 한옥의 가운데에 있는 넓은 나무 바닥이다.
이 영화는 정말 재미있었고 음악도 훌륭했다. 어제 본 연극은 지루했다. 누가 회장을 만났나?"""
LINES = (ENGLISH + "\n" + KOREAN).split("\n")
MIXED = ["Angela Merkel met José in São Paulo.", "김민수 기자는 서울에서 이재용 회장을 만났다.", "I ❤️ café 👩‍👩‍👧 in München!", "Hyundai, Siemens & 삼성전자 (Seoul)",
         "isn't London wonderful?"]
CONTEXT = " ".join(LINES[:3])


def wordpiece(lowercase, size=330):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(LINES, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False))
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def byte_level(special, size=420, roberta=True):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    if roberta:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    else:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def bert_tokenizer(lowercase=False, kind=None, longest=64):
    kind = kind or hf.BertTokenizerFast
    return kind(tokenizer_object=wordpiece(lowercase), do_lower_case=lowercase, model_max_length=longest)


def roberta_tokenizer(longest=64):
    return hf.RobertaTokenizerFast(tokenizer_object=byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]), model_max_length=longest)


def labelled(labels):
    return {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}


def bert(head, tokenizer, **more):
    config = hf.BertConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
                           max_position_embeddings=64, initializer_range=0.6, **more)
    return head(config)


def distilbert(head, tokenizer, **more):
    config = hf.DistilBertConfig(vocab_size=len(tokenizer), dim=16, n_layers=2, n_heads=4, hidden_dim=24, max_position_embeddings=64,
                                 initializer_range=0.6, **more)
    return head(config)


def roberta(head, tokenizer, **more):
    config = hf.RobertaConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
                              max_position_embeddings=66, type_vocab_size=1, initializer_range=0.6, pad_token_id=1, bos_token_id=0, eos_token_id=2, **more)
    return head(config)


def llama(tokenizer):
    config = hf.LlamaConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=24,
                            max_position_embeddings=96, initializer_range=0.5, bos_token_id=0, eos_token_id=0, pad_token_id=0, tie_word_embeddings=True)
    return hf.LlamaForCausalLM(config)


NER = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "ORG"]
SENTIMENT = ["negative", "neutral", "positive"]


def classify(calls, pairs=True):
    for arguments in ({}, {"top_k": None}, {"top_k": 2}, {"function_to_apply": "sigmoid"}, {"function_to_apply": "none", "top_k": None}):
        calls.append(("text-classification", MIXED[0], arguments))
        calls.append(("text-classification", MIXED, arguments))
    calls.append(("text-classification", "", {}))
    if pairs:
        calls.append(("text-classification", {"text": MIXED[0], "text_pair": MIXED[1]}, {}))
        calls.append(("text-classification", [{"text": MIXED[0], "text_pair": MIXED[1]}, {"text": MIXED[2]}], {"top_k": None}))
    return calls


def entities():
    calls = [("token-classification", MIXED, {"aggregation_strategy": how}) for how in ("none", "simple", "first", "average", "max")]
    calls.append(("token-classification", MIXED[0], {}))
    calls.append(("token-classification", MIXED, {"aggregation_strategy": "simple", "ignore_labels": []}))
    calls.append(("token-classification", MIXED[1], {"aggregation_strategy": "max", "ignore_labels": ["PER", "LOC"]}))
    for how in ("simple", "first"):
        calls.append(("token-classification", CONTEXT, {"aggregation_strategy": how, "stride": 8}))
    return calls


def questions():
    pairs = [{"question": "Where does José work?", "context": CONTEXT}, {"question": "Who met Macron?", "context": MIXED[0]},
             {"question": "누가 회장을 만났나?", "context": " ".join(LINES[4:])}]
    calls = []
    for pair in pairs:
        for arguments in ({}, {"top_k": 4}, {"handle_impossible_answer": True, "top_k": 3}, {"align_to_words": False, "top_k": 3},
                          {"max_answer_len": 3, "top_k": 2}, {"doc_stride": 5, "max_seq_len": 40}):
            calls.append(("question-answering", pair, arguments))
    calls.append(("question-answering", pairs, {}))
    return calls


def masks(mask):
    one, two = f"The cat sat on the {mask}.", f"Angela {mask} met José in São {mask}."
    calls = [("fill-mask", one, {}), ("fill-mask", one, {"top_k": 2}), ("fill-mask", [one], {}), ("fill-mask", [one, two], {}), ("fill-mask", two, {})]
    calls.append(("fill-mask", f"이 영화는 정말 {mask}.", {}))
    calls.append(("fill-mask", one, {"targets": ["mat", "cat", "London", "Ġrain", "rainforests"]}))
    calls.append(("fill-mask", two, {"targets": ["the", "##s"], "top_k": 1}))
    return calls


def zero_shot():
    labels = ["politics", "음악", "travel"]
    calls = []
    for multi in (False, True):
        calls.append(("zero-shot-classification", MIXED[0], {"candidate_labels": labels, "multi_label": multi}))
        calls.append(("zero-shot-classification", MIXED[:2], {"candidate_labels": "politics, travel", "multi_label": multi}))
    calls.append(("zero-shot-classification", MIXED[1], {"candidate_labels": ["politics"]}))
    calls.append(("zero-shot-classification", MIXED[2], {"candidate_labels": labels, "hypothesis_template": "이 글은 {}에 관한 것이다."}))
    return calls


def generation():
    greedy = {"do_sample": False, "max_new_tokens": 12}
    chat = [{"role": "user", "content": "Who met Macron?"}]
    calls = [("text-generation", MIXED[0], greedy), ("text-generation", MIXED[:2], greedy), ("text-generation", MIXED[1], {**greedy, "return_full_text": False})]
    calls += [("text-generation", chat, greedy), ("text-generation", [chat, chat], {**greedy, "return_full_text": False})]
    calls.append(("text-generation", MIXED[0], {**greedy, "prefix": "London. "}))
    return calls


TEMPLATE = "{% for m in messages %}<s>{{ m['role'] }}: {{ m['content'] }}</s>{% endfor %}{% if add_generation_prompt %}<s>assistant: {% endif %}"


def decoder_tokenizer():
    tokenizer = hf.PreTrainedTokenizerFast(tokenizer_object=byte_level(["<pad>", "<s>", "</s>"], roberta=False), eos_token="<pad>", pad_token="<pad>",
                                           model_max_length=96, clean_up_tokenization_spaces=False)
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def seq2seq_tokenizer():
    return hf.PreTrainedTokenizerFast(tokenizer_object=byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]), eos_token="</s>", pad_token="<pad>",
                                      bos_token="<s>", unk_token="<unk>", model_max_length=64, clean_up_tokenization_spaces=False,
                                      model_input_names=["input_ids", "attention_mask"])


def seq2seq(task, **more):
    calls = []
    for arguments in ({"max_new_tokens": 10}, {"max_new_tokens": 8, "num_beams": 1}, {"max_new_tokens": 8, "num_beams": 3, "num_return_sequences": 2}):
        calls.append((task, MIXED[0], {**arguments, **more}))
        if "num_return_sequences" not in arguments:
            calls.append((task, MIXED[:2], {**arguments, **more}))
    return calls


def bart(tokenizer, **more):
    config = hf.BartConfig(vocab_size=len(tokenizer), d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
                           encoder_ffn_dim=24, decoder_ffn_dim=24, max_position_embeddings=64, init_std=0.6, forced_eos_token_id=2, pad_token_id=1, bos_token_id=0,
                           eos_token_id=2, decoder_start_token_id=2, **more)
    return config


def marian_tokenizer():
    """Two SentencePiece files and one vocabulary, as the published translators have them."""
    return hf.MarianTokenizer.from_pretrained(FOLDER.parent / "tokenizer_folders" / "marian")


def marian(tokenizer):
    pad = tokenizer.pad_token_id
    return hf.MarianConfig(vocab_size=len(tokenizer), d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
                           encoder_ffn_dim=24, decoder_ffn_dim=24, max_position_embeddings=64, init_std=0.6, pad_token_id=pad, eos_token_id=0,
                           decoder_start_token_id=pad, forced_eos_token_id=0, decoder_vocab_size=len(tokenizer), activation_function="swish")


def t5(tokenizer, **more):
    return hf.T5Config(vocab_size=len(tokenizer), d_model=16, d_kv=4, d_ff=24, num_layers=2, num_heads=4, initializer_factor=3.0, pad_token_id=1,
                       eos_token_id=2, decoder_start_token_id=1, **more)


def next_sentences(model, tokenizer):
    """No pipeline exists: softmax of the head's two numbers."""
    out = []
    for first, second in [(MIXED[0], MIXED[1]), (MIXED[2], MIXED[3]), ("The cat sat on the mat.", "Nobody liked the ending.")]:
        inputs = tokenizer(first, second, return_tensors="pt")
        scores = model(**inputs).logits[0].softmax(-1).tolist()
        named = sorted(zip(["is_next", "not_next"], scores), key=lambda pair: -pair[1])
        out.append({"task": "next-sentence", "inputs": {"text": first, "text_pair": second}, "arguments": {},
                    "output": [{"label": label, "score": score} for label, score in named]})
    return out


def reranked(model, tokenizer):
    """No pipeline exists: the cross-encoder of sentence-transformers, which also says in which order."""
    import tempfile
    from sentence_transformers import CrossEncoder
    out = []
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        encoder = CrossEncoder(folder, device="cpu")
        for query, documents, arguments in ((MIXED[0], MIXED[1:], {}), ("The cat sat on the mat.", MIXED, {"top_k": 2}), (MIXED[1], MIXED, {"raw_scores": True})):
            raw = {"activation_fn": torch.nn.Identity()} if arguments.get("raw_scores") else {}
            ranks = encoder.rank(query, documents, top_k=arguments.get("top_k"), **raw)
            out.append({"task": "rerank", "inputs": {"query": query, "documents": documents}, "arguments": arguments,
                        "output": [{"index": int(one["corpus_id"]), "score": float(one["score"])} for one in ranks]})
    return out


PREFIXES = {"summarization": {"prefix": "London: "}, "translation_en_to_de": {"prefix": "the English: ", "num_beams": 2}}
CASES = {
    "classify_three_labels": lambda: (t := bert_tokenizer(), bert(hf.BertForSequenceClassification, t, **labelled(SENTIMENT)), classify([])),
    "classify_one_label": lambda: (t := bert_tokenizer(True, hf.DistilBertTokenizerFast), distilbert(hf.DistilBertForSequenceClassification, t, num_labels=1),
                                   classify([])),
    "classify_several_at_once": lambda: (t := roberta_tokenizer(), roberta(hf.RobertaForSequenceClassification, t, **labelled(["toxic", "insult"]),
                                                                           problem_type="multi_label_classification"), classify([])),
    "classify_regression": lambda: (t := bert_tokenizer(), bert(hf.BertForSequenceClassification, t, num_labels=1, problem_type="regression"), classify([])),
    "entities_wordpiece": lambda: (t := bert_tokenizer(), bert(hf.BertForTokenClassification, t, **labelled(NER)), entities()),
    "entities_lowercase": lambda: (t := bert_tokenizer(True, hf.DistilBertTokenizerFast), distilbert(hf.DistilBertForTokenClassification, t, **labelled(NER)),
                                   entities()),
    "entities_byte_level": lambda: (t := roberta_tokenizer(), roberta(hf.RobertaForTokenClassification, t, **labelled(NER)), entities()),
    "answers_wordpiece": lambda: (t := bert_tokenizer(), bert(hf.BertForQuestionAnswering, t), questions()),
    "answers_byte_level": lambda: (t := roberta_tokenizer(), roberta(hf.RobertaForQuestionAnswering, t), questions()),
    "masks_wordpiece": lambda: (t := bert_tokenizer(), bert(hf.BertForMaskedLM, t), masks("[MASK]")),
    "masks_byte_level": lambda: (t := roberta_tokenizer(), roberta(hf.RobertaForMaskedLM, t), masks("<mask>")),
    "zero_shot": lambda: (t := bert_tokenizer(), bert(hf.BertForSequenceClassification, t, **labelled(["contradiction", "neutral", "ENTAILMENT"])), zero_shot()),
    "zero_shot_entailment_first": lambda: (t := roberta_tokenizer(), roberta(hf.RobertaForSequenceClassification, t,
                                                                             **labelled(["entailment", "neutral", "contradiction"])), zero_shot()),
    "features": lambda: (t := bert_tokenizer(), bert(hf.BertModel, t), [("feature-extraction", MIXED[0], {}), ("feature-extraction", MIXED[1:3], {})]),
    "generation": lambda: (t := decoder_tokenizer(), llama(t), generation()),
    "next_sentence": lambda: (t := bert_tokenizer(), bert(hf.BertForNextSentencePrediction, t), next_sentences),
    "rerank_cross_encoder": lambda: (t := bert_tokenizer(), bert(hf.BertForSequenceClassification, t, num_labels=1), reranked),
    "rewrite_bart": lambda: (t := seq2seq_tokenizer(), hf.BartForConditionalGeneration(bart(t)), seq2seq("summarization") + seq2seq("text2text-generation")),
    "rewrite_t5": lambda: (t := seq2seq_tokenizer(), hf.T5ForConditionalGeneration(t5(t, task_specific_params=PREFIXES)),
                           seq2seq("summarization") + seq2seq("translation_en_to_de")),
    "translate_marian": lambda: (t := marian_tokenizer(), hf.MarianMTModel(marian(t)), seq2seq("translation")),
    "zero_shot_bart": lambda: (t := seq2seq_tokenizer(), hf.BartForSequenceClassification(bart(t, **labelled(["contradiction", "neutral", "entailment"]))),
                               zero_shot()),
}


def vit():
    config = hf.ViTConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24, image_size=24, patch_size=8, initializer_range=0.4,
                          **labelled(["cat", "dog", "마루", "train", "rain", "tree"]))
    return hf.ViTForImageClassification(config)


def pictures(folder):
    """Two images of other sizes than the model's: one is made smaller, one larger."""
    import numpy
    from PIL import Image
    random = numpy.random.RandomState(5)
    for name, height, width in (("wide.png", 37, 61), ("small.png", 15, 11)):
        steps = numpy.linspace(0, 200, height * width * 3).reshape(height, width, 3) + random.randint(0, 55, (height, width, 3))
        Image.fromarray(steps.astype(numpy.uint8)).save(folder / name)
    return ["wide.png", "small.png"]


def make_images(name):
    torch.manual_seed(zlib.crc32(name.encode()))
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = vit().eval()
    processor = hf.ViTImageProcessor(size={"height": 24, "width": 24})
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    names = pictures(folder)
    pipeline = hf.pipeline("image-classification", model=model, image_processor=processor, device="cpu")
    results = []
    for inputs, arguments in ((names[0], {}), (names, {"top_k": 2}), (names[1], {"function_to_apply": "sigmoid"})):
        files = [str(folder / one) for one in inputs] if isinstance(inputs, list) else str(folder / inputs)
        results.append({"task": "image-classification", "inputs": inputs, "arguments": arguments, "output": plain(pipeline(files, **arguments))})
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in results)
    (folder / "calls.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{name}: {len(results)} calls, {sum(f.stat().st_size for f in folder.iterdir())} bytes")


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value if isinstance(value, (str, int, bool, type(None))) else float(value)


def asked(model, tokenizer, call, pipelines):
    task, inputs, arguments = call
    if task not in pipelines:
        pipelines[task] = hf.pipeline(task, model=model, tokenizer=tokenizer, device="cpu")
    words = dict(arguments)
    if task == "question-answering":
        output = pipelines[task]([dict(one) for one in inputs] if isinstance(inputs, list) else dict(inputs), **words)
    else:
        output = pipelines[task](inputs, **words)
    return {"task": task, "inputs": inputs, "arguments": arguments, "output": plain(output)}


def make(name):
    torch.manual_seed(zlib.crc32(name.encode()))
    tokenizer, model, calls = CASES[name]()
    model.eval()
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for extra in ("vocab.txt", *(["vocab.json"] if tokenizer.is_fast else []), "merges.txt", "special_tokens_map.json", "added_tokens.json"):
        (folder / extra).unlink(missing_ok=True)
    pipelines = {}
    with torch.no_grad():
        results = calls(model, tokenizer) if callable(calls) else [asked(model, tokenizer, call, pipelines) for call in calls]
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in results)
    (folder / "calls.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{name}: {len(results)} calls, {sum(f.stat().st_size for f in folder.iterdir())} bytes")


if __name__ == "__main__":
    for case in sys.argv[1:] or [*CASES, "images"]:
        make_images(case) if case == "images" else make(case)
