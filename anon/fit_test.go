package anon_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/testsize"
)

// separators are what values of parts are written with.
var separators = []string{" ", "-", ".", "_", "#", "/", "@", ":", ",", ";", "|", "'", "--", "::", ", ", " - ", "ab", "x"}

// withoutDraws are anonymizers that no other result can be drawn of.
var withoutDraws = []string{"mask", "redact", "round", "shiftTTL", "shiftTime", "truncate", "truncateTime"}

// TestDrawsKeepSeparatorsOut: no draw of any anonymizer brings the separator into a part,
// or New refuses the two.
func TestDrawsKeepSeparatorsOut(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, spec := range catalog.All() {
		s := samples[spec.Name]
		if s.text == nil || slices.Contains(withoutDraws, spec.Name) {
			continue
		}
		for _, sep := range separators {
			for _, last := range []bool{false, true} {
				parts := []dynsync.Transformer{made(t, spec), dynsync.Passthrough()}
				if last {
					slices.Reverse(parts)
				}
				d := dynsync.Delimited(sep, parts...)
				if describe(d).Err != nil {
					refused++
					continue
				}
				for i := range testsize.Of(50, 300, 100) {
					texts := []string{strings.ReplaceAll(s.text(i), sep, ""), "kept"}
					if last {
						slices.Reverse(texts)
					}
					in := dynsync.Input{Value: dynsync.StringValue(strings.Join(texts, sep))}
					out, err := d.Transform(context.Background(), in)
					if errors.Is(err, dynsync.ErrNotApplicable) {
						continue
					}
					text, _ := out.Text()
					if err != nil || len(strings.Split(text, sep)) != 2 {
						t.Errorf("%s and %q: %q, %v", spec.Name, sep, text, err)
						break
					}
				}
			}
		}
	}
	if refused == 0 || refused > 40 {
		t.Errorf("%d combinations were refused", refused)
	}
}

func describe(tr dynsync.Transformer) dynsync.Description {
	return tr.(interface{ Describe() dynsync.Description }).Describe()
}

// TestRefusedSeparators: New refuses a separator that every result contains, and no other.
func TestRefusedSeparators(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sep     string
		part    dynsync.Transformer
		refused bool
	}{
		{" ", anon.FullAddress(), true},
		{", ", anon.FullAddress(), true},
		{"#", anon.FullAddress(), false},
		{" ", anon.StreetAddress(), true},
		{"-", anon.Timestamp(), true},
		{":", anon.Timestamp(), true},
		{"T", anon.Timestamp(), true},
		{"/", anon.Timestamp(), false},
		{"@", anon.Email(), true},
		{".", anon.Email(), true},
		{".", anon.Email(anon.PreserveDomain()), false}, // follows the value
		{"-", anon.Email(), false},
		{"-", anon.UUID(), false}, // a UUID without hyphens keeps its form
		{"-", anon.BusinessName(), false},
		{" ", anon.FullName(), false},
		{"-", dynsync.Constant("a-b"), true},
		{"-", dynsync.Constant("ab"), false},
		{"-", dynsync.Constant(1), false},
		{"[", anon.Redact(), true},
		{"-", dynsync.OnKind(dynsync.KindS, anon.Timestamp()), true},
		{"-", dynsync.FirstOf(anon.UUID(), anon.Timestamp()), false},
		{"-", dynsync.FirstOf(anon.Timestamp(), anon.Timestamp(anon.In("b"))), true},
		{"-", dynsync.Chain(anon.Timestamp(), anon.Token()), false},
		{"-", dynsync.Chain(anon.Token(), anon.Timestamp()), true},
		{"-", dynsync.When(func(dynsync.Input) bool { return true }, anon.Timestamp()), true},
	} {
		err := describe(dynsync.Delimited(tt.sep, dynsync.Passthrough(), tt.part)).Err
		if refused := err != nil; refused != tt.refused {
			t.Errorf("%q and %s: %v, want refused %v", tt.sep, describe(tt.part).Name, err, tt.refused)
		}
	}
}

// swapped is a permutation that has no other result for a value.
type swapped struct{}

func (swapped) Describe() dynsync.Description {
	return dynsync.Description{Name: "swapped", Kinds: []dynsync.Kind{dynsync.KindS}, Uniqueness: dynsync.UniquenessExact}
}

func (swapped) Transform(_ context.Context, in dynsync.Input) (dynsync.Value, error) {
	text, _ := in.Value.Text()
	return dynsync.StringValue(strings.NewReplacer("+", "-", "-", "+").Replace(text)), nil
}

// drawing draws one of four texts by the attempt.
type drawing struct{ seen map[int]bool }

func (d drawing) Describe() dynsync.Description {
	return dynsync.Description{Name: "drawing", Kinds: []dynsync.Kind{dynsync.KindS}, Redraws: true}
}

func (d drawing) Transform(_ context.Context, in dynsync.Input) (dynsync.Value, error) {
	d.seen[in.Attempt()] = true
	seed := in.Seed(fmt.Sprint("drawing", in.Attempt()))
	return dynsync.StringValue([]string{"a-b", "a_b", "a b", "a.b"}[seed[0]%4]), nil
}

// TestPartsOfEverySort: what stands between Delimited and a draw passes the attempt on.
func TestPartsOfEverySort(t *testing.T) {
	t.Parallel()
	pass, own := dynsync.Passthrough(), drawing{map[int]bool{}}
	word := func(i int) string { return fmt.Sprintf("acme%d", i) }
	for _, tt := range []struct {
		reason string
		sep    string
		rule   dynsync.Transformer
		value  func(i int) any
		fails  string // a part of the error
	}{
		{"a business", "-", dynsync.Delimited("-", anon.BusinessName(), pass), func(i int) any { return word(i) + "-2024" }, ""},
		{"a full name", "-", dynsync.Delimited("-", anon.LastName(), anon.LastName(anon.In("b"))), func(i int) any { return word(i) + "-" + word(i+1) }, ""},
		{"a city", " ", dynsync.Delimited(" ", anon.City(), anon.State()), func(i int) any { return word(i) + " " + word(i) }, ""},
		{"FirstOf", "-", dynsync.Delimited("-", dynsync.FirstOf(anon.UUID(), anon.BusinessName()), pass), func(i int) any { return word(i) + "-x" }, ""},
		{"Chain", " ", dynsync.Delimited(" ", dynsync.Chain(anon.Token(), anon.BusinessName(), anon.City()), pass), func(i int) any { return word(i) + " x" }, ""},
		{"OnKind", ",", dynsync.Delimited(",", dynsync.OnKind(dynsync.KindS, anon.BusinessName()), pass), func(i int) any { return word(i) + ",x" }, ""},
		{"When", ",", dynsync.Delimited(",", dynsync.When(func(dynsync.Input) bool { return true }, anon.BusinessName()), pass), func(i int) any { return word(i) + ",x" }, ""},
		{"Delimited", "-", dynsync.Delimited("-", dynsync.Delimited(" ", anon.City(), anon.State()), pass), func(i int) any { return word(i) + " " + word(i) + "-x" }, ""},
		{"Delimited with a part of the separator", "::", dynsync.Delimited("::", dynsync.Delimited(":", anon.Alphanumeric(), pass), pass), func(i int) any { return fmt.Sprintf("abcdef%03d:x::y", i) }, ""},
		{"JSON", " ", dynsync.Delimited(" ", dynsync.JSON(dynsync.WithTransform("n", anon.BusinessName())), pass), func(i int) any { return `{"n":"` + word(i) + `"} x` }, ""},
		{"defaults within JSON", "ab", dynsync.Delimited("ab", dynsync.JSON(dynsync.WithDefaultTransform(anon.Token())), pass), func(i int) any { return fmt.Sprintf(`{"n":"x%d","m":"y"}abx`, i) }, ""},
		{"Pseudonym", "o", dynsync.Delimited("o", dynsync.Pseudonym(), pass), func(i int) any { return fmt.Sprintf("x%dox", i) }, ""},
		{"Generate", "-", dynsync.Delimited("-", anon.Generate(anon.BusinessName()), pass), func(i int) any { return word(i) + "-x" }, ""},
		{"a text", "-", dynsync.Delimited("-", anon.Text(anon.Find("email")), pass), func(i int) any { return fmt.Sprintf("ask ann%d@corp.test-x", i) }, ""},
		{"digits", "00", dynsync.Delimited("00", anon.Digits(), pass), func(i int) any { return fmt.Sprintf("11%d3400x", i+1111) }, ""},
		{"letters", "q", dynsync.Delimited("q", dynsync.Chain(anon.Alphanumeric(), anon.Alphanumeric(anon.In("b"))), pass), func(i int) any { return fmt.Sprintf("abcdef%dqx", i+1000) }, ""},
		{"a counter", "7", dynsync.Delimited("7", anon.Counter(anon.Max(9999)), pass), func(i int) any { return strings.ReplaceAll(fmt.Sprint(i+1), "7", "8") + "7x" }, ""},
		{"hexadecimal digits", "ab", dynsync.Delimited("ab", anon.Alphanumeric(anon.Alphabet("hex")), pass), func(i int) any { return fmt.Sprintf("0123456789%06dabx", i) }, ""},
		{"a set", "-", dynsync.Delimited("-", anon.BusinessName(), pass), func(i int) any { return []string{word(i) + "-x", word(i+1) + "-x", word(i+2) + "-y"} }, ""},
		{"a set of few results", "#", dynsync.Delimited("#", anon.OneOf([]string{"a", "b", "c", "d#"}), pass), func(i int) any { return []string{word(i) + "#x", word(i+1) + "#x", word(i+2) + "#x"} }, ""},
		{"more members than results", "#", dynsync.Delimited("#", anon.OneOf([]string{"a", "b"}), pass), func(i int) any { return []string{word(i) + "#x", word(i+1) + "#x", word(i+2) + "#x"} }, "two members of the set became equal"},
		{"Each", "-", dynsync.Each(dynsync.Delimited("-", anon.BusinessName(), pass)), func(i int) any { return []any{word(i) + "-x", word(i+1) + "-x"} }, ""},
		{"an own transformer", "-", dynsync.Delimited("-", own, pass), func(i int) any { return word(i) + "-x" }, ""},
		{"a permutation without other results", "-", dynsync.Delimited("-", swapped{}, pass), func(int) any { return "a+b-x" }, "contains the separator"},
		{"a function", "-", dynsync.Delimited("-", dynsync.Func(func(context.Context, string) (string, error) { return "a-b", nil }), pass), func(int) any { return "x-x" }, "contains the separator"},
		{"a choice without others", "-", dynsync.Delimited("-", anon.OneOf([]string{"a-b", "b-c"}), pass), func(int) any { return "x-x" }, "all of 1000 that anon.OneOf made"},
		{"no text", "-", dynsync.Delimited("-", dynsync.Constant(true), pass), func(int) any { return "x-x" }, "not a string or number"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			w := newWorld(t)
			w.create(t, "Items")
			for i := range 60 {
				w.put(t, "Items", map[string]any{"Id": fmt.Sprint(i), "V": tt.value(i)})
			}
			rules := []dynsync.TableOption{dynsync.WithTransform("V", tt.rule)}
			if tt.reason != "a counter" { // whose results have few digits, so that a value stands in another by chance
				rules = append(rules, dynsync.WithLeakCheck())
			}
			_, err := w.syncer(t, testKey, "Items", rules...).Sync(t.Context())
			switch {
			case tt.fails != "":
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Fatalf("%v, want %q", err, tt.fails)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			for id, rec := range w.all(t, "Items") {
				v, _ := rec.Get("V")
				for _, text := range textsIn(v.Any()) {
					if strings.Count(text, tt.sep) != 1 {
						t.Errorf("%s: %q", id, text)
					}
				}
			}
		})
	}
	if !own.seen[1] {
		t.Error("the own transformer saw no second attempt")
	}
}

// textsIn returns the texts of an S, an SS or a list of S.
func textsIn(v any) (texts []string) {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		for _, e := range v {
			texts = append(texts, textsIn(e)...)
		}
		return texts
	}
	return []string{fmt.Sprint(v)}
}

// TestEndsOfSeparators: a result that makes a separator of the one next to it is drawn again.
func TestEndsOfSeparators(t *testing.T) {
	t.Parallel()
	pass := dynsync.Passthrough()
	for _, tt := range []struct {
		sep     string
		choices []string
		last    bool
	}{
		{"::", []string{"a", "b:", "c", "d:"}, false},
		{"--", []string{"a-", "b-", "c-", "d"}, false},
		{"aba", []string{"xab", "yab", "z"}, false},
		{"::", []string{"a", "b::", "c"}, true},
		{"--", []string{"a--b", "-c"}, true},
	} {
		d, kept := dynsync.Delimited(tt.sep, anon.OneOf(tt.choices), pass), 1
		if tt.last {
			d, kept = dynsync.Delimited(tt.sep, pass, anon.OneOf(tt.choices)), 0
		}
		for i := range 100 {
			texts := []string{fmt.Sprint("v", i), fmt.Sprint("v", i)}
			out, err := d.Transform(context.Background(), dynsync.Input{Value: dynsync.StringValue(strings.Join(texts, tt.sep))})
			made, _ := out.Text()
			if parts := strings.Split(made, tt.sep); err != nil || len(parts) != 2 || parts[kept] != texts[kept] {
				t.Errorf("%q of %q: %q, %v", tt.sep, tt.choices, made, err)
				break
			}
		}
	}
}

// TestAttemptsAreFew: a part gets another pseudonym than a value of its own only if that
// contains the separator.
func TestAttemptsAreFew(t *testing.T) {
	t.Parallel()
	alone, part, kept := anon.BusinessName(), dynsync.Delimited("-", anon.BusinessName(), dynsync.Passthrough()), 0
	for i := range 300 {
		v := dynsync.StringValue(fmt.Sprint("acme", i))
		one, err := alone.Transform(context.Background(), dynsync.Input{Value: v})
		if err != nil {
			t.Fatal(err)
		}
		two, err := part.Transform(context.Background(), dynsync.Input{Value: dynsync.StringValue(fmt.Sprint("acme", i, "-x"))})
		if err != nil {
			t.Fatal(err)
		}
		a, _ := one.Text()
		b, _ := two.Text()
		switch same := b == a+"-x"; {
		case same == strings.Contains(a, "-"):
			t.Errorf("%q alone, %q as a part", a, b)
		case same:
			kept++
		}
	}
	if kept < 100 || kept == 300 {
		t.Errorf("%d of 300 were kept", kept)
	}
}

// TestPermutationsStayOneToOne: a permutation whose results must be free of a text is one
// of the values that are.
func TestPermutationsStayOneToOne(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		sep    string
		part   dynsync.Transformer
		format string
		n      int
	}{
		{"a counter", "1", anon.Counter(anon.Max(999)), "%d", 999},
		{"a counter of zeros", "00", anon.Counter(anon.Min(0), anon.Max(9999), anon.Length(4)), "%04d", 9999},
		{"a chain", "2", dynsync.Chain(anon.Counter(anon.Max(999)), anon.Counter(anon.Max(999), anon.In("b"))), "%d", 999},
		{"a branch", "3", dynsync.FirstOf(anon.UUID(), anon.Counter(anon.Max(999))), "%d", 999},
		{"digits", "5", anon.Digits(), "9%05d", 30000},
	} {
		d := dynsync.Delimited(tt.sep, tt.part, dynsync.Passthrough())
		from := map[string]string{}
		for i := 1; i <= tt.n; i++ {
			text := fmt.Sprintf(tt.format, i)
			if strings.Contains(text, tt.sep) || strings.HasSuffix(text, "0") && tt.sep == "00" {
				continue
			}
			out, err := d.Transform(context.Background(), dynsync.Input{Value: dynsync.StringValue(text + tt.sep + "x")})
			made, _ := out.Text()
			if err != nil || from[made] != "" {
				t.Fatalf("%s: %q and %q became %q, %v", tt.reason, from[made], text, made, err)
			}
			from[made] = text
		}
	}
}

// TestPermutationsStayOneToOneInTemplates: so it is with values of attributes, whether or not
// they hold the text that follows in a template.
func TestPermutationsStayOneToOneInTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create(t, "Items", "K")
	for i := 1; i <= 999; i++ {
		w.put(t, "Items", map[string]any{"Id": fmt.Sprint(i), "A": fmt.Sprint(i), "K": fmt.Sprint("a", i, "7x")})
	}
	s := w.syncer(t, testKey, "Items", dynsync.WithTransform("Id", dynsync.Passthrough()), dynsync.WithTransform("A", anon.Counter(anon.Max(999))), dynsync.WithTransform("K", dynsync.FirstOf(dynsync.Template("a{A}7{Id}"), dynsync.Constant("other"))))
	if _, err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	from := map[string]string{}
	for id, rec := range w.all(t, "Items") {
		v, _ := rec.Get("A")
		a := fmt.Sprint(v.Any())
		if from[a] != "" || strings.Contains(a[1:], "7") != strings.Contains(id[1:], "7") {
			t.Fatalf("%q and %q became %q", from[a], id, a)
		}
		from[a] = id
	}
}

// TestLongKeys: a result that is too long for its key is drawn again, or the item fails
// before it is sent, and says why.
func TestLongKeys(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	pass := dynsync.Passthrough()
	for _, tt := range []struct {
		reason string
		rule   dynsync.Transformer
		key    func(i int) string
		fails  string
	}{
		{"an address", anon.Email(), func(i int) string { return fmt.Sprint(i, "@", strings.Repeat("x.", 100), "org") }, ""},
		{"a street in a long key", dynsync.Delimited("#", pass, anon.StreetAddress()), func(i int) string { return fmt.Sprintf("%s%03d#%010d", long(2024), i, i) }, ""},
		{"a part of a long key", dynsync.Delimited("#", anon.BusinessName(), pass), func(i int) string { return fmt.Sprintf("%012d#", i) + long(2048-13) }, ""},
		{"a long rest", dynsync.Delimited("#", anon.BusinessName(), pass), func(i int) string { return fmt.Sprintf("%04d#", i) + long(2043) }, "longer than the 2048 bytes"},
		{"a URL", anon.URL(), func(i int) string { return fmt.Sprintf("https://x.org/%d?", i) + long(2000) }, ""},
		{"a token", dynsync.Delimited("#", anon.Token(anon.Length(86)), pass), func(i int) string { return fmt.Sprintf("%d#", i) + long(2000) }, "longer than the 2048 bytes"},
		{"a text that grows", anon.Text(anon.Find("email")), func(i int) string { return strings.Repeat("a@b.co ", 290) + fmt.Sprint(i) }, "longer than the 2048 bytes"},
	} {
		w := newWorld(t)
		w.create(t, "Items")
		for i := range 20 {
			w.put(t, "Items", map[string]any{"Id": tt.key(i)})
		}
		report, err := w.syncer(t, testKey, "Items", dynsync.WithTransform("Id", tt.rule, dynsync.AllowCollisions())).Sync(t.Context())
		switch {
		case tt.fails == "" && (err != nil || report.Tables[0].Failed > 0):
			t.Errorf("%s: %v", tt.reason, err)
		case tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails) || report.Tables[0].Written+report.Tables[0].Failed != 20):
			t.Errorf("%s: %v, want %q", tt.reason, err, tt.fails)
		}
	}
}

// TestDrawsFitTemplates: what is drawn for an attribute enters the keys that templates make
// of it, so that no item fails by chance, with and without a checkpoint, and the attribute
// agrees with its keys.
func TestDrawsFitTemplates(t *testing.T) {
	t.Parallel()
	hex := func(i int) string { return fmt.Sprintf("%08x", uint32(i+1)*2654435761) }
	six := func(i int) string { return fmt.Sprint(100_003 + 797*i) }
	for _, tt := range []struct {
		reason    string
		rule      dynsync.Transformer
		value     func(i int) string
		templates []string // that make GSI keys, the first also Id; {A} is the attribute
		oneToOne  bool     // or else only without a checkpoint
	}{
		{"digits that are padded", anon.Digits(), six, []string{"N#{A|pad=8}"}, true},
		{"digits before a digit", anon.Digits(), func(i int) string { return strings.ReplaceAll(six(i), "7", "1") }, []string{"N{A}7{B}"}, true},
		{"digits before two digits", anon.Digits(), func(i int) string { return strings.ReplaceAll(six(i), "0", "3") }, []string{"{A}00{B}"}, true},
		{"letters before a letter", anon.Alphanumeric(), func(i int) string { return fmt.Sprintf("abcde%d", i+100) }, []string{"{A}x{B}"}, true},
		{"a token before two letters", anon.Token(), hex, []string{"T{A}zz{B}"}, true},
		{"a token before a letter", anon.Token(), func(i int) string { return "t" + hex(i) }, []string{"T#{A}Q{B}"}, true},
		{"an address before letters", anon.Email(), func(i int) string { return fmt.Sprintf("z%d@corp.test", i) }, []string{"E#{A}al{B}"}, true},
		{"an address in small letters", anon.Email(), func(i int) string { return fmt.Sprintf("z%d@corp.test", i) }, []string{"E#{A|lower}ma{B}"}, true},
		{"a UUID before a hyphen and a letter", anon.UUID(), func(i int) string {
			return fmt.Sprintf("%s-0000-4000-8000-1%s111", strings.ReplaceAll(hex(i), "a", "b"), "11111111")
		}, []string{"U#{A}-a{B}"}, true},
		{"a user name", anon.Username(), func(i int) string { return "vwx" + fmt.Sprint(i) }, []string{"{A}e{B}"}, false},
		{"a business", anon.BusinessName(), func(i int) string { return "acme" + fmt.Sprint(i) }, []string{"CO-{A}-{B}"}, false},
		{"a business in two keys", anon.BusinessName(), func(i int) string { return "acme" + fmt.Sprint(i) }, []string{"CO-{A}-{B}", "{A},{B}"}, false},
		{"a city", anon.City(), func(i int) string { return "ville" + fmt.Sprint(i) }, []string{"{A} {B}"}, false},
		{"a number that is padded", anon.Int(anon.Min(1), anon.Max(2_000_000)), six, []string{"{A|pad=6}"}, false},
		{"a counter", anon.Counter(anon.Min(0), anon.Max(9999)), func(i int) string { return fmt.Sprint(i + 1) }, []string{"{A|pad=3}#{B}"}, true},
	} {
		for _, checkpoint := range []bool{false, true} {
			if checkpoint && !tt.oneToOne {
				continue
			}
			t.Run(fmt.Sprintf("%s/%t", tt.reason, checkpoint), func(t *testing.T) {
				w := newWorld(t)
				w.create(t, "Keys", "K1", "K2")
				rules := []dynsync.TableOption{dynsync.WithTransform("A", tt.rule), dynsync.WithTransform("B", dynsync.Passthrough()), dynsync.WithTransform("Id", dynsync.Template(tt.templates[0]), dynsync.AllowCollisions())}
				if checkpoint {
					rules[2] = dynsync.WithTransform("Id", dynsync.Template(tt.templates[0]))
				}
				for i, text := range tt.templates[1:] {
					rules = append(rules, dynsync.WithTransform(fmt.Sprint("K", i+1), dynsync.Template(text)))
				}
				for i := range 150 {
					item := map[string]any{"Id": filled(tt.templates[0], tt.value(i), "b"), "A": tt.value(i), "B": "b"}
					for j, text := range tt.templates[1:] {
						item[fmt.Sprint("K", j+1)] = filled(text, tt.value(i), "b")
					}
					w.put(t, "Keys", item)
				}
				s := w.syncer(t, testKey, "Keys", rules...)
				if checkpoint {
					s = w.keyed(t, rules...)
					if plan, err := s.Plan(t.Context()); err != nil || plan.Tables[0].NotOneToOne != "" {
						t.Fatal(err, plan)
					}
				}
				report, err := s.Sync(t.Context())
				var lost *dynsync.ItemsFailedError
				if err != nil && !(errors.As(err, &lost) && report.Tables[0].Failed == 0) { // what collides is counted
					t.Fatal(err)
				}
				for id, rec := range w.all(t, "Keys") {
					a, _ := rec.Get("A")
					for i, text := range tt.templates {
						key := id
						if i > 0 {
							v, _ := rec.Get(fmt.Sprint("K", i))
							key = fmt.Sprint(v.Any())
						}
						if key != filled(text, fmt.Sprint(a.Any()), "b") || isAmbiguous(text, fmt.Sprint(a.Any())) {
							t.Errorf("%s of %q: %q", text, a.Any(), key)
						}
					}
				}
			})
		}
	}
}

// filled returns what a template makes of two attributes, by means of its own.
func filled(text, a, b string) string {
	pad := func(n int) string { return strings.Repeat("0", max(0, n-len(a))) + a }
	return strings.NewReplacer("{A}", a, "{A|lower}", strings.ToLower(a), "{A|pad=3}", pad(3), "{A|pad=6}", pad(6), "{A|pad=8}", pad(8), "{B}", b).Replace(text)
}

// isAmbiguous reports whether the text behind {A} in a template stands in A.
func isAmbiguous(text, a string) bool {
	_, rest, _ := strings.Cut(text, "}")
	fixed, _, more := strings.Cut(rest, "{")
	return more && strings.Contains(a[1:]+fixed[:len(fixed)-1], fixed)
}
