// Shares copies a large table by several processes, each of which reads its own
// segments: as a Kubernetes Indexed Job (job.yaml), an AWS Batch array job, or
// whatever starts n processes and tells each its number.
//
// Without flags it plays all shares, one after the other, on an in-memory
// DynamoDB:
//
//	go run ./examples/shares
//
// With -source and -destination it copies one share between tables of the AWS
// account that the environment names. -share is the process's number, by default
// JOB_COMPLETION_INDEX (Kubernetes) or AWS_BATCH_JOB_ARRAY_INDEX:
//
//	shares -source ProdUsers -destination StageUsers -dest-account 111122223333 -key-file key -checkpoint /var/lib/copy -shares 8
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/connect"
)

func main() {
	// Kubernetes sends SIGTERM half a minute before it kills: time enough to settle
	// what is in flight and save the checkpoint.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A part is what this process does of the job.
type part struct {
	from, to            *connect.FlagOptions
	account             string // of the destination
	source, destination string
	keyFile, checkpoint string
	share, shares       int
	segments            int
}

func run(ctx context.Context, args []string, out io.Writer) error {
	p, err := parse(args)
	if err != nil {
		return err
	}
	if p.source == "" {
		return play(ctx, p, out)
	}
	key, err := os.ReadFile(p.keyFile)
	if err != nil {
		return err
	}
	source, err := p.from.Open(ctx)
	if err != nil {
		return err
	}
	destination, err := p.to.Open(ctx)
	if err != nil {
		return err
	}
	return p.copy(ctx, source, destination, key, out)
}

func parse(args []string) (*part, error) {
	p := &part{}
	index := cmp.Or(os.Getenv("JOB_COMPLETION_INDEX"), os.Getenv("AWS_BATCH_JOB_ARRAY_INDEX"), "0")
	number, err := strconv.Atoi(index)
	if err != nil {
		return nil, fmt.Errorf("the number of the share, %q, is none", index)
	}
	fs := flag.NewFlagSet("shares", flag.ContinueOnError)
	p.from, p.to = connect.Flags(fs, "source"), connect.Flags(fs, "dest")
	fs.StringVar(&p.account, "dest-account", "", "AWS account of the destination, 12 digits; nothing is written to another")
	fs.StringVar(&p.source, "source", "", "table to read; without it all shares are played in memory")
	fs.StringVar(&p.destination, "destination", "", "table to write")
	fs.StringVar(&p.keyFile, "key-file", "", "file with the key, 32 bytes or more, the same for all shares")
	fs.StringVar(&p.checkpoint, "checkpoint", "", "directory for checkpoints, each share's in one of its own; none without it")
	fs.IntVar(&p.share, "share", number, "number of this share, from 0 on")
	fs.IntVar(&p.shares, "shares", 4, "number of shares")
	fs.IntVar(&p.segments, "segments", 64, "segments of the table, the same for all shares")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if p.source != "" && (p.destination == "" || p.keyFile == "") {
		return nil, errors.New("-source needs -destination and -key-file")
	}
	return p, nil
}

// guard keeps the job from writing to another account than the one that is named.
func guard(account string) []dynsync.DestinationOption {
	if account == "" {
		return nil
	}
	return []dynsync.DestinationOption{dynsync.Account(account)}
}

// copy copies this process's share of the table.
func (p *part) copy(ctx context.Context, source, destination *dynamodb.Client, key []byte, out io.Writer) error {
	opts := []dynsync.Option{
		dynsync.WithSource(source),
		dynsync.WithDestination(destination, guard(p.account)...),
		dynsync.WithKey(key),
		dynsync.WithShare(p.share, p.shares),
		dynsync.WithTable(p.source, p.destination,
			dynsync.WithSegments(p.segments),
			dynsync.WithLeakCheck(),
			dynsync.WithTransform("Country", dynsync.Passthrough(), dynsync.Optional())),
		dynsync.WithOnProgress(p.printer(out)),
	}
	if p.checkpoint != "" {
		dir := filepath.Join(p.checkpoint, strconv.Itoa(p.share))
		opts = append(opts, dynsync.WithCheckpoint(dynsync.FileCheckpoint(dir)))
	}
	syncer, err := dynsync.New(opts...)
	if err != nil {
		return err
	}
	report, err := syncer.Sync(ctx)
	fmt.Fprint(out, report)
	return err
}

// printer returns a function that prints the progress every ten seconds.
func (p *part) printer(out io.Writer) func(dynsync.Progress) {
	next := time.Now().Add(10 * time.Second)
	return func(now dynsync.Progress) {
		if time.Now().Before(next) || now.Done {
			return
		}
		next = next.Add(10 * time.Second)
		fmt.Fprintf(out, "share %d: %d of %d segments, %d items, %.0f items/s, %.0f read units/s, %v left\n",
			p.share, now.SegmentsDone, now.Segments, now.Table.Read, now.ItemsPerSecond, now.ReadUnitsPerSecond, now.Remaining)
	}
}
