package script

import (
	_ "github.com/dynsync/dynsync/anon" // sets the catalog
	"github.com/dynsync/dynsync/internal/catalog"
)

// anonymizers returns the functions of package anon.
func anonymizers() []function {
	var all []function
	for _, spec := range catalog.All() {
		all = append(all, function{spec.Name, spec.New})
	}
	return all
}
