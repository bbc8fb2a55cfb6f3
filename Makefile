# make run    serve the example account          make test   every test
# make demo   a whole call with real softphones  make check  style, types, import directions, room sizes
# make bench  speed and memory                   make docs   the generated pages of docs/
# make phone  the softphone of `belplan phone`    make interop   docs/interop.md from tests with programs of others
# make words  the console's sentences to translate    make pictures  docs/pictures from tests with a browser
#
# Each needs nothing but Python 3.11 or newer: what is missing is fetched once, and a second run starts at once.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
TEST_PACKAGES := sip-tester baresip sox espeak-ng kamailio kamailio-outbound-modules kamailio-tls-modules linphone-cli sipsak nftables iproute2 dnsmasq-base conntrack chromium postgresql
TEST_MODULES := jssip@3.13.8 ws@8.23.0
# Real-time tests mostly wait: three at once do for two cores, more are late, as they share these with what they test.
TEST_WORKERS ?= 3
PYTEST_OPTIONS ?=
# Tests start the program some hundred times: that it is compiled is to be kept, whatever the environment says.
COMPILED := PYTHONDONTWRITEBYTECODE=

.PHONY: run demo phone test check docs interop pictures words bench clean
.DEFAULT_GOAL := run

run: $(VENV)/.run
	@exec $(BIN)/belplan serve

demo: $(VENV)/.phone
	@exec $(BIN)/belplan demo

phone: $(VENV)/.phone
	@echo "$(BIN)/belplan phone EXTENSION is ready"

test: $(VENV)/.dev $(VENV)/.phone
	@tools/apt_install.sh $(TEST_PACKAGES) || echo "!!! tests that need these programs are skipped !!!"
	@tools/npm_install.sh $(VENV)/node $(TEST_MODULES) || echo "!!! tests of WebSocket with JsSIP are skipped !!!"
	@$(COMPILED) $(BIN)/pytest -n $(TEST_WORKERS) --dist loadgroup $(PYTEST_OPTIONS)

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/check_rooms.py

docs: $(VENV)/.dev
	@for script in tools/draw_*.py tools/docs_*.py; do $(BIN)/python $$script || exit 1; done

interop: $(VENV)/.dev $(VENV)/.phone
	@tools/apt_install.sh $(TEST_PACKAGES) || echo "!!! tests that need these programs are skipped !!!"
	@tools/npm_install.sh $(VENV)/node $(TEST_MODULES) || echo "!!! tests of WebSocket with JsSIP are skipped !!!"
	@$(BIN)/pytest -n $(TEST_WORKERS) --dist loadgroup -m interop --write-interop=docs/interop.md tests

pictures: $(VENV)/.dev $(VENV)/.phone
	@mkdir -p docs/pictures
	@BELPLAN_TEST_PICTURES=docs/pictures $(BIN)/pytest tests/end_to_end/test_console*.py

words: $(VENV)/.dev
	@$(BIN)/python tools/console_words.py

bench: $(VENV)/.dev
	@tools/apt_install.sh sip-tester
	@$(BIN)/python -m bench

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- what the above stand on: each stamp is as new as what it installed ------------------------------------------------

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

$(VENV)/.made:
	@tools/make_venv.sh $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made pyproject.toml
	@echo "installing Belplan"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "installing what tests and checks need"
	@$(PIP) --editable '.[dev]'
	@touch $@

# pjsua2 has wheels up to Python 3.12; later ones use baresip as the phone.
$(VENV)/.phone: $(VENV)/.run
	@echo "installing the softphone"
	@$(PIP) --editable '.[phone]'
	@$(BIN)/python -c 'import pjsua2' 2>/dev/null || tools/apt_install.sh baresip || true
	@touch $@
