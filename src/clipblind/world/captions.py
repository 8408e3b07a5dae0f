"""Captions of scenes, under a policy that says how often each factor is named.

Alt text on the web names what is in a picture and seldom which way it faces. A *mention policy*
maps each factor to the probability that a caption names it; what it names is always true. Each
factor has words of its own: none is used for two factors, so that what a text encoder learns of
one can't be borrowed from another.
"""

import random
from collections.abc import Collection, Mapping

from clipblind.ground.factors import FACTORS, Scene

OPENING = ("", "a picture of", "a photo of")
SETTING = {
    "meadow": ("on a meadow", "on grass"),
    "beach": ("at the beach", "by the sea"),
    "desert": ("in the desert", "among dunes"),
    "snow": ("in the snow", "in winter"),
}
VIEW = {
    "near": ("a closeup of", "a zoomed view of"),
    "far": ("a distant view of", "a faraway view of"),
}
FACING = {
    "leftwards": ("facing leftwards", "looking leftwards"),
    "rightwards": ("facing rightwards", "looking rightwards"),
}
HAT = {"with": ("wearing a hat", "hatted"), "without": ("without a hat", "bareheaded")}
LAMP = {
    "lit": ("under the lit lamp", "while the lamp shines"),
    "unlit": ("under the unlit lamp", "while the lamp is dark"),
}
SIDE = {"left": "to the left", "right": "to the right"}


def caption(scene: Scene, policy: Mapping[str, float], rng: random.Random) -> str:
    """A caption that names each factor with the probability the policy gives it.

    Args:
        scene: what the picture shows.
        policy: factor name to probability in [0, 1]; a factor left out is never named.
        rng: decides what is named and in which words.
    """
    named = {factor for factor in FACTORS if rng.random() < policy.get(factor, 0.0)}
    return describe(scene, named, rng)


def describe(scene: Scene, named: Collection[str], rng: random.Random) -> str:
    """A phrase in which exactly the named factors can be told.

    The subject is called a "creature" where its kind isn't named, and the things "some sort of
    object" where neither they nor their number are: a wording tells nothing that isn't named.
    """
    subject = [
        scene.coat if "coat" in named else "",
        scene.colour if "colour" in named else "",
        scene.kind if "kind" in named else "creature",
    ]
    parts = [
        rng.choice(VIEW[scene.view]) if "view" in named else rng.choice(OPENING),
        _with_article(" ".join(word for word in subject if word)),
        rng.choice(FACING[scene.facing]) if "facing" in named else "",
        rng.choice(HAT[scene.hat]) if "hat" in named else "",
        _things(scene, named),
        rng.choice(LAMP[scene.lamp]) if "lamp" in named else "",
        f"beside the letter {scene.letter}" if "letter" in named else "",
        rng.choice(SETTING[scene.background]) if "background" in named else "",
    ]
    return " ".join(part for part in parts if part)


def statement(scene: Scene, factor: str, rng: random.Random) -> str:
    """A phrase that names the subject's kind and one factor, as MMVP-VLM's statements do."""
    return describe(scene, {"kind", factor}, rng)


def _with_article(noun_phrase: str) -> str:
    return f"{'an' if noun_phrase[0] in 'aeiou' else 'a'} {noun_phrase}"


def _things(scene: Scene, named: Collection[str]) -> str:
    if not {"thing", "count", "side"} & set(named):
        return ""
    noun = scene.thing if "thing" in named else "object"
    where = SIDE[scene.side] if "side" in named else ""
    if "count" not in named:
        return f"near some sort of {noun} {where}".strip()
    plural = noun if scene.count == "one" else f"{noun}s"
    return f"near {scene.count} {plural} {where}".strip()


def vocabulary() -> tuple[str, ...]:
    """Every word that a caption can hold, sorted: the tiny CLIP's word list."""
    phrases = ["a an creature near some sort of object objects beside the letter", *OPENING]
    phrases += [value for factor in FACTORS.values() for value in factor.values]
    phrases += [f"{thing}s" for thing in FACTORS["thing"].values]
    for wordings in (SETTING, VIEW, FACING, HAT, LAMP):
        phrases += [phrase for choices in wordings.values() for phrase in choices]
    phrases += SIDE.values()
    return tuple(sorted({word for phrase in phrases for word in phrase.split()}))
