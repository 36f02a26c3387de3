"""From a person's file to a study, or to all that is wrong with it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from transfer.study.amend import SIZES, overridden, sized
from transfer.study.attacks import read_attacks, read_controls
from transfer.study.choices import Chosen, Desk
from transfer.study.names import checked_names
from transfer.study.networks import Models, read_models
from transfer.study.problems import Problem, StudyError, quoted
from transfer.study.settings import WHOLE, number
from transfer.study.values import Ensemble, Study
from transfer.study.yaml_text import List, Map, Node, Text, nodes_of, read_file
from transfer.tasks import Choice

KEYS = (
    *("title", "data", "splits", "models", "every_model", "attacks", "every_attack", "ensembles", "surrogates"),
    *("targets", "controls", "images", "pixels", "precision", "batch", "study_seed", *SIZES),
)
PARTS = ("train", "test")
PIXELS = "Literal['exact', '8bit']"
PRECISION = "Literal['float32', 'float64', 'bfloat16']"
IMAGES = 1000
BATCH = 250
ALL = "all"


def read(path: str | Path, *, overrides: Sequence[str] = (), size: str = "") -> Study:
    """The study in a file, amended by its `small:` or `large:` and by PATH=VALUE overrides.

    Raises StudyError with every problem of the file, those of its other sizes included: a slip in `large:` is told
    before the night it would have cost.
    """
    path = Path(path)
    tree = read_file(path)
    problems: set[Problem] = set()
    study = None
    for asked in dict.fromkeys([size, *(other for other in ("", *SIZES) if not other or other in tree.items)]):
        desk = Desk(path)
        try:
            found = _study(desk, overridden(sized(tree, asked), overrides))
            desk.problems.raise_any()
            study = found if asked == size else study
        except StudyError as error:
            problems.update(error.problems)
    if problems or study is None:
        raise StudyError(problems)
    return study


def _study(desk: Desk, tree: Map) -> Study:
    desk.mapping(tree, KEYS)
    splits = _splits(desk, tree.items.get("splits"))
    models = read_models(desk, tree, splits)
    ensembles = _ensembles(desk, tree.items.get("ensembles"), models)
    networks = [network.name for network in models.networks]
    known = _stands_for(models)
    own = {ensemble.name: (ensemble.name,) for ensemble in ensembles}
    seed = tree.items.get("study_seed")
    return Study(
        name=desk.path.stem,
        title=_one(desk, tree, "title", "str", desk.path.stem),
        data=_data(desk, tree),
        splits=splits,
        networks=models.networks,
        attacks=read_attacks(desk, tree),
        controls=read_controls(desk, tree.items.get("controls")),
        ensembles=ensembles,
        surrogates=_selected(desk, tree.items.get("surrogates"), {**own, **known}, [*networks, *own]),
        targets=_selected(desk, tree.items.get("targets"), known, networks),
        images=_images(desk, tree.items.get("images")),
        pixels=_one(desk, tree, "pixels", PIXELS, "exact"),
        precision=_one(desk, tree, "precision", PRECISION, "float32"),
        batch=_one(desk, tree, "batch", "int", BATCH),
        study_seed=([value.value for value in desk.seeds(seed)] or [0])[0] if seed else 0,
        path=desk.path,
        modules=desk.modules,
        places=tree.keys,
    )


def _data(desk: Desk, tree: Map) -> Choice:
    node = tree.items.get("data")
    chosen = desk.chosen(node)
    if chosen.name is None:
        place = node.place if node else tree.place
        desk.problems.add("S096", place, "the study names no data set: `data: mnist`")
        return Choice("", {})
    described = desk.describe("datasets", chosen.name)
    variants = desk.variants(described, chosen, Chosen()) if described else []
    if len(variants) > 1:
        desk.add("S094", chosen.name, "a study has one data set; one value for each of its settings")
    return variants[0].choice if variants else Choice("", {})


def _splits(desk: Desk, node: Node | None) -> dict[str, int | Fraction]:
    """Named pieces of the training part, in images (30000) or as a share (1/2, 0.5)."""
    found: dict[str, int | Fraction] = {}
    splits = desk.mapping(node)
    if splits is None:
        return found
    checked_names(desk, splits.keys, "split")
    for name, size in splits.items.items():
        text = desk.text(size)
        # A split that cannot be read is known by its name, so that its models are not blamed as well.
        found[name] = _share(desk, size, text) if text is not None else 0
    total = sum(size for size in found.values() if isinstance(size, Fraction))
    if total > 1:
        desk.problems.add("S033", splits.place, f"the splits' shares sum to {float(total):g}; at most 1")
    return found


def _share(desk: Desk, node: Node, text: str) -> int | Fraction:
    try:
        value = number(text)
    except PydanticCustomError as problem:
        desk.add(problem.type, node, problem.message())
        return 0
    size = int(text) if WHOLE.fullmatch(text) else value if isinstance(value, Fraction) else Fraction(text)
    if size <= 0 or (isinstance(size, Fraction) and size > 1):
        desk.add("S095", node, f"a number of images, or a share of them from 0 to 1, expected, found {quoted(text)}")
        return 0
    return size


def _ensembles(desk: Desk, node: Node | None, models: Models) -> tuple[Ensemble, ...]:
    ensembles = desk.mapping(node)
    if ensembles is None:
        return ()
    checked_names(desk, ensembles.keys, "ensemble")
    known = _stands_for(models)
    found = []
    for name, members in ensembles.items.items():
        if name in known:
            desk.problems.add("S023", ensembles.keys[name], f"a model is called {quoted(name)} already")
        selected = _selected(desk, members, known, [network.name for network in models.networks])
        if len(selected) < 2 and models.networks:
            desk.add("S094", members, "an ensemble is made of two models or more")
        found.append(Ensemble(name, selected))
    return tuple(found)


def _stands_for(models: Models) -> dict[str, tuple[str, ...]]:
    """The networks that a name stands for: all of a swept model, or the one of a full name."""
    return {**{network.name: (network.name,) for network in models.networks}, **models.members}


def _selected(
    desk: Desk, node: Node | None, known: Mapping[str, tuple[str, ...]], order: Sequence[str]
) -> tuple[str, ...]:
    """The names that a list stands for, in the order of the study: a row and its column have one place."""
    if node is None or (isinstance(node, Text) and node.value == ALL):
        return tuple(order)
    found: set[str] = set()
    for one in nodes_of(node):
        name = desk.text(one)
        if name is not None and name not in known:
            desk.unknown(one, name, known, "model")
        found.update(known.get(name or "", ()))
    if isinstance(node, List) and not node.items:
        desk.add("S094", node, "the list is empty; leave it out for all")
    return tuple(name for name in order if name in found)


def _images(desk: Desk, node: Node | None) -> dict[str, int]:
    """How many images of each part are attacked."""
    if node is None:
        return {"test": IMAGES}
    if isinstance(node, Text) and not node.is_nothing:
        desk.add("S094", node, f"say of which part: {{test: {node.value}}}")
        return {}
    images = desk.mapping(node, PARTS)
    if images is None:
        return {}
    if not images.items:
        desk.add("S022", images, "no images to attack: {test: 1000}")
    found = {}
    for part in PARTS:
        for value in desk.values(images.items[part], "int", "images") if part in images.items else ():
            found[part] = value.value
    return found


def _one(desk: Desk, tree: Map, key: str, annotation: str, default: Any) -> Any:
    """The one value of a key at the top of the file."""
    node = tree.items.get(key)
    if node is None:
        return default
    if isinstance(node, List):
        desk.add("S094", node, "one value expected, found a list; a study has one")
        return default
    values = desk.values(node, annotation, key)
    return values[0].value if values else default
