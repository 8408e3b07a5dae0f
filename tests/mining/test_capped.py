"""The cap keeps, of every image, the pairs least alike to the reference, and nothing else."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipblind.mining import capped
from clipblind.mining.capped import Capped
from clipblind.mining.join import FOUND


def _frame(pairs):
    """Pairs (i, j, cosine to the reference) as a search finds them."""
    i, j, cosine = zip(*pairs, strict=True) if pairs else ((), (), ())
    return pl.DataFrame([i, j, [0.9] * len(pairs), cosine], schema=FOUND, orient="col")


def _capped(pairs, most, step=None, pile=None):
    """What is kept of pairs that come `step` at a time and are thinned beyond `pile`."""
    with pytest.MonkeyPatch.context() as patch:
        if pile is not None:
            patch.setattr(capped, "PILE", pile)
        taking, step = Capped(most), step or max(len(pairs), 1)
        for start in range(0, len(pairs), step):
            taking.add(_frame(pairs[start : start + step]))
        return taking.kept()


def _rows(frame):
    return [(i, j, cosine) for i, j, _, cosine in frame.iter_rows()]


def _by_hand(pairs, most):
    """Pairs that are among the `most` with the smallest cosine of both their images."""
    images = {image for i, j, _ in pairs for image in (i, j)}
    first = {
        image: sorted(
            (cosine, j if image == i else i, (i, j)) for i, j, cosine in pairs if image in (i, j)
        )[:most]
        for image in images
    }
    ends = {image: {pair for *_, pair in best} for image, best in first.items()}
    return sorted(pair for pair in pairs if pair[:2] in ends[pair[0]] & ends[pair[1]])


def _all_pairs(images, seed, share=1.0):
    """Pairs of some images in no order, each with a cosine of its own."""
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(images) for j in range(i + 1, images) if rng.random() < share]
    cosines = rng.permutation(len(pairs)) / (len(pairs) + 1)
    return [(*pairs[place], float(cosines[place])) for place in rng.permutation(len(pairs))]


STAR = [(0, 1, 0.4), (0, 2, 0.1), (0, 3, 0.3), (0, 4, 0.2), (5, 6, 0.5)]


@pytest.mark.parametrize(
    ("most", "left"),
    [
        (1, [(0, 2, 0.1), (5, 6, 0.5)]),
        (2, [(0, 2, 0.1), (0, 4, 0.2), (5, 6, 0.5)]),
        (3, [(0, 2, 0.1), (0, 3, 0.3), (0, 4, 0.2), (5, 6, 0.5)]),
        (4, sorted(STAR)),
        (1000, sorted(STAR)),
    ],
)
def test_an_image_keeps_the_pairs_least_alike_to_the_reference(most, left):
    assert _rows(_capped(STAR, most)) == left


def test_a_pair_has_to_be_among_the_best_of_both_its_images():
    # 1-2 is the best of 2, but the second of 1; 0-1 is the best of both
    assert _rows(_capped([(0, 1, 0.1), (1, 2, 0.2), (2, 3, 0.3)], 1)) == [(0, 1, 0.1)]


def test_of_equal_cosines_the_pair_with_the_smaller_row_number_is_kept():
    pairs = [(0, 3, 0.2), (0, 1, 0.2), (0, 2, 0.2)]
    assert _rows(_capped(pairs, 1)) == [(0, 1, 0.2)]
    assert _rows(_capped(pairs[::-1], 2)) == [(0, 1, 0.2), (0, 2, 0.2)]


@pytest.mark.parametrize("found", [[], [_frame([])], [_frame([]), _frame([])]])
def test_nothing_found_is_nothing_kept(found):
    taking = Capped(2)
    for frame in found:
        taking.add(frame)
    assert taking.kept().equals(pl.DataFrame(schema=FOUND))


def test_what_is_kept_is_as_it_was_found_and_sorted():
    pairs = _all_pairs(40, 0)
    found = _frame(pairs).with_columns(cos_probe=pl.int_range(pl.len()) / 1000)
    taking = Capped(5)
    taking.add(found)
    kept = taking.kept()
    assert kept.schema == FOUND
    assert kept.equals(kept.sort("i", "j"))
    assert kept.join(found, on=list(FOUND), how="semi").height == kept.height > 40


@pytest.mark.parametrize("most", [1, 3, 10, 58, 59])
def test_no_image_has_more_pairs_than_it_may(most):
    kept = _capped(_all_pairs(60, 1), most)
    times = pl.concat([kept["i"], kept["j"]]).value_counts()["count"]
    assert times.max() <= most
    assert (kept.height == 60 * 59 // 2) == (most == 59)


@pytest.mark.parametrize("most", [1, 4])
def test_no_more_is_held_than_the_pile_or_what_the_images_may_have(monkeypatch, most):
    monkeypatch.setattr(capped, "PILE", 50)
    images, step = 60, 20
    pairs, taking = _all_pairs(images, 2), Capped(most)
    for start in range(0, len(pairs), step):
        taking.add(_frame(pairs[start : start + step]))
        assert taking.size == sum(frame.height for frame in taking.held)
        assert taking.size <= max(50, 2 * most * images) + step
    assert taking.thinned > 0
    assert _rows(taking.kept()) == _by_hand(pairs, most)


@settings(deadline=None, max_examples=150)
@given(
    data=st.data(),
    images=st.integers(2, 12),
    share=st.floats(0.2, 1),
    levels=st.integers(1, 200),
    most=st.integers(1, 6),
    step=st.integers(1, 20),
    pile=st.integers(0, 20),
)
def test_thinning_never_changes_what_is_kept(data, images, share, levels, most, step, pile):
    pairs = _all_pairs(images, data.draw(st.integers(0, 2**32 - 1)), share)
    # few levels make many ties
    pairs = [(i, j, int(cosine * levels) / levels) for i, j, cosine in pairs]
    expected = _by_hand(pairs, most)
    assert _rows(_capped(pairs, most)) == expected
    assert _rows(_capped(pairs, most, step, pile)) == expected


@settings(deadline=None, max_examples=75)
@given(
    seed=st.integers(0, 2**32 - 1),
    images=st.integers(2, 12),
    share=st.floats(0.2, 1),
    most=st.integers(1, 6),
    step=st.integers(1, 20),
)
def test_the_order_of_pairs_and_of_images_does_not_matter(seed, images, share, most, step):
    rng, pairs = np.random.default_rng(seed), _all_pairs(images, seed, share)
    row = rng.permutation(images).tolist()
    moved = [(*sorted((row[i], row[j])), cosine) for i, j, cosine in pairs]
    moved = [moved[place] for place in rng.permutation(len(moved))]
    kept = _rows(_capped(pairs, most, step, pile=3))
    expected = sorted((*sorted((row[i], row[j])), cosine) for i, j, cosine in kept)
    assert _rows(_capped(moved, most, step, pile=3)) == expected
