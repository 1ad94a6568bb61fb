# What people type. Every target sets up what it needs; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test shift lint model explore bench bench-link bench-control bench-meter bench-billing audit-rating control-report meter-report fuzz storm soak clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Job control gives the script a process group and the terminal: Ctrl-C then ends the demo, and not make.
demo: ## three simulated machines, a broker and the gateway, live; until Ctrl-C or for DEMO_SECONDS
	@set -m; Scripts/demo; exit $$?

test: ## build everything and run all tests
	@Scripts/test

shift: ## a scripted shift with modems and radio links, at SHIFT_SCALE times its pace (default 20); needs root
	@Scripts/install-packages test && swift build -q && Scripts/shift --time-scale $${SHIFT_SCALE:-20}

lint: ## formatting, schemas, shell scripts
	@Scripts/lint

model: ## the remote-control session as a Promela model, searched by spin, with all guards and with each left out
	@Scripts/check-model && Scripts/check-model --guards

bench: ## the benchmark table beside a bare C loop (about eight minutes); BENCH_ARGUMENTS=--record writes Docs/benchmarks.md
	@Scripts/bench $(BENCH_ARGUMENTS)

bench-link: ## the emulator, control beside bulk, failover; BENCH_ARGUMENTS=--record writes Docs/benchmarks-link.md; needs root
	@Scripts/bench-link $(BENCH_ARGUMENTS)

bench-meter: ## what counting traffic costs: lists of 10,000 connections, metering at 20 Mbit/s; needs root
	@Scripts/bench-meter

bench-control: ## remote control beside a bare C callback, through links, stops; BENCH_ARGUMENTS=--record writes Docs/benchmarks-control.md; needs root
	@Scripts/bench-control $(BENCH_ARGUMENTS)

bench-billing: ## a million usage records taken in and rated; BENCH_ARGUMENTS=--record writes Docs/benchmarks-billing.md
	@Scripts/bench-billing $(BENCH_ARGUMENTS)

audit-rating: ## fieldbill against an independent rater: AUDIT_CASES (default 300) random months, from AUDIT_SEED (1) on
	@Scripts/audit-rating $${AUDIT_CASES:-300} $${AUDIT_SEED:-1}

control-report: ## attacks on remote control and what came of them; REPORT_ARGUMENTS=--record writes Docs/control-results.md; needs root
	@Scripts/control-report $(REPORT_ARGUMENTS)

meter-report: ## metering and billing against their aims; REPORT_ARGUMENTS=--record writes Docs/metering-results.md; needs root (half an hour)
	@Scripts/meter-report $(REPORT_ARGUMENTS)

explore: ## every order of events of a control session, in a release build (about five minutes)
	@swift build -q -c release --product ExploreControl --scratch-path .build/explore && .build/explore/release/ExploreControl

fuzz: storm ## the fuzzers in release mode, FUZZ_SECONDS each (default 60), after the storm
	@Scripts/fuzz $${FUZZ_SECONDS:-60}

storm: ## STORM_FRAMES (default 10000000) good and bad frames through the control path, in release mode
	@swift build --configuration release --product storm && .build/release/storm $${STORM_FRAMES:-10000000} $${STORM_SEED:-1}

soak: ## the demo's path for SOAK_SECONDS (default 3600), in release mode
	@set -m; DEMO_SECONDS=$${SOAK_SECONDS:-3600} Scripts/demo; exit $$?

clean: ## remove everything that was built
	rm -rf .build Bench/build Bench/last.md
