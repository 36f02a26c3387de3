"""What a study's data is, whether it is still what it was, and what a person should know of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from transfer import datasets
from transfer.datasets import Facts, Overlap
from transfer.errors import EnvironmentProblem
from transfer.identity import canonical
from transfer.study import Study


def facts_of(study: Study, before: Mapping[str, Any] | None = None) -> Facts:
    """The facts of a study's data set, with how much of its test part was trained on.

    `before` is the study as it was last kept with its results. Raises EnvironmentProblem where the same data set was
    asked for then and other images come now.
    """
    found = datasets.facts(study.data, study.data_source)
    kept: Mapping[str, Any] = (before or {}).get("data", {})
    digests = kept.get("digests", {})
    is_asked_alike = before is not None and canonical(before["resolved"]["data"]) == canonical(study.data.spec())
    for part, digest in found.digests.items():
        if is_asked_alike and digests.get(part, digest) != digest:
            text = f"the {part} images of {study.data.name} have changed since this study began"
            remedy = "Restore the data, or start anew with another --results"
            raise EnvironmentProblem("D059", f"{text} ({digests[part][:12]}..., now {digest[:12]}...). {remedy}")
    known = kept.get("overlap") if digests == dict(found.digests) else None
    overlap = Overlap(**known) if known else datasets.compared(study.data, study.data_source)
    return replace(found, overlap=overlap)
