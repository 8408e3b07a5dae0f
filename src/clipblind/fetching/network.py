"""The switch that keeps libraries off the network: set for every verb, undone by `fetch` alone."""

import os
from typing import Final

from clipblind.ground.errors import UserError

SWITCHES: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")

_ours: set[str] = set()  # those that nobody had set before


def switch_off() -> None:
    """Let no library of the hub's ask it for anything, unless the environment says otherwise.

    They read the switch when they are imported, so this comes before.
    """
    for switch in SWITCHES:
        if switch not in os.environ:
            os.environ[switch] = "1"
            _ours.add(switch)


def switch_on() -> None:
    """Undo `switch_off`; a switch that the user set stands.

    Raises:
        UserError: if the user switched the hub off.
    """
    for switch in _ours:
        os.environ.pop(switch, None)
    _ours.clear()
    for switch in SWITCHES:
        if _is_off(os.environ.get(switch)):
            raise UserError(f"{switch} is set, which forbids downloads; unset it and fetch again.")


def stay_public(hub: str) -> None:
    """Let a public hub's redirects lead to public addresses alone; one's own may lead anywhere.

    Args:
        hub: its URL.
    """
    # only here: every verb imports this module, and no other one asks the network
    from urllib.parse import urlsplit

    from clipblind.pools import public

    if public.seems_public(urlsplit(hub).hostname or ""):
        public.hold_connections()


def described() -> str:
    """How things stand, in words."""
    off = [switch for switch in SWITCHES if _is_off(os.environ.get(switch))]
    if _ours:
        return "off, but for `clipblind fetch`"
    return f"off, as {off[0]} is set; unset it to fetch" if off else "on, as HF_HUB_OFFLINE says"


def _is_off(value: str | None) -> bool:
    """As the hub's library reads it."""
    return (value or "").upper() in ("1", "ON", "YES", "TRUE")
