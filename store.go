package dynsync

import (
	"context"

	"github.com/dynsync/dynsync/internal/checkpoint"
)

// A CheckpointStore keeps the progress of a job: one checkpoint for each of its
// tables, and a record of its last run ([Syncer.LastRun]). [FileCheckpoint] is one;
// another may use a database or an object store. A store serves one job.
//
// What it keeps is opaque: it may be copied and backed up, and is useless without the
// job's key. A name identifies a table within the job, or the record; it consists of
// at most 100 of the characters a-z, A-Z, 0-9, '_', '-' and '.', and begins with a
// letter, a digit or '_'.
//
// Before a run asks DynamoDB anything it acquires the lease of each name, the record's
// first, and it holds them to its end. Of each name the store grants one lease at a
// time, to all processes: nothing else keeps two runs apart. Leases that expire are
// renewed by the store, until Release.
//
// Methods of a store may be called from several goroutines at a time. They return
// when ctx ends. An error of Acquire or Release, or about the record, ends the job, any
// other the table; errors.Is and errors.As find it, but its text is not printed.
type CheckpointStore interface {
	// Acquire takes the lease of a name. While another run holds it, in this process
	// or in another one, it fails at once with ErrCheckpointInUse. Where it fails,
	// nothing is held.
	Acquire(ctx context.Context, name string) (Lease, error)
	// Load returns the data last saved under the name, which the caller owns, or
	// nil without an error where there is none. It needs no lease, and may return
	// what was true a few seconds before.
	Load(ctx context.Context, name string) ([]byte, error)
}

// A Lease is the sole right to change what a [CheckpointStore] keeps under a name.
// One of its methods is called at a time, but for Lost; Release is the last, and is
// called once.
//
// A method of a lease that is lost, or finds that it is, fails with
// [ErrCheckpointInUse] and changes nothing.
type Lease interface {
	// Load returns the data last saved, which the caller owns, or nil without an
	// error where there is none.
	Load(ctx context.Context) ([]byte, error)
	// Save keeps data, which it must not retain, in place of what was saved
	// before. It is atomic: after a crash, Load returns either the old data or the
	// new. It is durable when Save returns.
	Save(ctx context.Context, data []byte) error
	// Delete removes what was saved, durably. It is no error if nothing was.
	Delete(ctx context.Context) error
	// Release gives the lease back, if it is not lost.
	Release(ctx context.Context) error
	// Lost returns a channel that is closed when the lease is lost: it could not be
	// renewed, or another process took it over. The run then ends the table, or with
	// the record's lease all tables, saves nothing more and fails with
	// ErrCheckpointInUse. Requests that are under way have 0.7 seconds to finish, and
	// no one else ought to get the lease meanwhile. The channel is nil where a lease
	// cannot be lost.
	Lost() <-chan struct{}
}

// ErrCheckpointInUse is the error where another run holds the lease of a checkpoint,
// or this run's was lost.
var ErrCheckpointInUse = checkpoint.ErrInUse

// FileCheckpoint returns a store that keeps checkpoints as files in a directory,
// one a table, and the record of the last run beside them. It serves one job. The
// directory is made, readable by its owner alone, if it does not exist; files are
// readable by their owner alone in any case.
//
// A file is replaced as a whole and synced to disk. The lock is the kernel's, so
// that of a killed process is free at once; on systems without flock (Windows
// among them) it is a file that a killed process leaves behind, and that the
// error names. The directory must be on a disk that every host which can run the
// job shares, or on one host.
func FileCheckpoint(dir string) CheckpointStore { return &fileStore{checkpoint.Dir{Path: dir}} }

// A fileStore is a Dir as a CheckpointStore.
type fileStore struct{ checkpoint.Dir }

func (f *fileStore) Acquire(ctx context.Context, name string) (Lease, error) {
	lease, err := f.Dir.Acquire(ctx, name)
	if err != nil {
		return nil, err
	}
	return lease, nil
}
