"""The jobs of a cluster, through its dashboard: http://127.0.0.1:8265, as `ray dashboard` opens it."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jobs.own_ray import environment
from jobs.token import has_token, mode, open_to_all, refused
from transfer.errors import EnvironmentProblem

DEADLINE = 20.0  # seconds for the dashboard to answer


@contextmanager
def jobs_of(address: str, *, is_insecure: bool = False) -> Iterator[Any]:
    """Ray's client for the jobs there; told in a line: nobody there, anybody let in, no token or the wrong one."""
    if not address.startswith(("http://", "https://")):
        raise EnvironmentProblem("U090", f"{address!r} is no address of a dashboard; give http://127.0.0.1:8265, say")
    code = _asked_without_token(address)
    if code == 200 and not is_insecure:
        raise open_to_all(address)
    if code in {401, 403} and not has_token():
        raise refused(address)
    with environment(RAY_USAGE_STATS_ENABLED="0", **mode()):
        from ray.exceptions import AuthenticationError
        from ray.job_submission import JobSubmissionClient

        try:
            yield JobSubmissionClient(address)
        except AuthenticationError:
            raise refused(address) from None
        except (RuntimeError, ConnectionError) as error:
            raise EnvironmentProblem("U090", f"{address}: {_first(error)}") from error


def _asked_without_token(address: str) -> int:
    """The status with which the dashboard answers somebody who has no token."""
    try:
        with urllib.request.urlopen(f"{address.rstrip('/')}/api/version", timeout=DEADLINE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError) as error:
        text = f"no dashboard at {address} ({getattr(error, 'reason', error)}). Is `ray dashboard` open to it?"
        raise EnvironmentProblem("U090", text) from None


def _first(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
