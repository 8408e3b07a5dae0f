"""Tables keep to their schema, and a damaged file is one sentence."""

import polars as pl
import pytest

from clipblind.ground.errors import UserError
from clipblind.ground.tables.scores import CONTENDER_SCORES
from clipblind.ground.tables.world import CAPTIONS, SHARD


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "csv"])
def test_a_table_is_read_as_it_was_written(tmp_path, suffix):
    frame = pl.DataFrame({"caption": ["(a)", 'say "b", please'], "image_id": ["p/1", "p/2"]})
    path = tmp_path / f"captions.{suffix}"
    CAPTIONS.write(frame, path)
    assert CAPTIONS.read(path).equals(frame.select("image_id", "caption"))


def test_a_frame_of_other_types_is_not_written(tmp_path):
    frame = pl.DataFrame({"image_id": ["p/1"], "caption": [1]})
    with pytest.raises(ValueError, match="caption is Int64, not String"):
        CAPTIONS.write(frame, tmp_path / "captions.parquet")


def test_scores_survive_csv_with_their_types(tmp_path):
    row = ("llava", 2, 0.5, 1, 0.0, 0.0, 0.793451, 0, 2, 0)
    frame = pl.DataFrame([row], schema=dict(CONTENDER_SCORES.columns), orient="row")
    CONTENDER_SCORES.write(frame, tmp_path / "s.csv")
    assert CONTENDER_SCORES.read(tmp_path / "s.csv").equals(frame)


def test_a_truncated_shard_is_one_sentence_that_says_what_to_do(tmp_path):
    path = tmp_path / "search-0.parquet"
    SHARD.write(pl.DataFrame({"image_id": ["a"], "png": [b"x" * 5000]}), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match="cut short: delete it and run again") as caught:
        SHARD.read(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="is missing"):
        SHARD.read(tmp_path / "search-0.parquet")


def test_a_file_of_another_table_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    CAPTIONS.write(pl.DataFrame({"image_id": ["p"], "caption": ["a"]}), path)
    with pytest.raises(UserError, match="no table of pictures: png is None"):
        SHARD.read(path)


def test_a_csv_that_is_cut_short_is_one_sentence(tmp_path):
    # faults 38: polars fills a cut row with nulls, and a figure was drawn of it
    row = ("llava", 2, 0.5, 1, 0.0, 0.0, 0.793451, 0, 2, 0)
    frame = pl.DataFrame([row, row], schema=dict(CONTENDER_SCORES.columns), orient="row")
    path = tmp_path / "s.csv"
    CONTENDER_SCORES.write(frame, path)
    whole = path.read_bytes()
    ends = {at + 1 for at, byte in enumerate(whole) if byte == ord("\n")}
    for length in set(range(1, len(whole))) - ends:
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="cut short: delete it and run again"):
            CONTENDER_SCORES.read(path)
    path.write_bytes(whole.replace(b",0\n", b"\n", 1))
    with pytest.raises(UserError, match="line 2 has not the 10 cells of its header"):
        CONTENDER_SCORES.read(path)


def test_cells_with_line_breaks_and_large_ones_are_whole(tmp_path):
    frame = pl.DataFrame({"image_id": ["p/1", ""], "caption": ['a "b",\n\nc', "x" * 200_000]})
    CAPTIONS.write(frame, tmp_path / "c.csv")
    assert CAPTIONS.read(tmp_path / "c.csv")["caption"].to_list() == frame["caption"].to_list()
