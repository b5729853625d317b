// Package below is what another package depends on.
package below

// Value is wire bytes, twice.
var Value = []byte(`{"BOOL":true}` + `{"S":"text"}`)
