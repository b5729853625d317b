package script

import (
	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

// catalog returns the functions of package anon.
func catalog() []function {
	var all []function
	for _, spec := range anon.Catalog() {
		all = append(all, function{spec.Name, func(options map[string]any) (dynsync.Transformer, error) {
			return anon.New(spec.Name, options)
		}})
	}
	return all
}
