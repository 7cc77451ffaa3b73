#!/usr/bin/env python3
"""MiniLM on ONNX Runtime in f32: the graph that its own optimiser makes of BERT, written out from the safetensors.

onnx_minilm.py build MODEL_FOLDER GRAPH.onnx
onnx_minilm.py bench MODEL_FOLDER GRAPH.onnx TEXTS.json --threads N --batch N --runs N    one JSON line
onnx_minilm.py once MODEL_FOLDER GRAPH.onnx TEXT --threads N                              the first numbers of a vector
Needs: pip install onnxruntime onnx tokenizers safetensors numpy
"""
import argparse
import json
import time

import numpy as np


def build(folder, path):
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from safetensors.numpy import load_file

    weights = load_file(folder + "/model.safetensors")
    config = json.load(open(folder + "/config.json"))
    heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]
    nodes, constants = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind, inputs, output, domain="com.microsoft", **attributes):
        outputs = [output] if isinstance(output, str) else output
        nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, name=outputs[0], **attributes))
        return outputs[0]

    w = lambda name: weights[name].astype(np.float32)
    node("EmbedLayerNormalization",
         ["ids", "types", constant("words", w("embeddings.word_embeddings.weight")),
          constant("positions", w("embeddings.position_embeddings.weight")),
          constant("token_types", w("embeddings.token_type_embeddings.weight")),
          constant("gain", w("embeddings.LayerNorm.weight")), constant("bias", w("embeddings.LayerNorm.bias")), "mask"],
         ["x", "mask_index"], epsilon=epsilon)
    x = "x"
    for i in range(config["num_hidden_layers"]):
        block = f"encoder.layer.{i}."
        name = lambda part: f"{part}_{i}"

        def linear(part, key, source):
            kernel = constant(name(part + "_w"), w(block + key + ".weight").T)
            return node("MatMul", [source, kernel], name(part), domain=""), constant(name(part + "_b"), w(block + key + ".bias"))

        def norm(part, key, source, bias, skip):
            gain, shift = (constant(name(part + s), w(block + key + t)) for s, t in (("_g", ".weight"), ("_s", ".bias")))
            return node("SkipLayerNormalization", [source, skip, gain, shift, bias], name(part), epsilon=epsilon)

        qkv = [w(f"{block}attention.self.{part}.weight").T for part in ("query", "key", "value")]
        biases = [w(f"{block}attention.self.{part}.bias") for part in ("query", "key", "value")]
        attended = node("Attention", [x, constant(name("qkv"), np.concatenate(qkv, 1)), constant(name("qkv_b"), np.concatenate(biases)), "mask_index"],
                        name("attended"), num_heads=heads)
        h = norm("h", "attention.output.LayerNorm", *linear("out", "attention.output.dense", attended), x)
        up = node("BiasGelu", list(linear("up", "intermediate.dense", h)), name("gelu"))
        x = norm("y", "output.LayerNorm", *linear("down", "output.dense", up), h)
    ints = lambda name: helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "tokens"])
    out = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["batch", "tokens", config["hidden_size"]])
    graph = helper.make_graph(nodes, "minilm", [ints("ids"), ints("types"), ints("mask")], [out], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)], ir_version=8), path)


def encoder(folder, path, threads):
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def embed(texts):
        encoded = tokenizer.encode_batch(texts)
        ids, mask = (np.array([getattr(e, key) for e in encoded], np.int32) for key in ("ids", "attention_mask"))
        hidden = session.run(None, {"ids": ids, "types": np.zeros_like(ids), "mask": mask})[0]
        pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    return embed


def bench(embed, texts, batch, runs):
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))  # neighbours of like length pad least
    took = []
    for run in range(runs + 1):
        begin = time.perf_counter()
        for at in range(0, len(order), batch):
            embed([texts[i] for i in order[at:at + batch]])
        if run:
            took.append(time.perf_counter() - begin)
    took.sort()
    rate = [len(texts) / t for t in took]
    print(json.dumps({"runs": runs, "min": rate[-1], "median": rate[len(rate) // 2], "max": rate[0]}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["build", "bench", "once"])
    parser.add_argument("folder")
    parser.add_argument("graph")
    parser.add_argument("input", nargs="?")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    if given.what == "build":
        return build(given.folder, given.graph)
    embed = encoder(given.folder, given.graph, given.threads)
    if given.what == "once":
        return print(embed([given.input])[0][:8].tolist())
    bench(embed, json.load(open(given.input)), given.batch, given.runs)


main()
