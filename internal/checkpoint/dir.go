// Package checkpoint knows up to where a table is read and every item settled. A
// [Queue] hands out the segments to readers, a [Tracker] follows what becomes of
// their pages, and a [State] is what is saved of that: sealed under the job's key, in
// a [Dir] or another store.
package checkpoint

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

	"github.com/dynsync/dynsync/internal/reason"
)

const (
	ext      = ".checkpoint"
	lockName = "dynsync.lock"
	maxSize  = 64 << 20 // bytes: thousands of segments; a larger file is not ours
	fileMode = 0o600
)

var (
	names = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$`)
	// leftovers are what os.CreateTemp makes of the pattern in create. They are
	// told from files of others in a directory that is not ours alone.
	leftovers = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*\.checkpoint\.[0-9]+\.tmp$`)
)

// ErrInUse is the error of Acquire while another run holds the lease.
var ErrInUse = reason.Refuse(reason.Resumable, "the checkpoint is in use by another run; wait until it has ended, or give each job a store of its own")

// A Dir is a store that keeps checkpoints as files in a directory. See the root's
// CheckpointStore for what its methods promise.
type Dir struct {
	Path string
	step func(done string) error // tests stop a save after each step

	mu     sync.Mutex
	held   map[string]bool // names with a lease
	unlock func() error    // the directory, which is locked while there is a lease
}

// File returns the path of what is kept under a name.
func (d *Dir) File(name string) string { return filepath.Join(d.Path, name+ext) }

// Reason returns the text of a store's error. All of it may be printed, because it comes
// from the operating system or the lock, and names files only.
func (d *Dir) Reason(err error) (text string, ok bool) {
	var use *inUseError
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &use):
		return use.reason(), true
	case errors.As(err, &path):
		return path.Error(), true
	case errors.As(err, &link):
		return link.Error(), true
	}
	return "", false
}

func (d *Dir) file(name string) (string, error) {
	if !names.MatchString(name) {
		return "", errors.New("dynsync: FileCheckpoint: the name of the checkpoint is not fit for a file name")
	}
	return d.File(name), nil
}

// Acquire takes the lease of a name. The first lease locks the directory, and removes
// what a killed run left of an unfinished save; the last one that is released unlocks
// it.
func (d *Dir) Acquire(ctx context.Context, name string) (*FileLease, error) {
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, context.Cause(ctx))
	}
	if _, err := d.file(name); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held[name] {
		return nil, newInUseError(d.lockPath(), false)
	}
	if len(d.held) == 0 {
		if err := d.lock(); err != nil {
			return nil, err
		}
	}
	d.held[name] = true
	return &FileLease{dir: d, name: name}, nil
}

func (d *Dir) lockPath() string { return filepath.Join(d.Path, lockName) }

// lock locks the directory.
func (d *Dir) lock() error {
	if err := os.MkdirAll(d.Path, 0o700); err != nil {
		return err
	}
	unlock, err := lockFile(d.lockPath())
	if err != nil {
		return err
	}
	if err := d.sweep(); err != nil {
		return errors.Join(err, unlock())
	}
	d.held, d.unlock = map[string]bool{}, unlock
	return nil
}

func (d *Dir) release(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.held[name] {
		return nil
	}
	if delete(d.held, name); len(d.held) > 0 {
		return nil
	}
	return d.unlock()
}

// A FileLease is the right to change what a Dir keeps under a name.
type FileLease struct {
	dir  *Dir
	name string
}

// Load returns what was saved last, or nil.
func (l *FileLease) Load(ctx context.Context) ([]byte, error) { return l.dir.Load(ctx, l.name) }

// Save replaces what was saved before.
func (l *FileLease) Save(_ context.Context, data []byte) error { return l.dir.save(l.name, data) }

// Delete removes what was saved.
func (l *FileLease) Delete(context.Context) error { return l.dir.remove(l.name) }

// Release gives the lease back.
func (l *FileLease) Release(context.Context) error { return l.dir.release(l.name) }

// Lost returns nil: the kernel takes no lock away.
func (l *FileLease) Lost() <-chan struct{} { return nil }

// sweep removes temporary files. It is called by the lock's holder, so that
// nobody is writing them.
func (d *Dir) sweep() error {
	entries, err := os.ReadDir(d.Path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !leftovers.MatchString(e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(d.Path, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Load returns what was saved last under a name, or nil. It needs no lease.
func (d *Dir) Load(_ context.Context, name string) ([]byte, error) {
	path, err := d.file(name)
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
	return io.ReadAll(io.LimitReader(file, maxSize+1))
}

// save replaces what was saved before: the data goes to a temporary file, which
// takes the place of the old one once it is on disk.
func (d *Dir) save(name string, data []byte) error {
	path, err := d.file(name)
	if err != nil {
		return err
	}
	temp, err := d.write(name, data)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := d.did("rename"); err != nil {
		return err
	}
	return SyncDir(d.Path)
}

// write writes a temporary file and syncs it. Where it fails it leaves none.
func (d *Dir) write(name string, data []byte) (temp string, err error) {
	file, err := os.CreateTemp(d.Path, name+ext+".*.tmp")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := d.did("create"); err != nil {
		return "", err
	}
	// CreateTemp asks for this mode, but the umask can restrict it.
	if err := file.Chmod(fileMode); err != nil {
		return "", err
	}
	half := len(data) / 2
	if _, err := file.Write(data[:half]); err != nil {
		return "", err
	}
	if err := d.did("write a half"); err != nil {
		return "", err
	}
	if _, err := file.Write(data[half:]); err != nil {
		return "", err
	}
	if err := d.did("write"); err != nil {
		return "", err
	}
	if err := file.Sync(); err != nil {
		return "", err
	}
	return file.Name(), d.did("sync")
}

func (d *Dir) did(step string) error {
	if d.step == nil {
		return nil
	}
	return d.step(step)
}

// remove removes what was saved.
func (d *Dir) remove(name string) error {
	path, err := d.file(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return SyncDir(d.Path)
}

// An inUseError is ErrInUse with the lock's file and holder.
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
func (e *inUseError) Unwrap() error { return ErrInUse }
