package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/connect"
)

// played is the program on the stand-ins.
func played(t *testing.T) *program {
	t.Helper()
	p := &program{source: &connect.FlagOptions{}, dest: &connect.FlagOptions{}}
	stop, err := p.play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return p
}

// Without flags it runs by itself: both roles are assumed, each in its account, and their
// policies, those of the scenario, are enough.
func TestRunByItself(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		`"AWS": "arn:aws:iam::777788889999:root"`, `"sts:ExternalId": "stage-c41d"`,
		"credentials: role arn:aws:iam::111122223333:role/prod-read assumed with an external id",
		`"arn:aws:dynamodb:eu-west-1:111122223333:table/ProdDb"`, `"dynamodb:BatchWriteItem"`,
		"source: account 111122223333", "destination: account 444455556666",
		"the job can run: 1 table\nsource: account 111122223333",
		"read 3 = written 3 + filtered 0 + failed 0",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not print %q:\n%s", want, out.String())
		}
	}
}

// What is wrong with a role or a policy ends the job before anything is written, and the
// error says where and what, without an external id.
func TestMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		what string
		edit func(p *program)
		want []string // parts of the output and the error
		exit int
	}{
		{"a wrong external id", func(p *program) { p.source.ExternalID = "canary-7f3a" }, []string{"source", "arn:aws:iam::111122223333:role/prod-read", "external id"}, 3},
		{"no external id", func(p *program) { p.dest.ExternalID = "" }, []string{"destination", "arn:aws:iam::444455556666:role/stage-write", "external id"}, 3},
		{"a role that does not exist", func(p *program) { p.dest.RoleARN = "arn:aws:iam::444455556666:role/none" }, []string{"destination", "role/none"}, 3},
		{"the role of the source for both", func(p *program) { p.dest.RoleARN, p.dest.ExternalID = p.source.RoleARN, p.source.ExternalID }, []string{"StageDb", "denied"}, 3},
		{"the sides exchanged", func(p *program) { p.source, p.dest = p.dest, p.source }, []string{"ProdDb", "denied"}, 3},
		{"another account's destination", func(p *program) { p.account = prodAccount }, []string{"destination", stageAccount}, 7},
		{"a key file that is not there", func(p *program) { p.keyFile = "none/key" }, []string{"WithKeyFrom"}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			p := played(t)
			tt.edit(p)
			var out bytes.Buffer
			err := p.run(t.Context(), &out)
			if got := dynsync.ExitCode(err); got != tt.exit {
				t.Errorf("the exit code is %d, want %d", got, tt.exit)
			}
			if err == nil {
				t.Fatal(out.String())
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "canary") || strings.Contains(out.String(), "written 3") {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
}

// Without -copy nothing is copied.
func TestNothingIsCopiedUnasked(t *testing.T) {
	t.Parallel()
	p := played(t)
	p.copies = false
	var out bytes.Buffer
	if err := p.run(t.Context(), &out); err != nil || strings.Contains(out.String(), "written 3") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
