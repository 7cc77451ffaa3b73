"""torch.nn.functional: what the examples use of it."""
from ..._maru import cosine_similarity, cross_entropy, gelu, layer_norm, log_softmax, normalize, relu, softmax


def scaled_dot_product_attention(query, key, value, attn_mask=None, is_causal=False):
    from ... import torch
    scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
    if is_causal:
        rows, columns = scores.shape[-2], scores.shape[-1]
        scores = scores.masked_fill(torch.triu(torch.ones(rows, columns), 1) > 0, -torch.inf)
    if attn_mask is not None:
        scores = scores.masked_fill(attn_mask == 0, -torch.inf) if attn_mask.dtype == torch.bool else scores + attn_mask
    return softmax(scores, -1) @ value


def embedding(input, weight):
    return weight[input]


def linear(input, weight, bias=None):
    out = input @ weight.T
    return out if bias is None else out + bias
