package template

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/wire"
)

// itemOf returns an item of these texts, by path.
func itemOf(texts map[string]string) Item {
	return func(path []wire.Step) (string, bool) {
		text := texts[docpath.Text(path)]
		return text, text != ""
	}
}

func mustParse(t interface {
	Helper()
	Fatal(args ...any)
}, text string) *Template {
	t.Helper()
	parsed, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", "no placeholder"},
		{"CUSTOMER", "no placeholder"},
		{"{{Email}}", "no placeholder"},
		{"A#{Email", "column 3 has no partner"},
		{"A}#{Email}", "column 2 has no partner"},
		{"{}", "placeholder at column 1"},
		{"A#{a[*]}", "placeholder at column 3"},
		{`{"a}`, "column 1 has no partner"},
		{"{|lower}", "placeholder at column 1"},
		{"{a|}", `column 4: there is no modifier ""`},
		{"{a|lowr}", `column 4: there is no modifier "lowr"; the modifiers are digits, lower, max=N, pad=N, sha256, trim, upper, y, ym, ymd`},
		{"AB{a|lower|Upper}", `column 12: there is no modifier "Upper"`},
		{"{a|lower }", `there is no modifier "lower "`},
		{"{a|lower=1}", "column 4: the modifier lower takes no number"},
		{"{a|pad}", "pad needs a number of characters from 1 to 2048, as in pad=6"},
		{"{a|pad=}", "pad needs a number"},
		{"{a|pad=0}", "pad needs a number"},
		{"{a|pad=06}", "pad needs a number"},
		{"{a|max=-1}", "max needs a number"},
		{"{a|max=2049}", "max needs a number"},
		{"{a|max=99999999999999999999}", "max needs a number"},
	}
	for _, tt := range tests {
		if _, err := Parse(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.text, err, tt.want)
		}
	}
}

func TestDerive(t *testing.T) {
	t.Parallel()
	item := itemOf(map[string]string{
		"Email": "Ann@Example.COM", "Id": "42", "Zero": "0", "Zip": "007", "Minus": "-5", "Name": "  Zoë Å. 😀x  ", "Phone": "+1 (512) 555-0143",
		"Date": "2026-05-01", "Time": "2026-05-01T23:30:00-05:00", "Spaced": "2026-05-01 08:00", "Month": "2026-05", "Year": "2026", "NoDate": "2026-13-01", "Blank": "  ",
		`"a|b"`: "bar", "a|b": "bar", "m.n[0]": "deep", "Half": "a\xED\xA0\x80b",
	})
	tests := []struct{ template, want, misfit string }{
		{"A#{Email}#{Id}!", "A#Ann@Example.COM#42!", ""},
		{"{{{Id}}}", "{42}", ""},
		{"{m.n[0]}", "deep", ""},
		{`{"a|b"|upper}`, "BAR", ""},
		{"{Email|lower}", "ann@example.com", ""},
		{"{Email|upper}", "ANN@EXAMPLE.COM", ""},
		{"{Name|trim}", "Zoë Å. 😀x", ""},
		{"{Name|trim|lower}", "zoë å. 😀x", ""},
		{"{Name|trim|max=3}", "Zoë", ""},
		{"{Name|trim|max=8}", "Zoë Å. 😀", ""},
		{"{Name|trim|max=99}", "Zoë Å. 😀x", ""},
		{"{Half|max=2}", "a\xED\xA0\x80", ""},
		{"{Half|upper}", "A\xED\xA0\x80B", ""},
		{"{Half|pad=4}", "0a\xED\xA0\x80b", ""},
		{"{Phone|digits}", "15125550143", ""},
		{"{Email|digits}", "", "{Email|digits} does not fit: digits takes a text with a digit"},
		{"{Blank|trim}", "", "trim takes"},
		{"{Id|pad=6}", "000042", ""},
		{"{Id|pad=2}", "42", ""},
		{"{Id|pad=1}", "", "pad=1 takes a text that is no longer"},
		{"{Zero|pad=3}", "000", ""},
		{"{Zip|pad=5}", "", "pad=5 takes"},
		{"{Minus|pad=5}", "", "pad=5 takes"},
		{"{Date|y}/{Date|ym}/{Date|ymd}", "2026/2026-05/2026-05-01", ""},
		{"{Time|y}/{Time|ym}/{Time|ymd}", "2026/2026-05/2026-05-01", ""},
		{"{Spaced|ymd|digits}", "20260501", ""},
		{"{Month|y}/{Month|ym}", "2026/2026-05", ""},
		{"{Month|ymd}", "", "ymd takes a date"},
		{"{Year|y}", "2026", ""},
		{"{Year|ym}", "", "ym takes a date"},
		{"{NoDate|y}", "", "y takes a date"},
		{"{Email|lower|sha256}", "71d4f55f72fa128dfb468a1a3901507c804b74316488744d769d7f4b16696476", ""},
		{"{Email|lower|sha256|max=8}", "71d4f55f", ""},
		{"{Gone}", "", "the item has no string or number at {Gone}"},
	}
	for _, tt := range tests {
		got, misfit := mustParse(t, tt.template).Derive(item)
		if got != tt.want || !strings.Contains(misfit, tt.misfit) || misfit != "" && tt.misfit == "" {
			t.Errorf("%s: %q, %q, want %q, %q", tt.template, got, misfit, tt.want, tt.misfit)
		}
	}
}

// TestExplain: the error names the modifier with which a template would have given the
// old value, and nothing of a value.
func TestExplain(t *testing.T) {
	t.Parallel()
	item := itemOf(map[string]string{
		"Email": " Ann@Example.com", "customer": "42", "Name": "Alexandra Mary Jones", "Date": "2026-05-01T08:00:00Z", "Phone": "+49 30 901820",
		"Zip": "00712", "a": "a", "b": "a#a", "Wide": "MARY ANNE",
	})
	const prefix = "the template does not give the old value from "
	tests := []struct{ template, value, want string }{
		{"C#{customer}", "C#000042", "{customer}, but {customer|pad=6} would"},
		{"C#{customer|pad=5}", "C#000042", "{customer|pad=5}, but {customer|pad=6} would"},
		{"C#{customer|pad=5}", "C#42", "{customer|pad=5}, but {customer} would"},
		{"C#{customer|pad=1}", "C#42", "{customer|pad=1}, but {customer} would"},
		{"N#{Name|lower}", "N#ALEXANDRA MARY JONES", "{Name|lower}, but {Name|upper} would"},
		{"N#{Name}", "N#Alexa", "{Name}, but {Name|max=5} would"},
		{"N#{Name}", "N#alexa", "{Name}, but {Name|lower|max=5} would"},
		{"N#{Wide}", "N#MARY#", "{Wide}, and no modifier would"},
		{"N#{Wide}", "N#MARY", "{Wide}, but {Wide|max=4} would"},
		{"{Wide}#x", "MARY#x", "{Wide}, but {Wide|max=4} would"},
		{"E#{Email|lower}", "E#ann@example.com", "{Email|lower}, but {Email|lower|trim} would"},
		{"E#{Email}", "E#ann@example.com", "{Email}, but {Email|lower|trim} would"},
		{"E#{Email}", "E#Ann@Example.com", "{Email}, but {Email|trim} would"},
		{"E#{Email|lower|trim}", "E#3b6bde", "{Email|lower|trim}, and no modifier would"},
		{"D#{Date}", "D#2026-05", "{Date}, but {Date|ym} would"},
		{"D#{Date|ymd}", "D#202605", "{Date|ymd}, but {Date|ym|digits} would"},
		{"D#{Date|y}#{customer}", "D#2026-05-01#00042", "{Date|y} and {customer}, but {Date|ymd} and {customer|pad=5} would"},
		{"D#{Date|y}#{customer}", "D#2026#0042", "{customer}, but {customer|pad=4} would"},
		{"D#{Date|y}#{customer}", "D#1999#0042", "{Date|y} and {customer}, and no modifier would"},
		{"T#{Phone}", "T#4930901820", "{Phone}, but {Phone|digits} would"},
		{"T#{Name|ymd}", "T#x", "{Name|ymd}: the value of {Name|ymd} does not fit: ymd takes a date, such as 2026-05-01, or a date and time"},
		{"Z#{Zip|pad=6}", "Z#000712", "{Zip|pad=6}: the value of {Zip|pad=6} does not fit: pad=6 takes a text that is no longer, and begins with neither 0 (but 0 itself) nor a sign"},
		{"{a}#{b}", "a#a#a", ""},
		{"{a}{b|upper}", "AA#A", "{a}, but {a|upper} would"},
		{"U#{Name}", "U#someone else", "{Name}, and no modifier would"},
		{"U#{Gone}", "U#x", "-the item has no string or number at {Gone}"},
		{"U#{Name}", "V#x", "-the value lacks the fixed texts of the template"},
		{"U#{Name}", "U#" + strings.Repeat("x", 3000), "its attributes"},
	}
	for _, tt := range tests {
		want, bare := strings.CutPrefix(tt.want, "-")
		if !bare && want != "" {
			want = prefix + want
		}
		if got := mustParse(t, tt.template).Explain(tt.value, item); got != want {
			t.Errorf("%s for %s:\n got %s\nwant %s", tt.template, tt.value, got, want)
		}
	}
}

// TestSuggestionsFit: a template with the modifiers that an explanation names gives the
// value.
func TestSuggestionsFit(t *testing.T) {
	t.Parallel()
	text := rapid.StringMatching(`[0-9]{1,4}|[a-zA-Z ]{1,12}|20[0-9]{2}-(0[1-9]|1[0-2])-0[1-9](T0[0-9]:00)?`)
	modifier := rapid.SampledFrom([]string{"lower", "upper", "trim", "digits", "max=3", "max=7", "pad=5", "pad=12", "y", "ym", "ymd", "sha256"})
	rapid.Check(t, func(t *rapid.T) {
		item := itemOf(map[string]string{"a": text.Draw(t, "a"), "b": text.Draw(t, "b")})
		bars := func(name string) string {
			return strings.Join(append([]string{name}, rapid.SliceOfN(modifier, 0, 2).Draw(t, "modifiers")...), "|")
		}
		made, misfit := mustParse(t, "X#{"+bars("a")+"}#{"+bars("b")+"}").Derive(item)
		if misfit != "" {
			return // a modifier does not fit
		}
		given := mustParse(t, "X#{"+bars("a")+"}#{"+bars("b")+"}")
		why := given.Explain(made, item)
		if why == "" {
			return
		}
		names, would, ok := strings.Cut(strings.TrimPrefix(why, notGiven), ", but ")
		if !ok {
			t.Fatalf("no modifier for a value that two modifiers made: %s", why)
		}
		suggested := "X#" + given.Placeholders[0].String() + "#" + given.Placeholders[1].String()
		better := strings.Split(strings.TrimSuffix(would, " would"), " and ")
		for i, old := range strings.Split(names, " and ") {
			at := strings.LastIndex(suggested, old)
			if i == 0 {
				at = strings.Index(suggested, old)
			}
			suggested = suggested[:at] + better[i] + suggested[at+len(old):]
		}
		if got, misfit := mustParse(t, suggested).Derive(item); got != made {
			t.Fatalf("%s\nmakes %q, %s, and not %q", why, got, misfit, made)
		}
	})
}

// TestLosses: texts with equal results differ in nothing but what the modifier says that
// it loses.
func TestLosses(t *testing.T) {
	t.Parallel()
	forms := map[Loss]func(string) string{
		0:          func(s string) string { return s },
		LosesCase:  strings.ToLower,
		LosesSpace: strings.TrimSpace,
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ 0A-Ca-c]{1,4}`)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		for _, k := range kinds {
			form := forms[k.loses]
			if form == nil || form(a) == form(b) {
				continue
			}
			m := Modifier{k, min(k.most, 6)}
			x, ok := m.apply(a)
			y, also := m.apply(b)
			if ok && also && x == y {
				t.Fatalf("%v makes %q of %q and of %q", m, x, a, b)
			}
		}
	})
}

func TestLoses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Loss{
		"{a}": 0, "{a|pad=3}": 0, "{a|sha256}": 0, "{a|lower}": LosesCase, "{a|trim|upper}": LosesCase | LosesSpace,
		"{a|max=3}": LosesMore, "{a|ym|digits}": LosesMore, "{a|lower|sha256|max=3}": LosesCase | LosesMore,
	} {
		if got := mustParse(t, text).Placeholders[0].Loses(); got != want {
			t.Errorf("%s loses %b, want %b", text, got, want)
		}
	}
}

// FuzzTemplate: whatever the template and the item, nothing panics; a template that makes
// a value fits it and has nothing to explain; and another has.
func FuzzTemplate(f *testing.F) {
	f.Add("CUSTOMER#{a|lower}#{b|pad=6}", "Ann", "42", "CUSTOMER#ann#000042")
	f.Add("{a|trim|max=3}{b|ym|digits}", " x\xED\xA0\x80y ", "2026-05-01", "x202605")
	f.Add(`{"a|}"|sha256}}}`, "\xff", "-1", "}")
	f.Fuzz(func(t *testing.T, text, a, b, value string) {
		if len(text)+len(a)+len(b)+len(value) > 300 {
			t.Skip()
		}
		parsed, err := Parse(text)
		if err != nil {
			return
		}
		item := func(path []wire.Step) (string, bool) {
			if path[0].Name == "b" {
				return b, b != ""
			}
			return a, a != ""
		}
		made, misfit := parsed.Derive(item)
		if misfit == "" {
			if !parsed.Fits(made) {
				t.Errorf("%q does not fit what it makes, %q", text, made)
			}
			if why := parsed.Explain(made, item); why != "" {
				t.Errorf("%q makes %q: %s", text, made, why)
			}
		}
		if why := parsed.Explain(value, item); (why == "") != (misfit == "" && made == value) {
			t.Errorf("%q makes %q, %s, and not %q: %q", text, made, misfit, value, why)
		}
		for _, p := range parsed.Placeholders {
			if again, err := Parse(p.String()); err != nil || again.Placeholders[0].String() != p.String() {
				t.Errorf("%s is read back as %v, %v", p, again, err)
			}
		}
	})
}

// TestExplainLongKeys: to explain the longest keys takes little, though modifiers make many
// parts of them. Allocations stand for time, which depends on what else runs.
func TestExplainLongKeys(t *testing.T) {
	for _, text := range []string{"0", "a", "é"} {
		long := strings.Repeat(text, maxKey/len(text)-2)
		for _, template := range []string{"X{a}", "{a}{b}"} {
			for _, a := range []string{text, long} {
				parsed, item := mustParse(t, template), itemOf(map[string]string{"a": a, "b": text})
				if n := testing.AllocsPerRun(1, func() { parsed.Explain(long+"z", item) }); n > 450_000 {
					t.Errorf("%s of %d times %q: %.0f allocations", template, len(long)/len(text), text, n)
				}
			}
		}
	}
}
