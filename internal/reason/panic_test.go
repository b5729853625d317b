package reason

import (
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// catch calls fn, which panics or ends its goroutine, and returns the place.
func catch(fn func()) (place string) {
	done := make(chan bool)
	go func() {
		defer close(done)
		func() {
			defer func() { place = Caught(recover()).Place }()
			fn()
		}()
	}()
	<-done
	return place
}

func TestPlaces(t *testing.T) {
	var none []int
	for what, tt := range map[string]struct {
		fn   func()
		want string
	}{
		"a panic":                           {func() { panic("canary") }, `^ at panic_test\.go:\d+ \(reason\.TestPlaces\.func1\)$`},
		"the runtime's":                     {func() { none[len(none)] = 1 }, `^ at panic_test\.go:\d+ \(reason\.TestPlaces\.func2\)$`},
		"the standard library's":            {func() { panic(strings.Repeat("x", -1-len(none))) }, `^ at panic_test\.go:\d+ \(reason\.TestPlaces\.func3\)$`},
		"the end of the goroutine":          {runtime.Goexit, `^$`},
		"no panic":                          {func() {}, `^$`},
		"one that was caught inside before": {func() { catch(func() { panic(1) }) }, `^$`},
		"one below many calls":              {func() { deep(300) }, `^ at panic_test\.go:\d+ \(reason\.deep\)$`},
	} {
		if got := catch(tt.fn); !regexp.MustCompile(tt.want).MatchString(got) {
			t.Errorf("%s: %q, want %s", what, got, tt.want)
		}
	}
}

func deep(n int) {
	if n == 0 {
		panic("canary")
	}
	deep(n - 1)
}
