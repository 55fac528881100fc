# ruff: noqa: INP001, T201 - a snippet that prints
"""Cosines by ``wordllama`` itself, with its two files as they are installed.

Made with wordllama 0.4.0.post1 on Python 3.11. Printed::

    0 and 1: 0.100241
    0 and 2: 0.090594
    1 and 2: -0.006078
"""

from itertools import combinations
from pathlib import Path

import wordllama
from safetensors import safe_open
from tokenizers import Tokenizer
from wordllama.inference import WordLlamaInference

TEXTS = ["The rent is too high for me.", "I cannot pay that much every month.", "Bicycles need air in their tyres."]
place = Path(wordllama.__file__).parent
with safe_open(place / "weights" / "l2_supercat_256.safetensors", framework="np") as file:
    weights = file.get_tensor("embedding.weight")
tokenizer = Tokenizer.from_file(str(place / "tokenizers" / "l2_supercat_tokenizer_config.json"))
vectors = WordLlamaInference(weights, tokenizer).embed(TEXTS, norm=True)
for one, other in combinations(range(len(TEXTS)), 2):
    print(f"{one} and {other}: {float(vectors[one] @ vectors[other]):.6f}")
