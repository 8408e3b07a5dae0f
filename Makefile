# make reproduce: set everything up in .venv and run the default study.
# make test:      set up and run the tests.
.PHONY: setup reproduce test lint format bench bench-mining bench-embedding bench-answers docs results clean

CORES ?= $(shell nproc 2>/dev/null || echo 2)
PYTHON ?= python3
BIN := .venv/bin
# sixty processes of a study pay for their imports: what they compile is kept, whatever the shell says
RUN := env -u PYTHONDONTWRITEBYTECODE PATH="$(CURDIR)/$(BIN):$$PATH"

setup: .venv/.ready

reproduce: setup
	$(RUN) snakemake --cores $(CORES)
	@echo "Open results/world/report.html"

test: setup
	$(RUN) pytest --numprocesses auto --dist loadscope --no-loadscope-reorder

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/snakefmt Snakefile rules

# writes the numbers in hand-written pages anew from results/, and the settings from their types
docs: setup
	$(RUN) clipblind settings
	$(RUN) clipblind report docs README.md docs/world.md
	mkdir -p docs/pictures
	cp results/world/figures/blind_pairs.png results/world/figures/mention.png docs/pictures/

# says whether the results that git holds are of the present code
results: setup
	$(RUN) clipblind results

bench: setup
	$(RUN) python benchmarks/chain.py

# the miner against its peers, an hour; benchmarks/requirements.txt has the peers
bench-mining: setup
	$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps -r benchmarks/requirements.txt
	$(RUN) python benchmarks/mining.py --large --resume

# the embedding engine against the bare forward pass and others, seven minutes on quiet cores
bench-embedding: setup
	$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps -r benchmarks/requirements.txt
	$(RUN) python benchmarks/embedding.py

# asking models against the usual loops, four minutes on quiet cores
bench-answers: setup
	$(RUN) python benchmarks/answers.py

# uv installs the pinned packages in seconds; it finds wheels where pip was told to look. Bytecode is
# compiled here once, or every process would compile its imports where PYTHONDONTWRITEBYTECODE is set.
.venv/.ready: pyproject.toml constraints.txt $(wildcard src/clipblind/mining/native/*)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	UV_FIND_LINKS="$${UV_FIND_LINKS:-$$PIP_FIND_LINKS}" VIRTUAL_ENV="$(CURDIR)/.venv" \
		$(BIN)/uv pip install --quiet --compile-bytecode -c constraints.txt -e ".[dvc,dev,corpora]"
	$(BIN)/python -m compileall -q src
	touch .venv/.ready

clean:
	rm -rf .venv .snakemake .clipblind results/*/.partial
