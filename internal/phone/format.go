package phone

import (
	"strconv"
	"strings"

	"github.com/dynsync/dynsync/internal/personal/phonedata"
)

// A format is how numbers of some lengths and beginnings are written.
type format struct {
	groups   string // two bytes for each group: how many digits it has at least and at most
	leading  uint16 // the state of how numbers begin, 0 for any
	national string // what is written within the region, with $1 for the first group
	plain    string // the same without what numbers begin with there
}

// E164 returns a number in the form of ITU-T E.164, without an extension: "+12125550123".
func (n Number) E164() string { return "+" + strconv.Itoa(n.Code) + n.National }

// Formatted returns a number as it is written within its country, "(212) 555-0123", or
// abroad, "+1 212-555-0123", with its extension.
func (n Number) Formatted(international bool) string {
	r := mainOf(n.Code)
	if r == nil {
		return n.National
	}
	out := r.write(n.National, international)
	if n.Extension != "" {
		out += r.extension + n.Extension
	}
	if international {
		return "+" + strconv.Itoa(n.Code) + " " + out
	}
	return out
}

// write returns digits in groups.
func (r *Region) write(digits string, international bool) string {
	list := r.national
	if international && r.international.from < r.international.to {
		list = r.international
	}
	for i := list.from; i < list.to; i++ {
		f := &formats[i]
		ends, ok := f.split(digits)
		if !ok || f.leading != 0 && !phonedata.MatchPrefix(edges, uint32(f.leading), digits) {
			continue
		}
		if international {
			return fill(f.plain, digits, ends)
		}
		return fill(f.national, digits, ends)
	}
	return digits
}

const mostGroups = 8

// split returns where the groups of digits end, of which the first ones have as many digits
// as they can have, and false if the digits are too few or too many.
func (f *format) split(digits string) (ends [mostGroups]int, ok bool) {
	least := 0
	for i := 0; i < len(f.groups); i += 2 {
		least += int(f.groups[i])
	}
	spare := len(digits) - least
	end := 0
	for i := 0; i < len(f.groups); i += 2 {
		more := min(max(spare, 0), int(f.groups[i+1]-f.groups[i]))
		spare -= more
		end += int(f.groups[i]) + more
		ends[i/2] = end
	}
	return ends, spare == 0
}

// fill returns a template with groups of digits in it.
func fill(template, digits string, ends [mostGroups]int) string {
	var out strings.Builder
	out.Grow(len(template) + len(digits))
	for i := 0; i < len(template); i++ {
		if template[i] != '$' {
			out.WriteByte(template[i])
			continue
		}
		i++
		start, group := 0, int(template[i]-'1')
		if group > 0 {
			start = ends[group-1]
		}
		out.WriteString(digits[start:ends[group]])
	}
	return out.String()
}
