"""Draws a scene of the rendered world as an SVG document or a PNG picture."""

import hashlib
import io
import random
from dataclasses import astuple, dataclass
from typing import Final

import resvg_py
from PIL import Image

from clipblind.ground.factors import Scene
from clipblind.world.draw_subjects import subject

CANVAS: Final = 64
"""Width and height of the view box, in user units."""


def svg(scene: Scene) -> str:
    """One self-contained SVG document of the scene, `CANVAS` user units wide and high.

    The same scene always gives the same string. It has no text elements, and all its ids begin
    with a hash of the scene, so that several documents can be inlined in one page.
    """
    rng = random.Random(scene.nuisance)
    prefix = "s" + hashlib.blake2b(repr(astuple(scene)).encode(), digest_size=6).hexdigest()
    sign_x, lamp_x = rng.choice(((10, 55), (54, 9)))
    parts = (
        _background(scene.background, f"{prefix}k", rng),
        _lamp(scene.lamp, lamp_x + rng.uniform(-0.8, 0.8), f"{prefix}g", rng),
        _sign(scene.letter, sign_x + rng.uniform(-0.8, 0.8), rng),
        _subject(scene, f"{prefix}c", rng),
        _things(scene, rng),
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CANVAS} {CANVAS}">'
        f"{''.join(parts)}</svg>"
    )


def png(scene: Scene, size: int) -> bytes:
    """The bytes of an RGB PNG picture of the scene, `size` pixels wide and high; deterministic."""
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg(scene), width=size, height=size, skip_system_fonts=True
    )
    # resvg always writes an alpha channel, although the background leaves nothing transparent.
    out = io.BytesIO()
    Image.open(io.BytesIO(drawn), formats=("PNG",)).convert("RGB").save(
        out, "PNG", compress_level=1
    )
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Land:
    """The colours of a background, from top to bottom, and the path of one mark on its ground."""

    sky: str
    haze: str
    hill: str
    slope: str
    ground: str
    tuft: str
    mark: str


_LANDS: Final = {
    "meadow": Land(
        "#6dbcf0",
        "#dff3fb",
        "#7fc486",
        "#98d378",
        "#b4e07c",
        "#74b84e",
        "m-.9 -1.5l.9 1.7l.2 -2.4l.5 2.4l1 -1.6",
    ),
    "beach": Land(
        "#58c3ee", "#e6f8fb", "#1f9cc0", "#5cc7d6", "#f6e4b4", "#d9bd7e", "h.1m2 1h.1m.6 -1.6h.1"
    ),
    "desert": Land(
        "#86c9d8", "#ffe3bd", "#c9785a", "#e3a87c", "#efcba6", "#cf9a6e", "q2 -1.1 4 0t4 0"
    ),
    "snow": Land(
        "#a3c0e2", "#eaf1fb", "#8fa9cd", "#d3e1f2", "#f6f9fd", "#c3d3e8", "q2.6 -1.4 5.2 0"
    ),
}


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _background(name: str, gradient_id: str, rng: random.Random) -> str:
    land = _LANDS[name]
    horizon = rng.uniform(33, 37)
    sky, haze, ground = (_tint(c, rng) for c in (land.sky, land.haze, land.ground))
    far = {"meadow": _hills, "beach": _sea, "desert": _mesas, "snow": _peaks}[name]
    return (
        f'<linearGradient id="{gradient_id}" x2="0" y2="1"><stop stop-color="{sky}"/>'
        f'<stop offset="1" stop-color="{haze}"/></linearGradient>'
        f'<rect width="64" height="40" fill="url(#{gradient_id})"/>'
        f"{_clouds(rng)}{far(land, horizon, rng)}"
        f'<path d="M0 {_n(horizon)}{_swell(horizon, rng)}V64H0Z" fill="{ground}"/>'
        f"{_tufts(land, horizon, rng)}"
    )


def _tint(colour: str, rng: random.Random) -> str:
    channels = (int(colour[i : i + 2], 16) + rng.randint(-7, 7) for i in (1, 3, 5))
    return "#" + "".join(f"{min(255, max(0, c)):02x}" for c in channels)


def _swell(y: float, rng: random.Random) -> str:
    dips = (y + rng.uniform(-2.4, 1.4), y + rng.uniform(-1, 1))
    return f"Q20 {_n(dips[0])} 36 {_n(dips[1])}T64 {_n(y)}"


def _clouds(rng: random.Random) -> str:
    drawn = []
    for x in (rng.uniform(16, 28), rng.uniform(36, 48)):
        y, s = rng.uniform(3.5, 13), rng.uniform(0.7, 1.15)
        drawn.append(
            f'<path transform="translate({_n(x)} {_n(y)})scale({_n(s)})"'
            ' d="M-6 2A2.4 2.4 0 0 1-4.4-2A4 4 0 0 1 2.6-2.8A2.9 2.9 0 0 1 6 2Z"/>'
        )
    return f'<g fill="#fff" fill-opacity=".85">{"".join(drawn)}</g>'


def _hills(land: Land, horizon: float, rng: random.Random) -> str:
    x = rng.uniform(8, 56)
    return (
        f'<ellipse cx="{_n(x)}" cy="{_n(horizon + 3)}" rx="26" ry="{_n(rng.uniform(7, 11))}"'
        f' fill="{land.hill}"/><ellipse cx="{_n((x + rng.uniform(24, 40)) % 64)}"'
        f' cy="{_n(horizon + 3)}" rx="24" ry="{_n(rng.uniform(5, 8))}" fill="{land.slope}"/>'
    )


def _sea(land: Land, horizon: float, rng: random.Random) -> str:
    top = horizon - rng.uniform(5, 7)
    waves = "".join(
        f"M{_n(rng.uniform(2, 54))} {_n(rng.uniform(top + 1.4, horizon - 2))}h6" for _ in range(4)
    )
    return (
        f'<rect y="{_n(top)}" width="64" height="9" fill="{land.hill}"/>'
        f'<rect y="{_n(horizon - 1.8)}" width="64" height="4" fill="{land.slope}"/>'
        f'<path d="{waves}" stroke="#bfe9f2" stroke-width=".6" stroke-linecap="round"/>'
    )


def _mesas(land: Land, horizon: float, rng: random.Random) -> str:
    x, y, h = rng.uniform(6, 44), horizon + 1, rng.uniform(6, 9)
    dune = rng.uniform(10, 54)
    return (
        f'<path d="M{_n(x - 5)} {_n(y)}L{_n(x)} {_n(y - h)}h11l1.4 2.4h4L{_n(x + 21)} {_n(y)}Z"'
        f' fill="{land.hill}"/><ellipse cx="{_n(dune)}" cy="{_n(y + 2)}" rx="30"'
        f' ry="{_n(rng.uniform(4.5, 7))}" fill="{land.slope}"/>'
    )


def _peaks(land: Land, horizon: float, rng: random.Random) -> str:
    drawn = []
    for x, h in (
        (rng.uniform(8, 28), rng.uniform(9, 13)),
        (rng.uniform(34, 56), rng.uniform(7, 11)),
    ):
        top, base = horizon - h, horizon + 2
        drawn.append(
            f'<path d="M{_n(x - 15)} {_n(base)}L{_n(x)} {_n(top)}L{_n(x + 15)} {_n(base)}Z"'
            f' fill="{land.hill}"/><path d="M{_n(x - 4.5)} {_n(top + 4)}L{_n(x)} {_n(top)}l4.5 4'
            f'l-2.2 -.6l-2.2 1.4l-2.3 -1.2Z" fill="#fff"/>'
        )
    return "".join(drawn) + (
        f'<ellipse cx="{_n(rng.uniform(10, 54))}" cy="{_n(horizon + 2)}" rx="32" ry="5"'
        f' fill="{land.slope}"/>'
    )


def _tufts(land: Land, horizon: float, rng: random.Random) -> str:
    marks = "".join(
        f"M{_n(rng.uniform(2, 59))} {_n(rng.uniform(horizon + 5, 62))}{land.mark}" for _ in range(9)
    )
    return (
        f'<path d="{marks}" fill="none" stroke="{land.tuft}" stroke-width=".7"'
        ' stroke-linecap="round"/>'
    )


def _lamp(state: str, x: float, gradient_id: str, rng: random.Random) -> str:
    foot = rng.uniform(39, 40.5)
    glow, glass = "", "#8d939e"
    if state == "lit":
        glass = "#fff7b8"
        glow = (
            f'<radialGradient id="{gradient_id}"><stop offset=".2" stop-color="#ffd21c"/>'
            '<stop offset=".6" stop-color="#ffcf2e" stop-opacity=".62"/>'
            '<stop offset="1" stop-color="#ffd84a" stop-opacity="0"/></radialGradient>'
            f'<circle cy="11" r="11" fill="url(#{gradient_id})"/>'
        )
    return (
        f'<g transform="translate({_n(x)} 0)">{glow}'
        f'<path d="M-.8 15H.8V{_n(foot)}H-.8ZM-2 {_n(foot - 1.6)}H2V{_n(foot)}H-2Z"'
        ' fill="#39404e"/>'
        f'<path d="M-3.4 7.6H3.4L2.2 14.6H-2.2Z" fill="{glass}" stroke="#39404e"'
        ' stroke-width=".8"/><path d="M-4.2 7.8Q-2.6 4.6 0 4.2Q2.6 4.6 4.2 7.8ZM-2.6 14H2.6V15.8'
        'H-2.6Z" fill="#39404e"/></g>'
    )


_LETTERS: Final = {
    "A": "M-4 5L0 -5L4 5M-2.5 1.8H2.5",
    "K": "M-3 -5V5M3.6 -5L-2.6 .4M-.8 -1L3.8 5",
    "O": "M0 -4.8A4.1 4.8 0 1 1 0 4.8A4.1 4.8 0 1 1 0 -4.8Z",
    "X": "M-3.8 -5L3.8 5M3.8 -5L-3.8 5",
}


def _sign(letter: str, x: float, rng: random.Random) -> str:
    y, foot = rng.uniform(10.4, 11.6), rng.uniform(28, 29)
    return (
        f'<g transform="translate({_n(x)} {_n(y)})">'
        f'<path d="M-1.2 7H1.2V{_n(foot)}H-1.2Z" fill="#8a5a34"/>'
        '<rect x="-7.9" y="-7.9" width="15.8" height="15.8" rx="1.8" fill="#8a5a34"/>'
        '<rect x="-6.9" y="-6.9" width="13.8" height="13.8" rx="1.1" fill="#fffdf5"/>'
        f'<path d="{_LETTERS[letter]}" fill="none" stroke="#1c2440" stroke-width="2.3"'
        ' stroke-linejoin="round"/></g>'
    )


def _subject(scene: Scene, clip_id: str, rng: random.Random) -> str:
    x = CANVAS / 2 + rng.uniform(-0.8, 0.8)
    lift = rng.uniform(-0.8, 0.8)
    scale, y = (0.9, 60 + lift) if scene.view == "near" else (0.57, 47.5 + lift)
    mirrored = -scale if scene.facing == "leftwards" else scale
    figure = subject(scene.kind, scene.colour, scene.coat, scene.hat, clip_id)
    return (
        f'<g transform="translate({_n(x)} {_n(y)})scale({_n(mirrored)} {_n(scale)})">'
        '<ellipse cy="-.2" rx="16.5" ry="2.2" fill="#1d2a44" fill-opacity=".2"/>'
        f"{figure}</g>"
    )


_SPOTS: Final = ((5.4, 44.4), (11.4, 52.8), (5.4, 61.6))
"""Where things can stand: distance from the picture's edge, and y of the foot, far to near."""

_HOW_MANY: Final = {"one": 1, "two": 2, "three": 3}

_SHADOW: Final = '<ellipse cy="-.1" rx="4.2" ry="1" fill="#1d2a44" fill-opacity=".2"/>'

_THINGS: Final = {
    "ball": '<circle cy="-4.3" r="4.2" fill="#14b8b4" stroke="#0b5f66" stroke-width=".7"/>'
    '<path d="M-4 -5.2Q0 -3 4 -5.2Q4.4 -3.8 3.7 -2.4Q0 -.6 -3.7 -2.4Q-4.4 -3.8 -4 -5.2Z"'
    ' fill="#fff"/><circle cx="-1.3" cy="-6.7" r=".9" fill="#a5ecea"/>',
    "flower": '<path d="M0 0V-5" stroke="#2e7d3a" stroke-width="1.3"/>'
    '<path d="M0 -.6Q3 -.8 3.4 -3Q.6 -3 0 -.6Q-3 -.8 -3.4 -3Q-.6 -3 0 -.6Z" fill="#2e7d3a"/>'
    '<g fill="#ff6fb5" stroke="#a82a6c" stroke-width=".5"><circle cy="-9" r="2.1"/>'
    '<circle cx="2.5" cy="-7.2" r="2.1"/><circle cx="1.6" cy="-4.6" r="2.1"/>'
    '<circle cx="-1.6" cy="-4.6" r="2.1"/><circle cx="-2.5" cy="-7.2" r="2.1"/></g>'
    '<circle cy="-6.6" r="1.8" fill="#ffe14d"/>',
    "tree": '<rect x="-1" y="-2.6" width="2" height="2.6" fill="#6f4526"/>'
    '<path d="M0 -11.4L3.2 -6.8H2.2L4.5 -2.2H-4.5L-2.2 -6.8H-3.2Z" fill="#1f6e4a"'
    ' stroke="#0f4029" stroke-width=".6" stroke-linejoin="round"/>'
    '<path d="M0 -11.4L3.2 -6.8H2.2L4.5 -2.2H1Z" fill="#175a3b"/>',
}


def _things(scene: Scene, rng: random.Random) -> str:
    slots = sorted(rng.sample(range(3), 3)[: _HOW_MANY[scene.count]])
    drawn = []
    for edge, y in (_SPOTS[i] for i in slots):
        inset = edge + rng.uniform(-0.5, 0.5)
        x = inset if scene.side == "left" else CANVAS - inset
        foot = y + rng.uniform(-0.4, 0.4)
        drawn.append(
            f'<g transform="translate({_n(x)} {_n(foot)})">{_SHADOW}{_THINGS[scene.thing]}</g>'
        )
    return "".join(drawn)
