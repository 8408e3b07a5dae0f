"""The one training loop: counts steps, shows progress, survives a kill, returns its curve."""

import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch
from torch import nn

from clipblind.ground.files import atomic_path, publish, scratch
from clipblind.ground.progress import track
from clipblind.ground.tables.world import CURVE
from clipblind.models.unreadable import UNREADABLE
from clipblind.study.settings.training import Schedule

CHECKPOINTS = 20  # in the course of one training
CURVE_EVERY = 10  # steps

LossAt = Callable[[torch.Generator], torch.Tensor]


def train_into(
    out: Path, code: str, depends_on: Sequence[str | Path], train: Callable[..., Any]
) -> None:
    """Train in scratch, so that a killed training goes on from its checkpoint, then publish.

    Args:
        out: gets what `train` saves, and the curve.
        code: the digest of the code that the verb reaches, see `study.provenance.code_of`.
        depends_on: texts and files that, unchanged, let an interrupted training go on.
        train: takes `folder`, `checkpoint` and `label`, and returns the curve.
    """
    with scratch(f"train-{out.name}", code, *depends_on) as work:
        folder = work / "model"
        curve = train(folder, checkpoint=work / "checkpoint.pt", label=f"train {out.name}")
        CURVE.write(curve, folder / "curve.csv")
        publish(folder, out)


def fit(
    model: nn.Module,
    loss_at: LossAt,
    schedule: Schedule,
    *,
    seed: int,
    checkpoint: Path,
    label: str,
) -> pl.DataFrame:
    """Train `model` in place for `schedule.steps` steps of AdamW.

    All randomness of a step comes from a generator seeded by (`seed`, step), so a run that was
    killed and goes on from its checkpoint ends with the very weights of an undisturbed one.

    Args:
        model: holds every trained parameter; left in evaluation mode.
        loss_at: the loss of one batch, drawn with the generator it is handed.
        schedule: steps, learning rate and its shape.
        seed: of the batches.
        checkpoint: where to save along the way, and to go on from if it is there.
        label: names the training in the progress display.

    Returns:
        The curve: `step`, `loss` (mean since the row before), `learning_rate`.
    """
    optimizer = _adamw(model, schedule)
    step, curve, recent = _resume(checkpoint, model, optimizer)
    every = max(1, schedule.steps // CHECKPOINTS)
    model.train()
    with track(label, schedule.steps, done=step) as advance:
        while step < schedule.steps:
            rate = schedule.learning_rate * rate_factor(schedule, step)
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = loss_at(_generator(seed, step))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            recent.append(loss.item())
            if step % CURVE_EVERY == 0 or step == schedule.steps:
                curve.append((step, sum(recent) / len(recent), rate))
                recent.clear()
            if step % every == 0:
                _save(checkpoint, step, model, optimizer, curve, recent)
            advance(f"loss {loss.item():.3f}")
    model.eval()
    return pl.DataFrame(
        curve,
        schema={"step": pl.Int64, "loss": pl.Float64, "learning_rate": pl.Float64},
        orient="row",
    )


def rate_factor(schedule: Schedule, step: int) -> float:
    """The learning rate at `step` (from 0) as a share of its peak, in (0, 1]."""
    warm = min(1.0, (step + 1) / max(1, schedule.warmup))
    left = 1 - step / schedule.steps
    if schedule.shape == "cosine":
        return warm * 0.5 * (1 + math.cos(math.pi * (1 - left)))
    return warm * min(1.0, left / schedule.cooldown) if schedule.cooldown else warm


def _generator(seed: int, step: int) -> torch.Generator:
    # manual_seed keeps 64 bits; a prime stride keeps the streams of neighbouring seeds apart
    return torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**63)


def _adamw(model: nn.Module, schedule: Schedule) -> torch.optim.AdamW:
    looked_up = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    trained = [p for p in model.parameters() if p.requires_grad]
    decayed = [p for p in trained if p.ndim >= 2 and id(p) not in looked_up]
    others = [p for p in trained if p.ndim < 2 or id(p) in looked_up]
    groups = [
        {"params": decayed, "weight_decay": schedule.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    # fused: a loop over the weights of a small model takes four times as long
    return torch.optim.AdamW(groups, lr=schedule.learning_rate, betas=(0.9, 0.98), fused=True)


State = tuple[int, list[tuple[int, float, float]], list[float]]


def _resume(checkpoint: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> State:
    if not checkpoint.exists():
        return 0, [], []
    try:
        saved: dict[str, Any] = torch.load(checkpoint, weights_only=True)
        state = saved["step"], [tuple(row) for row in saved["curve"]], saved["recent"]
        weights, moments = saved["model"], saved["optimizer"]
    except UNREADABLE as error:
        # nothing was taken from it yet, so the training begins as if it had never been there
        said = type(error).__name__
        print(f"{checkpoint} is damaged ({said}); begins anew", file=sys.stderr, flush=True)
        checkpoint.unlink()
        return 0, [], []
    model.load_state_dict(weights)
    optimizer.load_state_dict(moments)
    return state


def _save(
    checkpoint: Path,
    step: int,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    curve: list[tuple[int, float, float]],
    recent: list[float],
) -> None:
    state = {
        "step": step,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "curve": curve,
        "recent": recent,
    }
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(checkpoint) as partial:
        torch.save(state, partial)
