# `make demo` and `make test` do everything; `make help` lists the parts. They write to .build/ only.
PYTHON ?= python3
BUILD := .build
NOX := $(BUILD)/dev/bin/nox

.DEFAULT_GOAL := help
.PHONY: help demo test matrix unit integration page sip ee sanity lint docs docs-site ansible-lint build release-check bench format lock pythons ci-targets release clean

help: ## list the parts
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

demo: $(BUILD)/demo/.ready ## run the main job against a sandbox (LIVE=1 with TELNYX_API_KEY: the real account)
	@$(BUILD)/demo/bin/python demo/run.py

test: $(NOX) ## run all tests, and print the number of passed and failed tests
	@rm -rf $(BUILD)/reports && mkdir -p $(BUILD)/reports
	@$(NOX) --report $(BUILD)/reports/nox.json -t test; $(PYTHON) tests/tools/summary.py $(BUILD)/reports

matrix: $(NOX) ## unit, integration and sanity tests on every supported ansible-core
	@rm -rf $(BUILD)/reports && mkdir -p $(BUILD)/reports
	@$(NOX) --report $(BUILD)/reports/nox.json -t matrix; $(PYTHON) tests/tools/summary.py $(BUILD)/reports

core-%: $(NOX)
	@$(NOX) -t $@

unit: $(NOX) ## unit tests, on the oldest and the newest ansible-core
integration: $(NOX) ## the real ansible-playbook against the sandbox, on the oldest and the newest ansible-core
page: $(NOX) ## the HTML report in a real browser (Debian's Chromium)
sip: $(NOX) ## the real Asterisk, Kamailio and baresip, with the files that the role sip_config writes
ee: $(NOX) ## ansible-builder, ansible-navigator, and the jobs of AWX
sanity: $(NOX) ## ansible-test sanity
lint: $(NOX) ## ruff, mypy, and the settings of GitHub and pre-commit by their schemas
docs: $(NOX) ## check the documentation and the changelog
docs-site: $(NOX) ## build the documentation site in .build/site/html, and test it (LINKCHECK=1: its links to other sites, too)
ansible-lint: $(NOX) ## ansible-lint, production profile
build: $(NOX) ## build the archive, check it, install it and use it once
release-check: $(NOX) ## the dry run of a release, with the checks of the archive that build has
bench: $(NOX) ## measure, as ratios against peers in the same run (PARTS="fleet checks": these only)
unit integration page sip ee sanity lint docs ansible-lint build release-check:
	@$(NOX) -t $@

bench:
	@$(NOX) -t $@ -- $(PARTS)

docs-site:
	@$(NOX) -t $@ $(if $(LINKCHECK),-- --linkcheck)

format: $(NOX) ## format the code with ruff, and write the generated documentation
	@$(NOX) -s format

pythons: $(NOX) ## install every Python that a supported ansible-core is tested with, by uv
	@$(NOX) -s pythons

ci-targets: $(NOX)
	@$(NOX) -s ci-targets

release: $(NOX) ## release VERSION=x.y.z: version, changelog, archive, checks, commit and tag (DRY_RUN=1: in a clone only)
	@$(NOX) -s release -- "$(VERSION)" $(if $(DRY_RUN),--dry-run)

clean: ## remove .build/
	rm -rf $(BUILD)

lock: $(NOX) ## write the lock files requirements/*.txt from requirements/*.in, with the newest releases
	@$(NOX) -s lock

$(NOX): requirements/dev.txt
	@$(PYTHON) -m venv $(BUILD)/dev
	@$(BUILD)/dev/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(BUILD)/demo/.ready: requirements/demo.txt
	@echo "Creating a virtual environment in $(BUILD)/demo (about 20 seconds, once) ..."
	@$(PYTHON) -m venv $(BUILD)/demo
	@$(BUILD)/demo/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
