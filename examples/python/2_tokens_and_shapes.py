"""One layer below the pipeline: what the tokenizer makes of a text, and the shape of what the model makes of that.

./run python examples/python/2_tokens_and_shapes.py [MODEL]      MODEL is a name, org/name or a folder; without one, a tiny random BERT
"""
import sys

import maru
from maru import AutoTokenizer, AutoModel

name = sys.argv[1] if len(sys.argv) > 1 else maru.tiny("bert")
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModel.from_pretrained(name)

tokens = tokenizer("Hello world", return_tensors="pt")
print(tokens)
print("pieces:", tokenizer.convert_ids_to_tokens(tokens["input_ids"][0]))

outputs = model(**tokens)
print("one vector per token:", outputs.last_hidden_state.shape)
