"""The calls over HTTP: REST for every verb, jobs, and a page; see docs/how-to-serve.md.

requests    app (routes), door (who may come in), limits, intake, contents, verbs, openapi
jobs        jobs, store, crew, worker
the page    columns, picture
the rest    command (the verb serve), metrics
"""
