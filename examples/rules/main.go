// Rules copies the tables that a rules file names, and does with their items what
// it says: for teams that keep the rules of their copies under review, apart from
// the program that runs them.
//
// Without flags it copies the tables of rules.yaml in an in-memory DynamoDB, and
// shows items before and after:
//
//	go run ./examples/rules
//
// With -rules it copies tables of the AWS account that the environment names, and
// with -check it only says what is wrong with the file, in a pull request for
// example:
//
//	rules -rules rules.yaml -key-file key -dest-account 111122223333
//	rules -rules rules.yaml -check
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
	"github.com/dynsync/dynsync/connect"
	"github.com/dynsync/dynsync/rules"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type flags struct {
	from, to                *connect.FlagOptions
	account, rules, keyFile string
	check                   bool
}

func parse(args []string) (flags, error) {
	var f flags
	fs := flag.NewFlagSet("rules", flag.ContinueOnError)
	f.from, f.to = connect.Flags(fs, "source"), connect.Flags(fs, "dest")
	fs.StringVar(&f.account, "dest-account", "", "AWS account of the destination, 12 digits; nothing is written to another")
	fs.StringVar(&f.rules, "rules", "", "file with the tables and rules; without it those of the example run in memory")
	fs.StringVar(&f.keyFile, "key-file", "", "file with the key, 32 bytes or more")
	fs.BoolVar(&f.check, "check", false, "only say what is wrong with the file")
	if err := fs.Parse(args); err != nil {
		return f, err
	}
	if f.rules != "" && f.keyFile == "" && !f.check {
		return f, errors.New("-rules needs -key-file, or -check")
	}
	return f, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	f, err := parse(args)
	if err != nil {
		return err
	}
	if f.rules == "" {
		return play(ctx, out)
	}
	file, err := rules.Load(f.rules)
	if err != nil || f.check {
		return err // every fault of the file, with line and column
	}
	key, err := os.ReadFile(f.keyFile)
	if err != nil {
		return err
	}
	source, err := f.from.Open(ctx)
	if err != nil {
		return err
	}
	destination, err := f.to.Open(ctx)
	if err != nil {
		return err
	}
	return copyTables(ctx, file, source, destination, key, out, guard(f.account)...)
}

// guard keeps the job from writing to another account than the one that is named.
func guard(account string) []dynsync.DestinationOption {
	if account == "" {
		return nil
	}
	return []dynsync.DestinationOption{dynsync.Account(account)}
}

// copyTables is the program that a service would hold.
func copyTables(ctx context.Context, file *rules.File, source, destination *dynamodb.Client, key []byte, out io.Writer, guard ...dynsync.DestinationOption) error {
	syncer, err := dynsync.New(append(file.Options(),
		dynsync.WithSource(source),
		dynsync.WithDestination(destination, guard...),
		dynsync.WithKey(key),
	)...)
	if err != nil {
		return err
	}
	report, err := syncer.Sync(ctx)
	fmt.Fprint(out, report)
	return err
}
