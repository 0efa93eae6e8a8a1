# CIIScan: `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X github.com/ciiscan/ciiscan/internal/version.Version=$(VERSION)
PROGRAMS := ciiscan ciiscand ciiscan-worker
GOTEST   := go test -timeout 20m $(TESTFLAGS)

GOLANGCI    := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := go run golang.org/x/vuln/cmd/govulncheck@v1.8.0

.PHONY: help setup build release demo demo/stop demo/exchange demo/exchange/stop test test/race golden catalogues schema pin fuzz bench lint vuln check clean

help: ## list the targets
	@sed -nE 's/^([a-z\/]+):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## install what is missing on this Debian machine (asks for root)
	@sh scripts/setup.sh

build: ## the three programs, in bin/
	@mkdir -p bin
	go build -ldflags '$(LDFLAGS)' -o bin/ $(PROGRAMS:%=./cmd/%)

release: ## the same for installing elsewhere: static, without paths of this machine
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ $(PROGRAMS:%=./cmd/%)

demo: setup build ## the main job on a lab of exposed services; leaves it running
	@go run ./internal/lab/demo start

demo/stop: ## end what demo left running
	@go run ./internal/lab/demo stop

demo/exchange: setup build ## two CERTs share advisories, withdraw and part; leaves both running
	@go run ./internal/lab/exchange start

demo/exchange/stop: ## end what demo/exchange left running
	@go run ./internal/lab/exchange stop

test: setup ## all tests, on a PostgreSQL and a lab of their own
	$(GOTEST) ./...

test/race: ## the packages with goroutines of ours, under the race detector (needs gcc)
	$(GOTEST) -race ./inventory/... ./scanner ./scanner/schedule ./scanner/worker ./internal/store ./internal/queue ./web/...

golden: ## rewrite golden files, then show what changed
	go test ./... -update
	@git diff --stat

catalogues: ## bring the translations up to date with what the program says
	go test ./internal/locale/catalogue -run TestCatalogues -update

schema: ## rewrite internal/store/schema.sql from the migrations
	go test ./internal/store -run TestSchema -update

pin: ## pin the scan templates by hash, after review
	go test ./templates -run TestPins -update

fuzz: ## each fuzz target for 30 seconds
	@go list ./... | while read -r p; do \
		go test -list '^Fuzz' "$$p" | grep '^Fuzz' | while read -r f; do \
			echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime 30s "$$p" || exit 1; done || exit 1; done

bench: setup build ## speed and memory, as ratios to a baseline of the same run
	@go run ./internal/lab/bench

lint: ## formatting, vet and the chosen linters
	@test -z "$$(gofmt -l cmd inventory scanner templates reports exchange notify web deploy internal 2>/dev/null)" || { gofmt -l .; exit 1; }
	$(GOLANGCI) run
	shellcheck scripts/*.sh .ci/run

vuln: ## known vulnerabilities in what we link; CIISCAN_VULNDB names a database file or address
	$(GOVULNCHECK) $(if $(CIISCAN_VULNDB),-db=$(CIISCAN_VULNDB)) ./...

check: lint test ## what a commit needs

clean: demo/stop demo/exchange/stop ## remove what was built and what the demos left
	rm -rf bin var
