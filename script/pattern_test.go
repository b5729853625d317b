package script

import (
	"testing"

	"github.com/dynsync/dynsync"
)

// TestRegExp has the results of V8, for what the engine's two libraries of regular
// expressions match otherwise. A script that masks what it does not match keeps it.
func TestRegExp(t *testing.T) {
	for _, c := range []struct{ code, value, want string }{
		{`return value.replace(/\p{L}/gu, 'x')`, "Ärger p{L} 1", `"xxxxx x{x} 1"`},
		{`return value.replace(/\p{L}+/u, 'x')`, "Ärger 1", `"x 1"`},
		{`return value.replace(/[\p{L}\p{N}]/gu, 'x')`, "Äb-12", `"xx-xx"`},
		{`return value.replace(/[^\p{L}\s]/gu, '')`, "Ann Müller 1985", `"Ann Müller "`},
		{`return value.replace(/\P{L}/gu, 'x')`, "Äb 1", `"Äbxx"`},
		{`return value.replace(/\p{Lu}/gu, 'x')`, "ÄbC", `"xbx"`},
		{`return value.replace(/\p{Lu}\p{Ll}+|\p{Nd}/gu, 'x')`, "Ärger BC 1", `"x BC x"`},
		{`return value.replace(new RegExp('\\p{L}', 'gu'), 'x')`, "Äb 1", `"xx 1"`},
		{`return value.replace(RegExp(/\p{L}/, 'gu'), 'x')`, "pÄb 1", `"xxx 1"`},
		{`return value.replace(/\p{L}/g, 'x')`, "Ä p{L}", `"Ä x"`},
		{`return value.replace(/\b\d{3}-\d{2}-\d{4}\b/g, '[ssn]')`, "番号123-45-6789です", `"番号[ssn]です"`},
		{`return value.replace(/\b\d{3}-\d{2}-\d{4}\b/g, '[ssn]')`, "ssn 123-45-6789, 1123-45-6789", `"ssn [ssn], 1123-45-6789"`},
		{`return value.replace(/\b\d+\b/g, '_')`, "ä12 x12 12", `"ä_ x12 _"`},
		{`return value.replace(/\b\d+\b/gu, '_')`, "ä12 x12 12", `"ä_ x12 _"`},
		{`return value.replace(/\B12/g, '_')`, "ä12 x12", `"ä12 x_"`},
		{`return value.replace(/\b[A-Z]\w+\b/g, '_')`, "Österreich Ärzte Müller Maß Ann", `"Österreich Ärzte Müller _ß _"`},
		{`return value.match(/\b\d+\b/g)`, "ä12 7", `["12","7"]`},
		{`return value.match('\\b12')`, "ä12", `["12"]`},
		{`return value.search('\\b12')`, "ä12", `1`},
		{`return [...value.matchAll('\\b1')].map(m => m.index)`, "ä1 1", `[1,3]`},
		{`return [...value.matchAll(/\b\d+\b/g)].map(m => m[0])`, "ä12 7", `["12","7"]`},
		{`return value.split(/\b/)`, "ä12 b", `["ä","12"," ","b"]`},
		{`return value.replace(/[\b]/g, '_')`, "a\bb", `"a_b"`},
		{`return value.replace(/[[\b]\b1/g, '_')`, "[1\b1", `"__"`},
		{`return value.replace(/\\b/g, '_')`, "a\\b", `"a_"`},
		{`return /(a)\b(?:b|\1)/.test(value)`, "aa", `false`},
		{`return value.replace(/(\w+)\b/g, '<$1>')`, "aé bc", `"<a>é <bc>"`},
		{`return value.replace(/(?<first>\p{Lu})(\p{Ll}+)/gu, '$<first>.')`, "Émile Zola", `"É. Z."`},
		{`return new RegExp(/\b1/g).flags + new RegExp(/x/g, 'i').flags + new RegExp().source`, "x", `"gi(?:)"`},
		{`return value.replace(/a|\p{Nd}/gu, '_')`, "ab1", `"_b_"`},
		{`return value.replace(/^\p{L}/gmu, '_')`, "äb\nöc", `"_b\n_c"`},
		{`return value.replace(/\p{L}/giu, '_')`, "äB1", `"__1"`},
		{`return value.replace(/\p{Lu}/giu, '_')`, "äB1", `"__1"`},
		{`return value.split(/\p{P}/u)`, "a-b,c", `["a","b","c"]`},
		{`const r = /\p{L}/yu; r.lastIndex = 1; return r.exec(value)`, "1é", `["é"]`},
		{`const r = /\b\d/g; return [r.exec(value)[0], r.lastIndex, r.exec(value)[0]]`, "1 2", `["1",1,"2"]`},
		{`return value.replace(/\p{L}/u, '_')`, "Äbc", `"_bc"`},
		{`return value.replace(/(?<x>\p{L})|c/u, '<$<x>>')`, "1Äbc", `"1<Ä>bc"`},
		{`return value.replace(/^Phone: .*$/gm, '_')`, "Phone: 5\r\nPhone: 6\nPhone: 7\rPhone: 8\u2028Phone: 9", "\"_\\r\\n_\\n_\\r_\u2028_\""},
		{`return value.replace(/^a$/m, '_')`, "b\r\na\r\nb", `"b\r\n_\r\nb"`},
		{`return value.split(/$/m)`, "a\r\nb", `["a","\r","\nb"]`},
		{`return value.replace(/./g, '_')`, "é\u2028é\r\n😀", "\"_\u2028_\\r\\n__\""},
		{`return value.replace(/./gs, '_')`, "é\u2028\n", `"___"`},
		{`return value.replace(/./gu, '_')`, "é😀", `"__"`},
		{`return value.replace(/[.^$]\.\^\$/gm, '_')`, "a..^$", `"a_"`},
		{`return value.replace(/^.|.$/g, '_')`, "abc\nabc", `"_bc\nab_"`},
		{`return value.replace(/[^.]$/g, '_')`, "abc", `"ab_"`},
	} {
		tr := must(t, Transform(`return JSON.stringify((() => { `+c.code+` })())`))
		out, err := tr.Transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(c.value)})
		if got, _ := out.Text(); got != c.want || err != nil {
			t.Errorf("%s of %q: %s, %v, not %s", c.code, c.value, got, err, c.want)
		}
	}
}

// TestPropertiesThatAreNone are errors when the script is compiled, or when it makes
// the expression.
func TestPropertiesThatAreNone(t *testing.T) {
	if err := faultOf(Transform(`return /\p{Letters}/u.test(value)`)); err == nil {
		t.Error("no error")
	}
	if _, err := run(t, Transform(`return new RegExp('\\p{Letters}', 'u').test(value)`), `{"S":"x"}`); err == nil {
		t.Error("no error at run time")
	}
}

// TestRegExpAsInV8 has what the engine does otherwise than V8 where a pattern, or the way
// that it is used in, is left as it is.
func TestRegExpAsInV8(t *testing.T) {
	for _, c := range []struct{ code, value, want string }{
		// A negated class beside an alternative is taken for another class.
		{`return value.replace(/ab|[^\n]1/, '_')`, "zab", `"z_"`},
		{`return value.replace(/ab|[^\n]1/i, '_')`, "zAB", `"z_"`},
		{`return value.replace(/ab|[^\n]1/u, '_')`, "zab", `"z_"`},
		{`return value.replace(/ab|[^\n]1/iu, '_')`, "zAB", `"z_"`},
		// So is one behind what may be left out.
		{`return value.replace(/b??[^\n]/g, '_')`, "ab_", `"___"`},
		// So is a class of all characters.
		{`return value.replace(/kb|[1c].|./gsu, '_')`, "acdef", `"____"`},
		// What is no digit is lost beside other members of a class.
		{`return value.match(/\D[\DI\S]/)[0]`, "c}a", `"c}"`},
		{`return value.replace(/[\D\u0000-\u007f]/gu, '_')`, "éa1", `"___"`},
		// So is a character that is escaped in another way beside a property.
		{`return value.replace(/[\p{gc=Lu}\u{1F600}\cJ\0\-]/gu, '_')`, "Aé😀\n\x00-", `"_é____"`},
		// Under the flag i, a negated class excludes both cases.
		{`return value.replace(/xy|[^a]/gi, '_')`, "aAb", `"aA_"`},
		{`return value.replace(/xy|\W/gi, '_')`, "aA-é", `"aA__"`},
		{`return value.replace(/[^\W\d]|xy/gi, '_')`, "aA-1", `"__-1"`},
		{`return value.replace(/a|./gis, '_')`, "A\nb", `"___"`},
		{`return value.replace(/\W/gi, '_') + value.replace(/[sa-c\W]/gi, '_')`, "ksc-", `"ksc_k___"`},
		// What a property lacks, it holds in another case; a negated class does not.
		{`return value.replace(/\P{Lu}/giu, '_') + value.replace(/[^\p{Lu}]/giu, '_')`, "aA1", `"___aA_"`},
		// A property with its kind is unknown to the engine.
		{`return value.replace(/\p{Script=Han}/gu, 'x')`, "漢a", `"xa"`},
		{`return value.replace(/\p{General_Category=Lu}/u, 'x')`, "éÉ", `"éx"`},
		{`return value.replace(/\p{Uppercase_Letter}|\p{Alphabetic}/gu, 'x')`, "É1a", `"x1x"`},
		// Names of groups are lost under the flag u.
		{`return value.match(/(?<year>\d+)-(?<month>\d+)/u).groups.month`, "é 2024-05", `"05"`},
		{`return [...value.matchAll(/(?<c>.)/gu)].map(m => m.groups.c)`, "é😀", `["é","😀"]`},
		// replaceAll of nothing does not end where the string is not ASCII.
		{`return value.replaceAll('', '-')`, "éa", `"-é-a-"`},
		{`return value.replaceAll(undefined, '-')`, "undefined é", `"- é"`},
		// A sticky expression replaces at its place only, and moves it.
		{`const r = /a/y; return [value.replace(r, '_'), r.lastIndex]`, "ba", `["ba",0]`},
		{`const r = /a/y; r.lastIndex = 1; return [value.replace(r, '_'), r.lastIndex]`, "ba", `["b_",2]`},
		{`return value.replace(/a|/gy, '_')`, "aba", `"__b__"`},
		// An empty match is one behind another match too.
		{`return value.replace(/.*/g, '_')`, "abc", `"__"`},
		{`return value.match(/b?/g)`, "abc", `["","b","",""]`},
		{`return value.replaceAll(/é?/gu, '_')`, "aé", `"_a__"`},
		// It splits nothing there.
		{`return value.split(/\d|/)`, "1ab", `["","a","b"]`},
		{`return value.split(/(x)?/)`, "axb", `["a","x","b"]`},
		{`return value.split(/a/y)`, "bab", `["b","b"]`},
		{`return value.split(/(?:)/u, 2)`, "😀éa", `["😀","é"]`},
		{`return ''.split(/x?/)`, "", `[]`},
		{`return ''.split(/x/)`, "", `[""]`},
		// source and toString have the text of the code.
		{`const r = /a|\b[^\d]/gm; return [r.source, String(r), r.flags]`, "", `["a|\\b[^\\d]","/a|\\b[^\\d]/gm","gm"]`},
		{`return new RegExp('a|\\D', 'u').source`, "", `"a|\\D"`},
		{`return RegExp(/a|\D/, 'u').source`, "", `"a|\\D"`},
		{`return [RegExp('[/]/\\n').source, /[/]\//.source, RegExp('\\b/').source]`, "", `["[/]\\/\\n","[/]\\/","\\b\\/"]`},
		// Two that match the same have each its own.
		{`return [/a|\d[^b]/, /a|[0-9][^b]/, RegExp('a|[\\d][^b]'), RegExp('a|[0-9][^b]')].map(r => r.source)`, "", `["a|\\d[^b]","a|[0-9][^b]","a|[\\d][^b]","a|[0-9][^b]"]`},
	} {
		tr := must(t, Transform(`return JSON.stringify((() => { `+c.code+` })())`))
		out, err := tr.Transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(c.value)})
		if got, _ := out.Text(); got != c.want || err != nil {
			t.Errorf("%s of %q: %s, %v, not %s", c.code, c.value, got, err, c.want)
		}
	}
}

// TestPropertiesAreFew keeps a script from filling the memory with names that it makes up.
func TestPropertiesAreFew(t *testing.T) {
	for _, name := range []string{"x=L", "gc=Han", "sc=Lu", "=L", "L=", "Made_Up"} {
		if set := propertySet(name); set != nil {
			t.Errorf("%s has %d ranges", name, len(set))
		}
		if _, ok := properties.Load(name); ok {
			t.Errorf("%s is kept", name)
		}
	}
}
