package anon

import (
	"github.com/brianvoe/gofakeit/v7/data"

	"github.com/dynsync/dynsync"
)

// FirstName replaces a string by a first name, of gofakeit's 1,600: many to one.
func FirstName(opts ...Option) dynsync.Transformer { return makeNamed("firstName", opts) }

var nameEntries = []entry{
	{
		name: "firstName", doc: "A first name.",
		kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.ManyToOne, drawn: true,
		build: func(*config) built {
			return built{canon: foldName, run: func(c *call) (string, error) { return c.pick(data.Person["first"]), nil }}
		},
	},
}

// foldName makes names that differ in case or space only one.
func foldName(text string) (string, bool) { return foldSpace(text), true }
