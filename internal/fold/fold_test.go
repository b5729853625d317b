package fold

import (
	"fmt"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dynsync/dynsync/internal/testsize"
)

// same says that package unicode and x/text have the version of Unicode that the tables
// have. A later one can give a small letter a capital that the tables don't know.
var same = !differ(append(slices.Clone(versions), Unicode)...)

// allRunes calls do for each character that both versions of Unicode assign, or for all
// where they are one version.
func allRunes(do func(r rune)) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xd800 && r < 0xe000 || !same && !isAssigned(r) {
			continue
		}
		do(r)
	}
}

// isAssigned reports whether the tables and package unicode know a character.
func isAssigned(r rune) bool {
	known := recordOf(r).class&(letter|mark|number|space|invisible) != 0
	return known && unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Z, unicode.C)
}

// TestVersion: the tables are of the version that package unicode and x/text have. When
// these move on, the tables need not, since pseudonyms depend on them.
func TestVersion(t *testing.T) {
	if !same {
		t.Logf("the tables have Unicode %s, and package unicode and x/text %v", Unicode, versions)
	}
	if len(strings.Split(Unicode, ".")) != 3 {
		t.Errorf("Unicode is %q", Unicode)
	}
}

// TestImportsNothing: no result can depend on another package.
func TestImportsNothing(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil || len(f.Imports) > 0 {
			t.Errorf("%s imports %d packages, %v", name, len(f.Imports), err)
		}
	}
}

// recategorized is how many characters another version of Unicode may have moved to other
// classes: few, since such a change is an erratum.
const recategorized = 20

func TestClasses(t *testing.T) {
	var wrong []string
	defer func() {
		if n := len(wrong); n > recategorized || n > 0 && unicode.Version == Unicode {
			t.Errorf("%d characters differ from package unicode, %s: %s", n, unicode.Version, strings.Join(wrong[:min(n, 10)], "; "))
		}
	}()
	allRunes(func(r rune) {
		for _, tt := range []struct {
			name string
			got  bool
			want bool
		}{
			{"letter", IsLetter(r), unicode.IsLetter(r)},
			{"mark", IsMark(r), unicode.IsMark(r)},
			{"digit", IsDigit(r), unicode.IsDigit(r)},
			{"number", IsNumber(r), unicode.IsNumber(r)},
			{"space", IsSpace(r), unicode.IsSpace(r)},
			{"upper", IsUpper(r), unicode.IsUpper(r) || unicode.IsTitle(r) || unicode.Is(unicode.Other_Uppercase, r)},
			{"lower", IsLower(r), unicode.IsLower(r) || unicode.Is(unicode.Other_Lowercase, r)},
			{"invisible", IsInvisible(r), isIgnorable(r)},
			{"unspaced", IsUnspaced(r), unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)},
		} {
			if tt.got != tt.want {
				wrong = append(wrong, fmt.Sprintf("%U is %s: %t", r, tt.name, tt.got))
			}
		}
	})
	for _, r := range []rune{-1, 0xd800, 0xdfff, unicode.MaxRune + 1} {
		if IsLetter(r) || IsSpace(r) || IsInvisible(r) || ASCII(r) != r {
			t.Errorf("%#x is something", r)
		}
	}
}

func TestASCII(t *testing.T) {
	for from, want := range map[string]string{
		"Ａ": "A", "ａ": "a", "＠": "@", "．": ".", "０": "0", "٣": "3", "߁": "1", "𝟗": "9", "𝐁": "B", "－": "-", "–": "-", "−": "-", "־": "-", "\u00a0": " ", "\u3000": " ", "\u2800": " ", "\u00ad": "", "\u200b": "", "\ufeff": "", "\u0000": "", "\u007f": "",
		"²": "²", "①": "①", "ä": "ä", "ß": "ß", "`": "`", "〜": "-", "゠": "-", "ー": "ー", "Ⅳ": "Ⅳ", "a": "a", "\n": "\n", "\t": "\t",
	} {
		r, _ := utf8.DecodeRuneInString(from)
		got := ""
		if a := ASCII(r); a >= 0 {
			got = string(a)
		}
		if got != want || Plain(from) != want {
			t.Errorf("%q is %q and %q, want %q", from, got, Plain(from), want)
		}
	}
	if ASCII('ʼ') != '\'' || ASCII('ꞌ') != '\'' || ASCII('＇') != '\'' || ASCII('＂') != '"' {
		t.Error("a letter or a wide form that is an apostrophe stays")
	}
	for from, want := range map[rune]string{'’': "'", '´': "'", '“': `"`} {
		if ASCII(from) != from || Plain(string(from)) != want {
			t.Errorf("%q is %q and %q", from, ASCII(from), Plain(string(from)))
		}
	}
}

// mistaken reports whether x/text can be wrong about a text: it composes characters beyond
// the first plane as those of the first plane with equal last 16 bits, and a mark with the
// character before another one that combines.
func mistaken(text string) bool {
	behind := false
	for _, r := range text {
		if r > 0xffff && len(text) > utf8.RuneLen(r) || behind && markOf(r) != 0 {
			return true
		}
		behind = behind || markOf(r) == 0 && recordOf(r).class&combines != 0
	}
	return false
}

// pairsOf are the compositions that x/text has for pairs.
var pairsOf = func() map[[2]rune]rune {
	all, _ := pairs()
	of := map[[2]rune]rune{}
	for _, c := range all {
		of[[2]rune{c[0], c[1]}] = c[2]
	}
	return of
}()

// nfc is the normal form C by the algorithm of UAX #15, as it is told there.
func nfc(text string) string {
	var runes, out []rune
	for _, r := range text {
		runes = append(runes, []rune(norm.NFD.String(string(r)))...)
	}
	class := func(r rune) int { return int(norm.NFC.Properties([]byte(string(r))).CCC()) }
	for i := 1; i < len(runes); i++ {
		for j := i; j > 0 && class(runes[j]) > 0 && class(runes[j-1]) > class(runes[j]); j-- {
			runes[j-1], runes[j] = runes[j], runes[j-1]
		}
	}
	for _, r := range runes {
		starter := len(out) - 1
		for starter >= 0 && class(out[starter]) > 0 {
			starter--
		}
		if starter >= 0 && (starter == len(out)-1 || class(out[len(out)-1]) < class(r)) {
			c, ok := pairsOf[[2]rune{out[starter], r}]
			if hangul := []rune(norm.NFC.String(string([]rune{out[starter], r}))); !ok && len(hangul) == 1 && hangul[0] >= hangulFirst && hangul[0] < hangulFirst+hangulCount {
				c, ok = hangul[0], true
			}
			if ok {
				out[starter] = c
				continue
			}
		}
		out = append(out, r)
	}
	return string(out)
}

// TestNormalForms compares all characters with x/text, alone, behind others and before
// marks.
func TestNormalForms(t *testing.T) {
	allRunes(func(r rune) {
		for _, text := range []string{string(r), "a" + string(r), string(r) + "\u0301\u0323", "\u1100" + string(r), "\uac00" + string(r), string(r) + string(r)} {
			if mistaken(text) {
				continue
			}
			if got, want := NFC(text), norm.NFC.String(text); got != want {
				t.Errorf("NFC of %+q is %+q, want %+q", text, got, want)
			}
			if got, want := NFKC(text), norm.NFKC.String(text); got != want {
				t.Errorf("NFKC of %+q is %+q, want %+q", text, got, want)
			}
		}
	})
}

// pool are characters of which random texts are made: what combines, what decomposes, what
// changes case, what is replaced, and others.
var pool = func() (pool [][]rune) {
	var marks, seconds, decomposing, cased, replaced []rune
	for r := rune(1); r <= unicode.MaxRune; r++ {
		p := recordOf(r)
		switch {
		case p.class&combines != 0:
			seconds = append(seconds, r)
		case p.mark != 0:
			marks = append(marks, r)
		case p.class&decomposes != 0 && r < 0xe0000:
			decomposing = append(decomposing, r)
		case p.fold != 0:
			cased = append(cased, r)
		}
		if p.ascii != 0 && r < 0xe0000 {
			replaced = append(replaced, r)
		}
	}
	first := []rune{}
	for _, c := range compositions {
		first = append(first, c[0])
	}
	jamo := []rune{0x1100, 0x1112, 0x1161, 0x1175, 0x11a7, 0x11a8, 0x11c2, 0xac00, 0xac01, 0xd7a3}
	return [][]rune{marks, seconds, decomposing, cased, replaced, first, jamo, []rune("aAiIıİsSßſςσΣéÉ -'.9\u0307\u0345")}
}()

func randomText(rnd *rand.Rand, n int) string {
	var b strings.Builder
	for range rnd.IntN(n) + 1 {
		from := pool[rnd.IntN(len(pool))]
		b.WriteRune(from[rnd.IntN(len(from))])
	}
	return b.String()
}

func TestRandomTexts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range testsize.Of(50_000, 200_000, 150_000) {
		text := randomText(rnd, 12)
		if same && !mistaken(text) {
			if got, want := NFC(text), norm.NFC.String(text); got != want {
				t.Fatalf("NFC of %+q is %+q, want %+q", text, got, want)
			}
			if got, want := NFKC(text), norm.NFKC.String(text); got != want {
				t.Fatalf("NFKC of %+q is %+q, want %+q", text, got, want)
			}
		}
		if got, want := NFC(text), nfc(text); same && got != want {
			t.Fatalf("NFC of %+q is %+q, want %+q", text, got, want)
		}
		if fault := formFault(text); fault != "" {
			t.Fatal(fault)
		}
	}
}

// formFault returns what is wrong with the forms of a text: a form is its own form, and is
// equal for normal forms that are equal.
func formFault(text string) string {
	for name, form := range map[string]func(string) string{"NFC": NFC, "NFKC": NFKC, "Form": Form, "Plain": Plain, "Case": Case, "PlainCase": PlainCase} {
		got := form(text)
		if again := form(got); again != got {
			return fmt.Sprintf("%s of %+q is %+q, and of that %+q", name, text, got, again)
		}
		for _, other := range []string{norm.NFD.String(text), norm.NFC.String(text)} {
			if mistaken(text) {
				continue
			}
			if same := form(other); same != got {
				return fmt.Sprintf("%s of %+q is %+q, and of the equal %+q it is %+q", name, text, got, other, same)
			}
		}
		if !utf8.ValidString(got) {
			return fmt.Sprintf("%s of %+q is %+q", name, text, got)
		}
	}
	if !same || strings.ContainsRune(norm.NFD.String(text), '\u0345') {
		return "" // its capital is a letter, behind which other marks stand elsewhere
	}
	for _, other := range []string{strings.ToUpper(text), strings.ToLower(text), strings.ToTitle(text)} {
		if Case(other) != Case(text) {
			return fmt.Sprintf("Case of %+q is %+q, and of %+q it is %+q", text, Case(text), other, Case(other))
		}
	}
	return ""
}

func TestFormsOfAllCharacters(t *testing.T) {
	allRunes(func(r rune) {
		if p := recordOf(r); p.class&(changes<<forms-changes|decomposes|combines) == 0 && p.mark == 0 && p.fold == 0 && p.lower == 0 && p.upper == 0 && r%64 != 0 {
			return // one as any other
		}
		for _, text := range []string{string(r), "a" + string(r) + "\u0301"} {
			if fault := formFault(text); fault != "" {
				t.Error(fault)
			}
		}
		if !same {
			return
		}
		if small, capital := string(unicode.ToLower(r)), string(unicode.ToUpper(r)); string(Lower(r)) != small || string(Upper(r)) != capital || PlainCase(small) != PlainCase(string(r)) || PlainCase(capital) != PlainCase(string(r)) {
			t.Errorf("%U has the small letter %+q and the capital %+q", r, Lower(r), Upper(r))
		}
		if fault := simpleFault(r); fault != "" {
			t.Error(fault)
		}
		if c := Case(string(r)); c == string(r) && r != 'i' && strings.ToLower(strings.ToUpper(c)) != c {
			t.Errorf("%U is without case, and was %+q", r, strings.ToLower(strings.ToUpper(c)))
		}
	})
}

// simpleFault returns what is wrong with simple case folding: the characters of an orbit of
// package unicode, and no others but İ, are one.
func simpleFault(r rune) string {
	one := Simple(r)
	if Simple(one) != one || one != r && r != 'İ' && unicode.SimpleFold(one) == one {
		return fmt.Sprintf("%U folds to %U", r, one)
	}
	for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
		if Simple(o) != one {
			return fmt.Sprintf("%U folds to %U, and %U to %U", r, one, o, Simple(o))
		}
	}
	return ""
}

// TestManyMarks: marks are sorted in linear time, however many there are, and none is lost.
func TestManyMarks(t *testing.T) {
	rnd, marks := rand.New(rand.NewPCG(3, 4)), pool[0]
	for _, n := range []int{few - 1, few, few + 1, 30, 500} {
		var b strings.Builder
		b.WriteByte('x')
		for range n {
			b.WriteRune(marks[rnd.IntN(len(marks))])
		}
		want := []rune(norm.NFC.String("x"))
		for _, r := range b.String()[1:] {
			want = append(want, []rune(norm.NFD.String(string(r)))...)
		}
		slices.SortStableFunc(want[1:], func(a, b rune) int { return int(markOf(a)) - int(markOf(b)) })
		if got := NFC(b.String()); got != string(want) {
			t.Errorf("%d marks: got %+q, want %+q", n, got, string(want))
		}
	}
	// In quadratic time this would not end within the time of a test.
	long := "a" + strings.Repeat("\u0301\u0323", 500_000)
	if got, want := NFC(long), "\u1ea1"+strings.Repeat("\u0323", 499_999)+strings.Repeat("\u0301", 500_000); got != want {
		t.Error("a million marks are not in order")
	}
}

func TestWordsThatReadTheSame(t *testing.T) {
	for _, group := range [][]string{
		{"José García", "Jose\u0301 Garci\u0301a", "JOSÉ GARCÍA", "ＪＯＳÉ\u00a0ＧＡＲＣÍＡ", "Jo\u200bsé\u2009Gar\u00adcía"},
		{"O'Brien", "O’Brien", "O‘Brien", "Oʼbrien", "O´Brien", "O`Brien", "O′BRIEN", "Ｏ＇Ｂｒｉｅｎ"},
		{"Anna-Lena", "Anna–Lena", "Anna‑Lena", "Anna‐Lena", "Anna−Lena", "ANNA—LENA", "Anna－Lena", "Anna﹣Lena"},
		{"Weiß", "WEISS", "Weiss", "WEIẞ"},
		{"Σίσυφος", "ΣΊΣΥΦΟΣ", "σίσυφοσ", "Σι\u0301συφος"},
		{"Işık", "IŞIK", "ışık", "is\u0327ik", "İŞİK", "i\u0307s\u0327i\u0307k"},
		{"한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"},
		{"ﬁona", "Fiona", "FIONA"},
		{"ヤマダ", "ﾔﾏﾀﾞ", "ヤマタ\u3099"},
		{"Ⅳ", "IV", "iv"},
		{"ǆ", "Ǆ", "ǅ", "dz\u030c"},
		{"Åsa", "A\u030asa", "\u212bSA"},
		{"Kelvin", "\u212aelvin"},
		{"ΐ", "\u03b9\u0308\u0301", "\u1fd3"},
		{"“Bill”", `"Bill"`, "„Bill‟", "״bill״"},
		{"ᾳ", "αι", "ΑΙ", "α\u0345"},
		{"محمد", "ﻣﺤﻤﺪ"},
	} {
		for _, text := range group[1:] {
			if Case(text) != Case(group[0]) {
				t.Errorf("%+q is %+q, and %+q is %+q", group[0], Case(group[0]), text, Case(text))
			}
		}
	}
	apart := strings.Fields("a ä á à â ã å æ ae o ø ö oe œ e é ё е n ñ c ç s ş š l ł ss sz th þ d đ ð ﺍ أ か が 한 하 - 〜 ー _ . , ' \" 1 2")
	for i, a := range apart {
		for _, b := range apart[i+1:] {
			if Case(a) == Case(b) {
				t.Errorf("%q and %q are one", a, b)
			}
		}
	}
}

func TestPlainCase(t *testing.T) {
	for from, want := range map[string]string{
		"Bob@Corp.TEST": "bob@corp.test", "ＢＯＢ＠ｃｏｒｐ．test": "bob@corp.test", "bob@co\u00adrp.test": "bob@corp.test", "İNFO@X.COM": "info@x.com", "ınfo@x.com": "info@x.com",
		"O’Brien@corp.test": "o'brien@corp.test", "o`brien@corp.test": "o`brien@corp.test", "Strauß.de": "strauß.de", "JOSÉ@x": "josé@x", "JOSE\u0301@x": "josé@x", "ﬁ@x": "ﬁ@x",
		"+٤٩ 30–12": "+49 30-12",
	} {
		if got := PlainCase(from); got != want {
			t.Errorf("%+q is %+q, want %+q", from, got, want)
		}
	}
}

// TestBytesThatAreNotUTF8: they stay, and what is around them has its form.
func TestBytesThatAreNotUTF8(t *testing.T) {
	surrogate := "\xed\xa0\x80"
	for _, invalid := range []string{"\xff", "\x80", surrogate, "\xc3", "\xe2\x80", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xc0\xaf", "\ufffd"} {
		for _, form := range []func(string) string{NFC, NFKC, Form, Plain, Case, PlainCase} {
			if got, want := form("e\u0301"+invalid+"e\u0301"), "é"+invalid+"é"; got != want {
				t.Errorf("got %+q, want %+q", got, want)
			}
			if got, want := form("e"+invalid+"\u0301"), "e"+invalid+"\u0301"; got != want {
				t.Errorf("a mark combined over a byte: got %+q, want %+q", got, want)
			}
		}
		if got := Trim(" " + invalid + " "); got != invalid {
			t.Errorf("trimmed: %+q", got)
		}
	}
}

func TestSpaces(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	texts := []string{"", " ", "a", " a ", "a  b", "a\tb", "\u00a0a\u3000b\u2028", "a b", " a", "a ", "\xffa\xff b", "\u0085a", "é\u00a0"}
	for range 20_000 {
		texts = append(texts, randomText(rnd, 6)+" "+randomText(rnd, 3)+"\u2003")
	}
	for _, text := range texts {
		if got, want := Trim(text), strings.TrimSpace(text); got != want {
			t.Errorf("%+q without space around it is %+q, want %+q", text, got, want)
		}
		if got, want := Fields(text), strings.Fields(text); !slices.Equal(got, want) {
			t.Errorf("%+q has the fields %+q, want %+q", text, got, want)
		}
		if got, want := Spaced(text), strings.Join(strings.Fields(text), " "); got != want {
			t.Errorf("%+q spaced is %+q, want %+q", text, got, want)
		}
	}
}

func TestWhatHasItsFormIsNotCopied(t *testing.T) {
	for _, text := range []string{"", "bob marley, 14 main street", "josé garcía", "山田太郎", "한국", "øyvind", "bob@corp.test"} {
		for name, form := range map[string]func(string) string{"NFC": NFC, "NFKC": NFKC, "Form": Form, "Plain": Plain, "Trim": Trim, "Spaced": Spaced} {
			if n := testing.AllocsPerRun(10, func() { form(text) }); n > 0 {
				t.Errorf("%s of %q allocates %v times", name, text, n)
			}
		}
		if n := testing.AllocsPerRun(10, func() { Case(text) }); n > 0 && isASCIIText(text) {
			t.Errorf("Case of %q allocates %v times", text, n)
		}
	}
}

func isASCIIText(text string) bool { return len(text) == utf8.RuneCountInString(text) }

func BenchmarkFold(b *testing.B) {
	for _, bm := range []struct {
		name, text string
		form       func(string) string
	}{
		{"FormASCII", "bob marley of kingston", Form}, {"CaseASCII", "bob marley of kingston", Case}, {"CaseUpperASCII", "Bob Marley Of Kingston", Case},
		{"PlainASCII", "bob@corp.test", Plain}, {"FormNFC", "josé garcía de la peña", Form}, {"FormNFD", norm.NFD.String("josé garcía de la peña"), Form},
		{"CaseNFC", "José García de la Peña", Case}, {"FormHangul", "대한민국", Form},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bm.form(bm.text)
			}
		})
	}
}
