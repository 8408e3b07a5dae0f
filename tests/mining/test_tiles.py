"""Any tiling gives the same set, and a tile that did not do its part is noticed."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipblind.ground.errors import UserError
from clipblind.mining.join import blind_pairs, search
from clipblind.mining.kernel import kernel_named
from clipblind.mining.manifest import Manifest, read_json
from clipblind.mining.question import ask
from clipblind.mining.tiles import gather, run_tile, write_plan
from tests.mining import oracle

KINDS = {"cosine": (0.9, 0.6)}


def _planned(folder, rows, count, method):
    ready = search(ask(*rows, 0.9, 0.6, kernel_named()), method=method)
    write_plan(ready, count, KINDS, folder / "index.safetensors", folder / "manifest.json")
    return read_json(Manifest, folder / "manifest.json")


def _done(folder, rows, count, method="cascade", threads=1):
    manifest = _planned(folder, rows, count, method)
    tables = [folder / f"{tile}.parquet" for tile in range(count)]
    reports = [folder / f"{tile}.json" for tile in range(count)]
    # another machine may do them in any order
    for tile in reversed(range(count)):
        run_tile(
            rows, folder / "manifest.json", folder / "index.safetensors", tile, tables[tile],
            reports[tile], threads,
        )  # fmt: skip
    return manifest, tables, reports


@pytest.mark.parametrize("method", ["cascade", "dense"])
@pytest.mark.parametrize("count", [1, 2, 7, 40])
@pytest.mark.parametrize("maker", [oracle.clip_like, oracle.exact_copies])
def test_any_tiling_gives_the_same_table(tmp_path, maker, count, method):
    rows = maker(5000, 1)
    whole = blind_pairs(*rows, 0.9, 0.6)
    found = gather(*_done(tmp_path, rows, count, method, threads=2))
    assert len(whole) > 100
    assert found.equals(whole)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), size=st.integers(0, 300), count=st.integers(1, 12))
def test_tiles_decide_every_pair_once(tmp_path_factory, seed, size, count):
    rows = oracle.isotropic(size, seed, 8)
    method = "cascade"
    manifest = _planned(tmp_path_factory.mktemp("plan"), rows, count, method)
    assert len(manifest.tiles) == count
    assert sum(tile.pairs for tile in manifest.tiles) == size * (size - 1) // 2
    edges = [edge for tile in manifest.tiles for edge in (tile.first, tile.stop)]
    assert edges == sorted(edges)
    assert edges[1:-1:2] == edges[2::2]


def test_tiles_are_of_about_equal_cost(tmp_path):
    manifest = _planned(tmp_path, oracle.clip_like(20_000, 1), 4, "cascade")
    costs = [tile.cost for tile in manifest.tiles]
    assert sum(costs) == pytest.approx(1, abs=1e-4)
    assert max(costs) < 0.35


def _without_a_tile(_, tables, reports):
    reports[1].unlink()


def _cut_report(_, tables, reports):
    reports[1].write_text(reports[1].read_text()[:-5])


def _report_of_another(_, tables, reports):
    reports[1].write_bytes(reports[0].read_bytes())


def _table_of_another(_, tables, reports):
    tables[1].write_bytes(tables[0].read_bytes())


def _fewer_decided(_, tables, reports):
    told = json.loads(reports[1].read_text())
    reports[1].write_text(json.dumps(told | {"decided": told["decided"] - 1}))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_without_a_tile, "1.json is missing"),
        (_cut_report, "1.json is damaged"),
        (_report_of_another, "1.json tells of tile 0"),
        (_table_of_another, "1.parquet holds .* its tile found"),
        (_fewer_decided, "tells of tile 1 and .* run that tile again"),
    ],
)
def test_a_tile_that_did_not_do_its_part_is_noticed(tmp_path, harm, said):
    done = _done(tmp_path, oracle.clip_like(5000, 2), 3)
    harm(*done)
    with pytest.raises(UserError, match=said) as caught:
        gather(*done)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_there_can_be_more_tiles_than_pairs(tmp_path, rows):
    found = gather(*_done(tmp_path, oracle.isotropic(rows, 1, 4), 5, None))
    assert found.height <= 1


def test_what_an_older_plan_left_behind_is_refused(tmp_path):
    rows = oracle.clip_like(4000, 2)
    old, tables, reports = _done(tmp_path, rows, 2)
    paths = tmp_path / "manifest.json", tmp_path / "index.safetensors"
    index = paths[1].read_bytes()
    ready = search(ask(*rows, 0.8, 0.7, kernel_named()), method="cascade")
    new = write_plan(ready, 2, {"cosine": (0.8, 0.7)}, paths[1], paths[0])
    with pytest.raises(UserError, match=r"0.json is of another plan"):
        gather(new, tables, reports)
    paths[1].write_bytes(index)
    with pytest.raises(UserError, match="is not that of its manifest"):
        run_tile(rows, *paths, 0, tables[0], reports[0])
    assert old.digest != new.digest


def test_a_plan_for_other_embeddings_is_refused(tmp_path):
    _planned(tmp_path, oracle.clip_like(3500, 2), 3, "cascade")
    paths = tmp_path / "manifest.json", tmp_path / "index.safetensors"
    out = tmp_path / "0.parquet", tmp_path / "0.json"
    with pytest.raises(UserError, match="planned for other embeddings"):
        run_tile(oracle.clip_like(3500, 3), *paths, 0, *out)
    with pytest.raises(UserError, match="has 3 tiles, no tile 3"):
        run_tile(oracle.clip_like(3500, 2), *paths, 3, *out)
    paths[1].write_bytes(paths[1].read_bytes()[:1000])
    with pytest.raises(UserError, match="can't be read"):
        run_tile(oracle.clip_like(3500, 2), *paths, 0, *out)
    assert not out[0].exists()
    assert np.all([not path.name.startswith(".part") for path in tmp_path.iterdir()])
