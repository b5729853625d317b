.PHONY: test short race fuzz bench house ci

test:
	go test ./...

# Some seconds, without DynamoDB Local.
short:
	go test -short .

race:
	go test -race ./...

fuzz:
	.ci/run fuzz

bench:
	go run -C internal/bench .

house:
	go run ./internal/house -worst 5

ci:
	.ci/run
