"""Embeddings on disk: ids and rows in one file, joined by id."""

import numpy as np
import pytest

from clipblind.embedding.files import read_embeddings, write_embeddings
from clipblind.ground.errors import UserError


def _rows(n, width=4):
    rows = np.random.default_rng(n).normal(size=(n, width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_shards_are_joined_and_sorted_by_id(tmp_path):
    rows = _rows(3)
    write_embeddings(["c", "a"], rows[:2], tmp_path / "1.arrow")
    write_embeddings(["b"], rows[2:], tmp_path / "2.arrow")
    ids, joined = read_embeddings([tmp_path / "1.arrow", tmp_path / "2.arrow"])
    assert ids == ["a", "b", "c"]
    assert np.array_equal(joined, rows[[1, 2, 0]])


def test_rows_that_are_not_of_unit_norm_are_not_written(tmp_path):
    with pytest.raises(UserError, match="norm 3"):
        write_embeddings(["a", "b"], 3 * _rows(2), tmp_path / "1.arrow")
    assert not (tmp_path / "1.arrow").exists()


def test_shards_of_different_widths_are_refused(tmp_path):
    write_embeddings(["a"], _rows(1, 4), tmp_path / "1.arrow")
    write_embeddings(["b"], _rows(1, 5), tmp_path / "2.arrow")
    with pytest.raises(UserError, match="different widths"):
        read_embeddings([tmp_path / "1.arrow", tmp_path / "2.arrow"])


def test_an_image_embedded_twice_is_refused(tmp_path):
    write_embeddings(["a"], _rows(1), tmp_path / "1.arrow")
    with pytest.raises(UserError, match="repeated"):
        read_embeddings([tmp_path / "1.arrow", tmp_path / "1.arrow"])


def test_a_truncated_file_is_one_sentence(tmp_path):
    path = tmp_path / "1.arrow"
    write_embeddings([str(i) for i in range(500)], _rows(500), path)
    path.write_bytes(path.read_bytes()[:-700])
    with pytest.raises(UserError, match="cut short"):
        read_embeddings([path])
