// Package phone reads and writes telephone numbers as libphonenumber does, by tables that are
// generated of its metadata: no result depends on the release of a library. It takes texts
// as [fold.Plain] has them, with punctuation and digits of ASCII.
//
// [fold.Plain]: https://pkg.go.dev/github.com/dynsync/dynsync/internal/fold#Plain
package phone

//go:generate go test -run ^TestGenerated$ -update

import (
	"math/bits"

	"github.com/dynsync/dynsync/internal/personal/phonedata"
)

// A Number is a telephone number.
type Number struct {
	Code      int    // the country calling code
	National  string // the digits behind it, at most 17, which may begin with zeros
	Extension string // the digits that are dialled once the call is answered
}

// A Region is a country, a territory, or what has a country calling code without being one.
type Region struct {
	id            string // two letters of CLDR, or 001
	code          uint16 // the country calling code
	groups        uint8  // how many groups the program of the prefix captures
	idd           uint16 // the program of the prefixes of calls abroad, 0 if there are none
	prefix        uint16 // the program of what comes before numbers within the region
	general       uint16 // the state of all numbers
	valid         uint16 // the state of those that can be assigned
	leading       uint16 // the state of how the region's numbers begin, 0 if valid tells
	national      span   // the formats within the region
	international span   // the formats of others, if they are different
	possible      uint32 // bit n is set if numbers have n digits
	local         uint32 // bit n is set if those without an area code have
	trunk         string // what numbers begin with within the region
	transform     string // what a prefix becomes, with $1 and $2
	extension     string // what extensions are written behind
	fixedLine     string // a number that is an example
	mobile        string // an example of a mobile one
}

// A span is elements of a table.
type span struct{ from, to uint16 }

// Find returns a region by the two letters of CLDR, in upper case, and nil if there is none.
func Find(id string) *Region {
	if id == nowhere {
		return nil
	}
	for i := range regions {
		if regions[i].id == id {
			return &regions[i]
		}
	}
	return nil
}

// nowhere is the id of what has a country calling code and is no region.
const nowhere = "001"

// IDs returns the two letters of all regions.
func IDs() (ids []string) {
	for i := range regions {
		if regions[i].id != nowhere {
			ids = append(ids, regions[i].id)
		}
	}
	return ids
}

// ID returns the two letters of CLDR, and 001 for what is no country.
func (r *Region) ID() string { return r.id }

// Code returns the country calling code.
func (r *Region) Code() int { return int(r.code) }

// Trunk returns what national numbers are dialled behind within the region: "0", or "".
func (r *Region) Trunk() string { return r.trunk }

// Examples returns numbers, without the country calling code, of a mobile phone and of
// another, and "" where none is known.
func (r *Region) Examples() (mobile, fixedLine string) { return r.mobile, r.fixedLine }

// regionsOf returns the regions with a country calling code, the main one first.
func regionsOf(code int) []Region {
	from, to := 0, len(regions)
	for from < to {
		if middle := (from + to) / 2; int(regions[middle].code) < code {
			from = middle + 1
		} else {
			to = middle
		}
	}
	end := from
	for end < len(regions) && int(regions[end].code) == code {
		end++
	}
	return regions[from:end]
}

// mainOf returns the main region of a country calling code, nil if there is no such code.
func mainOf(code int) *Region {
	if all := regionsOf(code); len(all) > 0 {
		return &all[0]
	}
	return nil
}

// Main returns the main region of the number's country calling code, nil if there is no such
// code.
func (n Number) Main() *Region { return mainOf(n.Code) }

// Region returns the region of a number, and nil if the regions of the code have none such.
func (n Number) Region() *Region {
	all := regionsOf(n.Code)
	if len(all) == 1 {
		return &all[0]
	}
	for i := range all {
		if all[i].begins(n.National) {
			return &all[i]
		}
	}
	return nil
}

// begins reports whether a number is the region's, among those of its code.
func (r *Region) begins(national string) bool {
	if r.leading != 0 {
		return phonedata.MatchPrefix(edges, uint32(r.leading), national)
	}
	return phonedata.Match(edges, uint32(r.valid), national)
}

// IsValid reports whether a number can be assigned.
func (n Number) IsValid() bool {
	r := n.Region()
	return r != nil && n.IsValidIn(r)
}

// IsValidIn reports whether a number can be assigned in a region.
func (n Number) IsValidIn(r *Region) bool {
	return n.Code == int(r.code) && phonedata.Match(edges, uint32(r.valid), n.National)
}

// IsPossible reports whether a number has a length that numbers of its country have, with an
// area code or without.
func (n Number) IsPossible() bool {
	r := mainOf(n.Code)
	if r == nil {
		return false
	}
	fit := r.fit(len(n.National))
	return fit == possible || fit == local
}

// isGeneral reports whether digits look like a number of the region.
func (r *Region) isGeneral(digits string) bool {
	return phonedata.Match(edges, uint32(r.general), digits)
}

// A fit is how a number of digits compares with those of a region's numbers.
type fit uint8

const (
	possible fit = iota
	local        // without an area code
	tooShort
	tooLong
	between // shorter ones are possible, and longer ones
)

// fit returns how n digits compare with the region's numbers.
func (r *Region) fit(n int) fit {
	switch {
	case n < 32 && r.local>>n&1 == 1:
		return local
	case n < bits.TrailingZeros32(r.possible):
		return tooShort
	case n >= bits.Len32(r.possible):
		return tooLong
	case r.possible>>n&1 == 1:
		return possible
	}
	return between
}
