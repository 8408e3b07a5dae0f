"""Questions put into words by a named prompt, in the published order of options or the other."""

from typing import Final

from clipblind.study.settings.contenders import Orders, Prompt

ORDERS: Final[dict[Orders, tuple[str, ...]]] = {"published": ("ab",), "both": ("ab", "ba")}
OTHER: Final = {"a": "b", "b": "a"}


def put(prompt: Prompt, question: str, option_a: str, option_b: str, order: str = "ab") -> str:
    """The user's message for one question.

    Args:
        prompt: the wording.
        question: as published, without its options.
        option_a: the text of option (a).
        option_b: the text of option (b).
        order: `ab`, or `ba` to name (b) first, under the first letter.
    """
    first, second = (option_a, option_b) if order == "ab" else (option_b, option_a)
    # one pass, so that braces in a question are left alone
    shown = _fill(prompt.options, {"a": first, "b": second})
    return _fill(prompt.text, {"question": question, "options": shown, "a": first, "b": second})


def published_choice(choice: str, order: str) -> str:
    """The option that a choice stands for in the published order."""
    return choice if order == "ab" else OTHER[choice]


def _fill(template: str, fields: dict[str, str]) -> str:
    out: list[str] = []
    rest = template
    while True:
        places = [(rest.find(f"{{{name}}}"), name) for name in fields]
        found = min(((at, name) for at, name in places if at >= 0), default=None)
        if found is None:
            return "".join([*out, rest])
        at, name = found
        out += [rest[:at], fields[name]]
        rest = rest[at + len(name) + 2 :]
