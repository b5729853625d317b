package lists

import (
	"bytes"
	"flag"
	"fmt"
	"testing"

	"github.com/brianvoe/gofakeit/v7/data"

	"github.com/dynsync/dynsync/internal/madeof"
)

var update = flag.Bool("update", false, "write the lists")

// TestGenerated compares the lists with those of the library that they were made of.
func TestGenerated(t *testing.T) {
	madeof.Check(t, "tables.go", "github.com/brianvoe/gofakeit/v7", *update, generate)
}

// A list is what the file has of one list of the library.
type list struct {
	name, comment string
	words         []string
}

func generate(header string) []byte {
	states := data.Address["state"]
	var file bytes.Buffer
	fmt.Fprintf(&file, "%s\npackage lists\n", header)
	for _, l := range []list{
		{"FirstNames", "are first names.", data.Person["first"]},
		{"LastNames", "are last names.", data.Person["last"]},
		{"CompanyForms", "are what follows the name of a company.", data.Company["suffix"]},
		{"Cities", "are cities of the United States.", data.Address["city"]},
		{"States", "are the states of the United States.", states},
		// The codes of the military follow.
		{"StateCodes", "are the two letters of the postal service for each of States.", data.Address["state_abr"][:len(states)]},
		{"StreetTypes", "are types of streets.", data.Address["street_name"]},
		{"Countries", "are the countries and territories of ISO 3166-1.", data.Address["country"]},
		{"CountryCodes", "are the two letters of ISO 3166-1 for each of Countries.", data.Address["country_abr"]},
	} {
		fmt.Fprintf(&file, "\n// %s %s\nvar %s = []string{", l.name, l.comment, l.name)
		width := 100
		for _, word := range l.words {
			if width += len(word) + len(`"", `); width > 96 {
				file.WriteString("\n\t")
				width = len(word) + len(`"", `)
			} else {
				file.WriteString(" ")
			}
			fmt.Fprintf(&file, "%q,", word)
		}
		file.WriteString("\n}\n")
	}
	return file.Bytes()
}
