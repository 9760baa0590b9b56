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
# Its own copy of the files, so that a server alone is whole; the key is for this command only.
RUN DJANGO_SECRET_KEY=collectstatic .venv/bin/python manage.py collectstatic --noinput \
    && .venv/bin/python -m compileall -q brownian_site motion

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/brownian --shell /usr/sbin/nologin brownian
WORKDIR /srv/brownian
COPY --from=build /srv/brownian ./
RUN chown -R brownian:brownian var
ENV PATH=/srv/brownian/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER brownian
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "manage.py", "serve", "--bind", "0.0.0.0", "--port", "8000"]
