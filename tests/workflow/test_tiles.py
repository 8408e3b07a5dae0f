"""A search that is cut into tiles, threaded or done by another kernel finds the same."""

import json
import shutil

import pytest

from tests.workflow.conftest import Project, planned_jobs

HOWS = {
    "tiles": ('overrides="mining.tiles=3"', ""),
    "threads": ('overrides="mining.threads=2"', ""),
    "numpy alone": ("", "CLIPBLIND_KERNEL=numpy "),
}


@pytest.mark.parametrize("how", HOWS)
def test_the_studys_pairs_are_the_same_whatever_does_the_search(finished, tmp_path, how):
    options, environment = HOWS[how]
    copy = Project(tmp_path / "copy")
    shutil.copytree(finished.folder, copy.folder, symlinks=True)
    pairs, summary = copy.results / "pairs/pairs.parquet", copy.results / "pairs/summary.json"
    before = pairs.read_bytes(), summary.read_text()
    pairs.unlink()
    command = f"{environment}snakemake --cores 2 pairs/pairs.parquet --config study=smoke {options}"
    done = planned_jobs(copy.run(command))
    assert (pairs.read_bytes(), summary.read_text()) == before
    if how == "tiles":
        assert done["mine_tile"] == 3
        manifest = json.loads((copy.results / "pairs/tiles/manifest.json").read_text())
        assert (
            sum(tile["pairs"] for tile in manifest["tiles"]) == json.loads(before[1])["all_pairs"]
        )
