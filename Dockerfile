# chronotope serve in a container: docker build -t chronotope . && docker run -p 8000:8000 -e CHRONOTOPE_TOKEN=word -v jobs:/data chronotope
# A torch without CUDA makes the image much smaller: --build-arg PIP_OPTIONS="--extra-index-url ADDRESS-OF-CPU-WHEELS"
FROM python:3.12-slim AS build
ARG PIP_OPTIONS=""
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir ${PIP_OPTIONS} -c constraints.txt ".[serve]"

FROM python:3.12-slim
COPY --from=build /venv /venv
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin chronotope && mkdir -m 700 /data && chown chronotope /data
USER chronotope
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp/matplotlib
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --start-period=90s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=5)"]
# Others reach a container, so that it starts with a token alone: CHRONOTOPE_TOKEN, or --open for everyone.
ENTRYPOINT ["chronotope", "serve", "--host", "0.0.0.0", "--folder", "/data"]
