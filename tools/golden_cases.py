"""The cases of tools/golden.py: one entry each, by family. How they are run and written is not known here."""
from dataclasses import dataclass, field

import torch
import transformers as hf

GONE = "not in config.json"


@dataclass
class Case:
    model: type                   # the class that runs and whose name config.json carries
    config: hf.PretrainedConfig
    labels: str                   # how the targets look: a key of LABELS in golden.py
    token_types: bool = False
    std: float = 0.3              # of weights
    embedding_std: float = 0.3    # of embeddings that encoder and decoder share
    seed: int = 0                 # chosen where generation should meet its end token
    untied: bool = False          # T5 1.1: the reference's class always ties, the published files do not
    generate: tuple = ()          # keys of GENERATE
    generation: dict = field(default_factory=dict)  # what generation_config.json holds beside the ids of config.json
    rename: dict = field(default_factory=dict)      # in the names of model.safetensors: how published files spell them
    extra: dict = field(default_factory=dict)       # tensors that published files have and nobody reads
    published: dict = field(default_factory=dict)   # config.json as published: keys replaced, or taken away with GONE


# How the reference's generate() is asked, beside what generation_config.json says. max_new_tokens is 12 in all of them.
GENERATE = {
    "greedy": dict(num_beams=1),
    "beam": dict(num_beams=4, length_penalty=1.0, early_stopping=False),
    "beam_early": dict(num_beams=4, length_penalty=2.0, early_stopping=True),
    "beam_never": dict(num_beams=3, length_penalty=0.5, early_stopping="never"),
    "beam_rules": dict(num_beams=4, length_penalty=2.0, early_stopping=True, min_length=6, no_repeat_ngram_size=2,
                       forced_bos_token_id=0),
    "greedy_rules": dict(num_beams=1, min_new_tokens=4, no_repeat_ngram_size=2, repetition_penalty=1.3),
}
SEARCH = ("greedy", "beam", "beam_early", "beam_never")

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
MOODS = ["negative", "neutral", "positive"]
ANIMALS = ["tabby cat", "goldfish", "red fox", "tree frog"]


def names(labels):
    return dict(id2label=dict(enumerate(labels)), label2id={name: i for i, name in enumerate(labels)})


# ---------------------------------------------------------------- encoders


def bert(**more):
    return hf.BertConfig(**dict(vocab_size=83, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=37,
                                max_position_embeddings=19, type_vocab_size=2) | more)


def roberta(kind=hf.RobertaConfig, **more):
    return kind(**dict(vocab_size=79, hidden_size=20, num_hidden_layers=2, num_attention_heads=5, intermediate_size=33,
                       max_position_embeddings=18, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0,
                       eos_token_id=2) | more)


def distilbert(**more):
    return hf.DistilBertConfig(**dict(vocab_size=71, dim=24, n_layers=2, n_heads=3, hidden_dim=41, max_position_embeddings=17) | more)


def electra(**more):
    return hf.ElectraConfig(**dict(vocab_size=67, embedding_size=14, hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
                                   intermediate_size=35, max_position_embeddings=16, type_vocab_size=2) | more)


GAMMA_BETA = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}

ENCODERS = {
    "bert_masked_lm": Case(hf.BertForMaskedLM, bert(), "masked", token_types=True),
    "bert_masked_lm_gelu_new": Case(hf.BertForMaskedLM, bert(hidden_act="gelu_new"), "masked", token_types=True),
    "bert_masked_lm_relu": Case(hf.BertForMaskedLM, bert(hidden_act="relu"), "masked", token_types=True),
    # The names of google-bert/bert-base-uncased: gamma and beta instead of weight and bias.
    "bert_pretraining": Case(hf.BertForPreTraining, bert(), "pretraining", token_types=True, rename=GAMMA_BETA),
    "bert_sequence_classification": Case(hf.BertForSequenceClassification, bert(**names(MOODS)), "class", token_types=True),
    "bert_sequence_classification_multi_label": Case(
        hf.BertForSequenceClassification, bert(**names(["joy", "anger", "fear", "calm"]), problem_type="multi_label_classification"),
        "several classes", token_types=True),
    "bert_token_classification": Case(hf.BertForTokenClassification, bert(**names(TAGS)), "tags", token_types=True),
    "bert_question_answering": Case(hf.BertForQuestionAnswering, bert(), "span", token_types=True),
    "bert_base": Case(hf.BertModel, bert(), "vectors", token_types=True),
    "roberta_masked_lm": Case(hf.RobertaForMaskedLM, roberta(), "masked"),
    "roberta_sequence_classification": Case(hf.RobertaForSequenceClassification, roberta(**names(MOODS)), "class"),
    "roberta_token_classification": Case(hf.RobertaForTokenClassification, roberta(**names(TAGS)), "tags"),
    "roberta_question_answering": Case(hf.RobertaForQuestionAnswering, roberta(), "span"),
    "xlm_roberta_masked_lm": Case(hf.XLMRobertaForMaskedLM, roberta(hf.XLMRobertaConfig), "masked"),
    "xlm_roberta_sequence_classification": Case(
        hf.XLMRobertaForSequenceClassification, roberta(hf.XLMRobertaConfig, **names(["LABEL_0"])), "score"),
    "distilbert_masked_lm": Case(hf.DistilBertForMaskedLM, distilbert(), "masked"),
    "distilbert_sequence_classification": Case(hf.DistilBertForSequenceClassification, distilbert(**names(MOODS[::2])), "class"),
    "distilbert_token_classification": Case(hf.DistilBertForTokenClassification, distilbert(**names(TAGS)), "tags"),
    "distilbert_question_answering": Case(hf.DistilBertForQuestionAnswering, distilbert(), "span"),
    "electra_discriminator": Case(hf.ElectraForPreTraining, electra(), "replaced", token_types=True),
    "electra_generator": Case(hf.ElectraForMaskedLM, electra(), "masked", token_types=True),
    "electra_sequence_classification": Case(hf.ElectraForSequenceClassification, electra(**names(MOODS)), "class", token_types=True),
    "electra_token_classification": Case(
        hf.ElectraForTokenClassification, electra(embedding_size=24, **names(TAGS)), "tags", token_types=True),
}

# ---------------------------------------------------------------- decoders


def gpt2(**more):
    return hf.GPT2Config(**dict(vocab_size=73, n_positions=29, n_embd=24, n_layer=2, n_head=3, bos_token_id=72, eos_token_id=72) | more)


def llama(kind=hf.LlamaConfig, **more):
    """The shape that all of its kin share."""
    return kind(**dict(vocab_size=61, hidden_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                       intermediate_size=34, max_position_embeddings=32, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2,
                       pad_token_id=0) | more)


def rope(theta, scaling=None):
    """Top-level keys, as nearly all published files have them."""
    return dict(rope_parameters=GONE, rope_theta=theta, rope_scaling=scaling)


LLAMA3_SCALING = dict(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64, rope_type="llama3")
BARE_LLAMA = dict(head_dim=GONE, mlp_bias=GONE, attention_bias=GONE)  # keys that the first Llama files lack

CAUSAL = ("greedy",)

DECODERS = {
    "gpt2": Case(hf.GPT2LMHeadModel, gpt2(), "next", generate=(*CAUSAL, "greedy_rules")),
    # The names of openai-community/gpt2: no prefix; the causal masks are stored.
    "gpt2_published_names": Case(hf.GPT2LMHeadModel, gpt2(n_inner=31), "next", generate=CAUSAL, rename={"transformer.": ""},
                                 extra={f"h.{layer}.attn.bias": torch.tril(torch.ones(1, 1, 29, 29)) for layer in range(2)}),
    "gpt2_untied": Case(
        hf.GPT2LMHeadModel, gpt2(n_inner=31, activation_function="relu", tie_word_embeddings=False, scale_attn_by_inverse_layer_idx=True,
                                 scale_attn_weights=False), "next", generate=CAUSAL),
    "gpt2_sequence_classification": Case(hf.GPT2ForSequenceClassification, gpt2(pad_token_id=0, **names(MOODS)), "class"),
    "llama": Case(hf.LlamaForCausalLM, llama(rope_parameters=dict(rope_type="default", rope_theta=10000.0)), "next",
                  generate=CAUSAL, published=rope(10000.0)),
    "llama_biases": Case(
        hf.LlamaForCausalLM,
        llama(num_attention_heads=3, num_key_value_heads=3, attention_bias=True, mlp_bias=True, tie_word_embeddings=True,
              rope_parameters=dict(rope_type="default", rope_theta=500.0)), "next", generate=CAUSAL,
        published=rope(500.0) | dict(num_key_value_heads=GONE, head_dim=GONE)),
    "llama3_rope_scaling": Case(
        hf.LlamaForCausalLM, llama(hidden_size=32, max_position_embeddings=512, rope_parameters=dict(rope_theta=10000.0) | LLAMA3_SCALING),
        "next", generate=CAUSAL, published=rope(10000.0, LLAMA3_SCALING)),
    "llama_linear_scaling": Case(
        hf.LlamaForCausalLM, llama(rope_parameters=dict(rope_type="linear", factor=2.5, rope_theta=10000.0)), "next", generate=CAUSAL,
        published=rope(10000.0, dict(type="linear", factor=2.5)) | BARE_LLAMA),
    "llama_sequence_classification": Case(
        hf.LlamaForSequenceClassification, llama(rope_parameters=dict(rope_type="default", rope_theta=10000.0), **names(MOODS)), "class",
        published=rope(10000.0)),
    "mistral": Case(
        hf.MistralForCausalLM,
        llama(hf.MistralConfig, hidden_size=28, num_attention_heads=6, head_dim=10, sliding_window=4,
              rope_parameters=dict(rope_type="default", rope_theta=1000.0)), "next", generate=CAUSAL, published=rope(1000.0)),
    # Published Qwen2 files name a window that use_sliding_window turns off.
    "qwen2": Case(
        hf.Qwen2ForCausalLM,
        llama(hf.Qwen2Config, hidden_size=30, num_attention_heads=3, num_key_value_heads=1, tie_word_embeddings=True,
              rope_parameters=dict(rope_type="default", rope_theta=1000000.0)), "next", generate=CAUSAL,
        published=rope(1000000.0) | dict(sliding_window=4, max_window_layers=1, layer_types=GONE)),
    "qwen2_sliding_window": Case(
        hf.Qwen2ForCausalLM,
        llama(hf.Qwen2Config, use_sliding_window=True, sliding_window=4, max_window_layers=1,
              rope_parameters=dict(rope_type="default", rope_theta=10000.0)), "next", generate=CAUSAL,
        published=rope(10000.0) | dict(layer_types=GONE)),
    "qwen3": Case(
        hf.Qwen3ForCausalLM,
        llama(hf.Qwen3Config, hidden_size=20, num_attention_heads=6, head_dim=8, tie_word_embeddings=True,
              rope_parameters=dict(rope_type="default", rope_theta=1000000.0)), "next", generate=CAUSAL,
        published=rope(1000000.0) | dict(layer_types=GONE)),
    # Tied words are no head where a text is classified.
    "qwen3_sequence_classification": Case(
        hf.Qwen3ForSequenceClassification,
        llama(hf.Qwen3Config, head_dim=8, attention_bias=True, tie_word_embeddings=True,
              rope_parameters=dict(rope_type="default", rope_theta=1000000.0), **names(MOODS)), "class",
        published=rope(1000000.0) | dict(layer_types=GONE)),
    # Not of the families that were asked for: written by following docs/add-a-model.md.
    "olmo2": Case(
        hf.Olmo2ForCausalLM, llama(hf.Olmo2Config, rope_parameters=dict(rope_type="default", rope_theta=500000.0)), "next", generate=CAUSAL,
        published=rope(500000.0)),
    # As google/gemma-3-1b-it: the pattern, here of two, says that every second layer is global.
    "gemma3_text": Case(
        hf.Gemma3ForCausalLM,
        llama(hf.Gemma3TextConfig, num_key_value_heads=1, head_dim=8, sliding_window=4, query_pre_attn_scalar=13, rms_norm_eps=1e-6,
              bos_token_id=2, eos_token_id=1, layer_types=["sliding_attention", "full_attention"],
              rope_parameters=dict(sliding_attention=dict(rope_type="default", rope_theta=100.0),
                                   full_attention=dict(rope_type="default", rope_theta=1000000.0))),
        "next", generate=CAUSAL,
        published=rope(1000000.0) | dict(rope_local_base_freq=100.0, sliding_window_pattern=2, layer_types=GONE,
                                         _sliding_window_pattern=GONE)),
    # As google/gemma-3-270m (layer_types) with the scaling of the larger ones, which is for global layers only.
    "gemma3_text_linear_scaling": Case(
        hf.Gemma3ForCausalLM,
        llama(hf.Gemma3TextConfig, num_attention_heads=3, num_key_value_heads=3, head_dim=6, sliding_window=4, query_pre_attn_scalar=6,
              rms_norm_eps=1e-6, bos_token_id=2, eos_token_id=1, layer_types=["full_attention", "sliding_attention"],
              rope_parameters=dict(sliding_attention=dict(rope_type="default", rope_theta=10000.0),
                                   full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1000000.0))),
        "next", generate=CAUSAL,
        published=rope(1000000.0, dict(rope_type="linear", factor=8.0)) | dict(rope_local_base_freq=10000.0)),
}

# ---------------------------------------------------------------- encoder-decoders


def t5(**more):
    return hf.T5Config(**dict(vocab_size=67, d_model=22, d_kv=6, d_ff=31, num_layers=2, num_decoder_layers=2, num_heads=3,
                              relative_attention_num_buckets=8, relative_attention_max_distance=12, decoder_start_token_id=0) | more)


def bart(kind=hf.BartConfig, **more):
    return kind(**dict(vocab_size=69, d_model=20, encoder_layers=2, decoder_layers=2, encoder_attention_heads=5,
                       decoder_attention_heads=4, encoder_ffn_dim=27, decoder_ffn_dim=31, max_position_embeddings=30) | more)


def marian(**more):
    return bart(hf.MarianConfig, **dict(pad_token_id=68, eos_token_id=0, decoder_start_token_id=68, decoder_vocab_size=69,
                                        forced_eos_token_id=0, activation_function="swish", scale_embedding=True) | more)


ENCODER_DECODERS = {
    "t5": Case(hf.T5ForConditionalGeneration, t5(), "translation", std=0.25, embedding_std=1.0, seed=3, generate=SEARCH),
    "t5_v1_1": Case(
        hf.T5ForConditionalGeneration, t5(feed_forward_proj="gated-gelu", tie_word_embeddings=False), "translation",
        std=0.22, embedding_std=0.6, seed=9, untied=True, generate=SEARCH,
        published=dict(tie_word_embeddings=False, scale_decoder_outputs=GONE)),
    "bart": Case(hf.BartForConditionalGeneration, bart(), "translation", std=0.4, seed=49, generate=(*SEARCH, "beam_rules"),
                 generation=dict(forced_eos_token_id=2)),
    "bart_scale_embedding": Case(hf.BartForConditionalGeneration, bart(scale_embedding=True), "translation", std=0.4, seed=20,
                                 generate=SEARCH),
    "bart_sequence_classification": Case(hf.BartForSequenceClassification, bart(**names(MOODS)), "class"),
    # As the files of Helsinki-NLP: the padding starts the decoder and may never be said.
    "marian": Case(hf.MarianMTModel, marian(), "translation", std=0.4, seed=1, generate=SEARCH,
                   generation=dict(forced_eos_token_id=0, bad_words_ids=[[68]])),
}

# ---------------------------------------------------------------- vision

VISION = {
    "vit_image_classification": Case(
        hf.ViTForImageClassification,
        hf.ViTConfig(image_size=12, patch_size=4, num_channels=3, hidden_size=20, num_hidden_layers=2, num_attention_heads=5,
                     intermediate_size=33, **names(ANIMALS)), "class"),
}

CASES = ENCODERS | DECODERS | ENCODER_DECODERS | VISION
