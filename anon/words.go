package anon

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// characters returns how many code points a text has.
func characters(text string) int { return utf8.RuneCountInString(text) }

// upperASCII returns a text with capitals for the small letters of ASCII.
func upperASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r-'a' < 26 && r >= 'a' {
			return r - 'a' + 'A'
		}
		return r
	}, text)
}

// A wordList is a list of words, and the same by length in characters.
type wordList struct {
	all     []string
	exactly [][]string // by length
	upTo    [][]string // by greatest length
}

func newWordList(words []string) *wordList {
	longest := 0
	for _, w := range words {
		longest = max(longest, characters(w))
	}
	l := &wordList{all: words, exactly: make([][]string, longest+1), upTo: make([][]string, longest+1)}
	for _, w := range words {
		n := characters(w)
		l.exactly[n] = append(l.exactly[n], w)
		for ; n <= longest; n++ {
			l.upTo[n] = append(l.upTo[n], w)
		}
	}
	return l
}

// longest returns the length of the longest word.
func (l *wordList) longest() int { return len(l.upTo) - 1 }

// atMost draws a word of n characters at most; where the list has none, it cuts
// one, which must be ASCII.
func (l *wordList) atMost(d *draw, n int) string {
	words := l.upTo[min(n, l.longest())]
	if len(words) == 0 {
		return cut(d.pick(l.all), n)
	}
	return d.pick(words)
}

// has reports whether there is a word of n characters.
func (l *wordList) has(n int) bool { return n >= 0 && n <= l.longest() && len(l.exactly[n]) > 0 }

// A names is a wordList of names, which are ASCII, that can be cut and joined where
// too few have a length.
type names struct {
	*wordList
	cutTo [][]string // names of a length, some of them cut
	short [][]string // names of a greatest length, those that are longer cut
	pairs []int      // how many pairs with a hyphen between them have a length
}

func newNames(words []string) *names {
	l := &names{wordList: newWordList(words)}
	for n := range l.longest() + 1 {
		var whole, all []string
		for _, w := range words {
			if len(w) >= n {
				whole = append(whole, cut(w, n))
			}
			all = append(all, strings.TrimRight(cut(w, n), " .-"))
		}
		l.cutTo = append(l.cutTo, distinct(whole))
		l.short = append(l.short, distinct(all))
		l.pairs = append(l.pairs, l.countPairs(n))
	}
	return l
}

func distinct(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

// countPairs returns how many pairs of names have n characters with a hyphen between
// them.
func (l *names) countPairs(n int) int {
	pairs := 0
	for i, firsts := range l.exactly {
		if l.has(n - 1 - i) {
			pairs += len(firsts) * len(l.exactly[n-1-i])
		}
	}
	return pairs
}

// upToOf returns what a name of n characters at most is drawn from: names, or where
// these are few, names that are cut.
func (l *names) upToOf(n int) []string {
	n = min(n, l.longest())
	if len(l.upTo[n]) < enough {
		return l.short[n]
	}
	return l.upTo[n]
}

// ofLength returns how names of exactly n characters are drawn, and how many there are
// at least: whole names, or where these are few, several joined by hyphens, or cut
// ones. There are no names of one character but few initials.
func (l *names) ofLength(n int) (size int, name func(d *draw) string) {
	switch {
	case n > l.longest():
		return len(l.all), func(d *draw) string { return l.joined(d, n) }
	case len(l.exactly[n]) >= enough:
		return len(l.exactly[n]), func(d *draw) string { return d.pick(l.exactly[n]) }
	case l.pairs[n] >= enough:
		return l.pairs[n], func(d *draw) string { return l.pair(d, n) }
	}
	return len(l.cutTo[n]), func(d *draw) string { return d.pick(l.cutTo[n]) }
}

// joined draws names joined by hyphens that have n characters, which are more than the
// longest has; the last may be cut.
func (l *names) joined(d *draw, n int) string {
	var out []byte
	for {
		rest := n - len(out)
		if l.has(rest) {
			return string(append(out, d.pick(l.exactly[rest])...))
		}
		if rest <= l.longest() {
			return string(append(out, cut(d.pick(l.exactly[l.longest()]), rest)...))
		}
		out = append(append(out, d.pick(l.all)...), '-')
	}
}

// pair draws one of the pairs of names that have n characters, each as probable.
func (l *names) pair(d *draw, n int) string {
	at := int(d.below(uint64(l.pairs[n])))
	for i, firsts := range l.exactly {
		if !l.has(n - 1 - i) {
			continue
		}
		seconds := l.exactly[n-1-i]
		if at < len(firsts)*len(seconds) {
			return firsts[at/len(seconds)] + "-" + seconds[at%len(seconds)]
		}
		at -= len(firsts) * len(seconds)
	}
	panic("unreachable")
}

// choose returns how a name is drawn by the options maxLength and preserveLength, and
// how many there are at least. A length with too few names is not preserved.
func (l *names) choose(cfg *config, c *call) (size int, name func(d *draw) string) {
	if n, ok := cfg.preservedLength(c); ok {
		if size, name = l.ofLength(n); size >= enough {
			return size, name
		}
	}
	words := l.upToOf(cfg.maxLength())
	return len(words), func(d *draw) string { return d.pick(words) }
}
