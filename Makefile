# What a contributor types. Each target is enough by itself: it builds .venv when it must.

# Tried in this order; name another with  make test PYTHON=/path/to/python3
PYTHON = python3 python3.14 python3.13 python3.12 python3.11
# What pytest is given besides, as in  make test ARGS='-k diffusion'
ARGS =

help:
	@echo 'make run     the bot itself, on the real feed (its settings: .env.example)'
	@echo 'make demo    three days of sample papers in under a minute: no token, no account, no server'
	@echo 'make test    all tests; some of them with  make test ARGS="-k diffusion"'
	@echo 'make lint    style, types, direction of imports, dependencies'
	@echo 'make bench   how fast it is: the figures of docs/performance.md'

run: venv
	@.venv/bin/python -m bot run

demo: venv
	@.venv/bin/python -m bot demo

test: venv
	@.venv/bin/python -m pytest --numprocesses=auto $(ARGS)

lint: venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --strict
	.venv/bin/lint-imports
	.venv/bin/deptry .

bench: venv
	@.venv/bin/python -m benchmarks

venv:
	@sh .ci/venv $(PYTHON)

.PHONY: help run demo test lint bench venv
