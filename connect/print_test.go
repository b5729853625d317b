package connect

import (
	"encoding/pem"
	"fmt"
)

// printed returns an error in the forms in which programs print one, and each error in it
// that this module wrote.
func printed(err error) []string {
	return []string{err.Error(), fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprintf("%q", err)}
}

// pemOf returns a certificate as text.
func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
