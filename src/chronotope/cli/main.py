"""`chronotope`: the calls of the house as verbs of the command line. What each does is loaded when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from chronotope.calls import CALLS
from chronotope.cli.house import House
from chronotope.cli.verb import add_verb
from chronotope.serve.command import ServeCall, serve


def app_of(calls: Mapping[str, Any]) -> typer.Typer:
    """The command line of some calls: name -> (schema, run)."""
    made = typer.Typer(
        cls=House,
        help="A foundation model for everything that happens somewhere, at some time.",
        context_settings={"help_option_names": ["--help", "-h"]},
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    for name, (schema, run) in calls.items():
        add_verb(made, name, schema, run)
    made.callback()(_root)
    return made


def _version(asked: bool) -> None:
    if asked:
        from chronotope import __version__

        print(f"chronotope {__version__}")
        raise typer.Exit()


def _root(version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version and leave.")) -> None:
    pass


app = app_of({**CALLS, "serve": (ServeCall, serve)})

if __name__ == "__main__":
    app()
