# Every command of the house. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py
# The demonstration keeps a database and files of its own, and never sees the real ones.
DEMO_ENV := env -u DATABASE_URL -u STORAGE_URL -u CACHE_URL DEMO=1 DATA_DIR=$(CURDIR)/var-demo MEDIA_DIR=$(CURDIR)/var-demo/media
PYTEST_ARGS ?= -n 2
BENCH ?= $(sort $(wildcard bench/[a-z]*.py))

.PHONY: help run demo test check fix bench shots backup restore messages clean chromium

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/installed ## Set up whatever is missing and serve on port 8000
	@$(MANAGE) prepare
	@exec $(MANAGE) serve

demo: $(VENV)/installed ## The same with invented data, in a database of its own
	@$(DEMO_ENV) $(MANAGE) prepare
	@exec $(DEMO_ENV) $(MANAGE) serve

test: $(VENV)/installed-dev chromium ## Run all tests, the browser included
	@$(MANAGE) messages
	@$(PY) -m pytest $(PYTEST_ARGS)

check: $(VENV)/installed-dev ## Linters, floors, templates, settings, migrations
	@$(MANAGE) messages --check
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	@git ls-files -z '*.html' | xargs -0 -r $(VENV)/bin/djade --check --target-version 5.2
	$(VENV)/bin/lint-imports
	@scripts/check_settings.sh

fix: $(VENV)/installed-dev ## Format the code and mend what linters can mend
	@$(VENV)/bin/ruff check --fix-only -q . ; $(VENV)/bin/ruff format .
	@git ls-files -z '*.html' | xargs -0 -r $(VENV)/bin/djade --target-version 5.2

bench: $(VENV)/installed-dev ## The measured promises: one JSON object a line
	@for file in $(BENCH); do $(PY) $$file || exit 1; done

shots: $(VENV)/installed-dev chromium ## Pictures of every main screen into build/shots/
	@$(PY) scripts/shots.py

backup: $(VENV)/installed ## Copy database and files while the server runs
	@$(MANAGE) backup

restore: $(VENV)/installed ## Put a backup back: make restore FILE=var/backups/….tar
	@test -n "$(FILE)" || { echo "Name the backup: make restore FILE=var/backups/….tar"; exit 2; }
	@$(MANAGE) restore "$(FILE)"

messages: $(VENV)/installed ## Merge and compile the Vietnamese words
	@$(MANAGE) messages

clean: ## Remove what can be made again (never var/ or media/)
	rm -rf build staticfiles .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -f locale/vi/LC_MESSAGES/django.po locale/vi/LC_MESSAGES/django.mo locale/vi/LC_MESSAGES/djangojs.mo
	find . -name __pycache__ -not -path './$(VENV)/*' -type d -prune -exec rm -rf {} +

chromium:
	@scripts/chromium.sh

$(VENV)/installed: requirements.txt scripts/make_venv.sh
	@scripts/make_venv.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@scripts/make_venv.sh $(VENV) requirements-dev.txt
	@touch $@
