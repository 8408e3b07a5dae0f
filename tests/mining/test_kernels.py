"""The native kernel and its twin in numpy do the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clipblind.ground.errors import UserError
from clipblind.mining.batch import Counts, Place
from clipblind.mining.cosines import pair_cosines
from clipblind.mining.join import search
from clipblind.mining.kernel import builds, kernel_named
from clipblind.mining.question import ask
from tests.mining import oracle

NATIVE = [build for build in builds() if build != "numpy"]
ROOT = Path(__file__).parents[2]


def _prefixes(rows, seed):
    return np.random.default_rng(seed).integers(-63, 64, (rows, 32)).astype(np.int8)


def test_where_there_is_a_compiler_there_is_a_native_kernel():
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here")
    assert "portable" in NATIVE


@pytest.mark.parametrize("build", NATIVE)
@pytest.mark.parametrize("width", [1, 31, 33, 512, 769])
def test_cosines_are_the_same_to_the_bit(build, width):
    rows = oracle.isotropic(200, width, width)[0]
    a, b = np.random.default_rng(0).integers(0, 200, (2, 3000))
    expected = pair_cosines(rows, a, b)
    np.testing.assert_array_equal(kernel_named(build).cosines(rows, a, b), expected)
    exact = np.einsum("nd,nd->n", rows[a].astype(np.longdouble), rows[b].astype(np.longdouble))
    assert np.abs(exact - expected).max() < (width / 32 + 5) * 2.0**-53


@pytest.mark.parametrize("build", NATIVE)
@pytest.mark.parametrize(("rows", "centres"), [(1, 1), (17, 5), (1000, 16), (999, 33), (50, 900)])
def test_rows_go_to_the_same_centres_ties_included(build, rows, centres):
    x, c = _prefixes(rows, 1), _prefixes(centres, 2)
    c[centres // 2 :] = c[: centres - centres // 2]  # every second centre twice
    chosen = kernel_named(build).assign(c, x)
    np.testing.assert_array_equal(chosen, kernel_named("numpy").assign(c, x))
    gaps = x[:, None].astype(int) - c[None]
    squared = (gaps**2).sum(2)
    best = squared[np.arange(rows), chosen]
    assert (best <= squared.min(1) + 1).all()  # half squared norms are rounded down


@pytest.mark.parametrize("build", NATIVE)
@pytest.mark.parametrize("width", [1, 15, 16, 40, 700])
def test_rows_are_rounded_to_the_same_bytes(build, width):
    rng = np.random.default_rng(width)
    rows, shift = rng.normal(size=(50, width + 3)), rng.normal(size=width + 3)
    rows, shift = rows.astype(np.float32), shift.astype(np.float32)
    made = []
    for name in (build, "numpy"):
        q = np.full((50, width + 9), 99, np.int8)
        told = kernel_named(name).quantise(rows, width, shift, 40.0, 63, q)
        made.append((q, *told))
    for ours, theirs in zip(*made, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    q, norm, lost, squared = made[0]
    moved = rows[:, :width].astype(float) - shift[:width]
    clipped = np.clip(moved * np.float32(40), -63, 63)
    np.testing.assert_array_equal(q[:, width:], 0)
    assert np.abs(q[:, :width] - clipped).max() <= 0.501
    np.testing.assert_array_equal(norm, (q.astype(int) ** 2).sum(1))
    np.testing.assert_allclose(lost, np.linalg.norm(clipped - q[:, :width], axis=1), rtol=1e-4)
    np.testing.assert_allclose(squared, (moved**2).sum(1), rtol=1e-5)


@pytest.mark.parametrize("build", NATIVE)
def test_projections_are_the_same_but_for_the_order_of_additions(build):
    rows = oracle.isotropic(333, 0, 300)[0]
    basis = np.random.default_rng(1).normal(size=(300, 96)).astype(np.float32)
    flat = kernel_named(build).project(rows, basis)
    np.testing.assert_allclose(flat, rows.astype(float) @ basis, atol=1e-4)


@pytest.mark.parametrize("build", NATIVE)
def test_a_join_leaves_the_same_pairs_in_the_same_order_of_clusters(build):
    probe, reference = oracle.narrow(3000, 1)
    question = ask(probe, reference, 0.95, 0.6, kernel_named(NATIVE[0]))
    index = search(question, method="cascade").cascade.index
    left = []
    for name in (build, NATIVE[0]):
        kernel = kernel_named(name)
        batch = kernel.join(kernel.open(index), Place(0, 0), index.clusters, 1 << 20)
        assert batch.done
        left.append((batch.a.tolist(), batch.b.tolist(), batch.counts))
    assert left[0] == left[1]


@pytest.mark.parametrize("kernel", NATIVE)
def test_a_join_whose_output_is_full_goes_on_where_it_stopped(kernel):
    probe, reference = oracle.cliques(3000, 1)
    kernel = kernel_named(kernel)
    index = search(ask(probe, reference, 0.95, 0.6, kernel), method="cascade").cascade.index
    opened = kernel.open(index)
    whole = kernel.join(opened, Place(0, 0), index.clusters, 1 << 22)
    place, parts, counts, steps, done = Place(0, 0), [], Counts(), 0, False
    while not done:
        part = kernel.join(opened, place, index.clusters, 64 * (index.largest + 16))
        place, done, steps = part.place, part.done, steps + 1
        parts.append((part.a, part.b))
        counts += part.counts
    assert steps > 2
    np.testing.assert_array_equal(np.concatenate([a for a, _ in parts]), whole.a)
    np.testing.assert_array_equal(np.concatenate([b for _, b in parts]), whole.b)
    assert counts == whole.counts


def test_the_kernel_can_be_chosen_by_the_environment(monkeypatch):
    monkeypatch.setenv("CLIPBLIND_KERNEL", "numpy")
    assert kernel_named().name == "numpy"
    monkeypatch.setenv("CLIPBLIND_KERNEL", "sse9")
    with pytest.raises(UserError, match=r"no mining kernel 'sse9'.*numpy"):
        kernel_named()


def test_without_a_compiler_the_package_installs_and_mines(tmp_path):
    """A copy of the project is installed where every compiler fails, and a user's command runs."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.so"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    broken = {**os.environ, "CC": "/bin/false", "CXX": "/bin/false"}
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    install += [str(tmp_path / "site"), "--no-build-isolation", str(tmp_path)]
    subprocess.run(install, check=True, env=broken, capture_output=True, timeout=300)
    assert not list((tmp_path / "site").rglob("_native*"))
    probe, reference = oracle.clip_like(4000, 3)
    np.save(tmp_path / "probe.npy", probe)
    np.save(tmp_path / "reference.npy", reference)
    code = (
        "from clipblind.mining.kernel import builds; import clipblind;"
        "assert builds() == ('numpy',), builds(); from clipblind.cli import app; app()"
    )
    command = [sys.executable, "-c", code, "mine", "probe.npy", "reference.npy"]
    ran = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    expected = oracle.brute_force(probe, reference, 0.95, 0.6)
    assert f"{len(expected):,} of" in ran.stdout
