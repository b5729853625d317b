package anon

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/growth"
)

// TestWalks: the result at an attempt is what the permutation makes of that at the attempt
// before, in whichever order attempts are asked for.
func TestWalks(t *testing.T) {
	for _, tt := range []struct {
		a      dynsync.Transformer
		format string
	}{
		{Digits(), "123456%03d"}, {Digits(In("b")), "4%08d"}, {Alphanumeric(), "Ab-%04d"}, {Alphanumeric(Alphabet("hex")), "abcdef%03d"},
		{Counter(), "%d"}, {Counter(Max(5_000_000)), "%d"}, {ObjectID(), "507f191e810c19729de86%03d"}, {ULID(), "01HV6Z3N5Q8W2E4R7T9Y1C3%03d"},
		{KSUID(PreserveTime()), "1srOrx2ZWZBpBUvZwXKQmoEY%03d"}, {Digits(PerItem()), "123456%03d"},
	} {
		a := tt.a.(*anonymizer)
		want := map[string][]string{} // by value
		for i := range 6 {
			value := fmt.Sprintf(tt.format, i+100)
			for text := value; len(want[value]) < 15; {
				text = outText(t, tt.a, text)
				want[value] = append(want[value], text)
			}
		}
		check := func(value string, attempt int) {
			got, err := a.anonymize(t.Context(), dynsync.Input{}, dynsync.KindS, value, attempt)
			if err != nil || got != want[value][attempt] {
				t.Errorf("%s of %q at attempt %d: %q, %v; want %q", a.desc.Name, value, attempt, got, err, want[value][attempt])
			}
		}
		var wg sync.WaitGroup
		for step := range 4 {
			wg.Go(func() {
				for value := range want {
					for n := range 15 {
						check(value, [...]int{n, 14 - n, n * 7 % 15, n / 2}[step])
					}
				}
			})
		}
		wg.Wait()
	}
}

// TestAttemptsTakeLinearTime: a value without a result that fits costs a step for each
// attempt, not all steps again.
func TestAttemptsTakeLinearTime(t *testing.T) {
	long := strings.Repeat("3", 200)
	d := dynsync.Delimited("1", Digits(), dynsync.Passthrough())
	// All attempts of a value take as long as one attempt each of as many values.
	growth.Linear(t, "a value without a result", maxAttempts, func(n int) {
		if n < maxAttempts {
			for range n {
				outText(t, Digits(), long)
			}
			return
		}
		if _, err := d.Transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(long + "1x")}); err == nil {
			t.Error("200 digits without a 1 are as good as impossible")
		}
	})
}
