package connect

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/dynsync/dynsync/internal/reason"
)

// A tokenFile is the file of the token of a web identity.
type tokenFile string

// errNoToken is the error of a file that has no token.
var errNoToken = errors.New("the file is empty")

// GetIdentityToken implements [stscreds.IdentityTokenRetriever].
func (name tokenFile) GetIdentityToken() ([]byte, error) {
	text, err := os.ReadFile(string(name))
	token := strings.TrimSpace(string(text))
	if err == nil && token == "" {
		err = errNoToken
	}
	if err != nil {
		return nil, &tokenError{string(name), err}
	}
	return []byte(token), nil
}

// A tokenError says that the file of a token cannot be used.
type tokenError struct {
	file string
	err  error
}

// why says what is wrong with the file.
func (e *tokenError) why() string {
	switch {
	case errors.Is(e.err, errNoToken):
		return "is empty"
	case errors.Is(e.err, os.ErrNotExist):
		return "does not exist"
	case errors.Is(e.err, os.ErrPermission):
		return "may not be read"
	}
	return "cannot be read"
}

func (e *tokenError) Error() string { return fmt.Sprintf("the file %q %s", e.file, e.why()) }
func (e *tokenError) Unwrap() error { return e.err }

// Format prints what Error returns for every verb.
func (e *tokenError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }
