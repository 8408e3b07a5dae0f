"""Stamps change with what they stand for, and with nothing else."""

import json
import os
import time
from pathlib import Path

import pytest

from clipblind.ground.files import sha256_of
from clipblind.study import stamps
from clipblind.study.memory import FOLDER, Memory
from clipblind.study.stamps import MISSING, RECORD, file_stamp, folder_stamp, tree_stamp


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose jobs run in a folder of results."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/config.yaml").touch()
    (tmp_path / "results/own").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "results/own")
    return tmp_path


@pytest.fixture
def read(monkeypatch):
    """The names of the files that were read."""
    found = []
    monkeypatch.setattr(stamps, "sha256_of", lambda p: found.append(p.name) or sha256_of(p))
    return found


def put(path, content, age=60):
    """A file as it was written some seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    written = time.time() - age
    os.utime(path, (written, written))
    os.utime(path.parent, (written, written))
    return path


def test_a_folders_stamp_follows_names_and_contents(tmp_path):
    folder = tmp_path / "weights"
    seen = {folder_stamp(folder)}
    weights = folder / "inner" / "model.safetensors"
    for content in (b"one", b"two", b"three"):
        put(weights, content)
        seen.add(folder_stamp(folder))
    weights.rename(weights.with_name("other.safetensors"))
    seen.add(folder_stamp(folder))
    assert len(seen) == 5 and MISSING in seen


def test_two_checkouts_with_the_same_files_have_the_same_stamps(tmp_path):
    for number, checkout in enumerate(("here", "there/deeper")):
        put(tmp_path / checkout / "weights/inner/model.bin", b"one", age=100 * number)
        put(tmp_path / checkout / "corpus/n01/a.jpg", b"a", age=100 * number)
        put(tmp_path / checkout / "corpus/labels.csv", b"a,b", age=100 * number)
        # what download tools keep beside holds times
        put(tmp_path / checkout / "weights/.cache/model.bin.metadata", b"%d" % number)
    here, there = tmp_path / "here", tmp_path / "there/deeper"
    assert folder_stamp(here / "weights") == folder_stamp(there / "weights")
    assert tree_stamp(here / "corpus") == tree_stamp(there / "corpus")
    labels = ["labels.csv"]
    assert tree_stamp(here / "corpus", labels) == tree_stamp(there / "corpus", labels)
    single = "weights/inner/model.bin"
    assert file_stamp(here / single) == file_stamp(there / single)
    assert tree_stamp(here / single) == tree_stamp(there / single)


def test_what_was_read_is_not_read_again_unless_its_size_or_time_changed(project, read):
    weights = put(project / "assets/models/x/model.bin", b"one")
    first = folder_stamp(weights.parent)
    assert folder_stamp(weights.parent) == first and read == ["model.bin"]
    remembered = json.loads((project / FOLDER / "stamps.json").read_text())
    assert list(remembered) == ["assets/models/x/model.bin"]
    put(weights, b"two", age=30)
    assert folder_stamp(weights.parent) != first and read == ["model.bin"] * 2
    # the same content at another time
    put(weights, b"one", age=10)
    assert folder_stamp(weights.parent) == first


def test_a_file_of_this_moment_is_not_remembered_as_it_may_be_written_again(project):
    weights = put(project / "w.bin", b"one", age=0)
    before = file_stamp(weights)
    known = weights.stat()
    weights.write_bytes(b"two")
    os.utime(weights, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert file_stamp(weights) != before
    assert not (project / FOLDER).exists()


def test_what_fetch_verified_is_not_read(project, read):
    by_reading = folder_stamp(put(project / "elsewhere/model.bin", b"one").parent)
    weights = put(project / "assets/models/x/model.bin", b"one")
    known = weights.stat()
    entry = {"size": 3, "sha256": sha256_of(weights), "modified": known.st_mtime_ns}
    record = {"date": "now", "files": {"model.bin": entry}}
    put(weights.with_name(RECORD), json.dumps(record).encode())
    read.clear()
    assert folder_stamp(weights.parent) == by_reading
    assert read == []
    # a file that was written since is another one
    put(weights, b"two", age=5)
    assert folder_stamp(weights.parent) != by_reading
    assert read == ["model.bin"]


def test_a_record_that_cannot_be_read_spares_nothing(project, read):
    put(project / "x/model.bin", b"one")
    put(project / "x" / RECORD, b"{")
    assert folder_stamp(project / "x") != MISSING
    assert read == ["model.bin"]


def test_a_trees_stamp_follows_files_that_come_and_go(tmp_path):
    corpus = tmp_path / "corpus"
    seen = {tree_stamp(corpus)}
    (corpus / "n01").mkdir(parents=True)
    seen.add(tree_stamp(corpus))
    put(corpus / "n01" / "a.jpg", b"a")
    seen.add(tree_stamp(corpus))
    put(corpus / "n01" / "b.jpg", b"a", age=50)
    seen.add(tree_stamp(corpus))
    (corpus / "n01" / "a.jpg").unlink()
    seen.add(tree_stamp(corpus))
    assert len(seen) == 5 and MISSING in seen
    labels = corpus / "labels.csv"
    seen = set()
    for said in (b"a", b"abc", b"xyz"):
        put(labels, said)
        seen |= {tree_stamp(corpus, ["labels.csv"])}
    assert len(seen) == 3
    single = tmp_path / "data.tar"
    single.write_bytes(b"tar")
    assert tree_stamp(single) != MISSING


def test_a_folder_of_a_tree_is_listed_again_only_if_something_came_or_went(project, monkeypatch):
    listed = []
    real = stamps._list
    monkeypatch.setattr(stamps, "_list", lambda p: listed.append(p.name) or real(p))
    corpus = project / "corpus"
    put(corpus / "n01/a.jpg", b"a")
    put(corpus / "n02/a.jpg", b"a")
    os.utime(corpus, (5, 5))
    first = tree_stamp(corpus)
    assert tree_stamp(corpus) == first and sorted(listed) == ["corpus", "n01", "n02"]
    listed.clear()
    put(corpus / "n02/b.jpg", b"b", age=20)
    assert tree_stamp(corpus) != first and listed == ["n02"]


def test_sizes_count_where_files_are_few(tmp_path, monkeypatch):
    put(tmp_path / "tars/0.tar", b"a")
    before = tree_stamp(tmp_path / "tars")
    put(tmp_path / "tars/0.tar", b"abc")
    assert tree_stamp(tmp_path / "tars") != before
    monkeypatch.setattr(stamps, "MANY", 0)
    put(tmp_path / "tars/0.tar", b"abc", age=50)
    before = tree_stamp(tmp_path / "tars")
    put(tmp_path / "tars/0.tar", b"a", age=40)
    assert tree_stamp(tmp_path / "tars") == before


def test_a_memory_that_cannot_be_read_or_written_is_no_fault(tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "stamps.json").write_text("[1")
    memory = Memory("stamps", tmp_path)
    memory.put("a", 1)
    memory.save()
    assert Memory("stamps", tmp_path).get("a") == 1
    nowhere = Memory("stamps", tmp_path / "no" / "such")
    nowhere.put("a", 1)
    nowhere.save()
    assert nowhere.get("a") == 1


def test_a_memory_of_few_keeps_what_was_put_last(tmp_path):
    memory = Memory("few", tmp_path, most=2)
    for key in ("a", "b", "c", "b"):
        memory.put(key, key)
    memory.save()
    again = Memory("few", tmp_path)
    assert [again.get(key) for key in "abc"] == [None, "b", "c"]


# kind 7: a listing follows links, and so must what notices that something came
@pytest.mark.parametrize("linked", ["", "deep", "deep/er"])
def test_new_files_behind_a_link_are_noticed(project, linked):
    outside = put(project / "outside/deep/er/a.jpg", b"a", age=100).parents[2]
    corpus = put(project / "corpus/b.jpg", b"b", age=100).parent
    (corpus / "link").symlink_to(outside / linked)
    os.utime(corpus, (time.time() - 100,) * 2)
    for stamp in (tree_stamp, folder_stamp):
        before = stamp(corpus)
        assert stamp(corpus) == before
        new = put(outside / f"deep/er/{stamp.__name__}.jpg", b"new", age=50)
        assert stamp(corpus) != before
        new.unlink()


def test_a_link_that_leads_elsewhere_is_another_tree(project):
    for name in "ab":
        put(project / f"{name}/{name}.jpg", b"x", age=100)
    link = project / "corpus"
    link.symlink_to(project / "a")
    before = tree_stamp(link)
    link.unlink()
    link.symlink_to(project / "b")
    assert tree_stamp(link) != before


def test_a_tree_linked_or_copied_has_one_stamp_and_circles_end(tmp_path):
    put(tmp_path / "outside/a.jpg", b"a")
    put(tmp_path / "copied/inner/a.jpg", b"a")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/inner").symlink_to(tmp_path / "outside")
    assert tree_stamp(tmp_path / "linked") == tree_stamp(tmp_path / "copied")
    assert folder_stamp(tmp_path / "linked") == folder_stamp(tmp_path / "copied")
    (tmp_path / "outside/circle").symlink_to(tmp_path / "linked")
    (tmp_path / "outside/self").symlink_to("self")
    (tmp_path / "outside/system").symlink_to("/proc")
    for stamp in (tree_stamp, folder_stamp):
        assert stamp(tmp_path / "linked") == stamp(tmp_path / "linked")


# ownphotos 112, dupeguru 335: a Latin-1 folder crashed `snakemake -n`
def test_names_in_latin_1_and_folders_that_are_shut_have_stamps(project, monkeypatch):
    corpus = put(project / "corpus/a.jpg", b"a").parent
    before = tree_stamp(corpus)
    inner = Path(os.fsdecode(os.fsencode(corpus) + b"/caf\xe9"))
    put(inner / os.fsdecode(b"t\xfcr.jpg"), b"b")
    named = {stamp(corpus) for stamp in (tree_stamp, tree_stamp, folder_stamp)}
    assert len(named) == 2 and before not in named
    assert tree_stamp(inner / os.fsdecode(b"t\xfcr.jpg")) != MISSING
    Memory("stamps", project)  # what was remembered can be read again
    scandir = os.scandir

    def shut(folder):
        if Path(folder) == inner:
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", shut)
    os.utime(inner, (time.time() - 50,) * 2)
    assert tree_stamp(corpus) not in named
