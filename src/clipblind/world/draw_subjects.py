"""The six subjects of the rendered world, each drawn facing right and standing on y = 0.

Every figure is about 35 user units wide and centred on x = 0, so mirroring it does not move it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

INK: Final = "#23252f"
CREAM: Final = "#fff6e3"


@dataclass(frozen=True, slots=True)
class Paint:
    """The shades of one body colour; `mark` is the colour of its stripes and spots."""

    body: str
    dark: str
    light: str
    mark: str


PAINTS: Final = {
    "red": Paint("#e02f3c", "#9c1725", "#f58a8f", CREAM),
    "orange": Paint("#ff8412", "#b9540a", "#ffc184", "#4a2412"),
    "yellow": Paint("#ffdb22", "#b58a06", "#fff0a0", "#4a3410"),
    "green": Paint("#2aa44a", "#14662b", "#93d9a1", CREAM),
    "blue": Paint("#2b73e0", "#143f8c", "#93bdf7", CREAM),
    "purple": Paint("#8d3fc8", "#551f80", "#c99aea", CREAM),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One subject: what is behind its hide, the hide (a path), and what is in front of it.

    Attributes:
        stripes: x of the middle of each stripe.
        spots: x, y and radius of each spot.
        hat: x and y of the middle of the hat's brim, and its tilt in degrees.
    """

    behind: str
    hide: str
    front: str
    stripes: tuple[float, ...]
    spots: tuple[tuple[float, float, float], ...]
    hat: tuple[float, float, float]


def subject(kind: str, colour: str, coat: str, hat: str, clip_id: str) -> str:
    """SVG elements of one subject, facing right, with its feet on y = 0.

    Args:
        clip_id: id for the clip path of the coat; no other element of the page may have it.
    """
    paint = PAINTS[colour]
    figure = _FIGURES[kind](paint)
    return (
        f'<g stroke="{paint.dark}" stroke-width=".9" stroke-linejoin="round"'
        f' stroke-linecap="round">{figure.behind}<path d="{figure.hide}" fill="{paint.body}"/>'
        f"{_coat(figure, coat, paint, clip_id)}{figure.front}</g>"
        f"{_top_hat(*figure.hat) if hat == 'with' else ''}"
    )


def _coat(figure: Figure, coat: str, paint: Paint, clip_id: str) -> str:
    if coat == "plain":
        return ""
    if coat == "striped":
        bars = "".join(f"M{x + 1:g} -40L{x - 1:g} 0" for x in figure.stripes)
        marks = f'<path d="{bars}" stroke="{paint.mark}" stroke-width="3"/>'
    else:
        dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}"/>' for x, y, r in figure.spots)
        marks = f'<g fill="{paint.mark}" stroke="none">{dots}</g>'
    return (
        f'<clipPath id="{clip_id}"><path d="{figure.hide}"/></clipPath>'
        f'<g clip-path="url(#{clip_id})">{marks}</g><path d="{figure.hide}" fill="none"/>'
    )


def _top_hat(x: float, y: float, tilt: float) -> str:
    return (
        f'<g transform="translate({x:g} {y:g})rotate({tilt:g})">'
        f'<path d="M-4.6 0L-5 -8.6Q0 -9.8 5 -8.6L4.6 0Z" fill="{INK}"/>'
        '<path d="M-4.7 -1.4L-4.8 -4Q0 -3.2 4.8 -4L4.7 -1.4Z" fill="#e8283a"/>'
        f'<rect x="-7.6" y="-1.5" width="15.2" height="2.6" rx="1.3" fill="{INK}"/></g>'
    )


def _eye(x: float, y: float, r: float = 1.9) -> str:
    return (
        f'<g stroke="none"><circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="#fff"/>'
        f'<circle cx="{x + 0.35 * r:g}" cy="{y:g}" r="{0.65 * r:g}" fill="{INK}"/></g>'
    )


def _dog(paint: Paint) -> Figure:
    legs = "M-7 -9V-1.2Q-7 0 -5.8 0H-4Q-2.8 0 -2.8 -1.2V-9ZM-2.6 -9V-1.2Q-2.6 0 -1.4 0H.4V-9Z"
    head = (
        "M1 -24Q1 -31 8 -31Q12.6 -31 13.4 -26L16 -25.2Q17.6 -24.6 17.4 -22"
        "Q17 -18 12.8 -17.6H7Q1 -18 1 -24Z"
    )
    return Figure(
        behind=f'<path d="M-11 -17Q-16.4 -18.5 -15.6 -26" fill="none" stroke-width="4"/>'
        f'<path d="M-11 -17Q-16.4 -18.5 -15.6 -26" fill="none" stroke="{paint.body}"'
        f' stroke-width="2.4"/><path d="{legs}" fill="{paint.dark}"/>',
        hide="M-13 -1.2Q-13 0 -11.8 0H-9Q-7.8 0 -7.8 -1.2V-6.4H2V-1.2Q2 0 3.2 0H6"
        "Q7.2 0 7.2 -1.2V-20.6H-8Q-13 -20.6 -13 -15.6Z",
        front=f'<path d="{head}" fill="{paint.body}"/>'
        f'<path d="M17.4 -22Q17 -18 12.8 -17.6H11.4Q10.6 -22 14 -22.4Z" fill="{paint.light}"'
        ' stroke="none"/>'
        f'<path d="M5.6 -29.6Q.6 -30.6 -.6 -25Q-1.4 -18.4 1.4 -17.2Q5 -17.6 5.6 -23Z"'
        f' fill="{paint.dark}"/><ellipse cx="16.4" cy="-24.2" rx="1.7" ry="1.4" fill="{INK}"'
        f' stroke="none"/>{_eye(9.6, -25.6)}',
        stripes=(-10.6, -5.2, 0.2, 5.6),
        spots=(
            (-9.4, -16.4, 2.7),
            (-3.2, -17.6, 2.4),
            (3, -15.4, 2.7),
            (-5.6, -11, 2.6),
            (0.6, -9.4, 2.2),
            (-10.6, -7, 2),
            (4.8, -5, 1.9),
        ),
        hat=(8, -30.4, 4),
    )


def _duck(paint: Paint) -> Figure:
    return Figure(
        behind='<path d="M-3 -4V-.8H1M4 -4V-.8H8" fill="none" stroke="#e8890c"'
        ' stroke-width="1.9"/>'
        '<path d="M11 -27.4Q17.8 -26.6 17.6 -23.8Q17.4 -21.2 11 -21Z" fill="#f7a11b"'
        ' stroke="#a85f00"/>',
        hide="M-17 -21.4C-14 -15.6 -9.4 -18.4 -4.6 -18.2C-.6 -18 .6 -19 -.2 -22"
        "C-1.6 -28.6 2.4 -31.6 6.4 -31.6C11 -31.6 13.6 -28 13.2 -24C12.8 -20 11.4 -18.6 11.8 -15"
        "C12.6 -7 7 -2.6 -1.6 -2.6C-12 -2.6 -17.6 -10 -17 -21.4Z",
        front='<path d="M13 -23.9H17.4" stroke="#a85f00"/>'
        f'<path d="M-9.6 -13.6Q-4 -3.6 4.4 -9.6" fill="none" stroke-width="1.2"/>'
        f"{_eye(8.6, -26, 2)}",
        stripes=(-13, -7.4, -1.8, 3.8, 9.4),
        spots=(
            (-13, -14.6, 2.4),
            (-7, -14.6, 2.7),
            (-1, -14.4, 2.6),
            (6, -16, 2.7),
            (-9, -8, 2.7),
            (-2.4, -7, 2.6),
            (5.4, -6.4, 2.7),
            (2.4, -22, 2),
        ),
        hat=(6.2, -31, 2),
    )


def _fish(paint: Paint) -> Figure:
    return Figure(
        behind=f'<path d="M-8 -15L-16.4 -24Q-18.4 -24.6 -17.6 -21Q-15.6 -15 -17.6 -9'
        f'Q-18.4 -5.4 -16.4 -6Z" fill="{paint.dark}"/>'
        f'<path d="M-6 -21Q-5 -28.4 2 -28Q6 -27 7 -23Z" fill="{paint.dark}"/>'
        f'<path d="M-3 -6Q-5 -1.4 -2 -1.2Q3 -2 5 -7Z" fill="{paint.dark}"/>',
        hide="M17.4 -14.4C14 -22 8 -25.6 1 -25.4C-5 -25.2 -9 -20 -12 -15C-9 -10 -5 -4.8 1 -4.6"
        "C8 -4.4 14.4 -7.4 17.4 -14.4Z",
        front=f'<path d="M17.2 -13.6Q14.6 -12 12.8 -12.6" fill="none" stroke-width="1.1"/>'
        f'<path d="M8 -22.4Q5 -15 8 -7.6" fill="none" stroke-width="1.1"/>{_eye(11.4, -16.6, 2.2)}',
        stripes=(-9, -3.6, 1.8),
        spots=(
            (-7.4, -15, 2.5),
            (-2.6, -20.4, 2.5),
            (-1.8, -11, 2.7),
            (3.4, -17.2, 2.4),
            (3.8, -8, 2.2),
        ),
        hat=(7, -24.2, 14),
    )


def _car(paint: Paint) -> Figure:
    glass = "#cdeaf7"
    wheels = "".join(
        f'<circle cx="{x}" cy="-4.4" r="4.4" fill="{INK}"/>'
        f'<circle cx="{x}" cy="-4.4" r="1.8" fill="#d5d9e0"/>'
        for x in (-9.6, 9.8)
    )
    return Figure(
        behind="",
        hide="M-17.4 -5V-14L-16 -24.4Q-15.8 -26 -14.2 -26H-4.4Q-2.8 -26 -1.8 -24.8L4.6 -16.6"
        "L13 -15.4Q17.4 -14.6 17.4 -10.6V-5Q17.4 -4 16.4 -4H-16.4Q-17.4 -4 -17.4 -5Z",
        front=f'<path d="M-14.8 -16.8L-14 -23Q-13.9 -24 -13 -24H-8.8V-16.8Z" fill="{glass}"/>'
        f'<path d="M-6.8 -16.8V-24H-4.8Q-4 -24 -3.4 -23.2L1.6 -16.8Z" fill="{glass}"/>'
        '<ellipse cx="15.6" cy="-11.2" rx="2.3" ry="2.6" fill="#fff3a6" stroke="#8a6a00"/>'
        '<rect x="-18" y="-13.6" width="2.2" height="4" rx=".8" fill="#ff5a4d" stroke="#7d0f12"/>'
        '<path d="M12.8 -4.8H18M-18 -4.8H-13" stroke="#c3c8d1" stroke-width="1.8"/>'
        f'<g stroke="none">{wheels}</g>',
        stripes=(-13.4, -7.4, -1.4, 4.6, 10.6),
        spots=(
            (-13.2, -13, 2.4),
            (-7.2, -12.4, 2.6),
            (-1, -12, 2.7),
            (5, -13, 2.5),
            (10.8, -11.6, 2.2),
            (0.2, -6.2, 2.1),
        ),
        hat=(-9.2, -25.9, 0),
    )


def _snail(paint: Paint) -> Figure:
    foot = (
        "M-17.4 -.6Q-12 -5 -6 -6H5Q9 -6 9 -11V-15Q9 -19.6 13 -19.6Q17.4 -19.4 17.2 -14.4"
        "C17 -6 13.4 0 7 0H-16.6Q-18 0 -17.4 -.6Z"
    )
    return Figure(
        behind='<path d="M15.2 -18L17.4 -24M12 -18.6L12.4 -25" fill="none" stroke-width="1.3"/>'
        f'<circle cx="17.2" cy="-24.4" r="1.3" fill="{INK}"/>'
        f'<circle cx="12.4" cy="-25.2" r="1.3" fill="{INK}"/>'
        f'<path d="{foot}" fill="{paint.light}"/>',
        hide="M-14.6 -15.4A11.8 11.8 0 1 1 9 -15.4A11.8 11.8 0 1 1 -14.6 -15.4Z",
        front='<path d="M2.8 -15.4C2.8 -21 -7.8 -21 -7.8 -15C-7.8 -10.4 -.6 -10.8 -1.2 -14.4'
        'C-1.6 -16.4 -4.4 -15.8 -4.2 -14.4" fill="none" stroke-width="1.5"/>'
        f'<path d="M16.4 -12.6Q15 -11.2 13.6 -11.8" fill="none"/>{_eye(14, -15.4, 1.6)}',
        stripes=(-11.2, -5.4, 0.4, 6.2),
        spots=(
            (-10.4, -16.6, 2.5),
            (-6.6, -22.6, 2.5),
            (0.8, -23.4, 2.6),
            (5.4, -17.6, 2.4),
            (-7, -9, 2.6),
            (1.4, -8.4, 2.6),
            (-2.6, -15.8, 2.4),
        ),
        hat=(12.6, -19.4, 8),
    )


def _rabbit(paint: Paint) -> Figure:
    ears = (
        ("M6 -25Q1.4 -33 4.6 -37.4Q8.6 -38 9.8 -26Z", paint.dark),
        ("M3.4 -24Q-4.6 -31 -3 -36.4Q1.4 -38.4 7 -26Z", paint.body),
    )
    return Figure(
        behind="".join(f'<path d="{d}" fill="{fill}"/>' for d, fill in ears)
        + '<path d="M2.6 -27Q-2.2 -32 -1.6 -34.6" fill="none" stroke="#ffc2cf"'
        ' stroke-width="1.6"/><circle cx="-14.4" cy="-6.6" r="3.2" fill="#fff"/>'
        f'<path d="M3 -4H9Q11.4 -3.6 11.2 -1.6Q11 0 9 0H3Z" fill="{paint.dark}"/>',
        hide="M-14 -8C-14 -15.6 -8 -19.6 -1 -19.2C4.4 -18.8 9.6 -15.6 9.4 -9.4C9.2 -3 5 0 -2.6 0"
        "C-10 0 -14 -2.4 -14 -8Z",
        front=f'<ellipse cx="8.4" cy="-20" rx="8" ry="7" fill="{paint.body}"/>'
        f'<ellipse cx="13.2" cy="-17.6" rx="3.2" ry="2.6" fill="{paint.light}" stroke="none"/>'
        '<circle cx="16.2" cy="-19.4" r="1.3" fill="#ff8fa6" stroke="none"/>'
        f'<rect x="-8.6" y="-3.8" width="11.6" height="3.8" rx="1.9" fill="{paint.light}"/>'
        f"{_eye(10.6, -21.6)}",
        stripes=(-11, -5.4, 0.2, 5.8),
        spots=(
            (-10, -10, 2.6),
            (-5.6, -15.4, 2.5),
            (-4, -8, 2.7),
            (1, -12.2, 2.5),
            (4.6, -5.4, 2.4),
        ),
        hat=(10.2, -26, 8),
    )


_FIGURES: Final[dict[str, Callable[[Paint], Figure]]] = {
    "dog": _dog,
    "duck": _duck,
    "fish": _fish,
    "car": _car,
    "snail": _snail,
    "rabbit": _rabbit,
}
