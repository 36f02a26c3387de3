"""Text for a terminal: how wide it is there, what is safe to show, and how it is cut to a width."""

import unicodedata


def width(text: str) -> int:
    """The columns that a terminal gives a text: two for a wide character, none for a combining one."""
    return sum(_columns(character) for character in text)


def printable(text: str) -> str:
    """A text in which control characters are spelled out, so that none can move the cursor or turn the line."""
    return "".join(
        character if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else _escaped(character)
        for character in text
    )


def pad(text: str, to: int, is_right: bool = False) -> str:
    """A text filled up with spaces to a width, on its left when `is_right`."""
    space = " " * (to - width(text))
    return space + text if is_right else text + space


def wrap(text: str, to: int, lines: int = 3) -> list[str]:
    """A text in at most so many lines of a width, broken at spaces where it can be; what is left out is `…`."""
    done, line = [], ""
    for word in text.split(" "):
        if line and width(line) + 1 + width(word) > to:
            done.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
        while width(line) > to:
            head = _head(line, to) or line[:1]
            done.append(head)
            line = line[len(head) :]
    done.append(line)
    if len(done) > lines:
        done = [*done[: lines - 1], _head(done[lines - 1], to - 1) + "…"]
    return done


def _head(text: str, to: int) -> str:
    stop = len(text)
    while width(text[:stop]) > to:
        stop -= 1
    return text[:stop]


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode() if ord(character) < 0xD800 else f"\\u{ord(character):04x}"
