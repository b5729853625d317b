package dynsync

import (
	"fmt"

	"github.com/dynsync/dynsync/internal/given"
	"github.com/dynsync/dynsync/internal/guard"
)

// WithDestination sets the client of the destination account or endpoint. There is no
// default; [Syncer.Sync] and [Syncer.Write] need one.
//
// The options say which tables the job may write to:
//
//	dynsync.WithDestination(stage, dynsync.Account("111122223333"), dynsync.Region("eu-central-1"))
//
// The preflight compares them with the ARN that DescribeTable reports of each destination,
// before anything is written. A table that they exclude, or that has no ARN, ends with an
// error for which [ExitCode] is 7. So a job whose clients are swapped writes nothing.
//
// [New] requires an option unless the client's endpoint is local: its host is a loopback,
// private, link-local or unspecified address, or a name without a dot. The endpoint counts
// as AWS's if it cannot be known, as that of a client without the method Options of
// [dynamodb.Client] or with a resolver of its own. At a local endpoint, where an ARN may be
// missing, the options are compared with what the description has.
func WithDestination(client DestinationClient, opts ...DestinationOption) Option {
	return jobOption(func(c *jobConfig) {
		c.destination, c.destinationSet, c.guard = client, true, guard.Guard{}
		for _, o := range given.Options("WithDestination", opts, &c.faults) {
			o.applyDestination(&c.guard)
		}
	})
}

// A DestinationOption says which tables a job may write to; see [WithDestination]. Options
// of different kinds have to hold together. Of an option that is used several times, one
// use has to hold.
type DestinationOption interface{ applyDestination(*guard.Guard) }

type destinationOption func(*guard.Guard)

func (f destinationOption) applyDestination(g *guard.Guard) { f(g) }

// Account allows destination tables of an AWS account. The default is any account. The id
// must have 12 digits. DynamoDB Local reports the account 000000000000.
func Account(id string) DestinationOption {
	return destinationOption(func(g *guard.Guard) { g.Accounts = append(g.Accounts, id) })
}

// Region allows destination tables of an AWS region, such as "eu-central-1". The default is
// any region. DynamoDB Local reports the region "ddblocal", whatever the client's is.
func Region(name string) DestinationOption {
	return destinationOption(func(g *guard.Guard) { g.Regions = append(g.Regions, name) })
}

// NamePattern allows destination tables whose name matches a pattern of [path.Match], such
// as "staging-*". The default is any name. [New] reports an error for a pattern that every
// name matches.
func NamePattern(pattern string) DestinationOption {
	return destinationOption(func(g *guard.Guard) { g.Tables = append(g.Tables, pattern) })
}

// AnyDestination allows every destination table. The default is an error of [New] where the
// endpoint is not local. AnyDestination is for programs that make sure themselves of where
// they write. It cannot be combined with the other options.
func AnyDestination() DestinationOption {
	return destinationOption(func(g *guard.Guard) { g.Any = true })
}

// WithStreamRecords sets how many items the table may write to a destination whose stream is
// on. The default is 100,000. It must be 1 or more.
//
// Every item that is written makes a record in the stream, or several if [ModeMerge] writes
// it in parts, and each record may start a Lambda function, such as one that mails somebody.
// If more items may be written, by the item count of the source or by [WithMaxItems], the
// table ends in the preflight. If the count is too low or not known, the table ends after
// that many writes, those of earlier runs on the checkpoint included. Both are errors for
// which [ExitCode] is 7. The option has no effect if the stream is off.
//
// DescribeTable does not tell of a Kinesis data stream, whose records are not counted.
func WithStreamRecords(n int64) TableOption {
	return tableOption(func(c *tableConfig) {
		c.streamRecords = n
		if n < 1 {
			c.faults = append(c.faults, fmt.Errorf("WithStreamRecords must be 1 or more, not %d", n))
		}
	})
}
