"""What autograd knows of a network that has run: its layers in order, and where some of them are skipped.

A network is asked by running it, not by the names of its modules, so that functional activations, a module called
twice and a person's own blocks are seen as what they do. What is hooked here are the nodes of one pass: they end with
its logits, and nothing stays on the network.
"""

import re
from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import NamedTuple

from torch import Tensor
from torch.autograd.graph import Node

LAYER = re.compile(r"Conv|^(Mkldnn)?Linear|([Mm]m|[Mm]v)Backward")  # has weights
RELU = re.compile(r"Relu|Hardtanh|Threshold")  # the second is ReLU6
ACTIVATION = re.compile(r"\w*[EeIi]lu|\w*[Tt]anh|\w*[Ss]igmoid|\w*[Ss]wish|Threshold|Mish|Softplus")

Edge = tuple[Node, int]  # a node and which of its outputs
Gradients = tuple[Tensor | None, ...]


class Join(NamedTuple):
    """Where what a residual branch has made meets what skipped it: added to it, or concatenated as in a DenseNet."""

    node: Node
    branches: Mapping[int, Edge]  # the operands that are branches, by their place
    skip: int | None  # which operand skipped the branch; None where they are concatenated
    source: Edge | None  # where the branch and the skip part

    def hook(self, change: Callable[[Tensor], Tensor]) -> None:
        """Changes the gradient that goes into each branch; the skip's goes on as it is."""
        places = frozenset(self.branches)  # not the join: a hook that holds its own node keeps the pass in memory

        def changed(inputs: Gradients, outputs: Gradients) -> Gradients:
            return tuple(
                change(gradient) if place in places and gradient is not None else gradient
                for place, gradient in enumerate(inputs)
            )

        self.node.register_hook(changed)


class Graph:
    """The operations between the pixels and the logits."""

    def __init__(self, logits: Tensor) -> None:
        self.nodes = _in_order(logits.grad_fn) if logits.grad_fn else []
        self._place = {node: place for place, node in enumerate(self.nodes)}
        self._made_from: dict[Node, int] = {}  # a bit a node, its own included
        self.depth: dict[Node, int] = {}  # layers with weights on the longest way from the pixels
        for place, node in enumerate(self.nodes):
            inputs = [one for one, _ in _inputs(node)]
            self._made_from[node] = reduce(or_, (self._made_from[one] for one in inputs), 1 << place)
            self.depth[node] = max((self.depth[one] for one in inputs), default=0) + is_layer(node)

    def leads(self, early: Node, late: Node) -> bool:
        """Whether `late` is computed from `early`, or is it."""
        return bool(self._made_from[late] >> self._place[early] & 1)

    def cuts(self) -> set[Node]:
        """The nodes through which every way from the pixels to the logits goes: no edge passes them by."""
        found, furthest = set(), 0
        reach = [0] * len(self.nodes)  # the last node that is made from each
        for place, node in enumerate(self.nodes):
            for one, _ in _inputs(node):
                reach[self._place[one]] = place
        for place, node in enumerate(self.nodes):
            if furthest <= place:
                found.add(node)
            furthest = max(furthest, reach[place])
        return found

    def joins(self) -> list[Join]:
        """The ends of the residual branches, in order.

        An addition ends one where an operand is what the other was made from, or is at most one layer away from it
        (a projection that fits the shape). The operand with more layers behind it is the branch. Parallel branches
        of one kind, as Inception's, are none. In a concatenation, what was made from another operand is a branch.
        """
        kinds = {"AddBackward": self._addition, "CatBackward": self._concatenation}
        joins = [kinds[name](node) for node in self.nodes if (name := node.name().rstrip("0123456789")) in kinds]
        return [join for join in joins if join]

    def _addition(self, node: Node) -> Join | None:
        operands = _inputs(node)
        if len(operands) != 2:
            return None
        ways = [self._way(*operands), self._way(*operands[::-1])]
        layers = [len(operands) if way is None else way[0] for way in ways]
        if layers[0] == layers[1]:
            return None
        skip = layers.index(min(layers))
        way = ways[skip]
        if way is None or self.depth[operands[1 - skip][0]] <= self.depth[operands[skip][0]]:
            return None
        return Join(node, {1 - skip: operands[1 - skip]}, skip, way[1])

    def _concatenation(self, node: Node) -> Join | None:
        operands = {place: (one, output) for place, (one, output) in enumerate(node.next_functions) if one}
        branches = {
            place: late
            for place, late in operands.items()
            if any(self.leads(one, late[0]) and self.depth[one] < self.depth[late[0]] for one, _ in operands.values())
        }
        return Join(node, branches, None, None) if branches else None

    def _way(self, operand: Edge, other: Edge) -> tuple[int, Edge] | None:
        """Back from an operand to what the other is made from too: how many layers on the way, at most one."""
        layers = 0
        while not self.leads(operand[0], other[0]):
            layers += is_layer(operand[0])
            inputs = _inputs(operand[0])
            if layers > 1 or len(inputs) != 1:
                return None
            operand = inputs[0]
        return layers, operand


def is_layer(node: Node) -> bool:
    """Whether an operation multiplies by weights."""
    return bool(LAYER.search(node.name()))


def is_relu(node: Node) -> bool:
    """Whether an operation is a ReLU, or one that also ends above."""
    return bool(RELU.match(node.name()))


def is_activation(node: Node) -> bool:
    """Whether an operation is a nonlinear function of every unit by itself."""
    return bool(ACTIVATION.match(node.name()))


def _inputs(node: Node) -> list[Edge]:
    return [(one, place) for one, place in node.next_functions if one is not None]


def _in_order(last: Node) -> list[Node]:
    """All nodes that lead to `last`, each behind those that it is computed from."""
    order, seen = list[Node](), set[Node]()
    waiting = [(last, False)]
    while waiting:
        node, is_ready = waiting.pop()
        if is_ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            waiting += [(node, True), *((one, False) for one, _ in _inputs(node))]
    return order
