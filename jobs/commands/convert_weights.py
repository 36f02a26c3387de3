"""Makes weights of a pickle that torch has saved."""

from pathlib import Path
from typing import Annotated

import typer


def convert_weights(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A checkpoint of torch: .pt, .pth, .ckpt, .bin.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="[default: FILE.safetensors]")
    ] = None,
    key: Annotated[str, typer.Option(metavar="KEY", help="The key of the checkpoint that holds the weights.")] = "",
    strip: Annotated[str, typer.Option(metavar="TEXT", help="Taken off the front of names, as in module.")] = "",
) -> None:
    """Convert a checkpoint to safetensors, in a process without network that can do little else."""
    from transfer.checkpoints import convert
    from transfer.errors import TransferError

    target = output or source.with_suffix(".safetensors")
    if target.suffix != ".safetensors":
        raise TransferError("U089", f"-o {target}: give a file that ends in .safetensors")
    if target.exists():
        raise TransferError("U097", f"{target} is there already and is left as it is; give another name")
    found = convert(source, target, key=key, strip=strip)
    typer.echo(target)
    of = f" of its {found['key']!r}" if found["key"] else ""
    typer.echo(f"{found['tensors']} tensors{of}, {found['values']:,} values, all finite.", err=True)
    if not found["is_cut_off"]:
        typer.echo("This system would not let the reading process leave the network; its other limits held.", err=True)
    typer.echo(f"Name it in the study:\n  theirs: {{architecture: ..., weights: {target.name}}}", err=True)
