//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package checkpoint

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// lockFile takes the lock of the named file, which stays, and returns what
// releases it. The kernel releases it, too, when the process dies.
func lockFile(path string) (release func() error, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(newInUseError(path, false), file.Close())
	case err != nil:
		return nil, errors.Join(&fs.PathError{Op: "flock", Path: path, Err: err}, file.Close())
	}
	// The holder's process id is for people; the lock does not depend on it.
	if file.Truncate(0) == nil {
		_, _ = file.WriteAt(strconv.AppendInt(nil, int64(os.Getpid()), 10), 0)
	}
	return func() error { return unlock(file) }, nil
}

// unlock releases the lock of a file and closes it. To close it is not enough: a child
// that is being started holds the file, and the lock with it, until it becomes another
// program.
func unlock(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	return errors.Join(err, file.Close())
}

// SyncDir makes a rename or removal in a directory durable. Some file systems
// cannot, and say that the call is invalid: there is nothing more to do.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
