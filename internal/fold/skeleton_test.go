package fold_test

import (
	"testing"

	"github.com/dynsync/dynsync/internal/fold"
)

// Texts that read the same have one skeleton, and others do not.
func TestSkeleton(t *testing.T) {
	t.Parallel()
	bones := func(text string) string {
		var b []byte
		for _, r := range text {
			b = fold.AppendSkeleton(b, r)
		}
		return string(b)
	}
	for _, tt := range []struct {
		want  string
		texts []string
	}{
		{"jorgmuller", []string{"Jörg Müller", "Jo\u0308rg Mu\u0308ller", "JÖRG-MÜLLER", "Ｊｏ\u0308ｒｇ Müller", "Jörg\u00a0Mül\u00adler", "𝐉ö𝐫𝐠 Müller"}},
		{"strasse", []string{"Straße", "STRASSE", "Stra\u200bße", "STRAẞE"}},
		{"491715550123", []string{"+49 (171) 555-0123", "٤٩١٧١٥٥٥٠١٢٣", "४९१७१५५५०१२३", "４９ １７１ ５５５ ０１２３"}},
		{"lodzaerodk", []string{"Łódź Ærø dk", "lodz aero dk"}},
		{"istanbul", []string{"İstanbul", "ISTANBUL", "ıstanbul"}},
		{"οδυσσευσ", []string{"ΟΔΥΣΣΕΥΣ", "οδυσσευς", "Ὀδυσσεύς"}},
		{"東京", []string{"東京", "東\u3000京", "「東京」"}},
		{"", []string{"", " -–—'’.,\u200b\u00ad\u0301", "!?#"}},
	} {
		for _, text := range tt.texts {
			if got := bones(text); got != tt.want {
				t.Errorf("%q has %q, want %q", text, got, tt.want)
			}
		}
	}
	if bones("가") == bones("각") || bones("가") != bones("\u1100\u1161") {
		t.Error("syllables of Hangul are told apart by their letters, composed or not")
	}
}

func BenchmarkSkeleton(b *testing.B) {
	const text = "José García de la Peña, 東京"
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = dst[:0]
		for _, r := range text {
			dst = fold.AppendSkeleton(dst, r)
		}
	}
}
