"""Low precision on a device finds what float64 finds; a processor stands in for a GPU here."""

import numpy as np
import pytest
import torch

from clipblind.ground.errors import UserError
from clipblind.mining import device as device_module
from clipblind.mining.device import on_device
from clipblind.mining.kernel import kernel_named
from clipblind.mining.question import ask
from tests.mining import oracle

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def _found(question, where, precision):
    steps = list(on_device(question, where, precision).run(threads=2))
    rows = len(question.probe)
    assert sum(step.decided for step in steps) == rows * (rows - 1) // 2
    return np.sort(np.concatenate([np.empty(0, np.int64), *(s.i * rows + s.j for s in steps)]))


@pytest.mark.parametrize("where", DEVICES)
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("above", [0.1, 0.95, 0.999])
def test_any_precision_finds_what_brute_force_finds(monkeypatch, where, precision, above):
    monkeypatch.setattr(device_module, "TILE", 300)
    for maker in (oracle.planted(above), oracle.cliques, oracle.flat):
        probe, reference = maker(1001, 4)
        expected = oracle.brute_force(probe, reference, above, 0.7)
        question = ask(probe, reference, above, 0.7, kernel_named())
        np.testing.assert_array_equal(_found(question, where, precision), expected)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16, torch.float16])
def test_the_margin_covers_what_products_are_off(precision):
    probe, reference = oracle.clip_like(2000, 5)
    placed = on_device(ask(probe, reference, 0.9, 0.6, kernel_named()), "cpu", precision)
    exact = probe.astype(np.float64) @ probe.astype(np.float64).T
    off = np.abs((placed.rows @ placed.rows.T).double().numpy() - exact).max()
    assert off < placed.margin < 1000 * off


@pytest.mark.parametrize("rows", [1, 2, 299, 300, 301])
def test_odd_numbers_of_rows(monkeypatch, rows):
    monkeypatch.setattr(device_module, "TILE", 100)
    probe, reference = oracle.isotropic(rows, 1, 16)
    expected = oracle.brute_force(probe, reference, 0.3, 0.5)
    question = ask(probe, reference, 0.3, 0.5, kernel_named())
    np.testing.assert_array_equal(_found(question, "cpu", torch.bfloat16), expected)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_here_is_one_sentence():
    probe, reference = oracle.isotropic(5, 1)
    with pytest.raises(UserError, match=r"can't be brought to cuda .*--device cpu") as caught:
        on_device(ask(probe, reference, 0.3, 0.5, kernel_named()))
    assert "\n" not in str(caught.value)
