package anon

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/testsize"
)

// roles writes the parts of a name with their roles: f and l, in capitals for initials.
func roles(name string, role nameRole) string {
	canonical, _ := foldName(name)
	var out strings.Builder
	for _, p := range parseName(canonical, role) {
		mark := []string{"f", "l"}[p.role]
		if p.initial {
			mark = strings.ToUpper(mark)
		}
		fmt.Fprintf(&out, "%s%s:%s", p.before, mark, p.text)
	}
	return out.String()
}

func TestNamesHaveParts(t *testing.T) {
	for _, tt := range []struct {
		name string
		role nameRole
		want string
	}{
		{"Lena Brandt", roleFull, "f:lena l:brandt"},
		{"  LENA\tBRANDT ", roleFull, "f:lena l:brandt"},
		{"Lena", roleFull, "f:lena"},
		{"Brandt", roleLast, "l:brandt"},
		{"Anna Maria", roleFirst, "f:anna f:maria"},
		{"Anna Maria Schmidt", roleFull, "f:anna f:maria l:schmidt"},
		{"Gabriel Garcia Lopez", roleFull, "f:gabriel l:garcia l:lopez"},
		{"Garcia Lopez", roleLast, "l:garcia l:lopez"},
		{"Anna-Lena Schmidt-Koch", roleFull, "f:anna-f:lena l:schmidt-l:koch"},
		{"Anna‐Lena", roleFull, "f:anna-f:lena"},
		{"Brandt, Lena", roleFull, "l:brandt, f:lena"},
		{"van der Berg, Jan Piet", roleFull, "l:berg, f:jan f:piet"},
		{"Brandt, Lena", roleFirst, "f:brandt, f:lena"},
		{"Ludwig van Beethoven", roleFull, "f:ludwig l:beethoven"},
		{"van Beethoven", roleLast, "l:beethoven"},
		{"María de la Cruz Santos", roleFull, "f:maría l:cruz l:santos"},
		{"Van Morrison", roleFull, "f:van l:morrison"},
		{"Nguyen Van", roleFull, "l:nguyen f:van"},
		{"Lena Van", roleFull, "f:lena l:van"},
		{"Ahmed Al-Hassan", roleFull, "f:ahmed l:hassan"},
		{"Al-Hassan", roleLast, "l:hassan"},
		{"Dr. Lena Brandt", roleFull, "f:lena l:brandt"},
		{"Prof. Dr. Lena Brandt, PhD", roleFull, "f:lena l:brandt"},
		{"Tom Brandt Jr.", roleFull, "f:tom l:brandt"},
		{"Brandt, Tom, III", roleFull, "l:brandt, f:tom"},
		{"Dr.", roleFull, "f:dr"},
		{"J. Brandt", roleFull, "F:j l:brandt"},
		{"J R Brandt", roleFull, "F:j F:r l:brandt"},
		{"Lena B.", roleFull, "f:lena L:b"},
		{"J.", roleFirst, "f:j"},
		{"Mia O’Neill", roleFull, "f:mia l:o'neill"},
		{`Robert "Bob" Lee`, roleFull, "f:robert f:bob l:lee"},
		{"山田 太郎", roleFull, "l:山田 f:太郎"},
		{"山田太郎", roleFull, "l:山田 f:太郎"},
		{"山田太郎", roleFirst, "f:山田太郎"},
		{"毛泽东", roleFull, "l:毛 f:泽东"},
		{"李娜", roleFull, "l:李 f:娜"},
		{"欧阳修", roleFull, "l:欧阳 f:修"},
		{"김정은", roleFull, "l:김 f:정은"},
		{"김 정은", roleFull, "l:김 f:정은"},
		{"남궁민수", roleFull, "l:남궁 f:민수"},
		{"ナオミ", roleFull, "f:ナオミ"},
		{"สมชาย ใจดี", roleFull, "f:สมชาย l:ใจดี"},
		{"Nguyễn Văn An", roleFull, "l:nguyễn f:văn f:an"},
		{"Nguyen Van An", roleFull, "l:nguyen f:van f:an"},
		{"An Nguyen", roleFull, "f:an l:nguyen"},
		{"Путин В. В.", roleFull, "l:путин F:в F:в"},
		{"Путин В.В.", roleFull, "l:путин F:вF:в"},
		{"Brandt L.M.", roleFull, "l:brandt F:lF:m"},
		{"L.M. Brandt", roleFull, "F:lF:m l:brandt"},
		{"J.R.R. Tolkien", roleFull, "F:jF:rF:r l:tolkien"},
		{"Brandt, L.M.", roleFull, "l:brandt, F:lF:m"},
		{"lena.brandt", roleFull, "f:lena.l:brandt"},
		{"J.R.", roleFirst, "f:j f:r"},
		{"Tolkien, J.R.", roleFull, "l:tolkien, F:jF:r"},
		{"S.R. Kuhn", roleFull, "F:sF:r l:kuhn"},
		{"Dr.Lena Brandt", roleFull, "f:lena l:brandt"},
		{"Prof.Dr. Lena Brandt", roleFull, "f:lena l:brandt"},
		{"Dipl.-Ing. Lena Brandt", roleFull, "f:lena l:brandt"},
		{"Lena Brandt, M.D.", roleFull, "f:lena l:brandt"},
		{"Lena Brandt Ph.D.", roleFull, "f:lena l:brandt"},
		{"Lena Brandt, MBA, PhD", roleFull, "f:lena l:brandt"},
		{"Brandt Jr., Lena", roleFull, "l:brandt, f:lena"},
		{"Brandt III, Lena", roleFull, "l:brandt, f:lena"},
		{"Braund, Mr. Owen Harris", roleFull, "l:braund, f:owen f:harris"},
		{"Mr. Brandt", roleFull, "l:brandt"},
		{"Mr. & Mrs. Brandt", roleFull, "l:brandt"},
		{"Frau Dr. Brandt-Koch", roleFull, "l:brandt-l:koch"},
		{"Sir Lena", roleFull, "f:lena"},
		{"Mr. Brandt", roleFirst, "f:brandt"},
		{"Rev. Tom Kuhn", roleFull, "f:tom l:kuhn"},
		{"Sr. Juan Ruiz", roleFull, "f:juan l:ruiz"},
		{"Don Juan", roleFull, "f:don l:juan"},
		{"Mag. Tom Kuhn", roleFull, "f:tom l:kuhn"},
		{"Mag Tom Kuhn", roleFull, "f:mag f:tom l:kuhn"},
		{"Goethe, Johann Wolfgang von", roleFull, "l:goethe, f:johann f:wolfgang"},
		{"Berg, Jan van den", roleFull, "l:berg, f:jan"},
		{"Cruz, Juan de la", roleFull, "l:cruz, f:juan"},
		{"Tran, Thi Van", roleFull, "l:tran, f:thi f:van"},
		{"Lena Brandt (geb. Müller)", roleFull, "f:lena l:brandt l:müller"},
		{"Lena Brandt geb. Müller", roleFull, "f:lena l:brandt l:müller"},
		{"Lena Brandt, née Müller", roleFull, "f:lena l:brandt l:müller"},
		{"Lena Brandt (Leni)", roleFull, "f:lena l:brandt f:leni"},
		{"Lena (Leni) Brandt", roleFull, "f:lena f:leni l:brandt"},
		{"José María Aznar López", roleFull, "f:josé f:maría l:aznar l:lópez"},
		{"Gabriel García Márquez", roleFull, "f:gabriel l:garcía l:márquez"},
		{"Seán Ó Súilleabháin", roleFull, "f:seán l:súilleabháin"},
		{"Ó Súilleabháin", roleLast, "l:súilleabháin"},
		{"Lena St. Brandt", roleFull, "f:lena l:brandt"},
		{"محمد بن سلمان", roleFull, "f:محمد l:سلمان"},
		{"Jack Ma", roleFull, "f:jack l:ma"},
		{"Ma, Jack", roleFull, "l:ma, f:jack"},
		{"!!!", roleFull, ""},
		{"a, b, c", roleFull, ""},
		{"one two three four five six seven eight nine ten eleven twelve thirteen", roleFull, ""},
	} {
		if got := roles(tt.name, tt.role); got != tt.want {
			t.Errorf("%q as %d is %q, want %q", tt.name, tt.role, got, tt.want)
		}
	}
}

// TestFullNamesAreMadeOfTheirParts: a full name becomes what its first and last names
// become in attributes of their own.
func TestFullNamesAreMadeOfTheirParts(t *testing.T) {
	for _, in := range [][]Option{nil, {In("customer")}} {
		first := func(text string) string { return outText(t, FirstName(in...), text) }
		last := func(text string) string { return outText(t, LastName(in...), text) }
		for name, want := range map[string]string{
			"Lena Brandt":             first("Lena") + " " + last("Brandt"),
			"LENA  BRANDT":            first("lena") + " " + last("brandt"),
			"Anna Maria Schmidt-Koch": first("Anna Maria") + " " + last("Schmidt-Koch"),
			"Brandt, Lena":            last("Brandt") + ", " + first("Lena"),
			"Dr. Lena Brandt, Jr.":    first("Lena") + " " + last("Brandt"),
			"Ludwig van Beethoven":    first("Ludwig") + " " + last("van Beethoven"),
			"Gabriel Garcia Lopez":    first("Gabriel") + " " + last("Garcia Lopez"),
			"J. Brandt":               first("J")[:1] + ". " + last("Brandt"),
			"Lena B":                  first("Lena") + " " + last("B")[:1],
			"Mia O’Neill":             first("Mia") + " " + last("o'neill"),
			"山田 太郎":                   last("山田") + " " + first("太郎"),
			"毛泽东":                     last("毛") + " " + first("泽东"),
			"김정은":                     last("김") + " " + first("정은"),
			"สมชาย ใจดี":              first("สมชาย") + " " + last("ใจดี"),
			"Gabriel García Márquez":  first("Gabriel") + " " + last("García Márquez"),
			"Seán Ó Súilleabháin":     first("Seán") + " " + last("Ó Súilleabháin"),
			"Mr. Brandt":              last("Brandt"),
			"Braund, Mr. Owen Harris": last("Braund") + ", " + first("Owen Harris"),
			"Goethe, Johann von":      last("von Goethe") + ", " + first("Johann"),
			"Lena Brandt, M.D.":       first("Lena") + " " + last("Brandt"),
			"Brandt Jr., Lena":        last("Brandt") + ", " + first("Lena"),
			"J.R.R. Tolkien":          first("J")[:1] + "." + first("R")[:1] + "." + first("R")[:1] + ". " + last("Tolkien"),
			"lena.brandt":             first("Lena") + "." + last("Brandt"),
			"Путин В. В.":             last("Путин") + " " + first("В")[:1] + ". " + first("В")[:1] + ".",
			"Nguyễn Văn An":           last("Nguyễn") + " " + first("Văn An"),
			"Lena":                    first("Lena"),
		} {
			if got := outText(t, FullName(in...), name); got != want {
				t.Errorf("%q becomes %q, want %q", name, got, want)
			}
		}
	}
}

// TestBoundNamesAreMadeOfPartsThatFit: a name that is too long is drawn as a whole.
func TestBoundNamesAreMadeOfPartsThatFit(t *testing.T) {
	short := 0
	for i := range 200 {
		name := fmt.Sprintf("Lena%d Brandt%d", i, i)
		whole, bound := outText(t, FullName(), name), outText(t, FullName(MaxLength(12)), name)
		switch {
		case len(bound) > 12:
			t.Errorf("%q is too long", bound)
		case len(whole) <= 12:
			if short++; bound != whole {
				t.Errorf("%q becomes %q, and %q with room for it", name, whole, bound)
			}
		}
	}
	if short < 20 || short > 180 {
		t.Errorf("%d of 200 names were short", short)
	}
}

// TestNobodyHasNoPseudonym: what stands for no person stays, and is no name in a text.
func TestNobodyHasNoPseudonym(t *testing.T) {
	for _, text := range []string{"N/A", "n/a ", "n.a.", "-", " – ", "--", "?", "unknown", "UNKNOWN", "None", "null", "Not  Available", "unbekannt",
		"(unknown)", "[Unknown]", "<none>", "#N/A", "N/A.", "n.a", "N / A", "unknown unknown", "Unknown, Unknown", "(null)", "\"null\"", "None Given", "[deleted]", "*unknown*", "не указано", "不明", "なし", "없음", "sin nombre", "Inconnu", "brak danych"} {
		for _, tr := range []dynsync.Transformer{FirstName(), LastName(), FullName(), FullName(PreserveLength()), Username(), BusinessName(), City(), StreetAddress()} {
			if got := outText(t, tr, text); got != text {
				t.Errorf("%s of %q is %q", describe(tr).Name, text, got)
			}
		}
	}
	for _, text := range []string{"Nona", "Unknown Soldier", "Noneman", "Christopher Null", "Null, Christopher", "Na", "Nan", "Deleted User", "(Lena)", "[Lena Brandt]", "Unknown Lena", "Nils None-Smith", "N", "A", "x", "0"} {
		if got := outText(t, FullName(), text); got == text {
			t.Errorf("%q stays", text)
		}
	}
	items := []map[string]any{{"Id": "1", "Name": "1", "Person": "N/A", "Last": "unknown", "Note": "unknown caller, n/a"}, {"Id": "2", "Name": "2", "Person": "Lena", "Last": "-", "Note": "unknown"}}
	out := transformed(t, items, dynsync.WithLeakCheck(), dynsync.WithTransform("Person", FullName()), dynsync.WithTransform("Last", LastName(Strict())),
		dynsync.WithTransform("Note", Text(Find("recordNames"), NamesAt("Person", "Last"))))
	if got := textAt(t, out["1"], "Note"); got != "unknown caller, n/a" {
		t.Errorf("the note became %q", got)
	}
}

// TestMentionsAgreeWithTheNames: a text says of a person what the names in the item say, and
// so does the address, in names of every culture.
func TestMentionsAgreeWithTheNames(t *testing.T) {
	by := func(tr dynsync.Transformer) func(text string) string {
		return func(text string) string {
			out := transformed(t, []map[string]any{{"Id": "1", "Name": "1", "Text": text}}, dynsync.WithTransform("Text", tr))
			return textAt(t, out["1"], "Text")
		}
	}
	first, last, full := by(FirstName()), by(LastName()), by(FullName())
	tests := []struct{ name, first, last, note, want string }{
		{"Lena Brandt, M.D.", "Lena", "Brandt", "Dr. Brandt called; Lena said so.", "Dr. " + last("Brandt") + " called; " + first("Lena") + " said so."},
		{"Braund, Mr. Owen Harris", "Owen", "Braund", "Owen met Mr. Braund.", first("Owen") + " met Mr. " + last("Braund") + "."},
		{"毛泽东", "泽东", "毛", "毛泽东来了。", full("毛泽东") + "来了。"},
		{"김정은", "정은", "김", "김정은이 왔다.", full("김정은") + "이 왔다."},
		{"สมชาย ใจดี", "สมชาย", "ใจดี", "สมชาย ใจดี มา", full("สมชาย ใจดี") + " มา"},
		{"Gabriel García Márquez", "Gabriel", "García Márquez", "Sr. García Márquez wrote, Gabriel too.", "Sr. " + last("García Márquez") + " wrote, " + first("Gabriel") + " too."},
		{"Seán Ó Súilleabháin", "Seán", "Ó Súilleabháin", "Mr Ó Súilleabháin", "Mr " + last("Ó Súilleabháin")},
		{"Nguyễn Văn An", "An", "Nguyễn", "to Nguyễn Văn An", "to " + full("Nguyễn Văn An")},
		{"Mr. Brandt", "", "Brandt", "Mr. Brandt, Brandt", last("Brandt") + ", " + last("Brandt")},
		{"Lena Brandt (geb. Müller)", "Lena", "Brandt", "Frau Brandt, früher Müller", "Frau " + last("Brandt") + ", früher " + last("Müller")},
		{"Goethe, Johann von", "Johann", "von Goethe", "Johann von Goethe", first("Johann") + " " + last("Goethe")},
		{"Путин В. В.", "", "Путин", "Это Путин В. В.", "Это " + full("Путин В. В.")},
		{"Lena B.", "Lena", "", "Lena B. was here", full("Lena B.") + " was here"},
	}
	var items []map[string]any
	for i, tt := range tests {
		items = append(items, map[string]any{"Id": fmt.Sprint(i), "Name": fmt.Sprint(i), "Full": tt.name, "First": tt.first, "Last": tt.last, "Note": tt.note, "Email": fmt.Sprintf("x%d@corp.test", i)})
	}
	out := transformed(t, items, dynsync.WithTransform("Full", FullName()), dynsync.WithTransform("First", FirstName()), dynsync.WithTransform("Last", LastName()),
		dynsync.WithTransform("Email", Email(Person("Id", "Full"))), dynsync.WithTransform("Note", Text(Find("recordNames"), NamesAt("Full", "First", "Last"))))
	for i, tt := range tests {
		rec := out[fmt.Sprint(i)]
		if got := textAt(t, rec, "Note"); got != tt.want {
			t.Errorf("%q became %q, want %q", tt.note, got, tt.want)
		}
		if tt.last == "" {
			continue
		}
		family := last(tt.last)
		if got := textAt(t, rec, "Full"); !strings.Contains(got, family) {
			t.Errorf("%q became %q, and the last name %q", tt.name, got, family)
		}
		family = family[strings.LastIndexByte(family, ' ')+1:]
		if got := textAt(t, rec, "Email"); !strings.Contains(got, strings.ToLower(family)+".") {
			t.Errorf("the address of %q is %q, and the last name %q", tt.name, got, family)
		}
	}
}

// people are persons whose names are of every form, with texts that mention them.
func people(n int) []map[string]any {
	firsts := []string{"Lena", "Tom", "Anna Maria", "Jean-Luc", "José", "Li", "Ülkü", "J.", "Nora", "Åse"}
	lasts := []string{"Brandt", "O'Neill", "Garcia Lopez", "Schmidt-Koch", "van der Berg", "Ng", "Żółć", "de la Cruz", "al-Hassan", "Lee"}
	var items []map[string]any
	for i := range n {
		first, last := firsts[i%10], lasts[i/10%10]
		if i >= 100 && first != "J." {
			first += strings.Repeat("a", 1+i/1000%7) + string(rune('a'+i/100%10))
			last += strings.Repeat("e", 1+i/700%7) + string(rune('k'+i/70%10))
		}
		items = append(items, map[string]any{
			"Id": fmt.Sprint(i), "Name": fmt.Sprint(i), "First": first, "Last": last, "Full": first + " " + last, "Sorted": last + ", " + first, "Formal": "Dr. " + first + " " + last,
			"Email": fmt.Sprintf("user%d@corp.test", i), "User": fmt.Sprintf("user%d", i),
			"Note":  first + " " + last + " called; " + strings.ToUpper(first+" "+last) + " asks for a call.",
			"Short": "Talk to " + first + ", not to Family " + last + ".",
		})
	}
	return items
}

// TestShortPartsOfNamesAreFound: two letters are a name where words are that short, and
// in other scripts if it has no other part.
func TestShortPartsOfNamesAreFound(t *testing.T) {
	for _, tt := range []struct {
		name, part string
		found      bool
	}{
		{"王小明", "小明", true}, {"李 秀英", "秀英", true}, {"欧阳 修", "欧阳", true}, {"山田 花子", "花子", true}, {"山田 花子", "山田", true},
		{"高橋 さくら", "さくら", true}, {"김민수", "민수", true}, {"남궁 민수", "남궁", true}, {"王小明; 李秀英", "秀英", true}, {"Mei 小明", "小明", true},
		{"Bo", "Bo", true}, {"Lena Ng", "Lena", true},

		{"王小明", "王", false}, {"李 伟", "伟", false}, {"Lena Ng", "Ng", false}, {"Al Brandt", "Al", false},
	} {
		items := []map[string]any{{"Id": "1", "Name": "1", "Full": tt.name, "Note": "call " + tt.part + " today"}}
		note := textAt(t, transformed(t, items, dynsync.WithTransform("Full", FullName()), dynsync.WithTransform("Note", Text(Find("recordNames"), NamesAt("Full"))))["1"], "Note")
		if found := !strings.Contains(note, tt.part); found != tt.found {
			t.Errorf("%s of %s: %s", tt.part, tt.name, note)
		}
	}
}

// TestPeopleAreConsistent: in every item of a table of people, the attributes and the
// notes have one pseudonym for each name.
func TestPeopleAreConsistent(t *testing.T) {
	items := people(testsize.Of(500, 10_000, 3_000))
	rules := []dynsync.TableOption{
		dynsync.WithTransform("First", FirstName()), dynsync.WithTransform("Last", LastName()),
		dynsync.WithTransform("Full", FullName()), dynsync.WithTransform("Sorted", FullName()), dynsync.WithTransform("Formal", FullName()),
		dynsync.WithTransform("Note", Text(Find("recordNames"), NamesAt("Full"))),
		dynsync.WithTransform("Email", Email(Person("Id", "First", "Last"))), dynsync.WithTransform("User", Username(Person("Id", "Formal"))),
		dynsync.WithTransform("Short", Text(Find("recordNames"), NamesAt("First", "Last"))),
	}
	seen, addresses := 0, map[string]bool{}
	for _, rec := range transformed(t, items, rules...) {
		seen++
		first, last, full := textAt(t, rec, "First"), textAt(t, rec, "Last"), textAt(t, rec, "Full")
		initial := strings.HasPrefix(full, first[:1]+". ")
		if full != first+" "+last && !(initial && strings.HasSuffix(full, " "+last)) {
			t.Fatalf("%q is not %q and %q", full, first, last)
		}
		if formal := textAt(t, rec, "Formal"); formal != full {
			t.Fatalf("%q has the formal name %q", full, formal)
		}
		sorted := textAt(t, rec, "Sorted")
		if l, f, ok := strings.Cut(sorted, ", "); !ok || f+" "+l != full {
			t.Fatalf("%q is sorted as %q", full, sorted)
		}
		addresses[textAt(t, rec, "Email")] = true
		if name := strings.ToLower(cut(first, max(strings.IndexAny(first+" ", " -"), 0)) + "." + last[strings.LastIndexAny(last, " -")+1:] + "."); !strings.HasPrefix(textAt(t, rec, "Email"), name) {
			t.Fatalf("%q %q has the address %s", first, last, textAt(t, rec, "Email"))
		}
		if user := textAt(t, rec, "User"); !strings.HasPrefix(user, strings.ToLower(first[:1]+last[strings.LastIndexAny(last, " -")+1:])) {
			t.Fatalf("%q %q has the user name %s", first, last, user)
		}
		if note := textAt(t, rec, "Note"); note != full+" called; "+full+" asks for a call." {
			t.Fatalf("%q is %q in a note", full, note)
		}
		if short := textAt(t, rec, "Short"); !initial && short != "Talk to "+first+", not to Family "+last+"." {
			t.Fatalf("%q and %q are mentioned in %q", first, last, short)
		}
	}
	if seen != len(items) || len(addresses) != seen {
		t.Errorf("%d of %d items with %d addresses", seen, len(items), len(addresses))
	}
}

// TestPartsOfNamesAreIndependent: of full names with one last name, the first names are
// as many as chance has them, and none goes along with a last name.
func TestPartsOfNamesAreIndependent(t *testing.T) {
	const n = 4000
	same := 0
	for i := range n {
		first, last, _ := strings.Cut(outText(t, FullName(), fmt.Sprintf("anna%d anna%d", i, i)), " ")
		at, other := slices.Index(firstNames.all, first), slices.Index(lastNames.all, last)
		if at*len(lastNames.all)/len(firstNames.all) == other {
			same++
		}
	}
	if expected := float64(n) / float64(len(lastNames.all)); float64(same) > expected+6*expected {
		t.Errorf("%d of %d first names are at the place of their last name in the list", same, n)
	}
}

// TestPersonsOfOneID: where an item has no name, the id gives one, to addresses and user
// names alike; and where there is no id, they are as without a person.
func TestPersonsOfOneID(t *testing.T) {
	var items []map[string]any
	for i, id := range []any{"u1", "u1", attributevalue.Number("7"), attributevalue.Number("7.0"), nil, []string{"u1"}} {
		item := map[string]any{"Id": fmt.Sprint(i), "Name": fmt.Sprint(i), "Full": "n/a", "Email": fmt.Sprintf("u%d@corp.test", i), "User": "u", "Spare": "u@corp.test", "All": []string{}, "Plain": fmt.Sprintf("u%d@corp.test", i)}
		if id != nil {
			item["Person"] = id
		}
		var all []string
		for j := range 200 {
			all = append(all, fmt.Sprintf("u%d@corp.test", j))
		}
		item["All"] = all
		items = append(items, item)
	}
	out := transformed(t, items, dynsync.WithTransform("Full", FullName()), dynsync.WithTransform("Email", Email(Person("Person", "Full", "None"))),
		dynsync.WithTransform("Spare", Email(Person("Person"), PerItem())), dynsync.WithTransform("User", Username(Person("Person"))), dynsync.WithTransform("All", Email(Person("Person"))), dynsync.WithTransform("Plain", Email()))
	name := func(i int, path string) string {
		text := textAt(t, out[fmt.Sprint(i)], path)
		return cut(text, max(strings.LastIndex(cut(text, len(text)-len("@example.com")), "."), 0))
	}
	for _, pair := range [][2]int{{0, 1}, {2, 3}} {
		a, b := name(pair[0], "Email"), name(pair[1], "Email")
		if a == "" || a != b || name(pair[0], "Spare") != a || textAt(t, out[fmt.Sprint(pair[0])], "Email") == textAt(t, out[fmt.Sprint(pair[1])], "Email") {
			t.Errorf("one person has the addresses of %q and %q", a, b)
		}
		first, last, _ := strings.Cut(a, ".")
		if user := textAt(t, out[fmt.Sprint(pair[0])], "User"); !strings.HasPrefix(user, first[:1]+last) {
			t.Errorf("%q has the user name %q", a, user)
		}
		all, _ := out[fmt.Sprint(pair[0])].Get("All")
		if set := all.Any().([]string); len(set) != 200 || slices.ContainsFunc(set, func(s string) bool { return !strings.HasPrefix(s, a+".") }) {
			t.Errorf("%d addresses of %q: %q", len(set), a, set[0])
		}
	}
	if name(0, "Email") == name(2, "Email") {
		t.Error("two persons have one name")
	}
	for _, i := range []int{4, 5} {
		if email := textAt(t, out[fmt.Sprint(i)], "Email"); email != textAt(t, out[fmt.Sprint(i)], "Plain") {
			t.Errorf("%q without an id", email)
		}
	}
}

// TestPersonsAreFitted: names that leave no room for what keeps addresses apart give way
// to it.
func TestPersonsAreFitted(t *testing.T) {
	items := people(100)
	for name, opts := range map[string][]Option{"Email": {MaxLength(36)}, "User": {MaxLength(10)}} {
		tr := map[string]func(...Option) dynsync.Transformer{"Email": Email, "User": Username}[name](append(opts, Person("Id", "Full"))...)
		if d := describe(tr); d.Err != nil || !d.PerItem || name == "Email" && (d.Uniqueness != dynsync.UniquenessPractical || d.Bits != 65) {
			t.Errorf("%+v", d)
		}
		for _, rec := range transformed(t, items, dynsync.WithTransform(name, tr)) {
			got := textAt(t, rec, name)
			if name == "Email" && (len(got) > 36 || !matches("([a-z]+[.][a-z]+[.][a-z2-7]{13}|[a-z2-7]{24})@example.com")(got)) || name == "User" && (len(got) > 10 || !matches("[a-z]+[0-9]{4}")(got)) {
				t.Errorf("%s", got)
			}
		}
	}
	for _, tr := range []dynsync.Transformer{Email(Person("a[")), Email(Person("Id", "b.*")), Email(EmailFormat("token"), Person("Id")), Username(Person("")), FirstName(Person("Id"))} {
		if d := describe(tr); d.Err == nil {
			t.Errorf("%s %s is legal", d.Name, d.Options)
		}
	}
}

// TestMembersOfSetsShareThePerson: where two members of a set get one user name, another
// is drawn of the same person.
func TestMembersOfSetsShareThePerson(t *testing.T) {
	var users []string
	for i := range 400 {
		users = append(users, fmt.Sprint("user", i))
	}
	items := []map[string]any{{"Id": "1", "Name": "1", "Full": "Lena Brandt", "Users": users, "Note": "write to lena@corp.test", "Email": "lena@corp.test"}}
	rec := transformed(t, items, dynsync.WithTransform("Full", FullName()), dynsync.WithTransform("Users", Username(Person("Id", "Full"))), dynsync.WithTransform("Email", Email(Person("Id", "Full"))),
		dynsync.WithTransform("Note", Text(Find("email"), Person("Id", "Full"))))["1"]
	first, last, _ := strings.Cut(strings.ToLower(textAt(t, rec, "Full")), " ")
	all, _ := rec.Get("Users")
	if set := all.Any().([]string); len(set) != len(users) || slices.ContainsFunc(set, func(s string) bool { return !strings.HasPrefix(s, first[:1]+last) }) {
		t.Errorf("%s %s has the user names %q", first, last, set)
	}
	if note := textAt(t, rec, "Note"); note != "write to "+textAt(t, rec, "Email") {
		t.Errorf("%q", note)
	}
}

// TestBoundNamesHaveTheChanceOfBoth: a name that may be made of parts or drawn as a whole
// has the sum of both chances.
func TestBoundNamesHaveTheChanceOfBoth(t *testing.T) {
	for _, tt := range []struct {
		parts, whole float64
		both         bool
		want         float64
	}{{1, 500, true, 500}, {1, 500, false, 500}, {500, 100, false, 500}, {100, 100, true, 50}, {300, 150, true, 100}} {
		if got := either(tt.parts, tt.whole, tt.both); got < tt.want-1e-9 || got > tt.want+1e-9 {
			t.Errorf("%v: %v", tt, got)
		}
	}
}
