"""From a person's file to a study, or to all that is wrong with it."""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from pydantic_core import PydanticCustomError

from transfer.study.amend import SIZES, overridden, sized
from transfer.study.attacks import read_attacks, read_controls
from transfer.study.data import read_choice
from transfer.study.desk import Desk
from transfer.study.gradients import check_answers
from transfer.study.names import among, check_distinct, check_names, selected
from transfer.study.networks import Models, read_models
from transfer.study.nodes import Map, Node, Text
from transfer.study.probes import read_probes
from transfer.study.problems import Problem, StudyError, quoted
from transfer.study.settings import WHOLE, number
from transfer.study.sweeps import seeds, single
from transfer.study.values import Ensemble, Study
from transfer.study.yaml_text import read_file
from transfer.tasks import Choice

KEYS = (
    *("title", "data", "splits", "models", "every_model", "attacks", "every_attack", "ensembles", "surrogates"),
    *("targets", "controls", "probes", "images", "pixels", "precision", "batch", "keep", "study_seed", *SIZES),
)
PARTS = ("train", "test")
PIXELS = "Literal['exact', '8bit']"
PRECISION = "Literal['float32', 'float64', 'bfloat16']"
KEEP = "Literal['all', 'sample', 'none']"
IMAGES = 1000
BATCH = 250


def read(path: str | Path, *, overrides: Sequence[str] = (), size: str = "", trusted: Collection[str] = ()) -> Study:
    """The study in a file, amended by its `small:` or `large:` and by PATH=VALUE overrides.

    Of modules that belong to another user only those whose SHA-256 is `trusted` are taken.
    Raises StudyError with every problem of the file, those of its other sizes included: a slip in `large:` is told
    before the night it would have cost.
    """
    path = Path(path)
    tree = read_file(path)
    problems: set[Problem] = set()
    study = None
    for asked in dict.fromkeys([size, *(other for other in ("", *SIZES) if not other or other in tree.items)]):
        desk = Desk(path, trusted)
        try:
            found = _study(desk, overridden(sized(tree, asked), overrides))
            desk.problems.raise_any()
            study = found if asked == size else study
        except StudyError as error:
            problems.update(error.problems)
    if problems or study is None:
        raise StudyError(problems)
    return study


def read_data(path: str | Path, trusted: Collection[str] = ()) -> tuple[Choice, Path | None, Mapping[str, int]]:
    """The data set of a study, its file if it is a person's own, and how many images of its parts are attacked.

    It may be read whatever else is still wrong with the study.
    """
    desk = Desk(Path(path), trusted)
    tree = sized(read_file(desk.path), "")
    data, images = read_choice(desk, tree), _images(desk, tree.items.get("images"))
    desk.problems.raise_any()
    return data, desk.modules.get(str(data.revision)), images


def _study(desk: Desk, tree: Map) -> Study:
    desk.mapping(tree, KEYS)
    for key in SIZES:
        if key in tree.items:
            desk.problems.add("S009", tree.keys[key], f"'{key}' cannot stand inside another size")
    splits, drawings = _splits(desk, tree.items.get("splits"))
    models = read_models(desk, tree, splits)
    ensembles = _ensembles(desk, tree, models)
    networks = [network.name for network in models.networks]
    own = {ensemble.name: (ensemble.name,) for ensemble in ensembles}
    items, seed = tree.items, tree.items.get("study_seed")
    surrogates = selected(desk, items.get("surrogates"), {**own, **models.known}, [*networks, *own])
    attacks = read_attacks(desk, tree, [*networks, *own], among({**own, **models.known}, surrogates))
    places = getattr(items.get("attacks"), "keys", {})
    check_answers(desk, attacks, models.networks, ensembles, surrogates, places)
    return Study(
        name=desk.path.stem,
        title=single(desk, items.get("title"), "str", "title", desk.path.stem),
        data=read_choice(desk, tree),
        splits=splits,
        networks=models.networks,
        attacks=attacks,
        controls=read_controls(desk, items.get("controls")),
        probes=read_probes(desk, items.get("probes"), attacks),
        ensembles=ensembles,
        surrogates=surrogates,
        targets=selected(desk, items.get("targets"), models.known, networks),
        images=_images(desk, items.get("images")),
        pixels=single(desk, items.get("pixels"), PIXELS, "pixels", "exact"),
        precision=single(desk, items.get("precision"), PRECISION, "precision", "float32"),
        batch=single(desk, items.get("batch"), "int", "batch", BATCH),
        keep=_keep(desk, items.get("keep")),
        study_seed=next((value.value for value in seeds(desk, seed)), 0) if seed else 0,
        path=desk.path,
        drawings=drawings,
        modules=desk.modules,
        places=tree.keys,
    )


def _splits(desk: Desk, node: Node | None) -> tuple[dict[str, int | Fraction], dict[str, int]]:
    """Named pieces of the training part, in images (30000) or as a share (1/2, 0.5), and of which drawing each is."""
    found: dict[str, int | Fraction] = {}
    drawings: dict[str, int] = {}
    splits = desk.mapping(node)
    if splits is None:
        return found, drawings
    check_names(desk, splits.keys, "split")
    for name, size in splits.items.items():
        if isinstance(size, Map) and desk.mapping(size, ("images", "draw")):
            drawn = size.items.get("draw")
            drawings[name] = next((value.value for value in seeds(desk, drawn)), 0) if drawn else 0
            size = size.items.get("images", size)
        text = desk.text(size)
        # A split that cannot be read is known by its name all the same, and its models are not blamed.
        found[name] = _share(desk, text) if text else 0
    for drawing in {drawings.get(name, 0) for name in found}:
        shares = [size for name, size in found.items() if drawings.get(name, 0) == drawing]
        total = sum(size for size in shares if isinstance(size, Fraction))
        if total > 1:
            desk.problems.add("S033", splits.place, f"the splits' shares sum to {float(total):g}; at most 1")
    return found, drawings


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
        chosen = selected(desk, members, models.known, [network.name for network in models.networks])
        if len(chosen) < 2 and models.networks:
            desk.add("S094", members, "an ensemble is made of two models or more")
        found.append(Ensemble(name, chosen))
    return tuple(found)


def _keep(desk: Desk, node: Node | None) -> str:
    """How long pixels stay; `none` is a word here, and not nothing."""
    if isinstance(node, Text) and node.value == "none":
        return "none"
    return str(single(desk, node, KEEP, "keep", "all"))


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
