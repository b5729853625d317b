package anon

import (
	"slices"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/lists"
)

// TestCodesStayCodes: a code becomes a code, and a name a name, also where the item's place
// decides.
func TestCodesStayCodes(t *testing.T) {
	genders, letters := []string{"female", "male", "nonbinary", "undefined"}, []string{"F", "M", "N", "U"}
	for _, tt := range []struct {
		tr     func(...Option) dynsync.Transformer
		values []string
		of     []string
	}{
		{State, []string{"IL", "ny", " TX ", "\uff29\uff2c", "BY"}, lists.StateCodes},
		{State, []string{"Illinois", "new york", "N.Y.", "NSW", "B1", "\u00e4\u00f6", "4"}, lists.States},
		{Country, []string{"DE", "us", " FR ", "XK"}, lists.CountryCodes},
		{Country, []string{"Germany", "USA", "DEU", "49", "\u65e5\u672c"}, lists.Countries},
		{Gender, []string{"m", "F", " x ", "W"}, letters},
		{Gender, []string{"male", "weiblich", "1", "mf", "\u7537"}, genders},
	} {
		for _, value := range tt.values {
			if out := outText(t, tt.tr(), value); !slices.Contains(tt.of, out) {
				t.Errorf("%q became %q, want one of %q and the like", value, out, tt.of[0])
			}
			if out := outText(t, tt.tr(Abbreviate()), value); len(out) > 2 {
				t.Errorf("%q became %q with Abbreviate", value, out)
			}
		}
	}
}
