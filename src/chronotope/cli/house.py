"""How every call ends: 0 done; 2 the call or the file is wrong, in one sentence; 1 our fault."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from chronotope.errors import ChronotopeError, one_line

DONE, OUR_FAULT, WRONG_CALL, STOPPED = 0, 1, 2, 130


class House(TyperGroup):
    """The group of verbs; a call that cannot be understood ends in one sentence and exit code 2."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, standalone_mode: bool = True, **more: Any) -> Any:
        main: Any = super().main
        if not standalone_mode:
            return main(args, *rest, **more, standalone_mode=False)
        args = list(sys.argv[1:] if args is None else args) or ["--help"]
        try:
            code = main(args, *rest, **more, standalone_mode=False)
        except typer.Abort:
            code = _say("stopped", STOPPED)
        except BrokenPipeError:
            code = _reader_left()
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            code = _say(_sentence(error), WRONG_CALL)
        sys.exit(code if isinstance(code, int) else DONE)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The list of verbs in plain text, a third quicker; each verb's own help has panels."""
        self.rich_markup_mode = None
        super().format_help(ctx, formatter)


def ending(work: Callable[[], None], verbose: bool) -> None:
    """Run `work`; a ChronotopeError ends in its sentence and 2, anything unexpected in a short message and 1.

    Raises:
        typer.Exit: with the exit code, unless all went well.
    """
    try:
        with _own_words(verbose):
            work()
    except (ChronotopeError, PermissionError) as error:
        raise typer.Exit(_say(one_line(error), WRONG_CALL)) from None
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        raise typer.Exit(_say("stopped", STOPPED)) from None
    except Exception as error:
        if verbose:
            traceback.print_exc()
        hint = "" if verbose else " Give -v to see where."
        said = f"this is a fault of chronotope, not of your call: {type(error).__name__}: {one_line(error).rstrip('.')}.{hint}"
        raise typer.Exit(_say(said, OUR_FAULT)) from None


@contextmanager
def _own_words(verbose: bool) -> Iterator[None]:
    """Warnings of libraries are not shown without --verbose: they speak of code, not of the call, and what looks wrong in the data is
    said in our own sentences. Only the showing is switched off, so that whoever makes warnings errors still gets them."""
    with warnings.catch_warnings():
        if not verbose:
            warnings.showwarning = lambda *said, **where: None
        yield


def _sentence(error: Any) -> str:
    text = " ".join(str(error.format_message()).split())
    return text if text.endswith((".", "?", "!")) else f"{text}. See chronotope --help."


def _say(sentence: str, code: int) -> int:
    print(f"chronotope: {sentence}", file=sys.stderr)
    return code


def _reader_left() -> int:
    """Whoever read our output closed it (as `head` does): nothing more to say, and no complaint at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE
