"""People's own embeddings are read as they lie on disk; a mistake in them is one sentence."""

import os
import pickle
import re

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from clipblind.ground.errors import UserError
from clipblind.mining import reading
from clipblind.mining.reading import read_file
from clipblind.mining.same_images import matched
from tests.mining.oracle import unit

ROWS = unit(np.array([[3, 4, 0], [0, 1, 0], [1, 2, 2], [-2, 1, 2]]))
IDS = ["c", "a", "d", "b"]
WRITE = {".parquet": pl.DataFrame.write_parquet, ".arrow": pl.DataFrame.write_ipc}
KINDS = pytest.mark.parametrize("suffix", WRITE)


def _npy(folder, array, name="rows.npy"):
    np.save(folder / name, array, allow_pickle=True)
    return folder / name


def _table(folder, columns, suffix=".parquet", name="rows"):
    path = folder / f"{name}{suffix}"
    WRITE[suffix](pl.DataFrame(columns), path)
    return path


def _refusal(path, **how):
    """The one sentence that a file is refused with."""
    with pytest.raises(UserError) as caught:
        read_file(path, **how)
    said = str(caught.value).replace(f"{path.parent}/", "")
    assert path.name in said and "\n" not in said and said.endswith(".")
    return said


def _wrong(row, values):
    """Rows of which one is something else."""
    rows = ROWS.copy()
    rows[row] = values
    return rows


# --- arrays


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", np.longdouble])
def test_an_array_of_any_precision_is_read_as_float32_without_ids(tmp_path, kind):
    read = read_file(_npy(tmp_path, ROWS.astype(kind)))
    assert read.ids is None
    assert read.rows.dtype == np.float32
    np.testing.assert_array_equal(read.rows, ROWS)


def test_half_precision_is_normalised_again(tmp_path):
    rows = unit(np.random.default_rng(0).normal(size=(50, 512))).astype(np.float16)
    off = np.abs(np.linalg.norm(rows.astype(float), axis=1) - 1)
    assert off.max() > 1e-5
    read = read_file(_npy(tmp_path, rows)).rows
    np.testing.assert_array_equal(read, unit(rows))
    assert np.abs(np.linalg.norm(read.astype(float), axis=1) - 1).max() < 1e-6


def test_float32_rows_of_unit_norm_stay_on_disk_until_they_are_used(tmp_path):
    read = read_file(_npy(tmp_path, ROWS)).rows
    assert isinstance(read, np.memmap)
    assert not read.flags.writeable


def test_an_array_written_column_by_column_is_read_by_rows(tmp_path):
    read = read_file(_npy(tmp_path, np.asfortranarray(ROWS)))
    np.testing.assert_array_equal(read.rows, ROWS)


def test_norms_that_are_1_but_for_rounding_are_left_as_they_are(tmp_path):
    nearly = ROWS * np.float32(1.0005)
    np.testing.assert_array_equal(read_file(_npy(tmp_path, nearly)).rows, nearly)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16])
def test_any_norms_are_divided_away_if_that_is_asked_for(tmp_path, kind):
    path = _npy(tmp_path, (ROWS * [[2], [0.5], [30], [1]]).astype(kind))
    before = path.read_bytes()
    read = read_file(path, normalise=True).rows
    np.testing.assert_allclose(read, ROWS, atol=1e-3 if kind == np.float16 else 1e-7)
    assert np.abs(np.linalg.norm(read.astype(float), axis=1) - 1).max() < 1e-6
    assert path.read_bytes() == before


@pytest.mark.parametrize("rows", [0, 1])
def test_no_rows_and_one_row_are_embeddings_too(tmp_path, rows):
    assert read_file(_npy(tmp_path, ROWS[:rows])).rows.shape == (rows, 3)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (ROWS[0], r"float32 of shape \[3\]; rows \[N, D\]"),
        (ROWS[None], r"float32 of shape \[1, 4, 3\]; rows \[N, D\]"),
        (np.float32(1), r"float32 of shape \[\]; rows \[N, D\]"),
        (ROWS.astype(int), "int64 .* floating-point numbers are wanted"),
        (ROWS > 0, "bool .* floating-point numbers are wanted"),
        (ROWS.astype(complex), "complex128 .* floating-point numbers are wanted"),
        (np.array([["0.6", "0.8"]]), "<U3 .* floating-point numbers are wanted"),
        (np.array([{"a": ROWS[0]}, None]), "no array that numpy can read .*objects"),
        (np.zeros((3, 0), np.float32), r"of shape \[3, 0\]"),
        (_wrong(2, [np.nan, 1, 0]), "Row 2 .* not finite"),
        (_wrong(2, [np.inf, 1, 0]), "Row 2 .* not finite"),
        (_wrong(2, [-np.inf, np.inf, np.nan]).astype(np.float16), "Row 2 .* not finite"),
        (_wrong(3, [0, 0, 0]), "Row 3 .* is zero"),
        (_wrong(3, [0, 0, 0]).astype(np.float16), "Row 3 .* is zero"),
        (_wrong(1, [0, 2.5, 0]), "Row 1 .* norm 2.5, not 1; pass --normalise"),
        (_wrong(1, [0, 0.99, 0]).astype(float), "Row 1 .* norm 0.99, not 1; pass --normalise"),
    ],
)
def test_a_wrong_array_is_one_sentence(tmp_path, array, said):
    assert re.search(said, _refusal(_npy(tmp_path, array)))


@pytest.mark.parametrize(
    ("row", "said"),
    [([0, 0, 0], "is zero"), ([np.nan] * 3, "not finite"), ([np.inf] * 3, "finite")],
)
def test_what_has_no_direction_is_refused_even_if_norms_are_to_be_divided_away(tmp_path, row, said):
    assert said in _refusal(_npy(tmp_path, _wrong(0, row)), normalise=True)


@pytest.mark.parametrize(
    ("row", "said"), [([0, 0, 0], "zero"), ([np.nan] * 3, "finite"), ([0, 2, 0], "norm 2")]
)
def test_the_row_is_told_that_is_wrong_however_far_down_it_is(tmp_path, monkeypatch, row, said):
    monkeypatch.setattr(reading, "CHUNK", 2)
    told = _refusal(_npy(tmp_path, _wrong(3, row)))
    assert "Row 3 of" in told and said in told


# --- files that are something else


def _zipped(path):
    with path.open("wb") as file:
        np.savez(file, rows=ROWS)


NO_ARRAYS = {
    "text": lambda path: path.write_text("0.6 0.8 0\n0 1 0\n"),
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: path.write_bytes(_npy(path.parent, ROWS).read_bytes()[:-5]),
    "cut short in its header": lambda path: path.write_bytes(
        _npy(path.parent, ROWS).read_bytes()[:20]
    ),
    "pickled": lambda path: path.write_bytes(pickle.dumps(ROWS.tolist())),
    "an archive of arrays": _zipped,
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("what", NO_ARRAYS)
def test_a_file_that_is_no_array_is_one_sentence(tmp_path, what):
    path = tmp_path / "named.npy"
    NO_ARRAYS[what](path)
    assert "is no array that numpy can read" in _refusal(path)


def test_nobody_is_advised_to_load_text_as_if_it_were_a_trusted_pickle(tmp_path):
    path = tmp_path / "named.npy"
    path.write_text("0.6 0.8 0\n0 1 0\n")
    said = _refusal(path)
    assert "unsafely" not in said and "allow_pickle" not in said


@pytest.mark.parametrize("suffix", [".npy", ".parquet", ".arrow"])
def test_a_missing_file_is_one_sentence(tmp_path, suffix):
    assert "is missing" in _refusal(tmp_path / f"rows{suffix}")


@pytest.mark.parametrize("name", ["rows.txt", "rows.csv", "rows.npz", "rows"])
def test_a_file_of_another_kind_is_one_sentence_that_says_which_there_are(tmp_path, name):
    (tmp_path / name).write_text("0.6,0.8")
    assert ".npy, .parquet or .arrow is wanted" in _refusal(tmp_path / name)


def _damaged(folder, suffix, left):
    path = _table(folder, {"embedding": ROWS.tolist()}, suffix)
    path.write_bytes(path.read_bytes()[:left])
    return path


@KINDS
@pytest.mark.parametrize("left", [0, 20, -30])
def test_a_damaged_table_is_one_sentence(tmp_path, suffix, left):
    assert "can't be read" in _refusal(_damaged(tmp_path, suffix, left))


def test_nobody_is_asked_to_delete_embeddings_that_cannot_be_made_again_here(tmp_path):
    assert "delete" not in _refusal(_damaged(tmp_path, ".parquet", -30))


# --- tables

NARROW = {
    "lists of float64": pl.List(pl.Float64),
    "lists of float32": pl.List(pl.Float32),
    "arrays of float64": pl.Array(pl.Float64, 3),
    "arrays of float32": pl.Array(pl.Float32, 3),
}


@KINDS
@pytest.mark.parametrize("kind", NARROW)
def test_a_column_of_vectors_is_read_whatever_its_type_and_name(tmp_path, suffix, kind):
    column = pl.Series(ROWS.tolist(), dtype=NARROW[kind])
    read = read_file(_table(tmp_path, {"features": column}, suffix))
    assert read.ids is None
    assert read.rows.dtype == np.float32
    np.testing.assert_array_equal(read.rows, ROWS)


@KINDS
@pytest.mark.parametrize("kind", [pl.List(pl.Float16), pl.Array(pl.Float16, 3)])
def test_half_precision_in_a_table_is_normalised_again(tmp_path, suffix, kind):
    column = pl.Series(ROWS.tolist()).cast(kind)
    read = read_file(_table(tmp_path, {"embedding": column}, suffix)).rows
    np.testing.assert_array_equal(read, unit(ROWS.astype(np.float16)))


@KINDS
@pytest.mark.parametrize("name", ["image_id", "id"])
@pytest.mark.parametrize(
    "ids", [IDS, [30, 10, 40, 20], pl.Series([30, 10, 40, 20], dtype=pl.UInt8)]
)
def test_ids_are_read_with_their_type(tmp_path, suffix, name, ids):
    read = read_file(_table(tmp_path, {name: ids, "embedding": ROWS.tolist()}, suffix))
    assert read.ids.equals(pl.Series(name, ids))
    np.testing.assert_array_equal(read.rows, ROWS)


def test_image_id_is_taken_where_there_is_an_id_too(tmp_path):
    path = _table(tmp_path, {"id": [7, 7, 7, 7], "image_id": IDS, "embedding": ROWS.tolist()})
    assert read_file(path).ids.to_list() == IDS


def test_of_several_columns_of_vectors_the_one_named_embedding_is_read(tmp_path):
    columns = {"a": ROWS[::-1].tolist(), "embedding": ROWS.tolist(), "z": [[1], [2, 3], [], None]}
    np.testing.assert_array_equal(read_file(_table(tmp_path, columns)).rows, ROWS)


@pytest.mark.parametrize("suffix", reading.TABLES)
def test_every_suffix_that_is_taken_for_a_table_can_be_read(tmp_path, suffix):
    path = tmp_path / f"rows{suffix}"
    frame = pl.DataFrame({"image_id": IDS, "embedding": ROWS.tolist()})
    WRITE.get(suffix, pl.DataFrame.write_ipc)(frame, path)
    np.testing.assert_array_equal(read_file(path).rows, ROWS)


@KINDS
@pytest.mark.parametrize("kind", [pl.List(pl.Float32), pl.Array(pl.Float32, 3)])
@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_of_no_rows_or_one_row_is_read(tmp_path, suffix, kind, rows):
    column = pl.Series(ROWS[:rows].tolist(), dtype=kind)
    ids = pl.Series(IDS[:rows], dtype=pl.String)
    read = read_file(_table(tmp_path, {"image_id": ids, "embedding": column}, suffix))
    assert len(read.rows) == len(read.ids) == rows
    assert read.rows.ndim == 2 and read.rows.dtype == np.float32


PLANE = [[1.0, 0.0], [0.0, 1.0]]
NULLS = [[1.0, 0.0], [None, 1.0]]


@KINDS
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"image_id": ["a", "b"], "x": [1.0, 0.0]}, r"0 columns of vectors \(none\); one"),
        ({"x": PLANE, "y": PLANE}, r"2 columns of vectors \(x, y\); one is wanted"),
        ({"x": [[1.0, 0.0], [1.0]]}, "rows of x are not all of one length"),
        ({"x": [[1.0, 0.0], None]}, "x (has missing values|are not all of one length)"),
        ({"x": NULLS}, "x has missing values"),
        ({"x": pl.Series(NULLS, dtype=pl.Array(pl.Float32, 2))}, "x has missing values"),
        ({"x": [[1, 0], [0, 1]]}, "int64 .* floating-point numbers are wanted"),
        ({"x": [["1", "0"], ["0", "1"]]}, "floating-point numbers are wanted"),
        ({"x": [[[1.0, 0.0]], [[0.0, 1.0]]]}, r"rows \[N, D\]"),
        ({"x": [[1.0, 0.0], [float("nan"), 1.0]]}, "Row 1 .* not finite"),
        ({"x": [[0.0, 0.0], [0.0, 1.0]]}, "Row 0 .* is zero"),
        ({"x": [[1.0, 0.0], [3.0, 4.0]]}, "Row 1 .* norm 5, not 1; pass --normalise"),
        ({"x": PLANE, "image_id": ["a", "a"]}, "image_id must be unique, but 'a' is repeated"),
        ({"x": PLANE, "id": [7, 7]}, "id must be unique, but 7 is repeated"),
        ({"x": PLANE, "image_id": ["a", None]}, "image_id .* missing"),
        ({"x": [*PLANE, [1.0, 0.0]], "image_id": ["a", None, None]}, "image_id .* missing"),
    ],
)
def test_a_wrong_table_is_one_sentence(tmp_path, suffix, columns, said):
    assert re.search(said, _refusal(_table(tmp_path, columns, suffix)))


@pytest.mark.parametrize("ids", [[0.5, 1.5], [b"a", b"b"], [[1], [2]]])
def test_ids_that_are_neither_texts_nor_integers_are_refused(tmp_path, ids):
    said = _refusal(_table(tmp_path, {"image_id": ids, "embedding": PLANE}))
    assert "image_id" in said and "integers" in said


# --- two files of the same images


def _pair(folder, probe, reference):
    """What two files hold; each is an array, or ids and rows."""
    read = []
    for name, held in (("probe", probe), ("reference", reference)):
        if isinstance(held, np.ndarray):
            read.append(read_file(_npy(folder, held, f"{name}.npy")))
        else:
            columns = {"image_id": held[0], "embedding": held[1].tolist()}
            read.append(read_file(_table(folder, columns, name=name)))
    return read


OTHERS = unit(np.array([[1, 0], [0, 1], [3, 4], [-4, 3]]))


def test_files_without_ids_are_matched_by_place(tmp_path):
    ids, rows = matched(*_pair(tmp_path, ROWS, OTHERS))
    assert ids is None
    np.testing.assert_array_equal(rows, OTHERS)


@pytest.mark.parametrize("ids", [IDS, [30, 10, 40, 20]])
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_files_with_ids_are_matched_by_id_whatever_their_order(tmp_path, ids, order):
    moved = ([ids[place] for place in order], OTHERS[order])
    found, rows = matched(*_pair(tmp_path, (ids, ROWS), moved))
    assert found.to_list() == ids
    np.testing.assert_array_equal(rows, OTHERS)


def test_ids_may_be_named_otherwise_in_the_other_file(tmp_path):
    named = {"id": IDS[::-1], "embedding": OTHERS[::-1].tolist()}
    other = read_file(_table(tmp_path, named, ".arrow"))
    probe = _pair(tmp_path, (IDS, ROWS), ROWS)[0]
    np.testing.assert_array_equal(matched(probe, other)[1], OTHERS)


@pytest.mark.parametrize(
    ("probe", "reference", "said"),
    [
        (ROWS, OTHERS[:3], "probe.npy has 4 rows and .*reference.npy 3; both must embed"),
        (ROWS[:0], OTHERS, "probe.npy has 0 rows and .*reference.npy 4; both must embed"),
        ((IDS, ROWS), (IDS[:3], OTHERS[:3]), "4 rows and .*reference.parquet 3; both must embed"),
        ((IDS, ROWS), OTHERS, "probe.parquet names its rows and .*reference.npy doesn't"),
        (ROWS, (IDS, OTHERS), "reference.parquet names its rows and .*probe.npy doesn't"),
        ((IDS, ROWS), (["a", "b", "c", "x"], OTHERS), "not in .*, such as 'd'; both must embed"),
        (([1, 2, 3, 4], ROWS), ([1, 2, 3, 5], OTHERS), "not in .*, such as 4; both must embed"),
        ((IDS, ROWS), ([1, 2, 3, 4], OTHERS), "probe.parquet are String .* Int64; make them alike"),
    ],
)
def test_files_of_other_images_are_one_sentence(tmp_path, probe, reference, said):
    with pytest.raises(UserError, match=said) as caught:
        matched(*_pair(tmp_path, probe, reference))
    assert "\n" not in str(caught.value)


# --- tables as people have them (clip-retrieval 268, pixano 168, polars 12876, 20946, 24608,
# arrow 44408)

ORDER = [2, 0, 3, 1]


def _two(folder, probe, reference):
    """Two tables of the same images, the second in another order."""
    other = {name: [column[row] for row in ORDER] for name, column in reference.items()}
    moved = OTHERS[ORDER].tolist()
    return (
        read_file(_table(folder, {**probe, "embedding": ROWS.tolist()}, name="probe")),
        read_file(_table(folder, {**other, "embedding": moved}, name="reference")),
    )


PATHS = ["img/c.jpg", "img/a.jpg", "img/d.jpg", "img/b.jpg"]
NAMES = (
    *("filename", "image_path", "key", "__key__", "url", "Image_ID", "__index_level_0__"),
    *("Unnamed: 0", "path", "hash", "ünïque"),
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ids", [PATHS, [30, 10, 40, 20], [2, 0, 3, 1]])
@pytest.mark.parametrize("beside", [{}, {"label": ["x", "y", "x", "y"], "split": [1, 1, 1, 1]}])
def test_rows_go_together_by_the_column_that_both_share(tmp_path, name, ids, beside):
    columns = {**beside, name: ids}
    found, rows = matched(*_two(tmp_path, columns, columns))
    assert found.name == name and found.to_list() == ids
    np.testing.assert_array_equal(rows, OTHERS)


def test_pandas_index_is_an_id_as_pandas_writes_it(tmp_path):
    pandas = pytest.importorskip("pandas")
    for name, rows, order in (("probe", ROWS, [0, 1, 2, 3]), ("reference", OTHERS, ORDER)):
        frame = pandas.DataFrame({"features": list(rows)}, index=PATHS).iloc[order]
        frame.to_parquet(tmp_path / f"{name}.parquet")
    probe, reference = (read_file(tmp_path / f"{n}.parquet") for n in ("probe", "reference"))
    ids, rows = matched(probe, reference)
    assert ids.to_list() == PATHS
    np.testing.assert_array_equal(rows, OTHERS)


@pytest.mark.parametrize("counter", ["id", "row", "__index_level_0__", "index"])
@pytest.mark.parametrize("first", [0, 1])
def test_numbers_that_count_the_rows_of_both_say_nothing_beside_names(tmp_path, counter, first):
    probe, reference = _two(tmp_path, {"url": PATHS}, {"url": PATHS})
    count = pl.Series(counter, range(first, first + 4))
    probe, reference = (
        reading.Embeddings(one.path, (count, *one.columns), one.rows) for one in (probe, reference)
    )
    ids, rows = matched(probe, reference)
    assert ids.name == "url"
    np.testing.assert_array_equal(rows, OTHERS)


def test_integers_of_other_widths_are_the_same_ids(tmp_path):
    ids = [30, 10, 40, 20]
    narrow, wide = (pl.Series(ids, dtype=kind) for kind in (pl.UInt8, pl.Int64))
    _, rows = matched(*_two(tmp_path, {"key": narrow}, {"key": wide}))
    np.testing.assert_array_equal(rows, OTHERS)


@pytest.mark.parametrize(
    ("probe", "reference", "said"),
    [
        # nothing tells rows apart
        ({"label": ["x", "y", "x", "y"]}, {"id": IDS}, "label must be unique, but 'x' is repeated"),
        ({"score": [0.1, 0.2, 0.3, 0.4]}, {"id": IDS}, "none of texts or integers"),
        ({"ok": [True, False, True, False]}, {"id": IDS}, "none of texts or integers"),
        # nothing is shared
        ({"filename": PATHS}, {"url": IDS}, "not in .* .columns filename and url."),
        ({"filename": PATHS}, {"key": [1, 2, 4, 3]}, "String .* Int64; make them alike"),
        # what is shared counts rows, and the names differ
        ({"row": [0, 1, 2, 3], "f": PATHS}, {"row": [1, 3, 0, 2], "g": IDS}, "counts their rows"),
        # two columns that contradict each other
        ({"a": IDS, "b": PATHS}, {"a": IDS, "b": PATHS[::-1]}, "a and b match the rows of .* diff"),
    ],
)
def test_rows_never_go_together_by_place_where_there_are_ids(tmp_path, probe, reference, said):
    with pytest.raises(UserError, match=said) as caught:
        matched(*_two(tmp_path, probe, reference))
    assert "\n" not in str(caught.value)


@KINDS
@pytest.mark.parametrize("name", ["probe[1]", "probe*", "pro?e", "[ab]", "a{1,2}", "%20 é"])
@pytest.mark.parametrize("in_folder", [False, True])
def test_a_path_is_a_path_and_no_pattern(tmp_path, suffix, name, in_folder):
    decoy = unit(np.ones((4, 3)))
    _table(tmp_path, {"id": IDS, "embedding": decoy.tolist()}, suffix, "probe1")
    folder = tmp_path / name if in_folder else tmp_path
    folder.mkdir(exist_ok=True)
    path = _table(folder, {"id": IDS, "embedding": ROWS.tolist()}, suffix, name)
    np.testing.assert_array_equal(read_file(path).rows, ROWS)


def _arrow_table(**columns):
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(ROWS.ravel()), 3)
    return pa.table({"filename": PATHS, "embedding": vectors, **columns})


def _write_stream(table, path):
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


def _write_file(table, path):
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


WRITERS = {
    "rows.arrow": _write_stream,
    "file.arrow": _write_file,
    "rows.ipc": _write_file,
    "rows.feather": lambda table, path: feather.write_feather(table, str(path)),
    "plain.feather": lambda t, path: feather.write_feather(t, str(path), compression="zstd"),
    "rows.parquet": lambda table, path: parquet.write_table(table, str(path)),
    "rows.pq": lambda table, path: parquet.write_table(table, str(path)),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_a_table_is_shows_in_its_bytes(tmp_path, name):
    WRITERS[name](_arrow_table(), tmp_path / name)
    read = read_file(tmp_path / name)
    assert read.ids.to_list() == PATHS
    np.testing.assert_array_equal(read.rows, ROWS)


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_of_parts_is_read_in_the_order_of_their_numbers(tmp_path, name):
    folder, suffix = tmp_path / name, name.partition(".")[2]
    folder.mkdir()
    for number, row in ((10, 2), (2, 0), (11, 3), (9, 1)):
        WRITERS[name](_arrow_table().slice(row, 1), folder / f"part-{number}.{suffix}")
    (folder / f"cache-1.{suffix}").write_text("of the writer's")
    (folder / "_SUCCESS").write_text("")
    read = read_file(folder)
    assert read.ids.to_list() == [PATHS[row] for row in (0, 1, 2, 3)]
    np.testing.assert_array_equal(read.rows, ROWS)


def test_a_folder_of_nothing_or_of_several_kinds_is_one_sentence(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    assert "no parts" in _refusal(folder)
    _npy(folder, ROWS)
    _table(folder, {"embedding": ROWS.tolist()})
    assert "several kinds" in _refusal(folder)


ODD = {
    "run ends": pa.RunEndEncodedArray.from_arrays([4], [1]),
    "list views": pa.array([[1]] * 4, pa.list_view(pa.int32())),
    "months": pa.array([None] * 4, pa.month_day_nano_interval()),
    "a union": pa.UnionArray.from_sparse(pa.array([0] * 4, pa.int8()), [pa.array([1] * 4)]),
    "a time zone that isn't": pa.array([1] * 4, pa.timestamp("us", "+25:99")),
    "wide decimals": pa.array([None] * 4, pa.decimal256(50)),
    "wide categories": pa.DictionaryArray.from_arrays(pa.array([0] * 4, pa.uint64()), ["x"]),
    "lists of nothing": pa.array([[]] * 4, pa.list_(pa.float32(), 0)),
    "nothing": pa.nulls(4),
    "maps": pa.array([[("a", 1)]] * 4, pa.map_(pa.string(), pa.int32())),
}


@pytest.mark.parametrize("write", [_write_stream, _write_file, WRITERS["rows.parquet"]])
@pytest.mark.parametrize("odd", ODD)
def test_odd_other_columns_are_never_decoded(tmp_path, odd, write):
    path = tmp_path / "rows.arrow"
    try:
        write(_arrow_table(odd=ODD[odd]), path)
    except (pa.ArrowException, NotImplementedError):
        pytest.skip("no such column can be written so")
    np.testing.assert_array_equal(read_file(path).rows, ROWS)


@pytest.mark.parametrize("kind", ["fixed_shape_tensor", "list_", "large_list"])
def test_vectors_of_any_list_of_arrow_are_read(tmp_path, kind):
    plain = _arrow_table()["embedding"].combine_chunks()
    if kind == "fixed_shape_tensor":
        column = pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float32(), [3]), plain)
    else:
        column = pa.array(ROWS.tolist(), getattr(pa, kind)(pa.float32()))
    _write_file(_arrow_table().set_column(1, "embedding", column), tmp_path / "rows.arrow")
    np.testing.assert_array_equal(read_file(tmp_path / "rows.arrow").rows, ROWS)


def test_ids_may_be_categories(tmp_path):
    names = pa.array(PATHS).dictionary_encode()
    _write_file(_arrow_table().set_column(0, "filename", names), tmp_path / "rows.arrow")
    assert read_file(tmp_path / "rows.arrow").ids.to_list() == PATHS


def test_bytes_of_images_beside_are_not_read(tmp_path):
    picture = pa.array([os.urandom(500_000) for _ in range(4)])
    parquet.write_table(_arrow_table(image=picture), tmp_path / "rows.parquet")
    before, counted = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(counted)
    try:
        read_file(tmp_path / "rows.parquet")
    finally:
        pa.set_memory_pool(before)
    assert 0 < counted.max_memory() < 500_000


@pytest.mark.parametrize("suffix", [".npy", ".parquet", ".arrow"])
def test_a_pipe_is_one_sentence_and_nothing_waits(tmp_path, suffix):
    os.mkfifo(tmp_path / f"rows{suffix}")
    assert "a pipe or a device" in _refusal(tmp_path / f"rows{suffix}")
