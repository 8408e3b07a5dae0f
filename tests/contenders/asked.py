"""Questions of different lengths over images of different sizes, and their answers."""

import hashlib
import io

import numpy as np
from PIL import Image

from clipblind.contenders.protocol import Ask
from clipblind.study.settings.contenders import Decoding

GREEDY = Decoding(max_new_tokens=12)
QUESTIONS = (
    "How many drinks?",
    "Is the dog facing left or right? (a) Left (b) Right",
    "Are there any flowers in this picture of the table, the door and the butterfly's open wings?"
    " (a) Yes (b) No",
)
SIZES = ((60, 40), (40, 40), (30, 80))  # width, height


def picture(seed, width, height):
    """An encoded image of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def asks(decoding=GREEDY, image=True):
    """Seven asks: three questions of each image, as far as seven go; or three without images."""
    found = []
    for number, size in enumerate(SIZES if image else SIZES[:1]):
        data = picture(number, *size)
        given = {"image": lambda data=data: data, "image_sha256": hashlib.sha256(data).hexdigest()}
        for text in QUESTIONS:
            name = f"{number}/{text[:8]}"
            found.append(Ask(name, "ab", "", text, decoding, **(given if image else {})))
    return found[:7]


def answers(backend, asked):
    """The replies' texts by question."""
    return {ask.question_id: reply.text for ask, reply in backend.answer(asked)}
