"""A trained contender answers questions, each one alone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import clipblind.models.torchvision  # noqa: F401  # isort: skip
import polars as pl
import torch
from transformers import PreTrainedTokenizerFast

from clipblind.benchmark.wording import prompt
from clipblind.encoders.base import LoadedEncoder, device
from clipblind.ground.errors import UserError
from clipblind.ground.progress import track
from clipblind.ground.tables.answers import ANSWERS
from clipblind.mof.model import MofForConditionalGeneration
from clipblind.mof.training import tower_tokens
from clipblind.world.pictures import Pictures

BATCH = 64
LONGEST_ANSWER = 8  # tokens


class Llava:
    """A contender's trained model with its tokenizer and towers.

    Args:
        folder: where its training saved it.
        towers: the frozen towers, in its configuration's order.

    Raises:
        UserError: if it has not been trained yet.
    """

    def __init__(self, folder: Path, towers: Sequence[LoadedEncoder]) -> None:
        if not (folder / "config.json").exists():
            raise UserError(f"{folder}/config.json is missing: train the contender first.")
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        self.model = MofForConditionalGeneration.from_pretrained(folder).to(device()).eval()
        self.towers = towers

    def answer(
        self, questions: pl.DataFrame, pictures: Pictures, work: Path, label: str
    ) -> pl.DataFrame:
        """Answer every question, in its own words.

        Batches are saved as they are done, and those that a killed run saved are not asked again.
        Only prompts of one length share a batch, so that none is padded and no answer depends on
        its neighbours.

        Args:
            questions: rows of `QUESTIONS`.
            pictures: holds their images.
            work: folder for finished batches.
            label: names the work in the progress display.

        Returns:
            The table `ANSWERS`, sorted by question.
        """
        batches = list(self._batches(questions.sort("question_id")))
        done = []
        with track(label, len(batches)) as advance:
            for number, (ids, prompts, images) in enumerate(batches):
                path = work / f"answers-{number:04d}.parquet"
                if not path.exists():
                    answers = self._ask(prompts, images, pictures)
                    ANSWERS.write(pl.DataFrame({"question_id": ids, "answer": answers}), path)
                done.append(ANSWERS.read(path))
                advance("")
        return pl.concat(done).sort("question_id") if done else pl.DataFrame(schema=ANSWERS.columns)

    def _batches(
        self, questions: pl.DataFrame
    ) -> Iterator[tuple[list[str], list[list[int]], list[str]]]:
        by_length = defaultdict(list)
        start = self.tokenizer.bos_token_id
        for row in questions.iter_rows(named=True):
            text = prompt(row["question"], row["option_a"], row["option_b"])
            ids = [start, *self.tokenizer(text).input_ids]
            by_length[len(ids)].append((row["question_id"], ids, row["image_id"]))
        for _, group in sorted(by_length.items()):
            for at in range(0, len(group), BATCH):
                questions_, prompts, images = zip(*group[at : at + BATCH], strict=True)
                yield list(questions_), list(prompts), list(images)

    def _ask(self, prompts: list[list[int]], images: list[str], pictures: Pictures) -> list[str]:
        layer = self.model.config.layer
        tokens = [tower_tokens(tower, pictures, images, layer) for tower in self.towers]
        continued = self.model.answer(
            torch.tensor(prompts, device=device()),
            [tower.to(device()).float() for tower in tokens],
            max_new_tokens=LONGEST_ANSWER,
            end=self.tokenizer.eos_token_id,
        )
        texts: list[str] = self.tokenizer.batch_decode(continued, skip_special_tokens=True)
        return texts
