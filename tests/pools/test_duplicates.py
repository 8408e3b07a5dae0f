"""Repeated images: every one that is within some bits, against brute force."""

import io

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipblind.ground.tables.pool import CHECKED
from clipblind.pools.checking import NO_HASH, perceptual_hash
from clipblind.pools.duplicates import find_duplicates


def table(hashes, digests=None):
    count = len(hashes)
    columns = {
        "image_id": [f"i{k:06}" for k in range(count)],
        "source": ["own"] * count,
        "part": [0] * count,
        "width": [9] * count,
        "height": [9] * count,
        "sha256": digests or [str(k) for k in range(count)],
        "hash": hashes,
    }
    return pl.DataFrame(columns, schema=dict(CHECKED.columns))


def brute_force(hashes, near):
    """Of each row the first row it is connected with."""
    group = list(range(len(hashes)))
    changed = True
    while changed:
        changed = False
        for a in range(len(hashes)):
            for b in range(len(hashes)):
                close = (hashes[a] ^ hashes[b]).bit_count() <= near
                flat = NO_HASH in (hashes[a], hashes[b])
                if a != b and close and not flat and group[b] < group[a]:
                    group[a], changed = group[b], True
    return group


near_hashes = st.lists(
    st.builds(
        lambda base, flips: base ^ sum({1 << bit for bit in flips}),
        st.sampled_from([1, 0xFFFF0000FFFF0000, 0x123456789ABCDEF0]),
        st.lists(st.integers(0, 63), max_size=4),
    )
    | st.just(NO_HASH),
    max_size=12,
)


@given(near_hashes, st.integers(0, 6))
def test_groups_are_those_of_brute_force(hashes, near):
    found = find_duplicates(table(hashes), near)
    expected = brute_force(hashes, near)
    firsts = {f"i{a:06}": f"i{b:06}" for a, b in enumerate(expected) if a != b}
    assert dict(found.select("image_id", "first").iter_rows()) == firsts
    for image, first, bits in found.select("image_id", "first", "bits").iter_rows():
        assert (hashes[int(image[1:])] ^ hashes[int(first[1:])]).bit_count() == bits


def test_a_flood_of_one_picture_is_one_group():
    found = find_duplicates(table([5] * 200_000), 3)
    assert len(found) == 199_999 and set(found["first"]) == {"i000000"}


def test_flat_pictures_repeat_nothing_but_their_own_bytes():
    found = find_duplicates(table([NO_HASH] * 4, ["a", "b", "a", "c"]), 3)
    assert found.rows() == [("i000002", "i000000", "exact", 0)]


def test_equal_bytes_are_exact_whatever_their_hash():
    found = find_duplicates(table([7, 7, 7], ["a", "b", "b"]), 3)
    assert found.rows() == [("i000001", "i000000", "near", 0), ("i000002", "i000001", "exact", 0)]


def test_nothing_repeats_nothing():
    assert find_duplicates(table([]), 3).is_empty()
    assert find_duplicates(table([1, (1 << 40) - 1]), 3).is_empty()


@pytest.mark.parametrize("quality", [95, 60])
def test_a_copy_scaled_and_encoded_anew_is_near_and_another_picture_is_not(quality):
    rng = np.random.default_rng(0)
    pictures = [
        Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)).resize((300, 200))
        for _ in range(2)
    ]
    written = io.BytesIO()
    pictures[0].resize((180, 120)).save(written, "JPEG", quality=quality)
    hashes = [perceptual_hash(image) for image in (*pictures, Image.open(written))]
    assert (hashes[0] ^ hashes[2]).bit_count() <= 3 < (hashes[0] ^ hashes[1]).bit_count()
    assert perceptual_hash(Image.new("RGB", (50, 50), "white")) == NO_HASH


def test_where_nothing_near_counts_only_the_same_bytes_are_a_repeat():
    found = find_duplicates(table([1, 1, 3, 1], ["a", "b", "c", "a"]), None)
    assert found.rows() == [("i000003", "i000000", "exact", 0)]
