"""Which model an attack can be run on: its answers must have a gradient, unless the attack takes none."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from transfer.catalog import Description
from transfer.study.desk import Desk
from transfer.study.nodes import Text
from transfer.study.problems import Place, quoted
from transfer.study.values import Attack, Ensemble, Network

LABELS = "labels"


def check_answers(
    desk: Desk,
    attacks: Sequence[Attack],
    networks: Sequence[Network],
    ensembles: Sequence[Ensemble],
    surrogates: Collection[str],
    places: Mapping[str, Place],
) -> None:
    """Notes the first surrogate of each attack that has no gradient to give, or is a black box.

    What a library's attack takes is not known; on such a model it meets the same end when it is run.
    """
    known = {network.name: network for network in networks}
    members = {name: (name,) for name in known} | {one.name: one.members for one in ensembles}
    for attack in attacks:
        place = places.get(attack.entry)
        found = _described(desk, "attacks", attack.choice.name, place) if place and not attack.imported else None
        if not place or not found or not {"model", "models"} & set(found.inputs) or _is_of_library(found):
            continue
        rows = attack.surrogates or surrogates
        asked = (known[name] for row in rows for name in members[row])
        for text in list(_problems(desk, found, asked, place))[:1]:
            desk.problems.add("S099", place, f"attacks.{attack.entry}: {text}")


def _problems(desk: Desk, attack: Description, networks: Iterator[Network], place: Place) -> Iterator[str]:
    remedy = "Say which models it attacks: `surrogates: [...]`"
    for network in networks:
        found = _described(desk, "architectures", network.architecture.name, place)
        # What is a person's own and takes no gradient may ask a black box; what is ours looks inside instead.
        if network.answers == LABELS and (attack.has_gradient or ":" not in attack.name):
            yield f"{quoted(network.name)} is a black box that answers with labels, and no surrogate. {remedy}"
        elif found and attack.has_gradient and not found.has_gradient:
            text = f"'{attack.name}' takes gradients, and {quoted(network.name)} ({found.name}) has none"
            yield f"{text}. {remedy}"


def _described(desk: Desk, kind: str, name: str, place: Place) -> Description | None:
    return desk.describe(kind, Text(place, "", name))


def _is_of_library(found: Description) -> bool:
    return ":" in found.name and not found.travels
