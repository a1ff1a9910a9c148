"""The application: routes for every verb, for jobs, for health and the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from chronotope import __version__
from chronotope.calls import CALLS
from chronotope.errors import ChronotopeError
from chronotope.serve import worker
from chronotope.serve.door import Door
from chronotope.serve.intake import Asked, asked_of
from chronotope.serve.jobs import Full, Jobs
from chronotope.serve.limits import Limits, TooMuch
from chronotope.serve.openapi import COMPONENTS, FAILURES, MEDIA, failure, operation
from chronotope.serve.store import FAILED, Job
from chronotope.serve.verbs import KEPT, Verb, verbs_of

PAGE = Path(__file__).parent / "page"
CODES = {"call": 422, "limit": 413, "server": 500}
SANDBOX = "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:"
WAIT = Query(30.0, ge=0, le=600, description="seconds to wait for the answer; after them the call goes on as a job")


def make_app(
    limits: Limits,
    folder: Path,
    token: str | None = None,
    workers: int = 1,
    hosts: tuple[str, ...] | None = None,
    work: Any = worker.main,
) -> FastAPI:
    """The application.

    Args:
        folder: for jobs; made if it is not there, and for one server at a time.
        token: the word that requests must bring as `Authorization: Bearer WORD`; None for none.
        workers: processes that work.
        hosts: names under which it may be called; None for any.
        work: what a process of the crew does.
    """
    jobs = Jobs(folder, limits, workers, work)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        jobs.open()
        yield
        await to_thread.run_sync(jobs.close)

    app = FastAPI(title="chronotope", version=__version__, lifespan=life, docs_url=None, redoc_url=None, description=ABOUT)
    app.state.jobs = jobs
    verbs = verbs_of(CALLS)
    for verb in verbs.values():
        _add_verb(app, verb, jobs)
    _add_jobs(app, jobs)
    _add_about(app, jobs, verbs, token is not None)
    _add_pages(app)
    app.add_exception_handler(ChronotopeError, _refused)
    app.add_exception_handler(HTTPException, _other)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(Exception, _ours)
    app.add_middleware(Door, token=token, hosts=hosts, metrics=jobs.metrics)
    _describe(app, token is not None)
    return app


ABOUT = """Forecasts, filled gaps, places between sensors, anomalies and more, of anything that happens somewhere at some time.

A call is sent as JSON (`file` holds records, GeoJSON, or `sample:NAME`) or as a form with files (CSV, NetCDF, HDF5, Parquet, GeoJSON, JSON,
numpy). What is done within `wait` seconds is answered at once; what takes longer is a job, whose state and files are asked for."""


def _add_verb(app: FastAPI, verb: Verb, jobs: Jobs) -> None:
    async def perform(request: Request, wait: float = WAIT) -> Response:
        asked = await _read(request, verb, jobs)
        job, future = await to_thread.run_sync(jobs.accept, verb, asked)
        if wait > 0:
            job = await _awaited(request, jobs, job, asyncio.wrap_future(future), wait)
        return _answer(jobs, job, asked)

    words = (verb.schema.__doc__ or verb.name).strip().split("\n\n")
    options: dict[str, Any] = {"summary": words[0], "description": "\n\n".join(words[1:]), "tags": ["verbs"], "operation_id": verb.name}
    app.add_api_route(f"/v1/{verb.name}", perform, methods=["POST"], openapi_extra=operation(verb), response_model=None, **options)


async def _read(request: Request, verb: Verb, jobs: Jobs) -> Asked:
    """The request; of one that is too large the rest is let pass, so that the sentence reaches its sender."""
    jobs.check_room()
    try:
        return await asked_of(request, verb, jobs.limits)
    except TooMuch:
        left = 20 * jobs.limits.bytes
        async for block in request.stream():
            left -= len(block)
            if left < 0:
                break
        raise


async def _awaited(request: Request, jobs: Jobs, job: Job, future: asyncio.Future[None], wait: float) -> Job:
    """The job once it ended, or as it is after `wait` seconds; whoever left in between ends it."""
    until = asyncio.get_running_loop().time() + wait
    while not future.done() and (left := until - asyncio.get_running_loop().time()) > 0:
        await asyncio.wait({future}, timeout=min(left, 1.0))
        if not future.done() and await request.is_disconnected():
            jobs.crew.cancel(job.id)
    return jobs.store.get(job.id) or job


def _answer(jobs: Jobs, job: Job, asked: Asked) -> Response:
    about = jobs.about(job)
    headers = {"Location": about["url"], "X-Chronotope-Job": job.id}
    if job.state == FAILED:
        fault = job.fault or "server"
        return JSONResponse({"error": job.error, "fault": fault}, CODES[fault], headers)
    if job.state != "done":
        return JSONResponse(about, 202, headers)
    form = asked.formats[0] if asked.formats else "json"
    path = jobs.folder / job.id / "out" / f"result.{form}"
    name = None if form == "json" else path.name
    return FileResponse(path, headers=headers, media_type=MEDIA[form], filename=name)


def _add_jobs(app: FastAPI, jobs: Jobs) -> None:
    job_answer: dict[int | str, Any] = {
        200: {"description": "the job", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}},
        404: failure("there is no such job"),
    }

    @app.get("/v1/jobs/{id}", tags=["jobs"], summary="How a job stands", operation_id="job", responses=job_answer, response_model=None)
    async def job(id: str) -> Response:
        found = jobs.store.get(id)
        return JSONResponse(jobs.about(found)) if found else _no_job()

    @app.delete("/v1/jobs/{id}", tags=["jobs"], summary="End a job, or remove its files", operation_id="end_job", responses=job_answer)
    async def end(id: str) -> Response:
        found = jobs.store.get(id)
        if found is None:
            return _no_job()
        if found.is_open:
            await to_thread.run_sync(jobs.crew.cancel, id)
        else:
            await to_thread.run_sync(jobs.crew.forget, id)
        return JSONResponse(jobs.about(jobs.store.get(id) or found))

    file_answer: dict[int | str, Any] = {
        200: {"description": "the file", "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        404: failure("there is no such file"),
    }

    @app.get("/v1/jobs/{id}/files/{name}", tags=["jobs"], summary="A file of a job", operation_id="job_file", responses=file_answer)
    async def file(id: str, name: str) -> Response:
        path = jobs.files(id).get(name)
        if path is None:
            said = f"This job has no file {name[:80]!r}; it has {', '.join(jobs.files(id)) or 'none'}."
            return JSONResponse({"error": said, "fault": "call"}, 404)
        media = {**{f".{key}": value for key, value in MEDIA.items()}, ".html": "text/html"}.get(path.suffix, "application/octet-stream")
        shown = {"Content-Security-Policy": SANDBOX} if path.suffix == ".html" else {}
        return FileResponse(path, media_type=media, filename=None if shown or path.suffix == ".json" else name, headers=shown)


def _no_job() -> Response:
    said = "There is no such job; results are kept for a while only. Send the call again."
    return JSONResponse({"error": said, "fault": "call"}, 404)


def _add_about(app: FastAPI, jobs: Jobs, verbs: dict[str, Verb], needs_token: bool) -> None:
    @app.get("/health", tags=["server"], summary="Whether it can work", operation_id="health")
    async def health() -> Response:
        is_ready = jobs.crew.is_ready()
        state = {"status": "ready" if is_ready else "warming up", "version": __version__}
        return JSONResponse(state, 200 if is_ready else 503, {} if is_ready else {"Retry-After": "5"})

    @app.get("/metrics", tags=["server"], summary="Counts for Prometheus", operation_id="metrics")
    async def metrics() -> Response:
        return Response(jobs.metrics.text(jobs.crew), media_type="text/plain; version=0.0.4")

    @app.get("/v1/about", tags=["server"], summary="Version, verbs, limits and samples", operation_id="about")
    async def about() -> dict[str, Any]:
        from chronotope.opening.samples import SAMPLES

        samples = [{"name": name, "what": one.what, "kind": one.kind} for name, one in SAMPLES.items()]
        reports = [name for name, verb in verbs.items() if "report" in verb.beside]
        return {"version": __version__, "verbs": list(verbs), "reports": reports, "limits": asdict(jobs.limits), "samples": samples}

    @app.post("/v1/{verb}", include_in_schema=False)
    async def unknown(verb: str) -> Response:
        why = f"{verb} is not served: {KEPT[verb]}." if verb in KEPT else f"There is no verb {verb[:40]!r}; there are {', '.join(verbs)}."
        return JSONResponse({"error": why, "fault": "call"}, 404)


def _add_pages(app: FastAPI) -> None:
    import fastapi_offline
    from fastapi.openapi.docs import get_swagger_ui_html

    shipped = Path(fastapi_offline.__file__).parent / "static"
    app.mount("/docs/files", StaticFiles(directory=shipped), name="docs_files")
    app.mount("/page", StaticFiles(directory=PAGE), name="page")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title="chronotope: REST",
            swagger_js_url="docs/files/swagger-ui-bundle.js",
            swagger_css_url="docs/files/swagger-ui.css",
            swagger_favicon_url="docs/files/favicon.png",
            swagger_ui_parameters={"docExpansion": "list"},
        )

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        policy = "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return FileResponse(PAGE / "index.html", headers={"Content-Security-Policy": policy})


async def _other(request: Request, error: Exception) -> Response:
    """What the frame refuses, in the form of all errors."""
    assert isinstance(error, HTTPException)
    able = (error.headers or {}).get("Allow")
    said = f"{error.detail}." if able is None else f"{request.url.path[:80]} takes {able}; found {request.method}."
    return JSONResponse({"error": said, "fault": "call"}, error.status_code, error.headers)


async def _unfit(request: Request, error: Exception) -> Response:
    """A part of the address that does not fit, in the form of all errors."""
    assert isinstance(error, RequestValidationError)
    problem = error.errors()[0]
    rule = str(problem["msg"]).replace("Input should be", "must be").split(", unable")[0]
    return JSONResponse({"error": f"{problem['loc'][-1]} {rule}; found {problem['input']!r}.", "fault": "call"}, 422)


async def _ours(request: Request, error: Exception) -> Response:
    """A fault of the server, whose log holds it."""
    return JSONResponse({"error": "The server failed on this call; its log says where.", "fault": "server"}, CODES["server"])


async def _refused(request: Request, error: Exception) -> Response:
    """A request that was refused before it became a job."""
    said = " ".join(str(error).split())
    if isinstance(error, Full):
        return JSONResponse({"error": said, "fault": "limit"}, 503, {"Retry-After": "10"})
    fault = "limit" if isinstance(error, TooMuch) else "call"
    return JSONResponse({"error": said, "fault": fault}, CODES[fault])


def _describe(app: FastAPI, needs_token: bool) -> None:
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = made()
            components = found.setdefault("components", {})
            components.setdefault("schemas", {}).update(COMPONENTS)
            components["schemas"] = {key: components["schemas"][key] for key in components["schemas"] if key in COMPONENTS}
            for path in found["paths"].values():
                for one in path.values():
                    if "422" in one["responses"]:
                        one["responses"]["422"] = failure(FAILURES["422"])
            if needs_token:
                components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
                found["security"] = [{"token": []}]
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
