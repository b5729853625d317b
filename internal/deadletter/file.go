package deadletter

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
)

// fileMode is the mode of a file.
const fileMode = 0o600

// A File is open for writing. It is safe for concurrent use, and other processes may
// append to it. A nil one ignores all letters.
type File struct {
	path  string
	codec codec
	items bool

	mu       sync.Mutex
	file     *os.File
	regular  bool  // the others (/dev/stderr, a named pipe) cannot be synced
	unsynced bool  // something was written since the last sync
	linked   bool  // the file's name is on disk
	err      error // what ended the writing
}

// An Error says why the file cannot be used. Its cause is an error of the operating
// system, which contains the path and no values.
type Error struct {
	class reason.Class
	what  string
	err   error
}

// Reason returns the text of the error without the program's name.
func (e *Error) Reason() string {
	return fmt.Sprintf("the file of WithDeadLetters %s: %v", e.what, e.err)
}

func (e *Error) Error() string { return "dynsync: " + e.Reason() }
func (e *Error) Unwrap() error { return e.err }

// Stated returns the class of the error.
func (e *Error) Stated() reason.Class { return e.class }

// Format prints what Error returns for every verb.
func (e *Error) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// Open opens a file, or makes it, but not its directory. The key seals keys and items;
// without one they are written in the clear. Without items, the file has keys only. A
// named pipe without a reader is an error and does not block.
func Open(path string, key *pseudonym.Key, items bool) (*File, error) {
	c, err := newCodec(key)
	if err != nil {
		return nil, err
	}
	d := &File{path: path, codec: c, items: items}
	if d.file, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NONBLOCK, fileMode); err != nil {
		return nil, &Error{reason.Configuration, "cannot be opened", err}
	}
	if err := d.prepare(); err != nil {
		return nil, errors.Join(err, d.file.Close())
	}
	return d, nil
}

// prepare makes an existing file fit for keys and for another line.
func (d *File) prepare() error {
	info, err := d.file.Stat()
	if err != nil {
		return &Error{reason.Configuration, "cannot be opened", err}
	}
	if d.regular = info.Mode().IsRegular(); !d.regular {
		return nil
	}
	if info.Mode().Perm()&^fileMode != 0 {
		if err := d.file.Chmod(fileMode); err != nil {
			return &Error{reason.Configuration, "can be read by others, and its mode cannot be changed; give it mode 0600, or name a file that does not exist", err}
		}
	}
	torn, err := isTorn(d.path)
	if err != nil {
		return &Error{reason.Configuration, "cannot be read, to see whether it ends in a whole line", err}
	}
	if torn {
		return d.append([]byte(tornMark + "\n"))
	}
	return nil
}

// isTorn reports whether the last line of a file has no end.
func isTorn(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil && err != io.EOF {
		return false, err
	}
	return last[0] != '\n', nil
}

// Write appends a letter in one call, so that other writers cannot split its line. After
// an error, such as that of a full disk, every call returns this error.
func (d *File) Write(l Letter) error {
	if d == nil {
		return nil
	}
	if !d.items {
		l.Item = nil
	}
	text, err := d.codec.encode(l)
	if err != nil {
		return &Error{reason.Unexpected, "cannot be written", err}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.append(text)
}

// append writes a line. The caller holds mu, or is the only user of d. A file that
// exceeds the process's size limit (RLIMIT_FSIZE) is an error like a full disk, because
// Go ignores SIGXFSZ.
func (d *File) append(text []byte) error {
	if d.err != nil {
		return d.err
	}
	n, err := d.file.Write(text)
	d.unsynced = d.unsynced || n > 0
	if err == nil {
		return nil
	}
	if n > 0 { // if the mark finds no room either, the next job sets it
		_, _ = d.file.WriteString(tornMark + "\n")
	}
	d.err = &Error{reason.Unexpected, "cannot be written", err}
	return d.err
}

// Sync returns when all lines are on disk. After an error every call returns it, because
// the system may have dropped the data that it could not write.
func (d *File) Sync() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil || !d.unsynced || !d.regular {
		return d.err
	}
	err := d.file.Sync()
	if err == nil && !d.linked {
		err = syncName(d.path)
	}
	if err != nil {
		d.err = &Error{reason.Unexpected, "cannot be synced to disk", err}
		return d.err
	}
	d.unsynced, d.linked = false, true
	return nil
}

// syncName writes the name of a file to disk. A directory that may be written to but not
// read cannot be synced; the file itself is synced.
func syncName(path string) error {
	if err := checkpoint.SyncDir(filepath.Dir(path)); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// Close closes the file. It returns nil only if all lines are on disk.
func (d *File) Close() error {
	if d == nil {
		return nil
	}
	err := d.Sync()
	if closed := d.file.Close(); err == nil && closed != nil {
		err = &Error{reason.Unexpected, "cannot be closed", closed}
	}
	return err
}
