//go:build !unix

package dynamolocal

import (
	"io"
	"os/exec"
)

// endsWithParent says whether a server dies with the test binary. There is no
// simple way here, so servers end with the test that started them, and one
// whose test binary was killed is left.
const endsWithParent = false

func tieToParent(*exec.Cmd) (io.Closer, error) { return nil, nil }
