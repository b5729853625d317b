package wire

import "testing"

func TestAllocations(t *testing.T) {
	var s Scanner
	var p Page
	var attrs []Attr
	var dst []byte
	var e Editor
	page := benchPage("typical", "escaped")
	wide := benchPage("wide", "unicode")
	if err := s.Page(&p, page); err != nil {
		t.Fatal(err)
	}
	item := append([]byte{}, p.Item(0)...)
	members := mustIndex(t, item)
	path := []Step{{Name: "Pets"}, {Name: "Judith"}, {Name: "Age"}}
	name, pattern := []byte(`\u0045mail \ud83d\ude00 \ud800`), "Email 😀 \xed\xa0\x80"
	value := []byte(`{"S":"replacement"}`)
	for _, test := range []struct {
		reason string
		f      func()
	}{
		{"Page", func() { must(s.Page(&p, page)) }},
		{"Page of another shape", func() { must(s.Page(&p, wide)); must(s.Page(&p, page)) }},
		{"Index", func() {
			var err error
			attrs, err = s.Index(attrs[:0], item)
			must(err)
		}},
		{"Value", func() { _, err := s.Value(value); must(err) }},
		{"Find", func() { Find(item, path) }},
		{"EqualName", func() {
			if !EqualName(name, true, pattern) {
				panic("EqualName is wrong")
			}
		}},
		{"iterators", func() {
			it := ItemMembers(item)
			for a, ok := it.Next(); ok; a, ok = it.Next() {
				m, l, ss := MembersOf(a.Value.Of(item)), ElementsOf(a.Value.Of(item)), StringsOf(a.Value.Of(item))
				m.Next()
				l.Next()
				ss.Next()
			}
		}},
		{"editing", func() {
			e.Reset(dst[:0], item)
			e.Replace(members[1].Value, value)
			e.RemoveMember(members[2].Name.Start-1, members[2].Value.End)
			e.AddMember(uint32(len(item) - 1))
			e.Dst = append(AppendQuote(e.Dst, pattern), ':')
			e.Dst = AppendS(e.Dst, pattern)
			dst = e.Finish()
		}},
		{"AppendReplaced and AppendRemoved", func() {
			dst, _ = AppendReplaced(dst[:0], item, path, value)
			dst, _ = AppendRemoved(dst[:0], item, path)
		}},
		{"appending values", func() {
			dst = AppendS(dst[:0], "text")
			dst = AppendN(dst, "1")
			dst = AppendB(dst, name)
			dst = AppendBOOL(dst, true)
			dst = AppendNULL(dst)
		}},
		{"loops over All", func() { walkAll(item) }},
		{"writers", func() {
			list := NewList(dst[:0])
			list.Append(value)
			list.Next()
			m := NewMap(list.Dst)
			m.Name(pattern)
			set := NewSet(m.Dst, SS)
			set.Raw(name)
			set.Quoted([]byte(`"x"`))
			set.Text(pattern)
			set.Bytes(name)
			m.Dst = set.Finish()
			m.QuotedName([]byte(`"x"`))
			m.Dst = AppendRaw(m.Dst, S, name)
			list.Dst = m.Finish()
			dst = list.Finish()
		}},
		{"reading values", func() {
			dst = AppendText(dst[:0], members[1].Value.Of(item))
			dst = AppendBytes(dst, []byte(`{"B":"AAAA"}`))
			dst, _ = AppendKey(dst, []byte(`{"N":"-1.50"}`))
		}},
		{"numbers", func() {
			CompareNumber([]byte("1.5e3"), []byte("1500"))
			dst, _ = AppendNumber(dst[:0], []byte("1.5e3"))
		}},
		{"ItemSize", func() { ItemSize(item) }},
		{"CheckValue of small sets", func() { must(CheckValue([]byte(`{"L":[{"SS":["a","b","\u0063"]},{"NS":["1","2"]},{"N":"3"}]}`))) }},
	} {
		t.Run(test.reason, func(t *testing.T) {
			test.f() // so that buffers have grown
			if n := testing.AllocsPerRun(20, test.f); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
