# Every target sets up what it needs: on a fresh machine, `make demo` or `make test` alone is enough.
PYTHON ?= python3
BIN := .venv/bin
RUNS := .venv/.runs
READY := .venv/.installed
PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help install demo test check lint types contract format schema openapi events catalogues pictures lighthouse lock bench bench-long mutants crowd lost-answers nightly clean

help: ## list the targets
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(READY) ## create .venv with the pinned dependencies, the developers' tools too

$(RUNS): requirements.lock requirements-uv.lock pyproject.toml
	$(PYTHON) install.py requirements.lock
	@touch $(RUNS)

$(READY): requirements-dev.lock requirements-uv.lock pyproject.toml
	$(PYTHON) install.py requirements-dev.lock
	@touch $(RUNS) $(READY)

demo: $(RUNS) ## a demo world, a server, and the main job run once through it
	$(BIN)/huggg demo --walk

test: $(READY) ## all tests
	$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: lint contract ## what CI runs: lint, types, import contract, tests
	@$(MAKE) --no-print-directory --jobs=2 types test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

contract: $(READY)
	$(BIN)/lint-imports

format: $(READY) ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: export HUGGG_TESTS_EVERY_LOOK = 1
pictures: $(READY) ## pictures of all pages in the machine's Chromium, light and dark, into build/pages; those of the README anew
	$(BIN)/pytest tests/browser -k "fits"
	$(BIN)/python -m tests.support.readme_picture

lighthouse: export HUGGG_TESTS_LIGHTHOUSE = build/lighthouse
lighthouse: $(READY) ## judge gift pages by Lighthouse as on a phone with a slow line; needs npm and a Chromium
	npm install --silent --no-audit --no-fund --prefix build/lighthouse lighthouse@12.2.3
	$(BIN)/pytest -s tests/browser/test_lighthouse.py

bench: $(READY) ## the measurements, each a ratio against a limit measured beside it
	$(BIN)/python -m bench

bench-long: $(READY) ## the long versions of those that have one; half an hour and more
	$(BIN)/python -m bench --long

bench-long-%: $(READY) ## one of those: bench-long-redeem, bench-long-growth, …
	$(BIN)/python -m bench --long $*

bench-%: $(READY) ## one of them: bench-redeem, bench-redeem-alone, bench-read, bench-list, bench-buy, …
	$(BIN)/python -m bench $*

mutants: $(READY) ## take out each guard of the SQL, change the rules, and see that a test fails; an hour or more
	@$(BIN)/python -m tests.mutants; guards=$$?; $(BIN)/python -m tests.mutants.rules && exit $$guards

crowd: export HUGGG_TESTS_CROWD = 200
crowd: $(READY) ## two hundred people at one group's link at once
	$(BIN)/pytest tests/storage/test_groups.py tests/api/test_groups.py -k crowd

lost-answers: export HUGGG_TESTS_LOST_ANSWERS = 10000
lost-answers: $(READY) ## lose ten thousand answers between a till and a server, and compare the books of both
	$(BIN)/pytest -s tests/api/test_lost_answers.py -k books

nightly: export HUGGG_TESTS_ON_EVERY_SERVER = 1
nightly: export HUGGG_TESTS_EVERY_LOOK = 1
nightly: export HUGGG_TESTS_EVERY_COMMAND = 1
nightly: export HUGGG_TESTS_EXAMPLES = 15
nightly: export HUGGG_TESTS_CROWD = 200
nightly: export HUGGG_TESTS_LOST_ANSWERS = 10000
nightly: check mutants storm-offline ## what to run every night: CI with each test on each PostgreSQL, and all mutants

mutants-list: $(READY) ## take out of the list what is no guard any more, and tell what is not listed
	$(BIN)/python -m tests.mutants --list

mutants-rules: $(READY) ## those of the rules only
	$(BIN)/python -m tests.mutants.rules

mutants-%: $(READY) ## those of one statement, noun or table: mutants-transactions.buy, mutants-schema, …
	$(BIN)/python -m tests.mutants $*

schema: $(READY) ## write docs/reference/schema.sql anew, after a migration was added
	$(BIN)/python -m tests.support.schema

events: $(READY) ## write docs/reference/events.md anew, after a kind of event was added
	$(BIN)/python -m tests.support.events

catalogues: $(READY) ## write the catalogues of translations anew, after a text was added or changed
	$(BIN)/python -m tests.support.catalogues

openapi: $(READY) ## write docs/reference/openapi.json anew, after the API changed
	$(BIN)/python -m tests.support.openapi

storm-offline: export OFFLINE_SCANS = 2000
storm-offline: $(READY) ## 20 devices without a network and 2,000 scans: each a redemption or a conflict, once
	$(BIN)/pytest tests/faults/test_offline_devices.py

lock: $(RUNS) ## refresh the lock files
	$(PIN) --group uv -o requirements-uv.lock
	$(PIN) pyproject.toml --group build -o requirements.lock
	$(PIN) pyproject.toml --group build --extra dev --constraint requirements.lock -o requirements-dev.lock

clean: ## remove what was installed; data in var/ stays
	rm -rf .venv
