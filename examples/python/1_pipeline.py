"""The shortest way from a sentence to an answer: a task by name, its model chosen for you. ./run python examples/python/1_pipeline.py"""
from maru import pipeline

judge = pipeline("sentiment-analysis")
for sentence in ("I love learning about transformers!", "The lecture was long and nobody could hear it."):
    print(sentence, judge(sentence))
