package dynsync

import (
	"context"

	"github.com/dynsync/dynsync/internal/checkpoint"
)

// A CheckpointStore keeps the progress of a job: one checkpoint per table, and the record
// of the last run ([Syncer.LastRun]). [FileCheckpoint] returns one; others may use a
// database or an object store. A store serves one job.
//
// The data is opaque. It may be copied and backed up, and is useless without the job's
// key. A name identifies a table within the job, or the record. It has 1 to 100 of the
// characters a-z, A-Z, 0-9, '_', '-' and '.', and begins with a letter, a digit or '_'.
//
// Before a run calls DynamoDB it acquires the lease of each name, the record's first, and
// holds them until it ends. The store must grant one lease per name at a time, over all
// processes; nothing else keeps two runs apart. If leases expire, the store renews them
// until Release.
//
// Several goroutines may call the methods of a store at once. The methods must return
// when ctx ends. Their context ends after 10 seconds, or when the lease is lost. After
// the context of the run has ended, its last calls of Save and Delete have 2 seconds in
// all, and Release has one more. A method that panics has failed.
//
// An error of Acquire or Release, or an error about the record, ends the
// job; any other error ends the table. errors.Is and errors.As find the store's error,
// but dynsync never prints its text.
type CheckpointStore interface {
	// Limits returns the limits of the store, which must never change. [New] calls it.
	Limits() CheckpointLimits
	// Acquire takes the lease of a name. While another run holds it, in this process or
	// another one, Acquire fails at once with ErrCheckpointInUse. If Acquire fails, the
	// caller holds nothing.
	Acquire(ctx context.Context, name string) (Lease, error)
	// Load returns the data last saved under the name, or nil and no error if there is
	// none. The caller owns the data. Load needs no lease, and may return data that is a
	// few seconds old.
	Load(ctx context.Context, name string) ([]byte, error)
}

// CheckpointLimits describe a [CheckpointStore]. The zero value means that Save takes
// data of any size and is durable.
type CheckpointLimits struct {
	// MaxBytes is the size of the largest data that Save takes, in bytes; 0 for no
	// limit. It must be 65,536 or more. A run has at most as many segments under way as
	// a checkpoint has room for, with keys of the greatest length: 128 without a limit,
	// and 16 or more with 131,072 bytes or more. If there is no room for the keys of
	// items that failed or collided, a checkpoint only counts them.
	MaxBytes int
	// SaveLags says that Save may return before its data is durable. The first Save of
	// a lease, Delete and Release must be durable all the same, and after a crash Load
	// must return the data of one of the lease's Saves. A run that resumes then repeats
	// more work, and nothing else changes.
	SaveLags bool
}

// A Lease is the exclusive right to change the data of a [CheckpointStore] under a name.
// dynsync calls one method at a time, except for Lost. It calls Release once, last.
//
// A method of a lost lease, or one that finds that the lease is lost, must fail with
// [ErrCheckpointInUse] and change nothing.
type Lease interface {
	// Load returns the data last saved, or nil and no error if there is none. The caller
	// owns the data.
	Load(ctx context.Context) ([]byte, error)
	// Save replaces the data under the name and must not retain data. It must be atomic
	// and durable: after a crash, Load returns either the old data or the new, and when
	// Save has returned, the new, unless CheckpointLimits.SaveLags is set.
	Save(ctx context.Context, data []byte) error
	// Delete removes the data durably. It returns no error if there is none.
	Delete(ctx context.Context) error
	// Release gives the lease back unless it is lost.
	Release(ctx context.Context) error
	// Lost returns a channel that is closed when the lease is lost, because it could not
	// be renewed or another process took it over. The run then ends the table, or all
	// tables if it is the record's lease, saves nothing more, and fails with
	// ErrCheckpointInUse. Requests in flight have 0.7 seconds to finish; no other run
	// should get the lease during this time. The channel is nil if the lease cannot be
	// lost.
	Lost() <-chan struct{}
}

// recordName is the name of the record in the store. A checkpoint's name ends with
// '-' and 16 hexadecimal digits.
const recordName = "last-run"

// ErrCheckpointInUse is the error of a run that has lost the lease of a checkpoint, or
// cannot acquire it because another run holds it.
var ErrCheckpointInUse = checkpoint.ErrInUse

// FileCheckpoint returns a store that keeps the checkpoints of one job as files in a
// directory: one file per table, and one for the record of the last run. If the directory
// does not exist, the store creates it, readable by its owner only. The files are always
// readable by their owner only.
//
// The store replaces a file as a whole and syncs it to disk. It uses kernel locks, which
// are free as soon as a process is killed. On systems without flock, such as Windows, the
// lock is a file, which a killed process leaves behind; the error then names it. The
// directory must be on one host, or on a disk that all hosts which can run the job share.
func FileCheckpoint(dir string) CheckpointStore { return &fileStore{checkpoint.Dir{Path: dir}} }

// A fileStore is a checkpoint.Dir as a CheckpointStore.
type fileStore struct{ checkpoint.Dir }

func (f *fileStore) Limits() CheckpointLimits { return CheckpointLimits{} }

func (f *fileStore) Acquire(ctx context.Context, name string) (Lease, error) {
	lease, err := f.Dir.Acquire(ctx, name)
	if err != nil {
		return nil, err
	}
	return lease, nil
}
