"""The training loop: an interrupted run ends where an undisturbed one does."""

import pytest
import torch

from clipblind.models.training import fit, rate_factor
from clipblind.study.settings.training import Schedule

SCHEDULE = Schedule(steps=40, batch=4, learning_rate=1e-2, warmup=4)


class Interrupted(Exception):
    pass


def _run(checkpoint, stop_at=None):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    seen = []

    def loss_at(generator):
        if len(seen) == stop_at:
            raise Interrupted
        batch = torch.randn(4, 3, generator=generator)
        seen.append(batch)
        return model(batch).pow(3).mean()

    curve = fit(model, loss_at, SCHEDULE, seed=7, checkpoint=checkpoint, label="test")
    return model.state_dict(), curve, len(seen)


def test_a_killed_training_goes_on_and_ends_with_the_same_weights_and_curve(tmp_path):
    whole, curve, _ = _run(tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        _run(tmp_path / "cut.pt", stop_at=25)
    resumed, resumed_curve, steps = _run(tmp_path / "cut.pt")
    assert steps < SCHEDULE.steps
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert curve.equals(resumed_curve)


def test_the_curve_has_a_row_for_every_tenth_step(tmp_path):
    _, curve, _ = _run(tmp_path / "c.pt")
    assert curve["step"].to_list() == [10, 20, 30, 40]


@pytest.mark.parametrize("shape", ["constant", "cosine"])
def test_the_learning_rate_rises_to_its_peak_and_falls_to_nearly_nothing(shape):
    schedule = Schedule(steps=100, batch=1, learning_rate=1, warmup=10, shape=shape)
    rates = [rate_factor(schedule, step) for step in range(100)]
    assert rates[0] < 0.11
    assert max(rates) == pytest.approx(1, abs=0.03)
    assert 0 < rates[-1] < 0.05


DAMAGE = {
    "empty": lambda whole: b"",
    "cut in half": lambda whole: whole[: len(whole) // 2],
    "cut at its end": lambda whole: whole[:-30],
    "text": lambda whole: b"no checkpoint",
    "zeros": lambda whole: bytes(len(whole)),
    "a middle of zeros": lambda whole: whole[:40] + bytes(400) + whole[440:],
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_checkpoint_blocks_nothing_and_changes_no_weight(tmp_path, what, capsys):
    whole, curve, _ = _run(tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        _run(tmp_path / "cut.pt", stop_at=25)
    saved = tmp_path / "cut.pt"
    saved.write_bytes(DAMAGE[what](saved.read_bytes()))
    again, again_curve, steps = _run(saved)
    assert steps == SCHEDULE.steps
    assert "is damaged" in capsys.readouterr().err
    assert all(torch.equal(whole[name], again[name]) for name in whole)
    assert curve.equals(again_curve)
