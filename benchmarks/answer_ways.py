"""What `answers.py` times: a model and its questions, the ways to ask it, and two servers."""

import base64
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from urllib.request import urlopen

import numpy as np
import openai
import torch
import transformers
from PIL import Image

from clipblind.contenders.backends.openai_backend import OpenAIBackend
from clipblind.contenders.backends.transformers_backend import TransformersBackend
from clipblind.contenders.ledger import open_ledger
from clipblind.contenders.protocol import Ask, Identity, Reply
from clipblind.contenders.run import ask_all
from clipblind.study.settings.contenders import Decoding, Endpoint, LocalModel

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.contenders import checkpoints
from tests.contenders.slow_server import slow_server as slow_server

NEW_TOKENS: Final = 24
SIDE: Final = 112  # pixels, in patches of 14: 64 of them
LAYERS: Final = 6
THINGS: Final = ("dog", "door", "butterfly", "table", "flower", "picture", "drink", "option")
ENDINGS: Final = ("facing left", "closed", "on the table, or is it in the picture of the flowers")

Answers = dict[str, str]


@dataclass(frozen=True)
class Question:
    """A question and its image's file."""

    name: str
    text: str
    image: Path


def make_model(folder: Path) -> int:
    """Save a LLaVA with random weights in the real format; returns its number of parameters."""
    side = {"height": SIDE, "width": SIDE}
    tokenizer = checkpoints.llama_tokenizer(extra=("<image>", "<pad>"))
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(
            **{"hidden_size": 192, "intermediate_size": 768, "num_hidden_layers": LAYERS},
            **{"num_attention_heads": 4, "image_size": SIDE, "patch_size": 14},
            projection_dim=64,
        ),
        text_config=transformers.LlamaConfig(
            **{"hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": LAYERS},
            **{"num_attention_heads": 6, "num_key_value_heads": 6, "vocab_size": len(tokenizer)},
            max_position_embeddings=512,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
        image_seq_length=(SIDE // 14) ** 2,
    )
    model = transformers.LlavaForConditionalGeneration(config)
    checkpoints.randomise(model, tokenizer)
    processor = transformers.LlavaProcessor(
        transformers.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=side),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=checkpoints.LLAVA_TEMPLATE,
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return int(sum(parameter.numel() for parameter in model.parameters()))


def make_questions(folder: Path, count: int) -> list[Question]:
    """Questions of different lengths, each over a JPEG of 224 x 224 pixels as MMVP's are."""
    folder.mkdir(parents=True)
    found = []
    for number in range(count):
        squares = np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        path = folder / f"{number + 1}.jpg"
        Image.fromarray(squares).resize((224, 224)).save(path, quality=90)
        thing, ending = THINGS[number % len(THINGS)], ENDINGS[number % len(ENDINGS)]
        found.append(Question(str(number + 1), f"Is the {thing} {ending}? (a) Yes (b) No", path))
    return found


def asks(questions: list[Question]) -> list[Ask]:
    """The same for our back-ends, greedy."""
    decoding = Decoding(temperature=0.0, max_new_tokens=NEW_TOKENS)
    return [
        Ask(
            *(question.name, "ab", "", question.text, decoding, question.image.read_bytes),
            hashlib.sha256(question.image.read_bytes()).hexdigest(),
        )
        for question in questions
    ]


class OneByOne:
    """The loop of MMVP's `scripts/evaluate_mllm.py` at 4d6eaeb, made again with transformers.

    For each row: the prompt, the image opened and preprocessed, one `generate`, the answer decoded,
    stripped, written as a line of JSON and flushed. Other than there, decoding is greedy, or no two
    runs would answer alike, and the model is in float32 on this machine rather than in float16 on a
    GPU.
    """

    def __init__(self, folder: Path) -> None:
        self.model = transformers.LlavaForConditionalGeneration.from_pretrained(folder).eval()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        images = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
        self.processor = transformers.AutoProcessor.from_pretrained(folder)
        self.processor.image_processor = images

    def __call__(self, questions: list[Question], out: Path) -> Answers:
        """Answer all, into a file."""
        said = {}
        with out.open("w", encoding="utf-8") as file:
            for question in questions:
                prompt = f"USER: <image>\n{question.text} ASSISTANT:"
                image = Image.open(question.image)
                inputs = self.processor(images=image, text=prompt, return_tensors="pt")
                with torch.inference_mode():
                    output = self.model.generate(
                        **inputs,
                        do_sample=False,
                        num_beams=1,
                        max_new_tokens=NEW_TOKENS,
                        use_cache=True,
                    )
                new = output[:, inputs["input_ids"].shape[1] :]
                answer = self.tokenizer.batch_decode(new, skip_special_tokens=True)[0].strip()
                line = {"question_id": question.name, "prompt": question.text, "response": answer}
                file.write(json.dumps(line) + "\n")
                file.flush()
                said[question.name] = answer
        return said


def local(folder: Path, batch: int) -> TransformersBackend:
    """Our back-end, its weights loaded."""
    settings = LocalModel(kind="transformers", source="tiny", precision="float32", batch=batch)
    backend = TransformersBackend("tiny", settings, folder)
    assert backend.model is not None
    return backend


def served(url: str, model: str, concurrency: int) -> OpenAIBackend:
    """Our back-end of servers."""
    return OpenAIBackend(
        Endpoint(kind="openai", model=model, base_url=url, concurrency=concurrency, timeout_s=300)
    )


def through_ledger(backend: Any, questions: list[Question], ledger: Path) -> Answers:
    """Ask all as `clipblind answers ask` does; a ledger in an empty folder keeps each answer."""
    asked = asks(questions)
    with redirect_stderr(io.StringIO()):
        replies = ask_all(backend, asked, ledger, "ask")
    return {ask.question_id: reply.text for ask, reply in zip(asked, replies, strict=True)}


def plain_client(url: str, model: str, questions: list[Question]) -> Answers:
    """One request after the other with the official client, as most scripts for servers do."""
    said = {}
    with openai.OpenAI(api_key="none", base_url=url, timeout=300) as client:
        for question in questions:
            data = base64.b64encode(question.image.read_bytes()).decode()
            picture = {"url": f"data:image/jpeg;base64,{data}"}
            content: Any = [
                {"type": "image_url", "image_url": picture},
                {"type": "text", "text": question.text},
            ]
            done = client.chat.completions.create(
                model=model,
                messages=[{"role": "user", "content": content}],
                max_tokens=NEW_TOKENS,
                temperature=0,
            )
            said[question.name] = done.choices[0].message.content or ""
    return said


IDENTITY: Final[Identity] = {"kind": "openai", "name": "tiny", "revision": ""}


def keep(asked: list[Ask], ledger: Path, *, synced: bool = True) -> None:
    """Write an answer of usual length to every ask into an empty ledger."""
    reply = Reply("(a) The dog in the picture is facing left. " * 3, "", 600, 30, 0.001)
    sync = os.fsync if synced else lambda _: None
    with patch("os.fsync", sync), open_ledger(ledger, IDENTITY, "official", "1") as book:
        for ask in asked:
            book.add(ask.key(IDENTITY), ask, reply)


class Nobody:
    """A back-end for which every answer is known already."""

    identity = IDENTITY

    def answer(self, asked: Any) -> Any:
        """Never called."""
        raise AssertionError(f"asked again: {len(asked)}")


def resume(asked: list[Ask], ledger: Path) -> None:
    """Ask all again of a ledger that has every answer."""
    ask_all(Nobody(), asked, ledger, "ask")


def repeated(asked: list[Ask], count: int) -> list[Ask]:
    """As many asks that differ."""
    return [
        replace(asked[n % len(asked)], question_id=str(n), text=f"{asked[n % len(asked)].text} {n}")
        for n in range(count)
    ]


@contextmanager
def transformers_serve(folder: Path) -> Iterator[str]:
    """The address of `transformers serve` with a model, on as many threads as we have."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # without torchvision, whose decoders don't load beside a CPU build of torch
    start = (
        "import sys; sys.modules['torchvision'] = None;"
        "from transformers.cli.transformers import main; main()"
    )
    options = ["serve", folder.name, "--port", str(port), "--host", "127.0.0.1", "--device", "cpu"]
    server = subprocess.Popen(
        [sys.executable, "-c", start, *options],
        cwd=folder.parent,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(server, f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def _wait_for(server: subprocess.Popen[bytes], url: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError("transformers serve ended by itself")
        try:
            urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise RuntimeError("transformers serve didn't start")
