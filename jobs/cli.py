"""`transfer`: each file of jobs/commands is a command, found by its name.

Heavy libraries are imported inside the commands, so that `transfer --help` answers at once.
"""

import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from jobs import commands
from transfer.errors import TransferError

USAGE = 2
UNEXPECTED = 1
INTERRUPTED = 130
BROKEN_PIPE = 141  # what a shell shows for a program that nobody listens to any more


def _version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"transfer {version('transfer-study')}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks. Works at any place.")] = False,
) -> None:
    """Transferability of adversarial examples: one study file in, a transfer matrix with intervals out."""


def build() -> typer.Typer:
    """The command line, with one command for each file of jobs/commands."""
    app = typer.Typer(
        name="transfer",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        callback=_options,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in sorted(module.name for module in pkgutil.iter_modules(commands.__path__)):
        if not name.startswith("_"):
            function = getattr(importlib.import_module(f"jobs.commands.{name}"), name)
            app.command(name.replace("_", "-"))(function)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command line and ends the process with its exit code."""
    asked = list(sys.argv[1:] if arguments is None else arguments)
    is_debug = "--debug" in asked
    try:
        code = _answer([word for word in asked if word != "--debug"], is_debug)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would complain once more when Python closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _answer(words: list[str], is_debug: bool) -> int:
    try:
        result: Any = build()(words, prog_name="transfer", standalone_mode=False)
    except TransferError as problem:
        return _tell(str(problem), problem.exit_code, is_debug)
    except typer.TyperException as problem:
        return _tell(_usage(problem), USAGE, is_debug)
    except typer.Abort:
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as problem:
        kind = type(problem).__name__
        text = f"error[X000]: {kind}: {problem}. This should not happen: --debug shows where it did"
        return _tell(text, UNEXPECTED, is_debug)
    return result if isinstance(result, int) else 0


def _tell(text: str, code: int, is_debug: bool) -> int:
    if is_debug:
        traceback.print_exc()
    print(text, file=sys.stderr)
    return code


def _usage(problem: typer.TyperException) -> str:
    """A misspelt command or option as one line that names the right one; no command at all, as the help."""
    if type(problem).__name__ == "NoArgsIsHelpError":
        return problem.message
    possible = getattr(problem, "possibilities", None)
    text = (problem.format_message() if possible is None else problem.message).strip().rstrip(".").replace("\n", " ")
    if possible:
        return f"error[U089]: {_small(text)}. Did you mean {possible[0]!r}?"
    if text.endswith("?"):
        return f"error[U089]: {_small(text)}"
    context = getattr(problem, "ctx", None)
    place = f" `{context.command_path} --help` shows what there is." if context else ""
    return f"error[U089]: {_small(text)}.{place}"


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


if __name__ == "__main__":
    main()
