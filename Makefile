.PHONY: test race fuzz bench ci

test:
	go test ./...

race:
	go test -race ./...

fuzz:
	.ci/run fuzz

bench:
	go run -C internal/bench .

ci:
	.ci/run
