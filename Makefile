# What one does with this project. Compiled dependencies are kept outside the tree, so that clones share them.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/kinoservice/target

.PHONY: run test lint bench generate help

help:
	@echo "make run       the platform with demo films, at http://127.0.0.1:8000"
	@echo "make test      every test, on every engine"
	@echo "make lint      format, clippy, cargo-deny (where it is installed)"
	@echo "make bench     the performance, as ratios"
	@echo "make generate  the files that are made from the code (docs/openapi)"

run:
	cargo run --release

test:
	scripts/test

lint:
	scripts/lint

bench:
	cargo build --release -p kino
	cargo run --release -p kino-bench

generate:
	KINO_TEST_UPDATE=1 cargo test -q -p kino --test whole -- the_committed_api_documents every_route_admits
