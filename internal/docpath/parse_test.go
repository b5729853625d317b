package docpath

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		text   string
		want   string // canonical text; "" for an error
		offset int    // of the error
	}{
		{"one name", `Name`, `Name`, 0},
		{"members of maps", `Pets.Judith.Age`, `Pets.Judith.Age`, 0},
		{"elements of lists", `Orders[0][12].Email`, `Orders[0][12].Email`, 0},
		{"wildcards", `Pets.*.Names[*]`, `Pets.*.Names[*]`, 0},
		{"any depth", `**.Email`, `**.Email`, 0},
		{"any depth below a map", `Pets.**.Email`, `Pets.**.Email`, 0},
		{"any depth, then an element", `Pets.**[0]`, `Pets.**[0]`, 0},
		{"a dotted name is quoted", `"user.email"`, `"user.email"`, 0},
		{"a quote is doubled", `Orders[*]."say ""hi"""`, `Orders[*]."say ""hi"""`, 0},
		{"a star as a name is quoted", `"*".b`, `"*".b`, 0},
		{"an empty name is quoted", `a.""`, `a.""`, 0},
		{"quotes that are not needed go", `"Name"."Age"`, `Name.Age`, 0},
		{"digits are a name without brackets", `a.0`, `a.0`, 0},
		{"spaces and other scripts are names", `a b.日本`, `a b.日本`, 0},
		{"a closing bracket is an ordinary character", `a]`, `a]`, 0},

		{"a name that is $", `$`, `$`, 0},
		{"a name that is $, with members", `"$".a`, `"$".a`, 0},
		{"a name that is $, with elements", `"$"[0]`, `"$"[0]`, 0},
		{"a name that begins with $", `$ref`, `$ref`, 0},
		{"a name that begins with $ and a dot", `"$.a"`, `"$.a"`, 0},
		{"a name that begins with #", `#type`, `#type`, 0},
		{"a name that is /", `/`, `/`, 0},
		{"a name that begins with /", `"/a"`, `"/a"`, 0},
		{"a name that begins with /, with members", `"/a".b`, `"/a".b`, 0},
		{"a name that holds /", `a/b`, `a/b`, 0},
		{"a member that begins with / or $", `a./b.$.c`, `a./b.$.c`, 0},

		{"a JSONPath", `$.Name`, "", 0},
		{"a JSONPath at any depth", `$..Name`, "", 0},
		{"a JSONPath with brackets", `$['Name']`, "", 0},
		{"a JSONPath of a list", `$[0]`, "", 0},
		{"a JSON pointer", `/Name`, "", 0},
		{"a JSON pointer of a member", `/Address/City`, "", 0},
		{"nothing", ``, "", 0},
		{"a dot at the end", `a.`, "", 2},
		{"a dot at the start", `.a`, "", 0},
		{"two dots", `a..b`, "", 2},
		{"an index without a list", `[0]`, "", 0},
		{"a negative index", `a[-1]`, "", 2},
		{"an index with a leading zero", `a[01]`, "", 2},
		{"an index that is no number", `a[x]`, "", 2},
		{"an empty index", `a[]`, "", 2},
		{"an open bracket", `a[0`, "", 1},
		{"an open quote", `"a`, "", 0},
		{"text after a quoted name", `"a"b`, "", 3},
		{"text after an index", `a[0]b`, "", 4},
		{"a star inside a name", `a*`, "", 1},
		{"a quote inside a name", `a"b`, "", 1},
		{"three stars", `***`, "", 0},
		{"two any-depths", `**.a.**.b`, "", 5},
		{"any depth at the end", `a.**`, "", 2},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p, err := Parse(tt.text)
			if tt.want == "" {
				var pe *Error
				if !errors.As(err, &pe) || pe.Offset != tt.offset || pe.Text != tt.text {
					t.Fatalf("Parse(%q) = %v, %v; want an error at offset %d", tt.text, p, err, tt.offset)
				}
				return
			}
			if err != nil || p.String() != tt.want {
				t.Fatalf("Parse(%q) = %q, %v; want %q", tt.text, p.String(), err, tt.want)
			}
		})
	}
}

func TestParsePathRefusesWildcards(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`*`, `a.*`, `a[*]`, `**.a`} {
		if _, err := ParsePath(text); err == nil {
			t.Errorf("ParsePath(%q) took a wildcard", text)
		}
	}
}

// The error of a path of another language has the path to write.
func TestForeignPathsAreTold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"$.Name": "write Name,", "$.Orders[0].Price": "write Orders[0].Price,", "$..Email": "write **.Email,", "$[0]": "in double quotes", "/Name": "write Name,",
		"/Address/City": "write Address.City,", "/Orders/0": "write Orders.0,", "$.*": "write *,", "$.a.b": "write a.b,", "$['x']": "write Name[0].Member",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "at column 1: ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPathTextRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(segmentGen(), 1, 6).Draw(t, "segments")
		want[0] = Segment{Name: want[0].Name}
		text := Pattern(want).String()
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("Parse(%q): %v", text, err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("Parse(%q) = %v, want %v", text, got, want)
		}
	})
}

// segmentGen generates segments of every kind but **.
func segmentGen() *rapid.Generator[Segment] {
	return rapid.Custom(func(t *rapid.T) Segment {
		switch k := SegmentKind(rapid.IntRange(0, 3).Draw(t, "kind")); k {
		case Name:
			return Segment{Kind: k, Name: rapid.StringOf(rapid.RuneFrom([]rune(`ab.[]*"/$ é日`))).Draw(t, "name")}
		case Index:
			return Segment{Kind: k, Index: rapid.IntRange(0, 1<<30).Draw(t, "index")}
		default:
			return Segment{Kind: k}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`"$".a`, `"/a"[0]`, `Name`, `a.b[0][*]."x.y"`, `**.a`, `"`, `a[`, `*.""`, "a\x00.\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		canonical := p.String()
		again, err := Parse(canonical)
		if err != nil {
			t.Fatalf("%q parsed, and its text %q does not: %v", text, canonical, err)
		}
		if again.String() != canonical {
			t.Fatalf("%q gives %q, which gives %q", text, canonical, again.String())
		}
	})
}
