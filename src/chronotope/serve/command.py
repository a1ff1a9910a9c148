"""serve: the calls over HTTP, and a page."""

from __future__ import annotations

import os
from pathlib import Path

from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result
from chronotope.calls.schema import Call, Count, SomeCount, option
from chronotope.errors import ArgumentError, MissingExtraError
from chronotope.serve.limits import Limits

LOCAL = ("127.0.0.1", "localhost", "::1")
D = Limits()


class ServeCall(Call):
    """Serve all verbs over HTTP, with a page to use them.

    The page is at /, the REST at /v1, its description at /docs. Nobody else reaches it unless --host says so, which needs a token.
    """

    port: int = option(8000, "port; 8000 by default", metavar="N")
    host: str = option("127.0.0.1", "address to listen at; this machine alone by default", metavar="HOST")
    token: str | None = option(None, "word that every request must bring; CHRONOTOPE_TOKEN by default", metavar="WORD")
    open: bool = option(False, "answer everyone who reaches --host, without a token")
    workers: SomeCount = option(None, "processes that work, about 0.6 GB each; one for each core by default, four at most", metavar="N")
    folder: Path | None = option(None, "folder for jobs; they outlive the server there", metavar="DIR")
    limit_mb: float = option(D.megabytes, f"megabytes of the files of a call; {D.megabytes:g} by default", metavar="MB")
    limit_rows: Count = option(D.rows, f"rows of a table; {D.rows:,} by default", metavar="N")
    limit_values: Count = option(D.values, f"numbers of a file or an answer; {D.values:,} by default", metavar="N")
    limit_horizon: Count = option(D.horizon, f"steps ahead; {D.horizon} by default", metavar="STEPS")
    limit_members: Count = option(D.members, f"members that are drawn; {D.members} by default", metavar="N")
    limit_seconds: float = option(D.seconds, f"seconds of work of a call; {D.seconds:g} by default", metavar="S")
    limit_memory: float = option(D.gigabytes, f"gigabytes of memory of a call; {D.gigabytes:g} by default", metavar="GB")
    limit_queue: Count = option(D.queue, f"calls that wait; {D.queue} by default", metavar="N")
    keep: float = option(D.minutes, f"minutes that results are kept; {D.minutes:g} by default", metavar="MINUTES")

    @property
    def limits(self) -> Limits:
        """The limits together."""
        sizes = (self.limit_mb, self.limit_rows, self.limit_values, self.limit_horizon, self.limit_members)
        return Limits(*sizes, self.limit_seconds, self.limit_memory, self.limit_queue, self.keep)


def serve(call: ServeCall, progress: Progress = SILENT) -> Result:
    """Serve until it is stopped.

    Raises:
        MissingExtraError: the serve extra is not installed.
        ArgumentError: others could reach the server and no token was given, or the port is taken.
    """
    try:
        import uvicorn

        from chronotope.serve.app import make_app
    except ImportError as error:
        raise MissingExtraError(f"A server needs {error.name}, which is not installed: pip install 'chronotope[serve]'.") from error
    token = call.token or os.environ.get("CHRONOTOPE_TOKEN") or None
    if call.host not in LOCAL and token is None and not call.open:
        raise ArgumentError(
            f"A server that others can reach needs a token; --host is {call.host} and there is none. Give --token, or --open for everyone."
        )
    _check_port(call.host, call.port)
    folder = call.folder or _state_folder(call.port)
    app = make_app(
        call.limits,
        folder,
        token=token,
        workers=call.workers or min(4, os.cpu_count() or 1),
        hosts=None if token or call.open else (*LOCAL, call.host),
    )
    where = f"http://{'localhost' if call.host in LOCAL else call.host}:{call.port}"
    progress.line(f"serving at {where}; the page is at /, the REST is described at /docs; Ctrl-C ends it", detail=False)
    uvicorn.run(app, host=call.host, port=call.port, log_level="warning", server_header=False, timeout_keep_alive=30)
    return Result(None, {"host": call.host, "port": call.port}, ("stopped",))


def _check_port(host: str, port: int) -> None:
    import socket

    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise ArgumentError(f"--port must be free at --host; {host}:{port} is not ({why}). Give another --port.") from error


def _state_folder(port: int) -> Path:
    """Where jobs lie if nothing else is said: a folder of the user, for each port another."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "chronotope" / f"serve-{port}"
