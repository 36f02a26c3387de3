"""What is measured: every probe, asked of what its signature names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transfer.plan.crafts import Bench, Shown
from transfer.study import Measurement
from transfer.tasks import Probe


@dataclass(frozen=True)
class Asked:
    """A probe with what people call it and what it is asked of."""

    task: Probe
    name: str
    model: str | None = None
    other: str | None = None
    craft: Shown | None = None


def probes(bench: Bench, shown: Sequence[Shown]) -> Iterator[Asked]:
    """Every probe, asked of what its signature names: each network, each pair of them, each craft on its surrogate."""
    is_first_part = bench.part.part == next(iter(bench.study.images))
    for measurement in bench.study.probes:
        wants = set(measurement.inputs)
        if not is_first_part and not {"images", "crafted"} & wants:
            continue  # what looks at no images is measured once
        others: Sequence[str | None] = bench.study.targets if "other" in wants else (None,)
        for model, craft in _subjects(bench, measurement, shown):
            for other in others:
                if other is None or other != model:
                    yield _asked(bench, measurement, model, other, craft)


def _subjects(
    bench: Bench, measurement: Measurement, shown: Sequence[Shown]
) -> Iterator[tuple[str | None, Shown | None]]:
    """The networks that a probe is asked of, each with a craft made on it where the probe looks at one."""
    singles = [name for name in bench.study.surrogates if name in bench.networks]
    if "crafted" in measurement.inputs:
        for one in shown:
            is_ours = one.role == "attack" and one.task.data == bench.part and one.attack in measurement.of
            if is_ours and one.surrogate in singles:
                yield one.surrogate, one
    elif "other" in measurement.inputs:
        yield from ((name, None) for name in singles)
    elif "model" in measurement.inputs:
        yield from ((network.name, None) for network in bench.study.networks)
    else:
        yield None, None


def _asked(bench: Bench, measurement: Measurement, model: str | None, other: str | None, shown: Shown | None) -> Asked:
    task = Probe(
        probe=measurement.choice,
        data=bench.part,
        images=bench.study.images[bench.part.part],
        model=bench.networks[model] if model else None,
        other=bench.networks[other] if other else None,
        craft=shown.task if shown else None,
        seed=bench.study.study_seed,
        precision=bench.study.precision,
    )
    return Asked(task, measurement.name, model, other, shown)
