"""Stamps change with what they stand for, and with nothing else."""

import os

from clipblind.study.stamps import folder_stamp, tree_stamp


def test_a_folders_stamp_follows_names_sizes_and_times(tmp_path):
    seen = {folder_stamp(tmp_path / "weights")}
    weights = tmp_path / "weights" / "inner" / "model.safetensors"
    weights.parent.mkdir(parents=True)
    for content in (b"one", b"three"):
        weights.write_bytes(content)
        seen.add(folder_stamp(tmp_path / "weights"))
    os.utime(weights, (1, 1))
    seen.add(folder_stamp(tmp_path / "weights"))
    weights.rename(weights.with_name("other.safetensors"))
    seen.add(folder_stamp(tmp_path / "weights"))
    assert len(seen) == 5 and "missing" in seen
    assert folder_stamp(tmp_path / "weights") == folder_stamp(tmp_path / "weights")


def test_a_trees_stamp_follows_files_that_come_and_go(tmp_path):
    corpus = tmp_path / "corpus"
    seen = {tree_stamp(corpus)}
    (corpus / "n01").mkdir(parents=True)
    seen.add(tree_stamp(corpus))
    (corpus / "n01" / "a.jpg").write_bytes(b"a")
    os.utime(corpus / "n01", ns=(5, 5))
    seen.add(tree_stamp(corpus))
    (corpus / "n01" / "a.jpg").unlink()
    os.utime(corpus / "n01", ns=(9, 9))
    seen.add(tree_stamp(corpus))
    assert len(seen) == 4 and "missing" in seen
    labels = corpus / "labels.csv"
    stamps = set()
    for said in ("a", "abc"):
        labels.write_text(said)
        os.utime(corpus, ns=(7, 7))
        stamps |= {tree_stamp(corpus, ["labels.csv"]), tree_stamp(corpus)}
    assert len(stamps) == 3
    single = tmp_path / "data.tar"
    single.write_bytes(b"tar")
    assert tree_stamp(single) != "missing"
