package anon

import "unicode/utf8"

// characters returns how many code points a text has.
func characters(text string) int { return utf8.RuneCountInString(text) }

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

// ofLength draws a word of exactly n characters. Where the list has none, it cuts
// a longer one, or joins words by hyphens.
func (l *wordList) ofLength(d *draw, n int) string {
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

// word draws a word as the options maxLength and preserveLength have it.
func (l *wordList) word(cfg *config, c *call) string {
	if n, ok := cfg.preservedLength(c); ok {
		return l.ofLength(c.draw, n)
	}
	return l.atMost(c.draw, cfg.maxLength())
}
