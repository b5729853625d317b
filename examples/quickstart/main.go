// Quickstart copies a table of customers into a staging table and anonymizes
// it on the way, then shows items before and after.
//
// Without flags it runs on an in-memory DynamoDB:
//
//	go run ./examples/quickstart
//
// With endpoints it does the same on DynamoDB Local, and with profiles or
// regions on AWS, where it needs the destination's account: -dest-account. It
// creates and fills tables only under -create:
//
//	go run ./examples/quickstart -create -source-endpoint http://127.0.0.1:8000 -dest-endpoint http://127.0.0.1:8001
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
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
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var f flags
	if err := f.parse(args); err != nil {
		return err
	}
	source, destination, cleanup, err := f.connect(ctx)
	if err != nil {
		return err
	}
	defer cleanup()
	if f.create {
		if err := createTables(ctx, source, destination); err != nil {
			return err
		}
	}
	key, err := f.loadKey()
	if err != nil {
		return err
	}
	report, err := copyTable(ctx, source, destination, key, guard(f.account)...)
	fmt.Fprint(out, report)
	if err != nil {
		return err
	}
	return showItems(ctx, out, source, destination)
}

// copyTable is the program that a service would hold.
func copyTable(ctx context.Context, source, destination *dynamodb.Client, key []byte, guard ...dynsync.DestinationOption) (*dynsync.Report, error) {
	syncer, err := dynsync.New(
		dynsync.WithSource(source),
		// Write to the account of the copy only, whatever the client leads to.
		dynsync.WithDestination(destination, guard...),
		dynsync.WithKey(key),
		dynsync.WithTable(sourceTable, destTable,
			// Fail an item in which an original value still stands after all rules.
			dynsync.WithLeakCheck(),
			// Read German customers only; the value is bound, not spliced.
			dynsync.WithWhere(`Country = ?`, "DE"),
			// What the test environment needs as it is, and holds nobody's secret.
			dynsync.WithTransform("Country", dynsync.Passthrough()),
			dynsync.WithTransform("Plan", dynsync.Passthrough()),
			dynsync.WithTransform("Orders[*].Sku", dynsync.Passthrough()),
			// Ages in decades, at any depth below Pets.
			dynsync.WithTransform("Pets.*.Age", dynsync.Func(func(_ context.Context, age int64) (int64, error) {
				return age / 10 * 10, nil
			})),
			dynsync.WithTransform("Pets.*.Type", dynsync.Passthrough()),
			// Names, addresses and numbers that look real and reach nobody: the same
			// ones for equal values everywhere. The set of numbers stays a set.
			dynsync.WithTransform("Name", anon.FullName()),
			dynsync.WithTransform("Email", anon.Email()),
			dynsync.WithTransform("Phones", anon.Phone()),
			// USER#alice@example.com gets the address that Email got.
			dynsync.WithTransform("GSI1", dynsync.Template("USER#{Email}")),
			dynsync.WithTransform(`Orders[*]."ship.to"`, dynsync.Remove()),
			// Everything else, the photo among it, gets the default: a pseudonym of
			// its own length bucket. The key Id passes.
		),
	)
	if err != nil {
		return &dynsync.Report{}, err
	}
	return syncer.Sync(ctx)
}

type flags struct {
	source, dest *connect.FlagOptions
	create       bool
	account, key string
}

func (f *flags) parse(args []string) error {
	fs := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	var region, profile string
	f.source, f.dest = connect.Flags(fs, "source"), connect.Flags(fs, "dest")
	fs.StringVar(&f.account, "dest-account", "", "AWS account of the destination, 12 digits; nothing is written to another")
	fs.StringVar(&region, "region", "", "AWS region of both sides")
	fs.StringVar(&profile, "profile", "", "AWS profile of both sides")
	fs.BoolVar(&f.create, "create", false, "create "+sourceTable+" with a few items and "+destTable+" where they do not exist")
	fs.StringVar(&f.key, "key-file", "", "file with the key, 32 bytes or more; without it the key is new for each run")
	if err := fs.Parse(args); err != nil {
		return err
	}
	for _, a := range []*connect.FlagOptions{f.source, f.dest} {
		a.Region = cmp.Or(a.Region, region)
		a.Profile = cmp.Or(a.Profile, profile)
	}
	return nil
}

// guard keeps the job from writing to another account than the one that is named.
func guard(account string) []dynsync.DestinationOption {
	if account == "" {
		return nil
	}
	return []dynsync.DestinationOption{dynsync.Account(account)}
}

func (f *flags) loadKey() ([]byte, error) {
	if f.key != "" {
		return os.ReadFile(f.key)
	}
	key := make([]byte, sha256.Size)
	_, err := rand.Read(key)
	return key, err
}
