package leak

import (
	"fmt"
	"slices"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"
)

// The search goes to the leaves that the item has, however it is written, and whichever
// names were expected; names that are no data are left out.
func TestWalkGoesToEachLeaf(t *testing.T) {
	t.Parallel()
	l := New(4)
	for _, item := range []string{
		``, `{}`, `{ }`, `{"a":{"S":""}}`, `{"a":{"S":"x"},"b":{"N":"1"},"c":{"B":"eA=="}}`,
		`{"a":{"S":"x"},"b":{"N":"1"},"c":{"B":"eA=="}} `, ` { "a" : { "S" : "x" } , "b" : {"N":"1"} }`,
		`{"a":{"S":"x"} ,"b":{"N":"1"} , "c":{"B":"eA=="} }`, `{"a":{"S":"x" },"b":{ "N":"1"}}`,
		`{"a":{"S":"quote \" in it"},"b":{"S":"\\"},"c":{"S":"\\\""}}`, `{"a":{"S":"\""},"b":{"S":"},"}}`,
		`{"a":{"S":"x\"},\"b\":{\"S\":\"y"},"b":{"S":"z"}}`, `{"a":{"S":"x\"}}"},"b":{"S":"z"}}`,
		`{"a":{"BOOL":true},"b":{"NULL":true},"c":{"SS":["x","y"]},"d":{"NS":["1"]},"e":{"S":"z"}}`,
		`{"a":{"M":{}},"b":{"M":{"a":{"S":"x"},"b":{"S":"y"}}},"c":{"S":"z"}}`, `{"a":{"M":{"a":{"M":{"a":{"M":{"a":{"S":"x"}}}}}}},"b":{"S":"y"}}`,
		`{"a":{"M":{"a":{"S":"x"} } } ,"b":{"S":"y"}}`, `{"a":{"L":[]},"b":{"L":[{"S":"x"},{"M":{"a":{"S":"y"},"b":{"S":"z"}}},{"L":[{"N":"1"}]}]},"c":{"S":"z"}}`,
		`{"a":{"L":[ {"M":{"a":{"S":"x"}}} , {"M":{ "a":{"S":"y"}}} ]},"b":{"S":"z"}}`,
		`{"a":{"S":"x"},"ab":{"S":"y"},"a\"":{"S":"z"},"a\\":{"S":"z"}}`, `{"name of Ada":{"S":"x"},"a":{"S":"y"},"jane@corp.example":{"S":"z"}}`,
		`{"S":{"S":"S"},"N":{"N":"1"},"b":{"M":{"S":{"S":"x"}}}}`,
	} {
		for _, moved := range []bool{false, true} {
			l.item, l.moved, l.skipped = []byte(item), moved, 0
			var want []string
			eachItemLeaf(l.item, func(f leaf) bool {
				if !f.name || isData(wire.AppendUnquote(nil, l.item[f.at.Start:f.at.End])) {
					want = append(want, fmt.Sprint(f.at, f.kind, f.name))
				}
				return true
			})
			for range 3 { // names become known
				var got []string
				l.names.begin()
				l.eachLeafToSearch(func(f leaf) bool {
					if raw := l.item[f.at.Start:f.at.End]; !f.name || l.names.holdData(raw) {
						got = append(got, fmt.Sprint(f.at, f.kind, f.name))
					}
					return true
				})
				if !slices.Equal(got, want) {
					t.Errorf("%s: the leaves are %v, want %v", item, got, want)
				}
			}
		}
	}
}
