# `make demo` shows the main job on real input; `make test` builds, installs and tests everything.
# Both set up a virtual environment of their own, once, and use it again the next time.

PYTHON ?= python3
DEMO := .venv-demo
TEST := .venv-test
SAMPLE := corpora/video-survey/videos.csv
RESULT := videos.affect.csv
PLUGINS := $(wildcard plugins/*)
SOURCES := $(shell find spacy_affect $(PLUGINS) -type f -not -path '*/__pycache__/*' \
	-not -path '*/build/*' -not -path '*.egg-info/*') setup.cfg pyproject.toml README.md LICENSE
PIP := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Makes the environment $(@D) anew, if there is no whole one, and installs $(1) into it. What fails
# leaves nothing behind that a next try could stumble over.
define set_up
	@test -f $@ || $(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))" \
		2> /dev/null || { echo "needs Python 3.11–3.13; try: make $(2) PYTHON=python3.12"; exit 1; }
	@echo "== Setting up $(@D) (once; $(3))"
	@{ test -f $@ || { rm -rf $(@D) && $(PYTHON) -m venv $(@D); }; } \
		&& $(@D)/bin/python $(PIP) "$(1)" || { rm -rf $(@D); exit 1; }
endef

.PHONY: demo test lint clean help

help:
	@echo "make demo   annotate the sample videos and show counts per class"
	@echo "make test   build, install and test the package and its plugins"
	@echo "make clean  remove the environments and what was built"

demo: $(DEMO)/.ready
	@echo "== Annotating $(SAMPLE)"
	@$(DEMO)/bin/spacy-affect annotate $(SAMPLE) --text-field title --text-field description \
		--preset video-survey -o $(RESULT) --restart

test: $(TEST)/.installed lint
	@echo "== Testing the installed packages"
	@PYTHONSAFEPATH=1 SPACY_AFFECT_INSTALLED=1 $(TEST)/bin/pytest tests plugins

lint: $(TEST)/.installed
	@echo "== Checking style and types"
	@$(TEST)/bin/ruff check . && $(TEST)/bin/ruff format --check .
	@$(TEST)/bin/mypy

clean:
	rm -rf $(DEMO) $(TEST) .make dist build $(RESULT) $(RESULT).affect

$(DEMO)/.ready: $(SOURCES) constraints.txt
	$(call set_up,.[classic],demo,about a minute)
	@touch $@

# What is tested is the wheel, built from the source distribution: a file that is missing there is
# missing for everybody.
$(TEST)/.installed: $(TEST)/.ready $(SOURCES)
	@echo "== Building the source distribution, the wheel and the plugins"
	@rm -rf .make/dist && mkdir -p .make/dist
	@$(TEST)/bin/python -m build --outdir .make/dist . > .make/build.log 2>&1 \
		|| { tail -20 .make/build.log; exit 1; }
	@for plugin in $(PLUGINS); do \
		$(TEST)/bin/python -m build --wheel --outdir .make/dist $$plugin >> .make/build.log 2>&1 \
		|| { tail -20 .make/build.log; exit 1; }; done
	@rm -rf $(PLUGINS:%=%/build) $(PLUGINS:%=%/*.egg-info) build *.egg-info
	@$(TEST)/bin/python $(PIP) --force-reinstall --no-deps .make/dist/*.whl
	@touch $@

$(TEST)/.ready: setup.cfg constraints.txt
	$(call set_up,.[test],test,a minute or two)
	@$(TEST)/bin/python -m pip uninstall --quiet --yes spacy-affect
	@rm -rf build *.egg-info
	@touch $@
