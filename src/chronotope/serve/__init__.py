"""The calls over HTTP: REST for every verb, jobs, and a page; see docs/how-to-serve.md."""
