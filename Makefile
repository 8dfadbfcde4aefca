# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
JOBS   ?= $(shell nproc 2>/dev/null || echo 1)

LTI    := .venv-lti

.PHONY: demo test search test-lti test-container lint bench screenshots clean system
.DELETE_ON_ERROR:

demo: $(READY)  ## set up, grade the sample class, say where the reports are
	$(BIN)/graders grade submissions/practical09 --out reports --jobs $(JOBS)

test: $(READY)  ## set up and pass the tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

search: $(READY)  ## the tests of properties with examples that no run has had; the same ones are in `make test`
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m hypothesis --hypothesis-profile new

test-lti: $(READY) $(LTI)/.ready  ## launches and scores with learning platforms that others wrote
	LTI_PYTHON=$(abspath $(LTI))/bin/python $(BIN)/python -m pytest tests/lti/foreign_platforms.py

test-container: $(READY)  ## the Containerfile carried out in a root folder; as root, with debootstrap
	$(BIN)/python -m pytest -rs tests/carried_out.py

$(LTI)/.ready: tests/foreign/requirements.txt  # an environment of their own: nothing of ours imports them
	$(PYTHON) -m venv $(LTI)
	$(LTI)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

lint: $(READY)  ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(READY)  ## what a class costs, next to nbgrader and otter; for an idle machine
	$(BIN)/python benchmarks/bench.py

# torch comes first and by its exact version: any other request may pull gigabytes of GPU libraries.
$(READY): pyproject.toml constraints.txt scripts/system-packages
	@sh scripts/system-packages
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

screenshots: $(READY)  ## pictures of all pages, in screenshots/; those of the class and its reports after make demo
	$(BIN)/python scripts/make_screenshots.py --out screenshots --graded reports/practical09 --pictures docs/pictures

clean:  ## remove what make made
	rm -rf $(VENV) $(LTI) reports screenshots build *.egg-info
