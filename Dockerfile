# Työnohjaus as one image for web, worker, beat and migrations; docker-compose.yml says which is which.
# No secret is in it or goes through its build: each process gets its own at the start, as files.
ARG DEBIAN=trixie

# What must be there while it runs: Debian's Python, and what WeasyPrint opens by name.
FROM debian:${DEBIAN}-slim AS system
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 python3 tzdata \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig/aux-cache
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tyonohjaus \
    && install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/tyonohjaus
WORKDIR /srv/tyonohjaus

FROM system AS build
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv
COPY requirements/prod.lock requirements/
# Wheels alone: a package that were built here would fetch its own tools, which no hash names.
RUN python3 -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-compile \
        --only-binary :all: --require-hashes --requirement requirements/prod.lock \
    && .venv/bin/python -m pip uninstall --yes --quiet pip
COPY . .
RUN deploy/build

FROM system AS product
COPY --from=build /srv/tyonohjaus /srv/tyonohjaus
ENV PATH=/srv/tyonohjaus/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TYONOHJAUS_STATE=/var/lib/tyonohjaus \
    TYONOHJAUS_ALIVE=/tmp \
    BIND=0.0.0.0:8000
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["deploy/healthy", "web"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py"]

# The same with PostgreSQL's client programs, as new as the server: for backups, which web and worker have nothing to do with.
FROM product AS backup
USER 0:0
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && install --directory --owner 10001 --group 10001 --mode 0700 /backups
USER 10001:10001
HEALTHCHECK NONE
CMD ["python3", "manage.py", "backup", "/backups"]
