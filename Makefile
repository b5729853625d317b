.PHONY: test race fuzz ci

test:
	go test ./...

race:
	go test -race ./...

fuzz:
	.ci/run fuzz

ci:
	.ci/run
