package dynsync

import (
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
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
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/wire"
)

const (
	deadLetterMode = 0o600
	// deadLetterDomain is what the subkey of dead letters is derived for.
	deadLetterDomain = "dead letters"
	// deadLetterBlock is what the length of the encrypted part of a line is rounded up
	// to, in bytes, so that it does not tell how long a key is.
	deadLetterBlock = 256
	// maxDeadLetterItem is the length in bytes of the longest item that a line takes. An
	// item that DynamoDB holds has less, six bytes for each of its 400 KB, if its numbers
	// are short; a stream of the caller's may have more.
	maxDeadLetterItem = 8 << 20
	// tornMark ends a line that a killed process or a full disk cut off.
	tornMark = "#torn"
)

// A deadLetterLine is a line of the file of WithDeadLetters, as JSON. In a sealed line,
// the last member contains the key and the item, and the seal authenticates everything
// before it, byte for byte.
type deadLetterLine struct {
	Table   string          `json:"table"`
	Key     json.RawMessage `json:"key,omitempty"` // DynamoDB JSON
	Outcome string          `json:"outcome"`
	Reason  string          `json:"reason"`
	Tag     string          `json:"keys,omitempty"`        // run.keyTag of the job
	Item    json.RawMessage `json:"item,omitempty"`        // DynamoDB JSON
	SealKey string          `json:"fingerprint,omitempty"` // of the key that the line is sealed under
}

// sealedMember begins the last member of a sealed line: the deadLetterSecret, encrypted
// with AES-256-GCM, in base64. Other members cannot contain it, because JSON escapes
// quotation marks.
const sealedMember = `,"sealed":"`

// A deadLetterSecret is the encrypted part of a sealed line.
type deadLetterSecret struct {
	Key  json.RawMessage `json:"key"`
	Item json.RawMessage `json:"item,omitempty"`
}

// deadLetters is the open file of WithDeadLetters. It is safe for concurrent use, and
// other processes may append to the file. A nil one ignores all lines.
type deadLetters struct {
	path        string
	whole       bool        // items too
	seal        cipher.AEAD // nil in the clear
	fingerprint string      // of the key that seal is made of

	mu       sync.Mutex
	file     *os.File
	regular  bool  // the others (/dev/stderr, a named pipe) cannot be synced
	unsynced bool  // something was written since the last sync
	linked   bool  // the file's name is on disk
	err      error // what ended the writing
}

// A deadLetterError says why the file of WithDeadLetters cannot be used. Its cause is an
// error of the operating system, which contains the path and no values.
type deadLetterError struct {
	class reason.Class
	what  string
	err   error
}

func (e *deadLetterError) reason() string {
	return fmt.Sprintf("the file of WithDeadLetters %s: %v", e.what, e.err)
}
func (e *deadLetterError) Error() string { return "dynsync: " + e.reason() }
func (e *deadLetterError) Unwrap() error { return e.err }

func (e *deadLetterError) stated() reason.Class { return e.class }

// Format prints what Error returns for every verb.
func (e *deadLetterError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// openDeadLetters opens the job's file, or makes it. It returns nil where the job
// has none.
func openDeadLetters(cfg *jobConfig, key *pseudonym.Key) (*deadLetters, error) {
	if cfg.deadLetterPath == "" {
		return nil, nil
	}
	d := &deadLetters{path: cfg.deadLetterPath, whole: cfg.deadLetterItems}
	if !cfg.deadLetterClear {
		var err error
		if d.seal, err = seal.New(key, deadLetterDomain); err != nil {
			return nil, err
		}
		d.fingerprint = key.Fingerprint()
	}
	if err := d.open(); err != nil {
		return nil, err
	}
	return d, nil
}

// open opens the file. A named pipe without a reader is an error and does not block.
func (d *deadLetters) open() error {
	file, err := os.OpenFile(d.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NONBLOCK, deadLetterMode)
	if err != nil {
		return &deadLetterError{reason.Configuration, "cannot be opened", err}
	}
	d.file = file
	if err := d.prepare(); err != nil {
		return errors.Join(err, file.Close())
	}
	return nil
}

// prepare makes an existing file fit for keys and for another line.
func (d *deadLetters) prepare() error {
	info, err := d.file.Stat()
	if err != nil {
		return &deadLetterError{reason.Configuration, "cannot be opened", err}
	}
	if d.regular = info.Mode().IsRegular(); !d.regular {
		return nil
	}
	if info.Mode().Perm()&^deadLetterMode != 0 {
		if err := d.file.Chmod(deadLetterMode); err != nil {
			return &deadLetterError{reason.Configuration, "can be read by others, and its mode cannot be changed; give it mode 0600, or name a file that does not exist", err}
		}
	}
	torn, err := isTorn(d.path)
	if err != nil {
		return &deadLetterError{reason.Configuration, "cannot be read, to see whether it ends in a whole line", err}
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

// write appends a line in one call, so that other writers cannot split it. After an
// error, such as that of a full disk, every call returns this error.
func (d *deadLetters) write(f Failure) error {
	if d == nil {
		return nil
	}
	line, err := d.encode(f)
	if err != nil {
		return &deadLetterError{reason.Unexpected, "cannot be written", err}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.append(line)
}

// append writes a line. The caller holds mu, or is the only user of d. A file that
// exceeds the process's size limit (RLIMIT_FSIZE) is an error like a full disk, because
// Go ignores SIGXFSZ.
func (d *deadLetters) append(line []byte) error {
	if d.err != nil {
		return d.err
	}
	n, err := d.file.Write(line)
	d.unsynced = d.unsynced || n > 0
	if err == nil {
		return nil
	}
	if n > 0 { // if the mark finds no room either, the next job sets it
		_, _ = d.file.WriteString(tornMark + "\n")
	}
	d.err = &deadLetterError{reason.Unexpected, "cannot be written", err}
	return d.err
}

// sync returns when all lines are on disk. After an error every call returns it, because
// the system may have dropped the data that it could not write.
func (d *deadLetters) sync() error {
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
		d.err = &deadLetterError{reason.Unexpected, "cannot be synced to disk", err}
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

// close closes the file. It returns nil only if all lines are on disk.
func (d *deadLetters) close() error {
	if d == nil {
		return nil
	}
	err := d.sync()
	if closed := d.file.Close(); err == nil && closed != nil {
		err = &deadLetterError{reason.Unexpected, "cannot be closed", closed}
	}
	return err
}

// encode returns the line of a failure.
func (d *deadLetters) encode(f Failure) ([]byte, error) {
	line := deadLetterLine{Table: f.Table, Outcome: f.Outcome.String(), Reason: f.Err.Error(), Tag: f.tag}
	secret := deadLetterSecret{Key: f.Key.item}
	if d.whole {
		secret.Item = itemOfLine(f.item)
	}
	if d.seal == nil {
		line.Key, line.Item = secret.Key, secret.Item
	} else {
		line.SealKey = d.fingerprint
	}
	text, err := json.Marshal(line)
	if err != nil {
		return nil, err
	}
	if d.seal != nil {
		if text, err = d.appendSealed(text, secret); err != nil {
			return nil, err
		}
	}
	return append(text, '\n'), nil
}

// appendSealed adds the sealed member to a line.
func (d *deadLetters) appendSealed(line []byte, secret deadLetterSecret) ([]byte, error) {
	hidden, err := json.Marshal(secret)
	if err != nil {
		return nil, err
	}
	line = line[:len(line)-len("}")]
	sealed := d.seal.Seal(nil, nil, seal.Padded(hidden, deadLetterBlock), line)
	line = append(line, sealedMember...)
	line = base64.StdEncoding.AppendEncode(line, sealed)
	return append(line, sealedEnd...), nil
}

// sealedEnd ends a sealed line.
const sealedEnd = `"}`

// itemOfLine returns the bytes as a line takes them, with short numbers if they are too
// long, or nil if they are no item: the result of a record transform may not be one.
func itemOfLine(item []byte) []byte {
	if _, err := new(wire.Scanner).Index(nil, item); err != nil {
		return nil
	}
	if len(item) > maxDeadLetterItem {
		item = wire.AppendShort(nil, item)
	}
	if len(item) > maxDeadLetterItem {
		return nil
	}
	return item
}
