# The exporter's image (`docker build .`), Grafana's with the app in it (`--target grafana`), and the
# demo's (`--target demo`).
ARG PYTHON=python:3.11.13-slim-bookworm
# What is frozen runs where the C library is as old as here, or newer. With binutils, which it takes.
ARG FREEZER=python:3.11.13-bullseye

FROM ${PYTHON} AS wheels
WORKDIR /src
COPY requirements-dev.lock ./
# The lock pins every version and hash, for developers. pip takes no unpinned name in hash mode, so
# all of it is checked here, and the images below choose from these files what they need.
RUN pip wheel --quiet --no-cache-dir --disable-pip-version-check --require-hashes --no-deps \
        --requirement requirements-dev.lock --wheel-dir /wheels
COPY pyproject.toml README.md LICENSE ./
COPY dashboards ./dashboards
COPY exporter ./exporter
# --no-build-isolation: isolation would fetch a hatchling that nothing pins.
RUN pip install --quiet --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --no-index --find-links /wheels hatchling editables \
    && pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
        --wheel-dir /wheels . \
    && for group in app demo; do \
        python -c "import sys, tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['dependency-groups'][sys.argv[1]], sep='\n')" \
            $group > /wheels/$group.txt; \
    done

FROM ${PYTHON} AS runtime
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --quiet --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --no-index --find-links /wheels groupscope
# A number, so that Kubernetes' runAsNonRoot can tell; and Prometheus' own, so that the demo's
# containers can share files with it.
USER 65534:65534

FROM prom/prometheus:v3.5.0 AS prometheus

FROM runtime AS demo
USER root
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --quiet --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --no-index --find-links /wheels 'groupscope[dashboards]' --requirement /wheels/demo.txt
# The history is written by a Prometheus, and asked for what is recorded of it, of the version that
# reads it.
COPY --from=prometheus /bin/prometheus /usr/local/bin/
WORKDIR /app
COPY demo ./demo
COPY harness ./harness
# A new named volume takes over the owner of the directory that it is mounted on.
RUN install --directory --owner=65534 --group=65534 /history /hub /tokens
USER 65534:65534

FROM ${FREEZER} AS backend
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --quiet --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --no-index --find-links /wheels 'groupscope[dashboards]' --requirement /wheels/app.txt pyinstaller
WORKDIR /src
COPY app/__init__.py ./app/
COPY app/backend ./app/backend
COPY scripts ./scripts
COPY app/frontend/notices ./app/frontend/notices
RUN scripts/freeze /app python \
    && python -m dashboards build --app --raw --output /app/dashboards

FROM node:22.21.1-bookworm-slim AS frontend
WORKDIR /src/app/frontend
COPY app/frontend/package.json app/frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY LICENSE /src/
COPY app/frontend ./
RUN npm run build

FROM backend AS app
COPY --from=frontend /src/app/frontend/dist /front
RUN python scripts/assemble-app /front /app

# Ubuntu's: Alpine has another C library than the one that the backend is frozen with.
FROM grafana/grafana:12.4.0-ubuntu AS grafana
# Not in /var/lib/grafana, which is a volume: the app is this image's, and goes with it.
COPY --from=app /app /opt/groupscope/plugins/groupscope-jupyterhub-app
ENV GF_PATHS_PLUGINS=/opt/groupscope/plugins \
    GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=groupscope-jupyterhub-app

# Last, so that a plain `docker build .` makes it.
FROM runtime AS exporter
EXPOSE 9098
ENTRYPOINT ["python", "-m", "exporter"]
