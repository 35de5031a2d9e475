# The two commands are `make run` and `make test`. Both need cargo, and curl or npm for DuckDB's prebuilt library.
.PHONY: run test libduckdb plugins dist sample bench

libduckdb:
	@scripts/libduckdb

# The main job: the sample supplier file against the sample registry, from the folder of this file.
run: libduckdb
	cargo run --release -- run pipelines/suppliers.yaml

test: libduckdb
	cargo test --release --workspace

bench: libduckdb
	cargo bench
	cargo run --release -- bench

# Builds the WASM plug-ins again (plugins/dist is committed: only after a change under plugins/).
plugins:
	scripts/plugins

# Makes the committed sample again.
sample: libduckdb
	cargo run --release -- generate --suppliers 2500 --establishments 50000 --seed 1 --out pipelines/data

# A folder that runs where it is copied to.
dist: libduckdb
	scripts/dist
