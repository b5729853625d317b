package dynsync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
)

// FileCheckpoint returns a store that keeps checkpoints as files in a directory,
// one a table, and the record of the last run beside them. It serves one job. It is made, readable by its owner alone,
// if it does not exist; files are readable by their owner alone in any case.
//
// A file is replaced as a whole and synced to disk. The lock is the kernel's, so
// that of a killed process is free at once; on systems without flock (Windows
// among them) it is a file that a killed process leaves behind, and that the
// error names. The directory must be on a disk that every host which can run the
// job shares, or on one host.
func FileCheckpoint(dir string) CheckpointStore { return &fileStore{dir: dir} }

const (
	checkpointExt  = ".checkpoint"
	lockName       = "dynsync.lock"
	maxCheckpoint  = 64 << 20 // bytes: thousands of segments; a larger file is not ours
	checkpointMode = 0o600
)

var (
	checkpointNames = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$`)
	// leftovers are what os.CreateTemp makes of the pattern in create. They are
	// told from files of others in a directory that is not ours alone.
	leftovers = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*\.checkpoint\.[0-9]+\.tmp$`)
)

// A fileStore keeps checkpoints in dir.
type fileStore struct {
	dir  string
	step func(done string) error // tests stop a save after each step
}

func (f *fileStore) path(name string) (string, error) {
	if !checkpointNames.MatchString(name) {
		return "", errors.New("dynsync: FileCheckpoint: the name of the checkpoint is not fit for a file name")
	}
	return filepath.Join(f.dir, name+checkpointExt), nil
}

// Lock implements [CheckpointStore]. It removes what a killed run left of an
// unfinished save.
func (f *fileStore) Lock(ctx context.Context) (func() error, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, err
	}
	unlock, err := lockFile(filepath.Join(f.dir, lockName))
	if err != nil {
		return nil, err
	}
	if err := f.sweep(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return sync.OnceValue(unlock), nil
}

// sweep removes temporary files. It is called by the lock's holder, so that
// nobody is writing them.
func (f *fileStore) sweep() error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !leftovers.MatchString(e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(f.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Load implements [CheckpointStore].
func (f *fileStore) Load(_ context.Context, name string) ([]byte, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// One byte too many is kept, so that a file that is too large does not decode.
	return io.ReadAll(io.LimitReader(file, maxCheckpoint+1))
}

// Save implements [CheckpointStore]: the data goes to a temporary file, which
// takes the place of the old one once it is on disk.
func (f *fileStore) Save(_ context.Context, name string, data []byte) (err error) {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	temp, err := f.write(name, data)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := f.did("rename"); err != nil {
		return err
	}
	return syncDir(f.dir)
}

// write writes a temporary file and syncs it. Where it fails it leaves none.
func (f *fileStore) write(name string, data []byte) (temp string, err error) {
	file, err := os.CreateTemp(f.dir, name+checkpointExt+".*.tmp")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := f.did("create"); err != nil {
		return "", err
	}
	// CreateTemp asks for this mode, of which a strange umask can take away.
	if err := file.Chmod(checkpointMode); err != nil {
		return "", err
	}
	half := len(data) / 2
	if _, err := file.Write(data[:half]); err != nil {
		return "", err
	}
	if err := f.did("write a half"); err != nil {
		return "", err
	}
	if _, err := file.Write(data[half:]); err != nil {
		return "", err
	}
	if err := f.did("write"); err != nil {
		return "", err
	}
	if err := file.Sync(); err != nil {
		return "", err
	}
	return file.Name(), f.did("sync")
}

func (f *fileStore) did(step string) error {
	if f.step == nil {
		return nil
	}
	return f.step(step)
}

// Delete implements [CheckpointStore].
func (f *fileStore) Delete(_ context.Context, name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return syncDir(f.dir)
}

// An inUseError is ErrCheckpointInUse with the lock's file and holder.
type inUseError struct {
	path   string
	pid    int  // 0 where it is not known
	stales bool // a killed process leaves the lock
}

// newInUseError reads which process holds the lock.
func newInUseError(path string, stales bool) *inUseError {
	e := &inUseError{path: path, stales: stales}
	if text, err := os.ReadFile(path); err == nil && len(text) < 20 {
		e.pid, _ = strconv.Atoi(string(text))
	}
	return e
}

func (e *inUseError) reason() string {
	holder := "another run"
	if e.pid > 0 {
		holder = fmt.Sprintf("another run (process %d)", e.pid)
	}
	text := fmt.Sprintf("%s holds %s; wait until it has ended, or give each job a store of its own", holder, e.path)
	if e.stales {
		text += "; if there is no such process any more, delete the file"
	}
	return text
}

func (e *inUseError) Error() string { return "dynsync: the checkpoint is in use: " + e.reason() }
func (e *inUseError) Unwrap() error { return ErrCheckpointInUse }
