"""What a scene of the rendered world is made of: twelve factors, and one scene's values of them."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that can differ between two scenes.

    Attributes:
        name: the `Scene` attribute that holds its value.
        values: all values it takes, each as a string.
        pattern: the visual pattern of the paper (section 3.1) that it stands for, or `None` for
            the three factors (kind, background, thing) that only say what is in the picture.
    """

    name: str
    values: tuple[str, ...]
    pattern: str | None = None


FACTORS: Final = {
    factor.name: factor
    for factor in (
        Factor("kind", ("dog", "duck", "fish", "car", "snail", "rabbit")),
        Factor("background", ("meadow", "beach", "desert", "snow")),
        Factor("thing", ("ball", "flower", "tree")),
        Factor("facing", ("leftwards", "rightwards"), "orientation"),
        Factor("hat", ("without", "with"), "presence"),
        Factor("lamp", ("unlit", "lit"), "state"),
        Factor("count", ("one", "two", "three"), "quantity"),
        Factor("side", ("left", "right"), "position"),
        Factor("colour", ("red", "orange", "yellow", "green", "blue", "purple"), "colour"),
        Factor("coat", ("plain", "striped", "spotted"), "structure"),
        Factor("letter", ("A", "K", "O", "X"), "text"),
        Factor("view", ("near", "far"), "viewpoint"),
    )
}

FACTOR_OF_PATTERN: Final = {f.pattern: f.name for f in FACTORS.values() if f.pattern is not None}


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene: a value for each factor, and the seed of everything else.

    Two scenes with equal factors and different `nuisance` are two takes of the same thing: other
    hills, clouds, tints and small shifts.
    """

    kind: str
    background: str
    thing: str
    facing: str
    hat: str
    lamp: str
    count: str
    side: str
    colour: str
    coat: str
    letter: str
    view: str
    nuisance: int

    def differs_from(self, other: "Scene") -> tuple[str, ...]:
        """Names of the factors in which two scenes differ, in the order of `FACTORS`."""
        return tuple(f for f in FACTORS if getattr(self, f) != getattr(other, f))


def sample_scene(rng: random.Random) -> Scene:
    """Draw every factor independently and uniformly."""
    values = {name: rng.choice(factor.values) for name, factor in FACTORS.items()}
    return Scene(**values, nuisance=rng.getrandbits(32))


def with_value(scene: Scene, factor: str, value: str) -> Scene:
    """The same scene, the same take, with another value of one factor."""
    return replace(scene, **{factor: value})  # type: ignore[arg-type]


def change(scene: Scene, factors: Iterable[str], rng: random.Random) -> Scene:
    """The same scene taken anew, with another value for each of the named factors."""
    others = {
        name: rng.choice([v for v in FACTORS[name].values if v != getattr(scene, name)])
        for name in factors
    }
    return replace(scene, **others, nuisance=rng.getrandbits(32))
