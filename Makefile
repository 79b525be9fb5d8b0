# Every target is one command; what it does is written where the command lives.
# The lab addresses published ports on loopback and removes what it starts itself.
export TESTCONTAINERS_HOST_OVERRIDE ?= 127.0.0.1
export TESTCONTAINERS_RYUK_DISABLED ?= true

# Pact's library is C; everything else builds without cgo.
PACT = env CGO_ENABLED=1 $$(contracts/pact-library --environment)

# What the race detector is not run on: what is one goroutine over Prometheus'
# engine, manifests, tables or virtual days, and what is no part of a product. Of the
# three packages that are run twice the exhaustive tests are left out of its run. In
# that the exchange of post-quantum keys is off: Go alone, and a third of the time.
UNRACED = alerts|chaos/(export|mutations|simulation)|cmd/(quality-gate|token-broker/settings)|contracts|dashboards|deploy|e2e|exporter/(config|flow)

.PHONY: build demo test race unraced needs alerts-promtool days plants soak lint analysis contracts contracts-e2e contracts-live contracts-vault contracts-update contracts-mutations mutations contracts-publish can-i-deploy e2e drills recover lab lab-down images engine docs bench compare fleet clean

build: ## the binaries, into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/ ./cmd/vault-health-exporter ./cmd/token-broker

demo: ## the exporter on an embedded flow that can be broken and healed; no Docker
	go run ./cmd/vault-health-exporter demo

# Two at a time: what waits for timers leaves a core to what compiles, and with the race
# detector and without it nothing is compiled that the other one needs.
test: needs ## unit tests with the race detector, the contracts and the alerts; no Docker
	@$(MAKE) --no-print-directory --jobs=2 race unraced

race: ## the unit tests with the race detector
	GODEBUG=tlsmlkem=0,tlssecpmlkem=0 go test -race -vet=off -timeout 60m $$(go list ./... | grep -vE '/($(UNRACED))(/|$$)')

unraced: lint contracts ## the unit tests without it
	go test -vet=off -timeout 60m ./chaos/homelab ./cmd/token-broker ./exporter $$(go list ./... | grep -E '/($(UNRACED))(/|$$)')

needs:
	@.ci/needs

# Taken from a cache of binaries where there is one, else built: some minutes.
.build/promtool: e2e/images/prometheus/go.mod
	go run ./e2e/cmd/images -program promtool -output $@

alerts-promtool: .build/promtool ## promtool itself plays every alert's case
	go test -count=1 -timeout 20m -v -run '^TestPromtool$$' ./alerts -promtool="$(abspath .build/promtool)"

lint: ## formatting and vet
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt -w these: $$unformatted"; exit 1; }
	go vet -tags e2e ./...

# Left out: files that the configuration names are opened (G304), and names of
# things about tokens look like tokens (G101). The rest is explained where it is.
analysis: ## staticcheck on everything, gosec on the product, Chaos Mesh's types on its manifests; their first build takes minutes
	GOBIN="$(abspath .build)" go -C .ci/lint install tool
	.build/staticcheck -tags 'e2e pact' ./...
	go run ./cmd/quality-gate export chaos-mesh >.build/chaos-mesh.yaml
	go -C .ci/chaosmesh test -manifests="$(abspath .build/chaos-mesh.yaml)" .
	.build/gosec -quiet -exclude=G101,G304 ./exporter/... ./cmd/... ./chaos/homelab/...

contracts: ## the contracts of every pair of hops, against the embedded flow; no Docker
	contracts/pact-library
	$(PACT) go vet -tags 'pact e2e' ./contracts/
	$(PACT) go test -tags pact -count=1 -timeout 10m -run '^(TestConsumers|TestDemo|TestLiveIsSafe|TestRedactionLeavesNoToken)$$' ./contracts/
	go run ./cmd/quality-gate can-i-deploy --to=demo --table

contracts-e2e: images contracts ## the same pacts against the lab; Docker
	go run ./e2e/cmd/lab down
	$(PACT) go test -tags 'pact e2e' -count=1 -timeout 30m -run '^(TestLab|TestTheEmbeddedHomelabDoesNotLie)$$' ./contracts/
	go run ./cmd/quality-gate can-i-deploy --table

contracts-live: ## TARGET=exporter.yaml: the same pacts against a live homelab, reading only
	contracts/pact-library
	$(PACT) go test -tags pact -count=1 -v -run '^TestLive$$' ./contracts/ -target="$(abspath $(TARGET))"

contracts-vault: ## VAULT_IMAGE=…: the same pacts against another Vault, or an OpenBao; Docker
	@test -n "$(VAULT_IMAGE)" || { echo "make contracts-vault: VAULT_IMAGE names no image; one is VAULT_IMAGE=quay.io/openbao/openbao:2.6.2" >&2; exit 1; }
	contracts/pact-library
	$(PACT) go test -tags 'pact e2e' -count=1 -v -run '^(TestImageTellsItsProduct|TestVaultImage)$$' ./contracts/

contracts-update: ## writes the pact files anew
	contracts/pact-library
	$(PACT) go test -tags pact -count=1 -run '^TestConsumers$$' ./contracts/ -update

contracts-mutations: ## breaks the clients on purpose and counts what the contracts catch
	contracts/mutations

mutations: ## breaks classifiers, the blame rule, alerts and the rotation on purpose and counts what is found; hours
	go run ./chaos/mutations
	chaos/plants
	cmd/token-broker/mutations

contracts-publish: ## PACT_BROKER_BASE_URL=…
	go run ./contracts/publish -version "$$(git rev-parse HEAD)" -branch "$$(git branch --show-current)"

can-i-deploy: ## what was verified, from the last runs' evidence; unknown is No
	go run ./cmd/quality-gate can-i-deploy

e2e: images .build/promtool ## SEED=1: every suite, the lab among them, and a verdict; Docker
	go run ./e2e/cmd/lab down
	go run ./cmd/quality-gate gate $(if $(SEED),--seed=$(SEED))

drills: images ## plays every fault on the lab that is up, or on one of its own; Docker
	go run ./cmd/quality-gate run

recover: ## undoes the faults that a run which was killed has left behind; Docker
	go run ./cmd/quality-gate recover

lab: images ## starts the lab and leaves it up
	go run ./e2e/cmd/lab up

lab-down: ## removes every lab, also after a crash
	go run ./e2e/cmd/lab down

images: ## finds, pulls or builds every image of the lab
	go run ./e2e/cmd/images

engine: ## a Docker engine on a Debian build machine that has none
	.ci/engine

days: ## DAYS=7 SEED=1: virtual days of random faults; how many slots a second is printed
	go test -timeout 10h -count=1 -v -run '^TestRandomDays$$' ./chaos/simulation -args -days=$(or $(DAYS),7) -seed=$(or $(SEED),1)

soak: ## SLOTS=1000000 SEED=1: one exporter serves as many under random faults and must not grow; hours
	go test -timeout 100h -count=1 -v -run '^TestSoak$$' ./chaos/simulation -args -soak=$(or $(SLOTS),1000000) -seed=$(or $(SEED),1)

plants: ## plants faults in a copy of the tree that random sequences must find
	chaos/plants

docs: ## writes the generated pages anew
	go test ./exporter/metrics -run Docs -update
	go test ./chaos/simulation -timeout 60m -run 'EveryFault$$' -at-length -update
	go test ./chaos -run Docs -update

bench: ## every benchmark six times, for benchstat
	go test -run '^$$' -bench . -benchmem -count 6 ./exporter/...

compare: build ## the exporter beside its peers, as far as they are on the PATH, into docs/performance.md
	go run ./bench/compare -page=docs/performance.md

fleet: build ## FLOWS=500 FLAGS=-traced: what so many flows take of one exporter, at embedded servers
	go run ./bench/fleet -flows=$(or $(FLOWS),500) $(FLAGS)

clean:
	rm -rf bin .build e2e/results coverage.out
