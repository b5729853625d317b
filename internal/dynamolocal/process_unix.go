//go:build unix && !linux

package dynamolocal

import (
	"io"
	"os/exec"
)

// endsWithParent says whether a server dies with the test binary.
const endsWithParent = true

// tieToParent has a shell kill the process when its parent dies.
func tieToParent(cmd *exec.Cmd) (io.Closer, error) { return watchParent(cmd) }
