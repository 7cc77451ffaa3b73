"""Cosine similarity and a tiny nearest-neighbour search, in plain Python.

The default of top_k is 5. Vectors of different lengths raise ValueError.
"""
import math

DEFAULT_TOP_K = 5
EPSILON = 1e-12


def dot(a, b):
    """Sum of the products of matching entries."""
    if len(a) != len(b):
        raise ValueError(f"vectors have {len(a)} and {len(b)} entries")
    return sum(x * y for x, y in zip(a, b))


def norm(a):
    """Euclidean length of a vector."""
    return math.sqrt(dot(a, a))


def cosine(a, b):
    """Cosine of the angle between two vectors, 0.0 when one of them is shorter than EPSILON."""
    length = norm(a) * norm(b)
    return dot(a, b) / length if length > EPSILON else 0.0


def nearest(query, vectors, top_k=DEFAULT_TOP_K):
    """Indices of the top_k vectors that are most similar to the query, best first."""
    scored = [(cosine(query, v), -i) for i, v in enumerate(vectors)]
    scored.sort(reverse=True)
    return [-i for _, i in scored[:top_k]]
