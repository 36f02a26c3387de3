"""From a person's file to a study, or to all that is wrong with it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from pydantic_core import PydanticCustomError

from transfer.study.amend import SIZES, overridden, sized
from transfer.study.attacks import read_attacks, read_controls
from transfer.study.desk import Chosen, Desk
from transfer.study.names import ALL, check_distinct, check_names
from transfer.study.networks import Models, read_models
from transfer.study.nodes import List, Map, Node, Text, nodes_of
from transfer.study.probes import read_probes
from transfer.study.problems import Problem, StudyError, quoted
from transfer.study.settings import WHOLE, number
from transfer.study.sweeps import seeds, single, variants
from transfer.study.values import Ensemble, Study
from transfer.study.yaml_text import read_file
from transfer.tasks import Choice

KEYS = (
    *("title", "data", "splits", "models", "every_model", "attacks", "every_attack", "ensembles", "surrogates"),
    *("targets", "controls", "probes", "images", "pixels", "precision", "batch", "study_seed", *SIZES),
)
PARTS = ("train", "test")
PIXELS = "Literal['exact', '8bit']"
PRECISION = "Literal['float32', 'float64', 'bfloat16']"
IMAGES = 1000
BATCH = 250


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
    for key in SIZES:
        if key in tree.items:
            desk.problems.add("S009", tree.keys[key], f"'{key}' cannot stand inside another size")
    splits = _splits(desk, tree.items.get("splits"))
    models = read_models(desk, tree, splits)
    ensembles = _ensembles(desk, tree, models)
    networks = [network.name for network in models.networks]
    own = {ensemble.name: (ensemble.name,) for ensemble in ensembles}
    attacks = read_attacks(desk, tree)
    items, seed = tree.items, tree.items.get("study_seed")
    return Study(
        name=desk.path.stem,
        title=single(desk, items.get("title"), "str", "title", desk.path.stem),
        data=_data(desk, tree),
        splits=splits,
        networks=models.networks,
        attacks=attacks,
        controls=read_controls(desk, items.get("controls")),
        probes=read_probes(desk, items.get("probes"), attacks),
        ensembles=ensembles,
        surrogates=_selected(desk, items.get("surrogates"), {**own, **models.known}, [*networks, *own]),
        targets=_selected(desk, items.get("targets"), models.known, networks),
        images=_images(desk, items.get("images")),
        pixels=single(desk, items.get("pixels"), PIXELS, "pixels", "exact"),
        precision=single(desk, items.get("precision"), PRECISION, "precision", "float32"),
        batch=single(desk, items.get("batch"), "int", "batch", BATCH),
        study_seed=next((value.value for value in seeds(desk, seed)), 0) if seed else 0,
        path=desk.path,
        modules=desk.modules,
        places=tree.keys,
    )


def _data(desk: Desk, tree: Map) -> Choice:
    node = tree.items.get("data")
    chosen = desk.chosen(node)
    place = node.place if node else tree.place
    if chosen.name is None:
        desk.problems.add("S096", place, "the study names no data set; as in `data: mnist`")
        return Choice("", {})
    described = desk.describe("datasets", chosen.name)
    found = variants(desk, described, chosen, Chosen(), place) if described else []
    if len(found) > 1:
        desk.problems.add("S094", place, "a study has one data set; give each of its settings one value")
    return found[0].choice if found else Choice("", {})


def _splits(desk: Desk, node: Node | None) -> dict[str, int | Fraction]:
    """Named pieces of the training part, in images (30000) or as a share (1/2, 0.5)."""
    found: dict[str, int | Fraction] = {}
    splits = desk.mapping(node)
    if splits is None:
        return found
    check_names(desk, splits.keys, "split")
    for name, size in splits.items.items():
        text = desk.text(size)
        # A split that cannot be read is known by its name all the same, and its models are not blamed.
        found[name] = _share(desk, text) if text else 0
    total = sum(size for size in found.values() if isinstance(size, Fraction))
    if total > 1:
        desk.problems.add("S033", splits.place, f"the splits' shares sum to {float(total):g}; at most 1")
    return found


def _share(desk: Desk, text: Text) -> int | Fraction:
    try:
        value = number(text.value)
    except PydanticCustomError as problem:
        desk.add(problem.type, text, problem.message())
        return 0
    if WHOLE.fullmatch(text.value):
        size: int | Fraction = int(text.value)
    else:
        # As it was written: 0.1 is a tenth here, not the nearest binary number.
        size = value if isinstance(value, Fraction) else Fraction(repr(value))
    if size <= 0 or (isinstance(size, Fraction) and size > 1):
        what = "a number of images, or a share of them from 0 to 1, expected"
        desk.add("S095", text, f"{what}, found {quoted(text.value)}")
        return 0
    return size


def _ensembles(desk: Desk, tree: Map, models: Models) -> tuple[Ensemble, ...]:
    """Surrogates made of several networks; the names of all rows are told apart here."""
    ensembles = desk.mapping(tree.items.get("ensembles")) or Map(tree.place)
    check_names(desk, ensembles.keys, "ensemble")
    keys = getattr(tree.items.get("models"), "keys", {})
    rows = [(name, keys[model]) for model, names in models.members.items() for name in names]
    # A name may stand for a model and its one network, but not for an ensemble as well.
    alone = [(model, keys[model]) for model, names in models.members.items() if model not in names]
    check_distinct(desk, [*rows, *alone, *ensembles.keys.items()], "row")
    found = []
    for name, members in ensembles.items.items():
        selected = _selected(desk, members, models.known, [network.name for network in models.networks])
        if len(selected) < 2 and models.networks:
            desk.add("S094", members, "an ensemble is made of two models or more")
        found.append(Ensemble(name, selected))
    return tuple(found)


def _selected(
    desk: Desk, node: Node | None, known: Mapping[str, tuple[str, ...]], order: Sequence[str]
) -> tuple[str, ...]:
    """The names that a list stands for, in the order of the study: a row and its column have one place."""
    if node is None or (isinstance(node, Text) and node.value == ALL):
        return tuple(order)
    found: set[str] = set()
    for one in nodes_of(node):
        name = desk.text(one)
        if name and name.value not in known:
            desk.add_unknown("S097", one.place, f"{one.path}: no model", name.value, known)
        found.update(known.get(name.value, ()) if name else ())
    if isinstance(node, List) and not node.items:
        desk.add("S094", node, "the list is empty; leave it out for all")
    return tuple(name for name in order if name in found)


def _images(desk: Desk, node: Node | None) -> dict[str, int]:
    """How many images of each part are attacked."""
    if node is None:
        return {"test": IMAGES}
    if isinstance(node, Text) and not node.is_nothing:
        desk.add("S094", node, f"say of which part, as in {{test: {node.value}}}")
    images = desk.mapping(node, PARTS) if isinstance(node, Map) else None
    if images is None or not images.items:
        desk.problems.add("S022", node.place, "'images' is empty: at least 1 is needed, as in {test: 1000}")
        return {}
    return {part: single(desk, images.items[part], "int", "images", 1) for part in PARTS if part in images.items}
