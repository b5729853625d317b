package anon

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/fold"
)

// wide returns a text in full-width characters.
func wide(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '\u3000'
		case r > ' ' && r < 0x7f:
			return r - ' ' + 0xff00
		}
		return r
	}, text)
}

// split returns a text with an invisible character behind each of its characters.
func split(text, invisible string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteRune(r)
		b.WriteString(invisible)
	}
	return b.String()
}

// respellings are the ways in which a text can be written so that it reads the same.
var respellings = []struct {
	name    string
	respell func(text string) string
	// words says that only words are written so, and nothing that has a syntax.
	words bool
}{
	{"decomposed", norm.NFD.String, false},
	{"composed", norm.NFC.String, false},
	{"full width", wide, false},
	{"typographic apostrophes", func(s string) string { return strings.ReplaceAll(s, "'", "’") }, false},
	{"modifier apostrophes", func(s string) string { return strings.ReplaceAll(s, "'", "ʼ") }, false},
	{"accents for apostrophes", func(s string) string { return strings.ReplaceAll(s, "'", "´") }, false},
	{"backticks for apostrophes", func(s string) string { return strings.ReplaceAll(s, "'", "`") }, true},
	{"en dashes", func(s string) string { return strings.ReplaceAll(s, "-", "–") }, false},
	{"hyphens that don't break", func(s string) string { return strings.ReplaceAll(s, "-", "\u2011") }, false},
	{"minus signs", func(s string) string { return strings.ReplaceAll(s, "-", "−") }, false},
	{"spaces that don't break", func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }, false},
	{"narrow spaces", func(s string) string { return strings.ReplaceAll(s, " ", "\u202f") }, false},
	{"wide spaces", func(s string) string { return strings.ReplaceAll(s, " ", "\u3000") }, false},
	{"soft hyphens", func(s string) string { return split(s, "\u00ad") }, false},
	{"zero-width spaces", func(s string) string { return split(s, "\u200b") }, false},
	{"joiners", func(s string) string { return split(s, "\u2060") }, false},
	{"a byte order mark", func(s string) string { return "\ufeff" + s }, false},
	{"marks of direction", func(s string) string { return "\u202a" + s + "\u202c\u200e" }, false},
	{"ligatures", func(s string) string { return strings.NewReplacer("ffi", "ﬃ", "fi", "ﬁ", "fl", "ﬂ").Replace(s) }, true},
	{"capitals", strings.ToUpper, false},
}

// A speltKind is an anonymizer with values.
type speltKind struct {
	tr     dynsync.Transformer
	words  bool
	cased  bool // capitals are another value
	values []string
}

// spelt returns values of each kind of anonymizer.
func spelt() []speltKind {
	return []speltKind{
		{FirstName(), true, false, []string{"José", "Zoë", "Anne-Sophie", "D'Artagnan", "Ștefan", "Việt", "Björk", "Søren", "ミカ", "민준", "Fifi"}},
		{FirstName(PreserveLength()), true, false, []string{"José María", "Anne-Sophie", "D'Artagnan"}},
		{LastName(), true, false, []string{"O'Brien", "García-Márquez", "Müller-Lüdenscheidt", "Nguyễn", "Παπαδόπουλος", "Достоевский", "D'Angelo"}},
		{FullName(), true, false, []string{"José García", "Nora O'Brien", "Nora Brien", "Anna-Lena Große", "Håkon Åse", "Łukasz Żółć"}},
		{FullName(PreserveLength()), true, false, []string{"José García", "Nora O'Brien"}},
		{Username(), true, false, []string{"josé.garcía", "o'brien-7", "ﬁona"}},
		{BusinessName(), true, false, []string{"Café d'Or - Söhne", "L'Oréal", "Nestlé S.A."}},
		{Gender(), true, false, []string{"féminin", "non-binary"}},
		{OneOf([]string{"1", "2", "3", "4", "5", "6", "7", "8"}), true, true, []string{"Zürich", "Côte d'Ivoire", "a-b"}},
		{City(), true, false, []string{"Saint-Étienne", "São Paulo", "L'Aquila", "Tromsø"}},
		{Country(), true, false, []string{"Côte d'Ivoire", "Österreich", "Guinea-Bissau"}},
		{State(), true, false, []string{"Nuevo León", "Baden-Württemberg"}},
		{StreetAddress(), true, false, []string{"12 Rue de l'Église", "Königstraße 7", "Karl-Marx-Allee 3"}},
		{FullAddress(), true, false, []string{"12 Rue de l'Église, 75001 Paris", "Karl-Marx-Allee 3, 10178 Berlin"}},
		{ZipCode(), true, false, []string{"12345-6789", "SW1A 1AA"}},
		{Timestamp(), true, false, []string{"Dienstag, 3. März"}},
		{Int(), true, false, []string{"-12.50", "zwölf", "1e3"}},
		{Email(), false, false, []string{"josé.garcía@corp.test", "o'brien@corp.test", "anna-lena@corp.test", "bob@münchen.example"}},
		{Email(PreserveDomain(), PreserveLength()), false, false, []string{"josé.garcía@corp.test", "o'brien@corp.test"}},
		{Phone(), false, false, []string{"+49 30 901820", "(212) 736-5000", "+44 20-7183-8750"}},
		{CardNumber(), false, false, []string{"4111 1111 1111 1111", "4012-8888-8888-1881", "378282246310005"}},
		{IBAN(), false, false, []string{"DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"}},
		{SSN(), false, false, []string{"512-03-1234", "512 03 1234", "512031234"}},
		{IP(), false, false, []string{"10.1.2.3", "2001:db8::7"}},
		{UUID(), false, true, []string{"6ba7b810-9dad-41d1-80b4-00c04fd430c8", "{6ba7b8109dad41d180b400c04fd430c8}"}},
	}
}

// TestWhatReadsTheSameIsOne: however a value is spelt, its pseudonym is the same.
func TestWhatReadsTheSameIsOne(t *testing.T) {
	n := 0
	for _, kind := range spelt() {
		for _, value := range kind.values {
			want := outText(t, kind.tr, value)
			for _, by := range respellings {
				if by.words && !kind.words || kind.cased && by.name == "capitals" {
					continue
				}
				n++
				other := by.respell(value)
				if got := outText(t, kind.tr, other); got != want {
					t.Errorf("%s(%s): %+q becomes %q, and with %s, %+q, it becomes %q", describe(kind.tr).Name, describe(kind.tr).Options, value, want, by.name, other, got)
				}
				if c := describe(kind.tr).Canonical; c != nil {
					if _, ok := c(other); !ok {
						t.Errorf("%s: %+q has no canonical form", describe(kind.tr).Name, other)
					}
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d spellings were tried", n)
	}
}

// TestWhatReadsDifferentlyStaysApart: what a reader tells apart has its own pseudonym.
func TestWhatReadsDifferentlyStaysApart(t *testing.T) {
	for _, tt := range []struct {
		tr   dynsync.Transformer
		a, b string
	}{
		{FullName(), "Jänis Kalninš", "Janis Kalnins"}, {FullName(), "Jose García", "José García"}, {FullName(), "Sørensen", "Sorensen"}, {FullName(), "Lukasz", "Łukasz"},
		{FullName(), "Анна", "Aннa"}, {FullName(), "Артём", "Артем"}, {FullName(), "Anna Lena", "Anna-Lena"}, {FullName(), "AnnaLena", "Anna-Lena"}, {FullName(), "OBrien", "O'Brien"},
		{FullName(), "かが", "かか"}, {FullName(), "Müller", "Mueller"}, {FullName(), "Kız", "Kis"}, {FullName(), "Νίκη", "Νικη"}, {FullName(), "أحمد", "احمد"}, {FullName(), "Æsa", "Aesa"},
		{Email(), "strauß@corp.test", "strauss@corp.test"}, {Email(), "jose@corp.test", "josé@corp.test"}, {Email(), "o`brien@corp.test", "o'brien@corp.test"},
		{Email(), "obrien@corp.test", "o'brien@corp.test"}, {Email(), "annalena@corp.test", "anna-lena@corp.test"}, {Email(), "ﬁona@corp.test", "fiona@corp.test"},
		{OneOf([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"}), "DONE", "done"},
		{Token(), "José", "Jose\u0301"}, {Hash(), "a-b", "a–b"}, {String(), "a b", "a\u00a0b"}, {URL(), "https://corp.test/a-b", "https://corp.test/a–b"},
	} {
		a, b := outText(t, tt.tr, tt.a), outText(t, tt.tr, tt.b)
		if a == b {
			t.Errorf("%s: %q and %q both become %q", describe(tt.tr).Name, tt.a, tt.b, a)
		}
	}
}

// TestLettersThatAreDecided: where languages differ about case, what capitals cannot tell
// apart is one.
func TestLettersThatAreDecided(t *testing.T) {
	for _, group := range [][]string{
		{"Weiß", "WEISS", "Weiss", "WEIẞ"},
		{"Yıldız", "YILDIZ", "yildiz", "Yildiz"},
		{"İbrahim", "IBRAHIM", "ibrahim", "i\u0307brahim", "İBRAHİM"},
		{"Αδάμος", "ΑΔΆΜΟΣ", "αδάμοσ"},
		{"Ǆura", "ǅura", "ǆura"},
	} {
		want := outText(t, LastName(), group[0])
		for _, other := range group[1:] {
			if got := outText(t, LastName(), other); got != want {
				t.Errorf("%q becomes %q, and %q becomes %q", group[0], want, other, got)
			}
		}
	}
	if a, b := outText(t, Int(), "42"), outText(t, Int(), "٤٢"); a != b {
		t.Error("a number in Arabic digits is another")
	}
	if a, b := outText(t, Email(), "INFO@corp.test"), outText(t, Email(), "ınfo@corp.test"); a != b || a != outText(t, Email(), "İNFO@CORP.TEST") {
		t.Error("an address in Turkish capitals is another")
	}
}

// TestTextAgreesWithTheFields: however a value is spelt, Text finds it within a sentence,
// and replaces it as the anonymizer of a field does.
func TestTextAgreesWithTheFields(t *testing.T) {
	const first, last = "Nora", "O'Brien-García"
	text := Text(Find("all"), Names(first+" "+last), NamesAt("Name"))
	for _, tt := range []struct {
		tr    dynsync.Transformer
		value string
	}{
		{FullName(), first + " " + last},
		{Email(), "josé.garcía@corp.test"}, {Email(), "o'brien@corp.test"}, {Email(), "anna-lena@corp.test"},
		{Phone(), "+49 30 901820"}, {Phone(), "(212) 736-5000"}, {CardNumber(), "4111 1111 1111 1111"}, {CardNumber(), "4012-8888-8888-1881"},
		{IBAN(), "DE89 3704 0044 0532 0130 00"}, {SSN(), "512-03-1234"}, {IP(), "10.1.2.3"},
	} {
		want := outText(t, tt.tr, tt.value)
		for _, by := range respellings {
			_, isEmail := describe(tt.tr).Canonical("x@y.test")
			isEmail = isEmail && describe(tt.tr).Name == "anon.Email"
			if by.words && isEmail || isEmail && by.name == "accents for apostrophes" && strings.Contains(tt.value, "'") {
				continue // no text has an address so
			}
			in := "See " + by.respell(tt.value) + ", please."
			if got := outText(t, text, in); fold.Plain(got) != fold.Plain("See "+want+", please.") {
				t.Errorf("%+q becomes %q with %s, want %q", in, got, by.name, want)
			}
		}
	}
}

// TestSpellingsInOneJob: in a copy, too, items whose names are spelt differently join.
func TestSpellingsInOneJob(t *testing.T) {
	for _, group := range [][]string{
		{"José García", "Jose\u0301 Garci\u0301a"}, {"Nora O'Brien", "Nora O\u2019Brien"}, {"Nora Brien", "\uff2eora Brien"},
		{"Renée Zoë", "RENE\u0301E  ZOE\u0308"}, {"Anne-Marie", "Anne\u2011Marie"}, {"Ada Byron", "Ada\u00a0Byron"}, {"Ada Byron", "A\u00adda By\u200bron"}, {"Åsa Öst", "\u212bsa O\u0308st"},
		{"김민준", "\u1100\u1175\u11b7\u1106\u1175\u11ab\u110c\u116e\u11ab"}, {"ｶﾞｰﾄﾞ", "ガード"}, {"D'Arcy", "D\u02bcArcy"}, {"Jean-Luc", "Jean\u2010Luc"}, {"Mª Ángeles", "Ma A\u0301ngeles"},
	} {
		items := []map[string]any{}
		for i, name := range group {
			items = append(items, map[string]any{"Id": fmt.Sprint(i), "Name": fmt.Sprint(i), "Customer": name, "Note": "Call " + name + " today.", "Others": []string{name, "Zed"}})
		}
		out := transformed(t, items, dynsync.WithTransform("Customer", FullName()), dynsync.WithTransform("Note", Text(Find("recordNames"), NamesAt("Customer"))), dynsync.WithTransform("Others", FullName()))
		for i := range group[1:] {
			a, b := out["0"], out[fmt.Sprint(i+1)]
			for _, path := range []string{"Customer", "Note"} {
				if textAt(t, a, path) != textAt(t, b, path) {
					t.Errorf("%+q: %s became %q and %q", group, path, textAt(t, a, path), textAt(t, b, path))
				}
			}
			setA, _ := a.Get("Others")
			if setB, _ := b.Get("Others"); !setA.Equal(setB) {
				t.Errorf("%+q: in a set, they became %v and %v", group, setA.Any(), setB.Any())
			}
			if note, name := textAt(t, a, "Note"), textAt(t, a, "Customer"); len(strings.Fields(group[0])) > 1 && note != "Call "+name+" today." {
				t.Errorf("%q: the note is %q, and the name %q", group[0], note, name)
			}
		}
	}
}

// exempt are the uses of what depends on the tables of package unicode that decide no
// result, by function and file.
var exempt = map[string]string{
	"strings.ToUpper catalog.go": "the name of a function",
	"%q option.go":               "a description",
	"%q fitting.go":              "Go code in an error",
	"regexp.Compile shapes.go":   "an option of the user's, which says so",
	"strings.TrimSpace anon.go":  "a description",
	"strings.Fields fiction.go":  "a constant of ASCII",
	"strings.Fields web.go":      "a constant of ASCII",
	"strings.FieldsSeq names.go": "a constant of ASCII",
}

// dependent are the functions of package strings and bytes whose results depend on the
// tables of package unicode.
var dependent = strings.Fields("ToLower ToUpper ToTitle Title EqualFold Fields FieldsSeq FieldsFunc FieldsFuncSeq TrimSpace ToLowerSpecial ToUpperSpecial ToTitleSpecial")

// TestNoResultDependsOnTheRelease: characters are known by the tables of internal/fold
// alone, so that a release of Go or of x/text changes no pseudonym.
func TestNoResultDependsOnTheRelease(t *testing.T) {
	used := map[string]bool{}
	for _, dir := range []string{".", "../internal/personal", "../internal/personal/phonedata", "../internal/phone", "../internal/lists", "../internal/phone", "../internal/pseudonym", "../internal/template"} {
		for _, fault := range dependences(t, dir) {
			if exempt[fault] == "" {
				t.Errorf("%s: %s depends on the tables of package unicode; use internal/fold", dir, fault)
			}
			used[fault] = true
		}
	}
	for what := range exempt {
		if !used[what] {
			t.Errorf("%s is exempt, and is not there", what)
		}
	}
}

// dependences returns what in the files of a package depends on tables of package unicode,
// each with its file.
func dependences(t *testing.T, dir string) (found []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		add := func(what string) { found = append(found, what+" "+filepath.Base(name)) }
		for _, spec := range f.Imports {
			if path, _ := strconv.Unquote(spec.Path.Value); path == "unicode" || strings.HasPrefix(path, "golang.org/x/text") {
				add(path)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && dependsOnTables(x.Name, n.Sel.Name) {
					add(x.Name + "." + n.Sel.Name)
				}
			case *ast.CallExpr: // %q escapes what is not printable
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name != "Errorf" && slices.ContainsFunc(n.Args, isQuoting) {
					add("%q")
				}
			case *ast.BasicLit:
				if n.Kind == gotoken.STRING && (strings.Contains(n.Value, "(?i") || strings.Contains(n.Value, `\p{`)) {
					add("a regular expression")
				}
			}
			return true
		})
	}
	return found
}

// dependsOnTables reports whether the results of a function depend on the tables of package
// unicode.
func dependsOnTables(pkg, name string) bool {
	switch pkg {
	case "strings", "bytes":
		return slices.Contains(dependent, name)
	case "strconv": // quotes escape what is not printable
		return strings.Contains(name, "Quote") && name != "Unquote" || name == "IsPrint" || name == "IsGraphic"
	case "regexp": // of what may have classes of characters
		return name == "Compile"
	}
	return false
}

// isQuoting reports whether an expression is a format with %q.
func isQuoting(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == gotoken.STRING && strings.Contains(lit.Value, "%q")
}

// TestSpacesAloneAreNoValue: a text of characters that nobody sees is replaced, or is none
// that the anonymizer takes.
func TestSpacesAloneAreNoValue(t *testing.T) {
	for _, e := range entries {
		a := newAnonymizer(e, combinations(t, e)[0])
		for _, text := range []string{"\u200b", "\u00a0", "\ufeff\u00ad", " \t"} {
			v, ok := inKind(e.kinds[0], text)
			if !ok {
				continue
			}
			out, err := a.Transform(t.Context(), dynsync.Input{Value: v})
			if err != nil && !errors.Is(err, dynsync.ErrNotApplicable) || err == nil && out.Equal(v) && a.desc.Class == dynsync.ClassIndependent {
				t.Errorf("%s of %+q is %v, %v", a.desc.Name, text, out.Any(), err)
			}
		}
	}
}
