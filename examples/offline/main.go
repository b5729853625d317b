// Offline copies a table between two DynamoDB Locals, which stand for two accounts, as the
// page docs/offline.md describes. With -create it makes the table on both and puts items
// into the source; without, it copies.
//
// Without endpoints it does both on a DynamoDB in memory:
//
//	go run ./examples/offline
package main

import (
	"context"
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
	"github.com/dynsync/dynsync/dynsynctest"
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

// run does what the flags say.
func run(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("offline", flag.ContinueOnError)
	source, dest := connect.Flags(fs, "source"), connect.Flags(fs, "dest")
	create := fs.Bool("create", false, "create "+tableName+" on both sides, and put items into the source")
	keyFile := fs.String("key-file", "", "`file` with the key, 32 bytes or more; without it the key is new for each run")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if !source.Given() && !dest.Given() {
		return runInMemory(ctx, out)
	}
	from, err := source.Open(ctx)
	if err != nil {
		return err
	}
	to, err := dest.Open(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "source       %s\ndestination  %s\n", connect.Describe(from), connect.Describe(to))
	if *create {
		return createTables(ctx, from, to, out)
	}
	return copyTable(ctx, from, to, *keyFile, out)
}

// runInMemory creates the tables and copies them, on a server of its own.
func runInMemory(ctx context.Context, out io.Writer) error {
	srv := dynsynctest.NewServer()
	defer srv.Close()
	account := func(name string) *dynamodb.Client {
		return srv.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
	}
	from, to := account("production"), account("staging")
	if err := createTables(ctx, from, to, out); err != nil {
		return err
	}
	return copyTable(ctx, from, to, "", out)
}

// copyTable is the program that a service would hold. A local endpoint needs no guard of
// the destination.
func copyTable(ctx context.Context, from, to *dynamodb.Client, keyFile string, out io.Writer) error {
	opts := []dynsync.Option{
		dynsync.WithSource(from), dynsync.WithDestination(to),
		dynsync.WithTable(tableName, tableName,
			dynsync.WithLeakCheck(),
			dynsync.WithTransform("Name", anon.FullName()),
			dynsync.WithTransform("Email", anon.Email()),
			dynsync.WithTransform("Pets.*.Type", dynsync.Passthrough()),
		),
	}
	if keyFile != "" {
		opts = append(opts, dynsync.WithKeyFrom(func(context.Context) ([]byte, error) { return os.ReadFile(keyFile) }))
	}
	syncer, err := dynsync.New(opts...)
	if err != nil {
		return err
	}
	report, err := syncer.Sync(ctx)
	fmt.Fprint(out, report)
	return err
}
