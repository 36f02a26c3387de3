"""Names that people give: any text, as long as no two of them look the same."""

import unicodedata
from collections.abc import Mapping

from transfer.study.choices import Desk
from transfer.study.problems import Place, quoted

LONGEST = 64
RESERVED = ("all",)
INVISIBLE = {"Cc", "Cs", "Zl", "Zp"}  # Unicode's control characters, surrogates and line separators


def checked_names(desk: Desk, places: Mapping[str, Place], what: str, reserved: tuple[str, ...] = RESERVED) -> None:
    """Notes every name that is empty, too long, reserved, or equal to an earlier one to a reader's eye."""
    seen: dict[str, str] = {}
    for name, place in places.items():
        if not name.strip(" .") or len(name) > LONGEST:
            desk.problems.add("S026", place, f"a {what}'s name must have 1 to {LONGEST} characters, and not only dots")
        elif not INVISIBLE.isdisjoint(map(unicodedata.category, name)):
            desk.problems.add("S005", place, f"a {what}'s name must be one line of visible characters")
        elif name in reserved:
            desk.problems.add("S097", place, f"{quoted(name)} has a meaning of its own; give the {what} another name")
        else:
            first = seen.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
            if first is not name:
                differ = "ignoring case" if first.casefold() == name.casefold() else "after Unicode normalisation"
                text = f"{what}s {quoted(first)} and {quoted(name)} have the same name {differ}"
                desk.problems.add("S023" if differ == "ignoring case" else "S024", place, text)
