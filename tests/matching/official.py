"""MMVP-VLM's official rule, in plain loops."""

import math


def literally(similarity, scale):
    """The official rule in plain loops: softmax over two images, image 1 iff p > 0.5."""
    right = []
    for pair in similarity:
        picked = []
        for text in (0, 1):
            logits = [scale * pair[image][text] for image in (0, 1)]
            shares = [math.exp(logit - max(logits)) for logit in logits]
            picked.append(1 if shares[0] / sum(shares) > 0.5 else 2)
        right.append(picked == [1, 2])
    return right
