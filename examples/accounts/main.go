// Accounts copies a table from one account into another by two roles: one reads ProdDb and
// may do nothing else, one reads and writes StageDb. Each trusts the account of the job and
// asks for an external id.
//
// Without flags it runs on stand-ins in its own process, with the roles and policies that
// play.go sets up:
//
//	go run ./examples/accounts
//
// With flags it does the same on AWS, and copies only under -copy:
//
//	go run ./examples/accounts \
//		-source-region eu-west-1 -source-role-arn arn:aws:iam::111122223333:role/prod-read -source-external-id ID \
//		-dest-region eu-west-1 -dest-role-arn arn:aws:iam::444455556666:role/stage-write -dest-external-id ID \
//		-dest-account 444455556666 -key-file key
//
// First it prints what to ask an administrator for: the trust policies, if -principal names
// the account or the role of the job, and the least policies of the job. Then it checks,
// without writing anything, whether the roles may do what the job needs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/connect"
)

const (
	sourceTable = "ProdDb"
	destTable   = "StageDb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(dynsync.ExitCode(err))
	}
}

// A program is what the flags say.
type program struct {
	source, dest       *connect.FlagOptions
	more               []connect.Option // of both sides, beside the flags
	principal, account string
	keyFile            string
	copies             bool
}

// run does what the flags say.
func run(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("accounts", flag.ContinueOnError)
	p := &program{source: connect.Flags(fs, "source"), dest: connect.Flags(fs, "dest")}
	fs.StringVar(&p.principal, "principal", "", "the `account` (12 digits) or the ARN that assumes the roles, for their trust policies")
	fs.StringVar(&p.account, "dest-account", "", "AWS `account` of the destination, 12 digits; nothing is written to another")
	fs.StringVar(&p.keyFile, "key-file", "", "`file` with the key, 32 bytes or more; without it the key is new for each run")
	fs.BoolVar(&p.copies, "copy", false, "copy "+sourceTable+" into "+destTable+"; without it nothing is written")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if !p.source.Given() && !p.dest.Given() {
		stop, err := p.play(ctx)
		if err != nil {
			return err
		}
		defer stop()
	}
	return p.run(ctx, out)
}

// run tells what the job needs, looks whether it has that, and copies.
func (p *program) run(ctx context.Context, out io.Writer) error {
	if err := p.printTrust(out); err != nil {
		return err
	}
	from, err := p.source.Open(ctx, p.more...)
	if err != nil {
		return err
	}
	to, err := p.dest.Open(ctx, p.more...)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "source       %s\ndestination  %s\n\n", connect.Describe(from), connect.Describe(to))
	syncer, err := p.job(from, to)
	if err != nil {
		return err
	}
	if err := printPolicies(ctx, syncer, out); err != nil {
		return err
	}
	check, err := syncer.Check(ctx)
	fmt.Fprintf(out, "%v\n", check)
	if err != nil || !p.copies {
		return err
	}
	report, err := syncer.Sync(ctx)
	fmt.Fprint(out, report)
	return err
}

// job returns the job of the two clients.
func (p *program) job(from, to *dynamodb.Client) (*dynsync.Syncer, error) {
	opts := []dynsync.Option{
		dynsync.WithSource(from),
		dynsync.WithDestination(to, dynsync.Account(p.account)),
		dynsync.WithTable(sourceTable, destTable,
			dynsync.WithLeakCheck(),
			dynsync.WithTransform("Name", anon.FullName()),
			dynsync.WithTransform("Email", anon.Email()),
		),
	}
	if p.keyFile != "" {
		opts = append(opts, dynsync.WithKeyFrom(func(context.Context) ([]byte, error) { return os.ReadFile(p.keyFile) }))
	}
	return dynsync.New(opts...)
}

// printTrust prints the trust policies of the roles.
func (p *program) printTrust(out io.Writer) error {
	if p.principal == "" {
		return nil
	}
	for _, side := range []*connect.FlagOptions{p.source, p.dest} {
		trust, err := connect.TrustPolicy(p.principal, side.ExternalID)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "trust policy of %s:\n%s\n\n", side.RoleARN, trust)
	}
	return nil
}

// printPolicies prints the least policies of the job, and why each action is in them.
func printPolicies(ctx context.Context, syncer *dynsync.Syncer, out io.Writer) error {
	policies, err := syncer.Policy(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, policies)
	for _, p := range []*dynsync.Policy{policies.Source, policies.Destination} {
		text, err := json.MarshalIndent(p.Required(), "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\nleast policy of the %s:\n%s\n", p.Side, text)
	}
	fmt.Fprintln(out)
	return nil
}
