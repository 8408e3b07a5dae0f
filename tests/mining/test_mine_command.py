"""`clipblind mine` as a user runs it: two files in, one file out, a mistake is one sentence."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clipblind.ground.files import PARTIAL
from clipblind.mining.cosines import pair_cosines
from tests.mining import oracle

CLIPBLIND = Path(sys.executable).with_name("clipblind")
NO_GPU = not Path("/dev/nvidiactl").exists()
READ = {".parquet": pl.read_parquet, ".arrow": pl.read_ipc, ".csv": pl.read_csv}
COSINES = {"cos_probe": pl.Float64, "cos_reference": pl.Float64}
ABOVE, BELOW = 0.8, 0.2
THRESHOLDS = ("--above", str(ABOVE), "--below", str(BELOW))
IMAGES = 200
NAMES = [f"img/{(7 * row) % IMAGES:03}.jpg" for row in range(IMAGES)]
# two encoders of different widths that agree on nothing
PROBE, REFERENCE = oracle.isotropic(IMAGES, 1, 8)[0], oracle.isotropic(IMAGES, 2, 40)[0]
BLIND = oracle.brute_force(PROBE, REFERENCE, ABOVE, BELOW)


def _mine(folder, *options, **how):
    """Run the command in a folder until it ends."""
    return subprocess.run(
        [CLIPBLIND, "mine", *options], cwd=folder, capture_output=True, text=True, **how
    )


def _done(folder, *options, **how):
    """Run the command in a folder; it must end well."""
    done = _mine(folder, *options, **how)
    assert done.returncode == 0, done.stderr
    return done


def _refused(folder, *options, **how):
    """The one sentence that the command ends with; it must leave the folder as it was."""
    before = _contents(folder)
    done = _mine(folder, *options, **how)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 1
    assert done.stdout == ""
    said = done.stderr.removesuffix("\n")
    assert said.startswith("clipblind: ") and said.endswith(".") and "\n" not in said
    assert _contents(folder) == before
    return said


def _contents(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def _files(folder):
    """Names of what is there, unfinished files included, but for what went in."""
    return {path.name for path in folder.iterdir()} - {"probe.npy", "reference.npy"}


def _table(path, rows, **ids):
    frame = pl.DataFrame({**ids, "embedding": pl.Series(rows)})
    frame.write_ipc(path) if path.suffix == ".arrow" else frame.write_parquet(path)


def _pairs(frame, names=range(IMAGES)):
    """Pairs of a result as the oracle numbers them, ascending; each must be told once."""
    row = {name: number for number, name in enumerate(names)}
    a, b = ([row[name] for name in frame[side]] for side in ("image_a", "image_b"))
    pairs = np.sort([min(p) * len(row) + max(p) for p in zip(a, b, strict=True)])
    assert len(np.unique(pairs)) == len(pairs)
    return pairs


@pytest.fixture
def folder(tmp_path):
    """Two files of embeddings, without ids."""
    np.save(tmp_path / "probe.npy", PROBE)
    np.save(tmp_path / "reference.npy", REFERENCE)
    return tmp_path


FILES = ("probe.npy", "reference.npy")


# --- what comes out


@pytest.mark.parametrize("suffix", READ)
def test_all_blind_pairs_come_out_with_row_numbers_and_cosines(folder, suffix):
    done = _done(folder, *FILES, *THRESHOLDS, "--out", f"pairs{suffix}")
    found = READ[suffix](folder / f"pairs{suffix}")
    image = pl.Int64 if suffix == ".csv" else pl.UInt32  # what is read back from digits
    assert found.schema == {"image_a": image, "image_b": image, **COSINES}
    np.testing.assert_array_equal(_pairs(found), BLIND)
    a, b = found["image_a"].to_numpy().astype(int), found["image_b"].to_numpy().astype(int)
    np.testing.assert_array_equal(found["cos_probe"], pair_cosines(PROBE, a, b))
    np.testing.assert_array_equal(found["cos_reference"], pair_cosines(REFERENCE, a, b))

    told = [line for line in done.stderr.splitlines() if "pairs decided" in line]
    assert told == done.stderr.splitlines() and len(told) == 10
    assert "10/10" in told[-1] and told[-1].endswith(f" {len(BLIND)} hits")
    assert done.stdout == (f"{len(BLIND)} of 19,900 pairs are blind: pairs{suffix}\n")
    assert _files(folder) == {f"pairs{suffix}"}


def test_without_options_the_thresholds_of_the_help_hold_and_the_last_result_is_replaced(folder):
    probe = np.repeat(PROBE[:20], 10, axis=0)
    np.save(folder / "probe.npy", probe)
    (folder / "pairs.parquet").write_text("of last week")
    _done(folder, *FILES)
    found = pl.read_parquet(folder / "pairs.parquet")
    np.testing.assert_array_equal(_pairs(found), oracle.brute_force(probe, REFERENCE, 0.95, 0.6))
    assert found.height > 800


@pytest.mark.parametrize(
    ("ids", "suffix", "kind", "other_order"),
    [
        (NAMES, ".parquet", pl.String, False),
        (NAMES, ".arrow", pl.String, True),
        ([9 * row + 5 for row in range(IMAGES)], ".parquet", pl.Int64, True),
    ],
)
def test_images_come_out_by_the_ids_of_the_files_whatever_their_order(
    tmp_path, ids, suffix, kind, other_order
):
    order = np.random.default_rng(0).permutation(IMAGES) if other_order else np.arange(IMAGES)
    _table(tmp_path / f"probe{suffix}", PROBE, image_id=ids)
    _table(tmp_path / "other.parquet", REFERENCE[order], id=[ids[place] for place in order])
    _done(tmp_path, f"probe{suffix}", "other.parquet", *THRESHOLDS, "-o", "pairs.arrow")
    found = pl.read_ipc(tmp_path / "pairs.arrow")
    assert found.schema == {"image_a": kind, "image_b": kind, **COSINES}
    np.testing.assert_array_equal(_pairs(found, ids), BLIND)


def test_the_column_that_rows_are_matched_by_is_told(tmp_path):
    # clip-retrieval 268: ids in a column of any name, rows in another order
    names, backwards = {"url": NAMES}, {"url": NAMES[::-1]}
    _table(tmp_path / "a.parquet", PROBE, label=["x"] * IMAGES, **names)
    _table(tmp_path / "b.parquet", REFERENCE[::-1], label=["x"] * IMAGES, **backwards)
    done = _done(tmp_path, "a.parquet", "b.parquet", *THRESHOLDS, "--summary", "summary.json")
    assert "Rows are matched by url." in done.stderr
    assert json.loads((tmp_path / "summary.json").read_text())["matched_by"] == "url"
    np.testing.assert_array_equal(_pairs(pl.read_parquet(tmp_path / "pairs.parquet"), NAMES), BLIND)


def test_half_and_double_precision_and_other_norms_are_mined_as_float32_of_unit_norm(folder):
    half, double = PROBE.astype(np.float16), 3 * REFERENCE.astype(np.float64)
    np.save(folder / "probe.npy", half)
    np.save(folder / "reference.npy", double)
    _done(folder, *FILES, *THRESHOLDS, "--normalise")
    expected = oracle.brute_force(oracle.unit(half), oracle.unit(double), ABOVE, BELOW)
    np.testing.assert_array_equal(_pairs(pl.read_parquet(folder / "pairs.parquet")), expected)


@pytest.mark.parametrize(("rows", "suffix"), [(0, ".parquet"), (1, ".csv")])
def test_no_image_and_one_image_make_a_table_without_pairs(tmp_path, rows, suffix):
    np.save(tmp_path / "probe.npy", PROBE[:rows])
    np.save(tmp_path / "reference.npy", REFERENCE[:rows])
    done = _done(tmp_path, *FILES, "-o", f"pairs{suffix}")
    found = READ[suffix](tmp_path / f"pairs{suffix}")
    assert found.columns == ["image_a", "image_b", *COSINES]
    assert found.height == 0
    assert done.stdout.startswith("0 of 0 pairs are blind")


def test_a_summary_says_how_many_pairs_each_stage_left(folder):
    options = ("--method", "cascade", "--summary", "counts/summary.json")
    _done(folder, *FILES, *THRESHOLDS, *options)
    told = json.loads((folder / "counts/summary.json").read_text())
    stages = told.pop("stages")
    alike = len(oracle.brute_force(PROBE, REFERENCE, ABOVE, 2))
    assert told == {"pairs": 19900, "found": len(BLIND), "method": "cascade"}
    assert list(stages) == ["slab", "prefix", "middle", "whole"]
    left = [19900, *stages.values(), alike]
    assert left == sorted(left, reverse=True)


def test_the_number_of_threads_changes_no_byte_and_the_method_no_pair(tmp_path):
    probe, reference = oracle.isotropic(3500, 3)
    np.save(tmp_path / "probe.npy", probe)
    np.save(tmp_path / "reference.npy", reference)
    expected = oracle.brute_force(probe, reference, 0.44, 0.1)
    assert len(expected) > 300
    for method, suffix in (("cascade", ".parquet"), ("dense", ".csv")):
        written = []
        for threads in ("1", "2"):
            out = tmp_path / f"{method}-{threads}{suffix}"
            options = ("--above", "0.44", "--below", "0.1", "--method", method)
            _done(tmp_path, *FILES, *options, "--threads", threads, "-o", out)
            written.append(out.read_bytes())
        assert written[0] == written[1]
        np.testing.assert_array_equal(_pairs(READ[suffix](out), range(3500)), expected)


@pytest.mark.skipif(NO_GPU, reason="there is no GPU")
def test_a_gpu_finds_the_same_and_says_nothing_else(folder):
    done = _done(folder, *FILES, *THRESHOLDS, "--device", "cuda")
    np.testing.assert_array_equal(_pairs(pl.read_parquet(folder / "pairs.parquet")), BLIND)
    assert all("pairs decided" in line for line in done.stderr.splitlines())


# --- at most so many pairs of an image


def _by_hand(most):
    """Pairs that are among the `most` with the smallest cosine of both their images."""
    i, j = BLIND // IMAGES, BLIND % IMAGES
    cosine = pair_cosines(REFERENCE, i, j)
    best = [
        set(BLIND[own][np.argsort(cosine[own])[:most]].tolist())
        for own in ((i == image) | (j == image) for image in range(IMAGES))
    ]
    kept = [p in best[a] and p in best[b] for p, a, b in zip(BLIND.tolist(), i, j, strict=True)]
    return BLIND[kept]


def test_no_image_occurs_more_often_than_it_may_whatever_the_order_of_rows(tmp_path):
    expected = _by_hand(2)
    assert 20 < len(expected) < len(BLIND)
    for order in (np.arange(IMAGES), np.random.default_rng(0).permutation(IMAGES)):
        named = [NAMES[place] for place in order]
        _table(tmp_path / "probe.parquet", PROBE[order], image_id=named)
        _table(tmp_path / "reference.arrow", REFERENCE[order], image_id=named)
        files = ("probe.parquet", "reference.arrow")
        _done(tmp_path, *files, *THRESHOLDS, "--most-per-image", "2")
        found = pl.read_parquet(tmp_path / "pairs.parquet")
        assert pl.concat([found["image_a"], found["image_b"]]).value_counts()["count"].max() == 2
        np.testing.assert_array_equal(_pairs(found, NAMES), expected)


def test_what_a_cap_left_out_is_told(folder):
    options = ("--most-per-image", "1", "--summary", "summary.json")
    done = _done(folder, *FILES, *THRESHOLDS, *options)
    kept = len(_by_hand(1))
    assert pl.read_parquet(folder / "pairs.parquet").height == kept
    told = json.loads((folder / "summary.json").read_text())
    assert (told["kept"], told["found"]) == (kept, len(BLIND))
    assert f"{len(BLIND)} of 19,900 pairs are blind" in done.stdout
    assert f"{kept} " in done.stdout.replace(f"{len(BLIND)} of", "")


# --- mistakes


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--above", "3"), "--above 3 .* within -1 and 1"),
        (("--above", "nan"), "--above nan .* within -1 and 1"),
        (("--out", "x.txt"), "x.txt can't be written: .parquet, .arrow or .csv is wanted"),
        (("--method", "nonsense"), "--method nonsense is none of auto, cascade, dense"),
    ],
)
def test_a_wrong_option_is_one_sentence_and_the_last_result_is_left(folder, options, said):
    (folder / "pairs.parquet").write_text("of last week")
    assert re.search(said, _refused(folder, *FILES, *options))


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_one_sentence(folder):
    said = _refused(folder, *FILES, "--device", "cuda")
    assert "--device cuda is not here" in said and said.endswith("use --device cpu.")


def test_a_device_of_no_such_name_is_one_sentence_that_is_short_enough_to_read(folder):
    said = _refused(folder, *FILES, "--device", "gpu")
    assert "--device gpu" in said and "cuda" in said
    assert len(said) < 160


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--threads", "-1"), "--threads"),
        (("--abvoe", "0.9"), "--abvoe"),
    ],
)
def test_an_option_that_cannot_be_understood_is_an_error_of_usage(folder, options, said):
    before = _contents(folder)
    done = _mine(folder, *FILES, *options)
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr
    assert _contents(folder) == before


def _array(array):
    return lambda path: np.save(path, array, allow_pickle=True)


WRONG_ROW = np.where(np.arange(IMAGES)[:, None] == 7, np.float32(np.nan), PROBE)
# the file that is given for the probe's, how it is made, and what is said of it; the reference's
# has no ids
WRONG_FILES = {
    "missing": ("lost.npy", lambda path: None, "lost.npy is missing"),
    "of another kind": ("a.txt", lambda path: path.write_text("1 2"), "a.txt is of no known kind"),
    "pickled": ("a.npy", _array(np.array([{}, None])), "a.npy is no array"),
    "not finite": ("a.npy", _array(WRONG_ROW), "Row 7 of a.npy .* not finite"),
    "not of norm 1": ("a.npy", _array(2 * PROBE), "Row 0 .* norm 2, not 1; pass --normalise"),
    "of fewer images": ("a.npy", _array(PROBE[:-1]), "a.npy has 199 rows and reference.npy 200"),
    "alone with ids": (
        "a.parquet",
        lambda path: _table(path, PROBE, image_id=NAMES),
        "a.parquet names its rows and reference.npy doesn't",
    ),
}


@pytest.mark.parametrize("what", WRONG_FILES)
def test_a_wrong_file_is_one_sentence(folder, what):
    name, make, said = WRONG_FILES[what]
    make(folder / name)
    assert re.search(said, _refused(folder, name, "reference.npy"))


def test_ids_that_the_other_file_lacks_are_one_sentence(tmp_path):
    _table(tmp_path / "a.parquet", PROBE, image_id=NAMES)
    _table(tmp_path / "b.parquet", REFERENCE, image_id=[*NAMES[:-1], "other"])
    said = _refused(tmp_path, "a.parquet", "b.parquet")
    assert "a.parquet are not in b.parquet" in said and repr(NAMES[-1]) in said


def test_ids_that_no_csv_can_hold_are_one_sentence(tmp_path):
    ids = [[row] for row in range(IMAGES)]
    _table(tmp_path / "a.parquet", PROBE, image_id=ids)
    _table(tmp_path / "b.parquet", REFERENCE, image_id=ids)
    assert "image_id" in _refused(tmp_path, "a.parquet", "b.parquet", *THRESHOLDS, "-o", "x.csv")


@pytest.mark.parametrize(
    "options",
    [
        ("--out", "taken.parquet"),
        ("--out", "probe.npy/pairs.parquet"),
        ("--summary", "probe.npy/summary.json"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_one_sentence(folder, options):
    (folder / "taken.parquet").mkdir()
    assert options[1] in _refused(folder, *FILES, *options)


def test_embeddings_are_not_overwritten_with_the_pairs_found_in_them(folder):
    _table(folder / "probe.parquet", PROBE)
    said = _refused(folder, "probe.parquet", "reference.npy", "-o", "probe.parquet")
    assert "probe.parquet" in said


# --- what lay there before


def test_a_full_disk_is_one_sentence_and_leaves_the_last_result_as_it_was(folder):
    (folder / "pairs.parquet").write_text("of last week")
    # all pairs are found, and no file may become larger than 8 kB
    full = (resource.RLIMIT_FSIZE, (8192, 8192))
    before = _contents(folder)
    done = _mine(
        *(folder, *FILES, "--above", "-1", "--below", "2"),
        preexec_fn=lambda: resource.setrlimit(*full),
    )
    assert done.returncode == 1
    assert _contents(folder) == before
    assert "Traceback" not in done.stderr
    said = done.stderr.splitlines()[-1]
    assert said.startswith("clipblind: ") and "pairs.parquet" in said


# --- killed midway


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A folder with files that take the slowest kernel some seconds."""
    folder = tmp_path_factory.mktemp("large")
    for name, rows in zip(FILES, oracle.isotropic(5000, 0), strict=True):
        np.save(folder / name, rows)
    return folder


def _end(folder, out, number):
    """Start a search with many hits, and send a signal after the first tenth of it."""
    options = ("--above", "0.1", "--below", "2", "--method", "cascade", "--threads", "1")
    with subprocess.Popen(
        [CLIPBLIND, "mine", *FILES, *options, "--out", out],
        cwd=folder,
        env={**os.environ, "CLIPBLIND_KERNEL": "numpy"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell starts what is in the background with interrupts ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert " 1/10 " in running.stderr.readline()
        running.send_signal(number)
        said = running.communicate(timeout=60)[1]
    assert "10/10" not in said, "the search ended before it was killed"
    return running.returncode, said


@pytest.fixture(scope="module", params=READ)
def interrupted(large, request):
    """Status and last words of an interrupted run, and whether the folder is as it was."""
    out = large / f"pairs{request.param}"
    out.write_text("of last week")
    before = _contents(large)
    status, said = _end(large, out.name, signal.SIGINT)
    same = _contents(large) == before
    out.unlink()
    return status, said, same


def test_an_interrupted_run_leaves_the_last_result_and_nothing_of_its_own(interrupted):
    status, _, same = interrupted
    assert status == 130
    assert same


def test_an_interrupted_run_ends_without_a_stack_trace(interrupted):
    assert "Traceback" not in interrupted[1]


def test_a_killed_run_leaves_nothing_under_the_name_of_its_output(large):
    status, _ = _end(large, "pairs.parquet", signal.SIGKILL)
    assert status == -signal.SIGKILL
    left = _files(large)
    assert left and all(name.startswith(PARTIAL) for name in left)
