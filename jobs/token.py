"""The token of a cluster: whoever has it runs any code there, so it is never shown and never readable by others."""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from transfer.errors import EnvironmentProblem

READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def token_file() -> Path | None:
    """Where Ray looks for the token of a cluster, when it is not in the environment."""
    named = os.environ.get("RAY_AUTH_TOKEN_PATH")
    with suppress(RuntimeError):  # nobody's home
        path = Path(named) if named else Path.home() / ".ray" / "auth_token"
        return path if path.exists() else None
    return None


def has_token() -> bool:
    return bool(os.environ.get("RAY_AUTH_TOKEN")) or token_file() is not None


def exposed() -> str | None:
    """What lets others read the token, with its remedy; None where nothing does."""
    path = None if os.environ.get("RAY_AUTH_TOKEN") else token_file()
    if path and path.stat().st_mode & READABLE_BY_OTHERS:
        return f"{path} can be read by others, and whoever has it runs any code on the cluster. chmod 600 {path}"
    return None


def mode() -> Mapping[str, str]:
    """What Ray must find in the environment to send the token that is there; U098 where others can read it."""
    if problem := exposed():
        raise EnvironmentProblem("U098", problem)
    return {} if "RAY_AUTH_MODE" in os.environ or not has_token() else {"RAY_AUTH_MODE": "token"}


def refused(address: str) -> EnvironmentProblem:
    """U094: the cluster lets nobody in without its token."""
    what = "refuses the token" if has_token() else "wants a token"
    return EnvironmentProblem(
        "U094",
        f"the cluster at {address} {what}. Put the one its operator gave you in the file that "
        "RAY_AUTH_TOKEN_PATH names, readable by you alone, and set RAY_AUTH_MODE=token",
    )


def open_to_all(address: str) -> EnvironmentProblem:
    """U091: the cluster runs the code of whoever can reach it."""
    return EnvironmentProblem(
        "U091",
        f"the cluster at {address} accepts anyone: token authentication is off. "
        "Start it with RAY_AUTH_MODE=token, or pass --insecure",
    )
