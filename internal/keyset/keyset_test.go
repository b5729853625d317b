package keyset

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/testsize"
)

var secret = []byte("Gq3vT8yXw0nZbR5uJ1sKfD7mPa9hLcE2")

// A set takes as many keys as it may, to the last one: with a share of the limit
// for each of its shards it was full before, by chance, hours into a run that
// the table's item count had passed.
func TestSetTakesAsManyAsItMay(t *testing.T) {
	t.Parallel()
	key, err := pseudonym.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	const limit = 10_000
	var inAll atomic.Int64
	s := New(key, limit, &inAll)
	var fresh atomic.Int64
	var all sync.WaitGroup
	for range 4 { // each claims every key
		all.Go(func() {
			for i := range limit {
				if _, ok, err := s.Claim(fmt.Append(nil, i), false); err != nil {
					t.Errorf("key %d: %v", i, err)
				} else if ok {
					fresh.Add(1)
				}
			}
		})
	}
	all.Wait()
	if fresh.Load() != limit {
		t.Errorf("%d keys were fresh, of %d", fresh.Load(), limit)
	}
	for range 2 {
		if _, _, err := s.Claim([]byte("one more"), false); err != ErrTooMany {
			t.Errorf("one more: %v", err)
		}
	}
	if _, ok, err := s.Claim(fmt.Append(nil, 7), false); ok || err != nil {
		t.Errorf("a key that is there, in a full set: %v, %v", ok, err)
	}
	var none *Set
	for range 2 {
		if _, ok, err := none.Claim([]byte("x"), false); !ok || err != nil {
			t.Errorf("no set: %v, %v", ok, err)
		}
	}
}

func TestSetIsSmall(t *testing.T) {
	testsize.SkipShort(t, "it counts the memory of 500,000 keys")
	key, err := pseudonym.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	const n = 500_000
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	s := New(key, n, new(atomic.Int64))
	for i := range n {
		if _, _, err := s.Claim(fmt.Append(nil, i), false); err != nil {
			t.Fatal(err)
		}
	}
	per := float64(heap()-before) / n
	runtime.KeepAlive(s)
	t.Logf("%.1f bytes a key", per)
	if per > 45 {
		t.Errorf("a key takes %.1f bytes, and the documentation says some 32", per)
	}
}
