"""Images in rows of tables and datasets, as people save them."""

import io
import os

import polars as pl
import pytest
from PIL import Image

from clipblind.ground.errors import UserError
from clipblind.pools.checking import check_part
from clipblind.pools.corpus import Corpus
from clipblind.pools.sources import list_sources
from clipblind.study.settings.pool import Files

pyarrow = pytest.importorskip("pyarrow")
datasets = pytest.importorskip("datasets")


def jpeg(shade):
    written = io.BytesIO()
    Image.new("L", (40, 30), shade).save(written, "JPEG")
    return written.getvalue()


PICTURES = [jpeg(shade) for shade in (10, 100, 200)]


def listed_from(path, **how):
    return list_sources({"own": Files(kind="huggingface", path=str(path), **how)}, path)[0]


def read_from(path, **how):
    listed = listed_from(path, **how)
    corpus = Corpus(listed)
    return [corpus.bytes_of(image_id) for image_id in corpus.ids]


def rows(*columns, pictures=PICTURES):
    """A dataset with columns of images, beside one of texts."""
    features = {"said": datasets.Value("string")} | {c: datasets.Image() for c in columns}
    cells = {c: [{"bytes": data, "path": None} for data in pictures] for c in columns}
    said = {"said": [f"no. {k}" for k in range(len(pictures))]}
    return datasets.Dataset.from_dict(said | cells, datasets.Features(features))


def stream(made, path):
    """The way of datasets' own cache."""
    table = made.data.table
    with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_stream(file, table.schema) as out:
        out.write_table(table, max_chunksize=2)


# arrow 44408: a stream, as Hugging Face writes it, is no damaged file; feather has a kind
WRITERS = {
    "a.parquet": lambda made, path: made.to_parquet(path, batch_size=2),
    "a.arrow": stream,
    "b.arrow": lambda made, path: pl.from_arrow(made.data.table).write_ipc(path),
    "a.feather": lambda made, path: pl.from_arrow(made.data.table).write_ipc(
        path, compression="lz4"
    ),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("whole", [True, False])
def test_tables_of_images_are_read_where_they_lie(tmp_path, name, whole):
    WRITERS[name](rows("picture"), tmp_path / name)
    assert read_from(tmp_path if whole else tmp_path / name) == PICTURES


def test_bytes_without_a_name_for_them_are_images_by_what_they_are(tmp_path):
    frame = pl.DataFrame({"id": [b"a", b"b", b"c"], "jpg": [None, *PICTURES[1:]]})
    frame.write_parquet(tmp_path / "a.parquet")
    listed = listed_from(tmp_path)
    good, bad = check_part(listed, 0, 1)
    assert len(good) == 2 and bad["reason"].to_list() == ["its row holds no image"]


# polars 20946: other columns may be odd, or hold a gigabyte, and are not read
def test_only_the_column_of_images_is_read(tmp_path):
    odd = pyarrow.table(
        {
            "picture": pyarrow.array(PICTURES),
            "months": pyarrow.array([(1, 2, 3)] * 3, pyarrow.month_day_nano_interval()),
            "union": pyarrow.UnionArray.from_sparse(
                pyarrow.array([0, 0, 0], pyarrow.int8()), [pyarrow.array([1, 2, 3])]
            ),
        }
    )
    with (
        pyarrow.OSFile(str(tmp_path / "a.arrow"), "wb") as file,
        pyarrow.ipc.new_file(file, odd.schema) as out,
    ):
        out.write_table(odd)
    assert read_from(tmp_path / "a.arrow") == PICTURES


HUB = {
    "pieces": ("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"),
    "hashed": ("data/train-00000-of-00002-0a1b2c.parquet", "data/train-00001-of-00002-ff.parquet"),
    "converted": ("default/train/0000.parquet", "default/train/0001.parquet"),
    "loose": ("one.parquet", "two.parquet"),
}


@pytest.mark.parametrize("layout", HUB)
def test_a_folder_as_the_hub_has_it(tmp_path, layout):
    for name, some in zip(HUB[layout], (PICTURES[:2], PICTURES[2:]), strict=True):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        rows("picture", pictures=some).to_parquet(tmp_path / name)
    (tmp_path / "README.md").write_text("---\n---\n")
    assert read_from(tmp_path) == PICTURES


# datasets 6470, aiperf 903: of train and test, nothing is chosen without a word
@pytest.mark.parametrize("kind", ["saved", "pieces", "plain", "folders"])
def test_of_several_splits_one_is_to_be_named(tmp_path, kind):
    splits = {"train": rows("picture"), "test": rows("picture", pictures=PICTURES[:1])}
    if kind == "saved":
        datasets.DatasetDict(splits).save_to_disk(tmp_path / "x")
    else:
        name = {"pieces": "data/{}-00000-of-00001", "plain": "{}", "folders": "{}/0000"}[kind]
        for split, made in splits.items():
            path = tmp_path / "x" / f"{name.format(split)}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            made.to_parquet(path)
    with pytest.raises(UserError, match=r"several splits \(test, train\); name one by `split`"):
        listed_from(tmp_path / "x")
    with pytest.raises(UserError, match="no split 'val'; it has test, train"):
        listed_from(tmp_path / "x", split="val")
    assert read_from(tmp_path / "x", split="train") == PICTURES
    assert read_from(tmp_path / "x", split="test") == PICTURES[:1]


@pytest.mark.parametrize("kind", ["saved", "parquet", "arrow"])
def test_of_several_columns_of_images_one_is_to_be_named(tmp_path, kind):
    made = rows("before", "after")
    if kind == "saved":
        made.save_to_disk(tmp_path / "x")
    elif kind == "parquet":
        made.to_parquet(tmp_path / "x.parquet")
    else:
        stream(made, tmp_path / "x.arrow")
    path = next(tmp_path.iterdir())
    with pytest.raises(UserError, match=r"several columns of images \(before, after\); name one"):
        listed_from(path)
    with pytest.raises(UserError, match="no column 'image'; it has said, before, after"):
        listed_from(path, column="image")
    assert read_from(path, column="after") == PICTURES


@pytest.mark.parametrize("kind", ["saved", "parquet"])
def test_empty_ones_lists_of_images_and_none_are_sentences(tmp_path, kind):
    lists = {"shots": [[{"bytes": PICTURES[0], "path": None}]]}
    features = datasets.Features({"shots": datasets.List(datasets.Image())})
    made = {
        "holds no row": rows("picture", pictures=[]),
        "lists of images in its column shots": datasets.Dataset.from_dict(lists, features),
        "no column of images among said": rows(),
    }
    for number, (said, each) in enumerate(made.items()):
        path = tmp_path / f"{number}.{kind}"
        each.save_to_disk(path) if kind == "saved" else each.to_parquet(path)
        with pytest.raises(UserError, match=said) as refused:
            listed_from(path)
        assert str(refused.value).endswith(".")


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_that_is_cut_short_is_one_sentence(tmp_path, name):
    WRITERS[name](rows("picture"), tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for kept in (0, 10, len(whole) // 2):
        path = tmp_path / f"{kept}-{name}"
        path.write_bytes(whole[:kept])
        with pytest.raises(UserError, match=r"can't be read as a table: .*\."):
            listed_from(path)


# to read a mapped file past its new end would kill the process
@pytest.mark.parametrize("kind", ["saved", "a.arrow", "a.parquet"])
def test_a_table_that_shrinks_while_it_is_read_is_told(tmp_path, kind):
    made = rows("picture", pictures=PICTURES * 2000)
    if kind == "saved":
        made.save_to_disk(tmp_path / "x")
    else:
        WRITERS[kind](made, tmp_path / kind)
    listed = listed_from(next(tmp_path.iterdir()))
    corpus = Corpus(listed)
    assert corpus.bytes_of(corpus.ids[0]) == PICTURES[0]
    for file in tmp_path.rglob("*.*"):
        if file.suffix in (".arrow", ".parquet"):
            os.truncate(file, 1000)
    _, bad = check_part(listed.tail(2), 0, 1)
    assert len(bad) == 2 and all("can't be read" in reason for reason in bad["reason"])


def test_a_folder_of_tables_named_as_one_of_pictures_is_told_its_kind(tmp_path):
    rows("picture").to_parquet(tmp_path / "a.parquet")
    source = {"own": Files(kind="folder", path=str(tmp_path))}
    with pytest.raises(UserError, match="holds no image; it holds tables: is it of kind hugging"):
        list_sources(source, tmp_path)
