//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package checkpoint

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
)

// lockFile takes the lock by making the named file, and returns what releases it
// by removing the file. A killed process leaves it behind: the standard library
// has no lock for these systems that the kernel would release.
func lockFile(path string) (unlock func() error, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return nil, newInUseError(path, true)
	}
	if err != nil {
		return nil, err
	}
	_, err = file.Write(strconv.AppendInt(nil, int64(os.Getpid()), 10))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return func() error { return os.Remove(path) }, nil
}

// SyncDir does nothing: these systems do not sync directories, or do it
// themselves.
func SyncDir(string) error { return nil }
