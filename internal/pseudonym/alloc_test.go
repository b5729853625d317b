package pseudonym

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/testsize"
)

// work is what allocations are counted and time is measured for; the names are
// axes.
var work = []struct {
	name  string
	value string
	o     Options
}{
	{"kind=S/len=5", `{"S":"Jane "}`, Options{}},
	{"kind=S/len=8", `{"S":"Jane Doe"}`, Options{}},
	{"kind=S/len=22", `{"S":"jane.doe@example.com.."}`, Options{}},
	{"kind=S/len=22/escaped", `{"S":"jane.doe\u0040example.com.."}`, Options{}},
	{"kind=S/len=22/shape", `{"S":"jane.doe@example.com.."}`, Options{Shape: true}},
	{"kind=S/len=200", `{"S":"` + strings.Repeat("x", 200) + `"}`, Options{}},
	{"kind=S/len=4096", `{"S":"` + strings.Repeat("x", 4096) + `"}`, Options{}},
	{"kind=N/digits=2", `{"N":"42"}`, Options{}},
	{"kind=N/digits=38", `{"N":"12345678901234567890123456789012345678"}`, Options{}},
	{"kind=N/fraction", `{"N":"-1234.5600"}`, Options{}},
	{"kind=B/len=32", `{"B":"AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8="}`, Options{}},
	{"kind=BOOL", `{"BOOL":true}`, Options{}},
	{"kind=NULL", `{"NULL":true}`, Options{}},
	{"kind=SS/members=4", `{"SS":["red","green","blue","yellow"]}`, Options{}},
	{"kind=NS/members=10/dense", `{"NS":["0","1","2","3","4","5","6","7","8","9"]}`, Options{}},
	{"kind=NS/members=1000", quoted("NS", 100000, 100999, func(i int) string { return fmt.Sprint(i) }), Options{}},
	{"kind=BS/members=2", `{"BS":["AAEC","AwQF"]}`, Options{}},
}

func TestNothingIsAllocated(t *testing.T) {
	g := testGenerator(t)
	k := testKey(t)
	path, item := []byte("a.path"), []byte("an item's key")
	dst := make([]byte, 0, 64<<10)
	for _, w := range work {
		value := []byte(w.value)
		if n := testing.AllocsPerRun(100, func() {
			g.StartItem(item)
			if _, err := g.AppendValue(dst, path, value, w.o); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want none", w.name, n)
		}
	}
	if testsize.Race {
		return // the race detector empties pools at random
	}
	if n := testing.AllocsPerRun(100, func() { k.Mac(dst, "domain", item) }); n != 0 {
		t.Errorf("Mac: %v allocations, want none", n)
	}
	s, value := k.NewSeeder(), []byte(`{"S":"jane.doe@example.com"}`)
	if n := testing.AllocsPerRun(100, func() { s.Value("email", value); s.Place("email", path, value) }); n != 0 {
		t.Errorf("Seeder: %v allocations, want none", n)
	}
}

func BenchmarkAppendValue(b *testing.B) {
	for _, w := range work {
		b.Run(w.name, func(b *testing.B) {
			g := testGenerator(b)
			path, value := []byte("a.path"), []byte(w.value)
			dst := make([]byte, 0, 64<<10)
			b.ReportAllocs()
			b.SetBytes(int64(len(value)))
			for b.Loop() {
				if _, err := g.AppendValue(dst, path, value, w.o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkItem goes through items as a copy does: each has a key of its own and
// four values, so that the processor cannot learn what comes.
func BenchmarkItem(b *testing.B) {
	attributes := []struct{ path, value []byte }{
		{[]byte("\x00\x04Name"), []byte(`{"S":"Jane Doe"}`)},
		{[]byte("\x00\x05Email"), []byte(`{"S":"jane.doe@example.com.."}`)},
		{[]byte("\x00\x03Age"), []byte(`{"N":"42"}`)},
		{[]byte("\x00\x06Active"), []byte(`{"BOOL":true}`)},
	}
	for _, address := range []int{0, 60, 200} {
		b.Run(fmt.Sprintf("address=%d", address), func(b *testing.B) {
			all := attributes
			if address > 0 {
				all = append(all, struct{ path, value []byte }{
					[]byte("\x00\x07Address"), []byte(`{"S":"` + strings.Repeat("x", address) + `"}`),
				})
			}
			g, dst := testGenerator(b), make([]byte, 0, 1024)
			var item [16]byte
			b.ReportAllocs()
			for b.Loop() {
				binary.BigEndian.PutUint64(item[:], binary.BigEndian.Uint64(item[:])+1)
				g.StartItem(item[:])
				for _, a := range all {
					if _, err := g.AppendValue(dst, a.path, a.value, Options{}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkStartItem(b *testing.B) {
	g, item := testGenerator(b), []byte("an item's key")
	b.ReportAllocs()
	for b.Loop() {
		g.StartItem(item)
	}
}

func BenchmarkSeed(b *testing.B) {
	s, value := testKey(b).NewSeeder(), []byte(`{"S":"jane.doe@example.com"}`)
	b.ReportAllocs()
	for b.Loop() {
		s.Value("anon/value/email", value)
	}
}

func BenchmarkMac(b *testing.B) {
	k, value := testKey(b), []byte("jane.doe@example.com")
	var dst [32]byte
	b.ReportAllocs()
	for b.Loop() {
		k.Mac(dst[:0], "email", value)
	}
}
