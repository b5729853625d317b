//go:build unix

package dynamolocal

import (
	"io"
	"os/exec"
)

// watchScript runs its arguments and kills them when its standard input ends.
// A shell gives a background command /dev/null as standard input, hence the
// copy. The watcher goes away with the parent's end of the pipe.
const watchScript = `exec 3<&0
"$@" </dev/null 3<&- &
pid=$!
{ read -r line <&3; kill -9 "$pid"; } >/dev/null 2>&1 &
exec 3<&- </dev/null
wait "$pid"`

// watchParent changes cmd to run under a shell that kills it when the returned
// pipe is closed. The kernel closes it when the parent dies.
func watchParent(cmd *exec.Cmd) (io.Closer, error) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		return nil, err
	}
	args := append([]string{sh, "-c", watchScript, sh, cmd.Path}, cmd.Args[1:]...)
	cmd.Path, cmd.Args = sh, args
	return cmd.StdinPipe()
}
