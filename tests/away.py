"""A second device made of this processor: it computes the same, and its tensors and the processor's do not mix.

So a machine without a GPU finds what would fail on one: a tensor that was made or left on the wrong side. Its own
process runs it, `python -m tests.away STUDY RESULTS`, since torch knows one such device and for good.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_map
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

NAME = "away"
# What brings a tensor from one side to the other, as it does on a GPU.
MOVES = {
    "aten::_to_copy",
    "aten::copy_",
    "aten::_copy_from",
    "aten::_copy_from_and_resize",
    "aten::_local_scalar_dense",
}
# Places may be named from the processor's side; what is read or written there may not be of another.
INDEXED = {"aten::index", "aten::index_put_", "aten::_index_put_impl_", "aten::index_put"}


class Away(Tensor):
    """A tensor of the other device; `inner` has its values."""

    inner: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, inner: Tensor) -> "Away":
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.size(),
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=torch.device(NAME, 0),
        )
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return compute(function, *args, **(kwargs or {}))

    def tolist(self) -> Any:
        return self.cpu().tolist()

    def numpy(self, *, force: bool = False) -> Any:
        if not force:
            raise TypeError(f"can't convert {NAME} tensor to numpy. Use Tensor.cpu() first")
        return self.detach().cpu().numpy()


class MadeThere(TorchFunctionMode):
    """`torch.tensor` of numbers goes by the processor: torch has no other way to a device written in Python."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if function in (torch.tensor, torch.as_tensor):
            device = kwargs.pop("device", None) or torch.get_default_device()
            if isinstance(args[0], Away) and function is torch.as_tensor:
                return args[0].to(device, kwargs.get("dtype") or args[0].dtype)
            with torch.device("cpu"):
                return function(*args, **kwargs).to(device)
        return function(*args, **kwargs)


@torch.inference_mode(False)
@torch.no_grad()
def compute(function: Any, *args: Any, **kwargs: Any) -> Any:
    """An operation on the values; what comes of it is of the other device. Refuses tensors of both sides."""
    tensors = [one for one in tree_flatten((args, kwargs))[0] if isinstance(one, Tensor)]
    name = function._schema.name
    _refuse_mixture(name, tensors, args)
    done = function(*tree_map(_values, args), **tree_map(_values, kwargs))
    if name == "aten::_local_scalar_dense":
        return done
    comes_home = kwargs.get("device") is not None and not _is_away(kwargs["device"])
    own = {id(_values(one)): one for one in tensors}  # what was written to is handed back as it came

    def wrapped(one: Any) -> Any:
        if not isinstance(one, Tensor) or comes_home:
            return one
        return own.get(id(one)) if id(one) in own else Away(one)

    return tree_map(wrapped, done)


def _refuse_mixture(name: str, tensors: list[Tensor], args: tuple[Any, ...]) -> None:
    if name in MOVES:
        return
    if name in INDEXED:
        tensors = [one for one in (args[0], *args[2:3]) if isinstance(one, Tensor)]
    # A single number may come from anywhere, as on a GPU.
    sides = {isinstance(one, Away) for one in tensors if isinstance(one, Away) or one.dim()}
    if len(sides) > 1:
        raise RuntimeError(f"{name}: expected all tensors to be on one device, found {NAME} and cpu")


def _values(one: Any) -> Any:
    if isinstance(one, Away):
        return one.inner
    return torch.device("cpu") if _is_away(one) else one


def _is_away(one: Any) -> bool:
    return isinstance(one, torch.device) and one.type == NAME


class Module(_DummyBackendModule):
    """What torch asks of a device besides computing."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]


def start() -> list[Any]:
    """Makes the device known to torch; it is there as long as what is returned."""
    _setup_privateuseone_for_python_backend(NAME, Module())
    library = torch.library.Library("_", "IMPL")
    library.fallback(compute, "PrivateUse1")
    torch.__future__.set_swap_module_params_on_conversion(True)
    mode = MadeThere()
    mode.__enter__()
    return [library, mode]


if __name__ == "__main__":
    kept = start()
    from tests.studies import done
    from transfer import stages
    from transfer.store import Store
    from transfer.study import read

    stages.settle(1, f"{NAME}:0")
    done(read(Path(sys.argv[1])), Store.open(sys.argv[2]))
