import io
import random
import re
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from clipblind.ground.factors import FACTORS, Scene, sample_scene
from clipblind.world.draw import CANVAS, png, svg

SCENE = sample_scene(random.Random(0))
KINDS = [replace(SCENE, kind=kind) for kind in FACTORS["kind"].values]


def _subject_group(drawing: str) -> str:
    """The start tag of the group that places the subject."""
    found: list[str] = re.findall(
        r'<g transform="translate\([^)]*\)scale\([^" ]* [^"]*\)">', drawing
    )
    assert len(found) == 1
    return found[0]


def _ids(drawing: str) -> set[str]:
    return set(re.findall(r'\bid="([^"]*)"', drawing))


def _with(name: str, value: str) -> Scene:
    changed: dict[str, Any] = {name: value}
    return replace(SCENE, **changed)


def _pixels(scene: Scene) -> bytes:
    return Image.open(io.BytesIO(png(scene, 64))).tobytes()


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert svg(SCENE) == svg(replace(SCENE))
    assert png(SCENE, 64) == png(replace(SCENE), 64)


@pytest.mark.parametrize("size", [32, 64, 200])
def test_png_is_rgb_of_the_asked_size(size: int) -> None:
    picture = Image.open(io.BytesIO(png(SCENE, size)))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (size, size))


@pytest.mark.parametrize("name", FACTORS)
def test_every_value_of_a_factor_looks_different(name: str) -> None:
    values = FACTORS[name].values
    assert len({_pixels(_with(name, v)) for v in values}) == len(values)


def test_nuisance_changes_the_picture() -> None:
    assert _pixels(SCENE) != _pixels(replace(SCENE, nuisance=SCENE.nuisance + 1))


@pytest.mark.parametrize("scene", KINDS, ids=lambda s: s.kind)
def test_side_and_facing_leave_the_subject_in_its_place(scene: Scene) -> None:
    left, right = (_subject_group(svg(replace(scene, side=s))) for s in FACTORS["side"].values)
    assert left == right
    mirrored, plain = (
        _subject_group(svg(replace(scene, facing=f))) for f in FACTORS["facing"].values
    )
    assert mirrored.replace("scale(-", "scale(") == plain


@pytest.mark.parametrize("name", [n for n in FACTORS if n != "background"])
def test_a_factor_leaves_the_background_alone(name: str) -> None:
    drawings = (svg(_with(name, v)) for v in FACTORS[name].values)
    backgrounds = {re.sub(r"s[0-9a-f]{12}", "", d).split("<g transform")[0] for d in drawings}
    assert len(backgrounds) == 1


def test_no_text_and_no_fonts() -> None:
    for scene in KINDS:
        for letter in FACTORS["letter"].values:
            drawing = svg(replace(scene, letter=letter))
            assert f'viewBox="0 0 {CANVAS} {CANVAS}"' in drawing
            assert "<text" not in drawing
            assert "font" not in drawing


def test_scenes_share_no_ids() -> None:
    rng = random.Random(1)
    scenes = [sample_scene(rng) for _ in range(50)]
    scenes += [replace(SCENE, coat=coat) for coat in FACTORS["coat"].values]
    ids = [_ids(svg(scene)) for scene in scenes]
    assert sum(map(len, ids)) == len(set().union(*ids))
