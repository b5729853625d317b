// Package wirebytes puts wire bytes together: {"L":[ in a comment is none.
package wirebytes

import "github.com/dynsync/dynsync/internal/house/testdata/wirebytes/below"

var found = [][]byte{
	[]byte(`{"L":[`),
	[]byte("x{\"M\":{"),
	append([]byte("SS"), `":[`...),
	append([]byte(nil), '{', '"', 'N', '"', ':'),
	below.Value,
}

var other = []string{`{"Items":[`, `{"Left":{`, `"L"`, "{", `":`}
