package dynamolocal

import (
	"io"
	"os/exec"
	"syscall"
)

// endsWithParent says whether a server dies with the test binary.
const endsWithParent = true

// tieToParent has the kernel kill the process when its parent dies.
func tieToParent(cmd *exec.Cmd) (io.Closer, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return nil, nil
}
