"""Training a small LLaVA on questions about scenes, its towers frozen."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import numpy as np
import polars as pl
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from clipblind.benchmark.wording import ask, prompt, words
from clipblind.encoders.base import LoadedEncoder
from clipblind.ground.factors import FACTORS, Scene
from clipblind.models.computing import device
from clipblind.models.training import fit
from clipblind.mof.features import see
from clipblind.mof.model import MofConfig, MofForConditionalGeneration
from clipblind.study.settings.contenders import Mof
from clipblind.study.settings.training import MofRecipe
from clipblind.world.pictures import Pictures
from clipblind.world.words import save_tokenizer

TAKES = 2  # questions prepared for each image and factor
TOWER_BATCH = 250
IGNORED = -100  # label of a token that isn't learned, as everywhere in torch


@dataclass(frozen=True)
class Lesson:
    """One question with its answer, as token ids; `labels` are `IGNORED` in the question."""

    ids: list[int]
    labels: list[int]


def train_contender(
    contender: Mof,
    recipe: MofRecipe,
    towers: Sequence[LoadedEncoder],
    pictures: Pictures,
    scenes: Sequence[tuple[str, Scene]],
    folder: Path,
    *,
    seed: int,
    checkpoint: Path,
    label: str,
) -> pl.DataFrame:
    """Train one contender and save it to `folder` by `save_pretrained`, with its tokenizer.

    Args:
        contender: towers and mixture.
        recipe: language model, adapters and schedule.
        towers: the loaded towers, in the contender's order; none for a text-only one.
        pictures: holds the training images.
        scenes: (image id, scene) of the training images.
        folder: gets model and tokenizer.
        seed: of initialisation, questions and batches.
        checkpoint: where an interrupted training goes on from.
        label: names the training in the progress display.

    Returns:
        The training curve.
    """
    torch.manual_seed(seed)
    vocabulary = save_tokenizer(folder, words(), framed=False)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = MofForConditionalGeneration(_config(contender, recipe, towers, vocabulary))
    tokens = [
        tower_tokens(tower, pictures, [i for i, _ in scenes], contender.layer) for tower in towers
    ]
    model.measure(tokens)
    model.to(device())
    lessons = _prepare(scenes, tokenizer, random.Random(f"{seed}/lessons"))
    factors = len(FACTORS)

    def loss_at(generator: torch.Generator) -> torch.Tensor:
        images = torch.randint(len(scenes), (recipe.schedule.batch,), generator=generator)
        batch = []
        for image in images.tolist():
            order = torch.randperm(factors, generator=generator)[: recipe.questions].tolist()
            takes = torch.randint(TAKES, (len(order),), generator=generator).tolist()
            batch.append([lessons[image][f][t] for f, t in zip(order, takes, strict=True)])
        return _loss(model, batch, [tower[images].to(device()).float() for tower in tokens])

    curve = fit(model, loss_at, recipe.schedule, seed=seed, checkpoint=checkpoint, label=label)
    model.save_pretrained(folder)
    return curve


def tower_tokens(
    tower: LoadedEncoder, pictures: Pictures, ids: Sequence[str], layer: int
) -> torch.Tensor:
    """Patch tokens of many images, float16 `[N, num_patches, width]`."""
    parts = []
    for start in range(0, len(ids), TOWER_BATCH):
        batch = ids[start : start + TOWER_BATCH]
        parts.append(see(tower, [pictures.open(i) for i in batch], layer))
    return torch.cat(parts)


def _config(
    contender: Mof, recipe: MofRecipe, towers: Sequence[LoadedEncoder], vocabulary: int
) -> MofConfig:
    return MofConfig(
        text_config={**recipe.language_model.config, "vocab_size": vocabulary},
        towers=contender.towers,
        tower_widths=[tower.width for tower in towers],
        mixture=contender.mixture,
        reference_share=contender.reference_share,
        layer=contender.layer,
        adapter_width=recipe.adapter_width,
        standardise=recipe.standardise,
    )


def _prepare(
    scenes: Sequence[tuple[str, Scene]], tokenizer: object, rng: random.Random
) -> list[list[list[Lesson]]]:
    """Lessons by image, factor and take."""
    prompts, answers = [], []
    for _, scene in scenes:
        for name, factor in FACTORS.items():
            true = getattr(scene, name)
            for _ in range(TAKES):
                other = rng.choice([value for value in factor.values if value != true])
                asked = ask(name, true, other, rng)
                prompts.append(prompt(asked.question, asked.option_a, asked.option_b))
                answers.append(asked.option_a if asked.true == "a" else asked.option_b)
    # a few hundred sentences, asked over and over
    texts = sorted({*prompts, *answers})
    ids = dict(zip(texts, tokenizer(texts).input_ids, strict=True))  # type: ignore[operator]
    end = tokenizer.eos_token_id  # type: ignore[attr-defined]
    start = tokenizer.bos_token_id  # type: ignore[attr-defined]
    flat = [
        Lesson([start, *ids[q], *ids[a], end], [IGNORED] * (len(ids[q]) + 1) + [*ids[a], end])
        for q, a in zip(prompts, answers, strict=True)
    ]
    by_factor = [flat[i : i + TAKES] for i in range(0, len(flat), TAKES)]
    return [by_factor[i : i + len(FACTORS)] for i in range(0, len(by_factor), len(FACTORS))]


def _loss(
    model: MofForConditionalGeneration,
    batch: Sequence[Sequence[Lesson]],
    image_tokens: Sequence[torch.Tensor],
) -> torch.Tensor:
    # the last token answers nothing, and the label of a token is predicted one place before it
    length = max(len(lesson.ids) for lessons in batch for lesson in lessons) - 1
    shape = (len(batch), len(batch[0]), length)
    ids, targets = np.zeros(shape, np.int64), np.full(shape, IGNORED)
    for row, lessons in enumerate(batch):
        for number, lesson in enumerate(lessons):
            ids[row, number, : len(lesson.ids) - 1] = lesson.ids[:-1]
            targets[row, number, : len(lesson.ids) - 1] = lesson.labels[1:]
    labels = torch.from_numpy(targets).to(device())
    read = labels != IGNORED
    logits = model(torch.from_numpy(ids).to(device()), image_tokens, read)
    return nn.functional.cross_entropy(logits[read], labels[read])
