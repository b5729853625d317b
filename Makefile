.PHONY: test short race lint generate fuzz bench cover house core ci

test:
	go test ./...

# Some seconds, without DynamoDB Local.
short:
	go test -short .

race:
	go test -race ./...

lint:
	.ci/run lint

generate:
	go generate ./... && go test ./anon -run ClassTable -update

fuzz:
	.ci/run fuzz

bench:
	go run -C internal/bench .

cover:
	go test -short -coverprofile=coverage.out ./... && go tool cover -func=coverage.out | tail -n 1

house:
	go run ./internal/house -worst 5

core:
	.ci/run core

ci:
	.ci/run
