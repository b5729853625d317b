package wire

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// Short items for the fuzzers to start from; each has something of its own.
var itemCorpus = []string{
	`{}`,
	`{"a":{"S":"x"},"b":{"N":"-1.5e3"},"c":{"B":"AAA="},"d":{"BOOL":true},"e":{"NULL":true}}`,
	`{"m":{"M":{"k":{"L":[{"S":"\ud83d\ude00\ud800"},{"NS":["1","2"]}]}}},"s":{"SS":["","é"]}}`,
	" { \"a\" : { \"BS\" : [ \"AA==\" , \"\\/\\/8=\" ] } }\n",
	`{"Email":{"S":""},"\u0045mail":{"S":""}}`,
	`{"a":{"L":[{"L":[{"L":[]}]},{"M":{}}]}}`,
	`{"a":{"S":"x","N":"1"}}`,
}

func FuzzIndex(f *testing.F) {
	for _, item := range itemCorpus {
		f.Add([]byte(item))
	}
	f.Fuzz(func(t *testing.T, item []byte) {
		readAnything(item)
		attrs, err := new(Scanner).Index(nil, item)
		want, ok := oracleItem(item)
		if (err == nil) != ok && !disguised(item) {
			t.Fatalf("%v; the oracle says %v", err, ok)
		}
		if err != nil || !ok {
			return
		}
		checkAttrs(t, item, attrs, want)
		if got := readMembers(item, ItemMembers(item)); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		for _, m := range want {
			if utf8.ValidString(m.name) {
				if _, ok := Find(item, []Step{{Name: m.name}}); !ok {
					t.Fatalf("%q is not found", m.name)
				}
			}
		}
	})
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"Items":[` + strings.Join(itemCorpus, ",") + `],"NextToken":"t"}`))
	for _, item := range itemCorpus {
		f.Add([]byte(`{"Count":1,"Items":[` + item + `]}`))
	}
	f.Add([]byte(`{"Items":null,"x":[-1.5e+3,false,{"":""}]}`))
	f.Add([]byte(`{"message":"Items"}`))
	f.Add([]byte(`{"It\u0065ms":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var p Page
		if err := new(Scanner).Page(&p, body); err != nil {
			if reason := pageOracle(body); reason != "" && !disguised(body) && !strings.Contains(err.Error(), "too deep") {
				t.Fatalf("%v, but %s", err, reason)
			}
			return
		}
		if err := checkPage(&p); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzEdit(f *testing.F) {
	for i, item := range itemCorpus {
		f.Add([]byte(item), uint64(i))
	}
	f.Fuzz(func(t *testing.T, item []byte, seed uint64) {
		if _, err := new(Scanner).Index(nil, item); err != nil || disguised(item) {
			return
		}
		members, _ := oracleItem(item)
		rng := newRand(seed)
		checkEdits(t, rng, item, members, genPath(rng, members))

		removed := int(seed >> 56)
		e := NewEditor(nil, item)
		removeSubset(&e, item, removed, false)
		want := keepSubset(members, removed, false)
		got := e.Finish()
		if read := readMembers(got, ItemMembers(got)); !reflect.DeepEqual(read, want) && len(read)+len(want) > 0 {
			t.Fatalf("%b of %s gives %s", removed, item, got)
		}
		mustIndex(t, got)
		if size := sizeOracle(node{kind: M, members: members}) - 3 - len(members); size != ItemSize(item) {
			t.Fatalf("%s has size %d, want %d", item, ItemSize(item), size)
		}
	})
}
