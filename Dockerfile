# One image for servers, workers and migrations: docs/deploy.md, "With containers".

FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/brownian
COPY requirements/run.txt requirements/
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements/run.txt
COPY manage.py ./
COPY brownian_site brownian_site
COPY motion motion
COPY templates templates
COPY static static
# Its own copy of the files, so that a server names those of its own version, whatever runs beside it;
# the key is for this command only.
RUN DJANGO_SECRET_KEY=collectstatic .venv/bin/python manage.py collectstatic --noinput \
    && .venv/bin/python -m compileall -q brownian_site motion

FROM python:3.11-slim-bookworm
# pg_dump and pg_restore, for `manage.py backup` and `restore`: of the same version as the server.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /srv/brownian --shell /usr/sbin/nologin brownian \
    && install -d -o brownian -g brownian /srv/static /srv/backups
WORKDIR /srv/brownian
COPY --from=build /srv/brownian ./
ENV PATH=/srv/brownian/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER brownian
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "manage.py", "serve", "--bind", "0.0.0.0", "--port", "8000"]
