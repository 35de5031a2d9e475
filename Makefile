# The two commands are `make run` and `make test`. Both need cargo, and curl or npm for DuckDB's prebuilt library.
.PHONY: run test tidy book libduckdb plugins dist wheel sample bench

libduckdb:
	@scripts/libduckdb

# The main job: the sample supplier file against the sample registry, from the folder of this file.
run: libduckdb
	cargo run --release -- run pipelines/suppliers.yaml

# With cargo-nextest, where it is installed: faster, each test in a process of its own. Doc tests are cargo's in any case.
NEXTEST_PROFILE = default
test: libduckdb
	@if cargo nextest --version >/dev/null 2>&1; then \
	  set -x; \
	  cargo nextest run --release --workspace --profile $(NEXTEST_PROFILE) && cargo test --release --workspace --doc; \
	else \
	  set -x; \
	  cargo test --release --workspace; \
	fi

# The guard rails: lengths, import circles, names, layers, the code map (`cargo xtask tidy`).
tidy:
	cargo xtask tidy

# The book under docs/, with mdbook.
book:
	mdbook build docs

bench: libduckdb
	cargo bench
	cargo run --release -- bench

# Builds the WASM plug-ins again (plugins/dist is committed: only after a change under plugins/).
plugins:
	scripts/plugins

# Makes the committed sample again.
sample: libduckdb
	cargo run --release -- generate --suppliers 2500 --establishments 50000 --seed 1 --overwrite --out pipelines/data

# What people install: a folder that runs where it is copied to, its archive, a Debian package.
dist:
	scripts/dist $(if $(shell command -v dpkg-deb),--deb)

# A Python wheel with the command, installed into an empty virtual environment and run there.
wheel:
	scripts/wheel --check
