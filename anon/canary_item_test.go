package anon_test

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
)

// A canary is a text that occurs by no chance.
type canary struct {
	text string
	at   string // where it was planted
}

// A leaf is a value of an item, or a part of one: a tree whose leaves hold canaries.
type leaf struct {
	kind     dynsync.Kind
	text     string    // of S, N and B
	canaries []*canary // in the text
	names    []string  // of a map
	nameOf   []*canary // by name, nil for one that is no canary
	kids     []*leaf   // of a map, list or set
	parts    []*leaf   // of a text that a separator divides
	whole    []*leaf   // of a part of a text: what the canaries are in
	json     *leaf     // what an S holds as JSON
}

func (g *grower) item(j *job) *leaf {
	item := &leaf{kind: dynsync.KindM}
	add := func(name string, v *leaf) {
		if !slices.Contains(item.names, name) {
			item.names, item.nameOf, item.kids = append(item.names, name), append(item.nameOf, nil), append(item.kids, v)
		}
	}
	id := g.text()
	for id.json != nil { // two of them may be empty, and equal
		id = g.text()
	}
	add("Id", id)
	if j.sort != "" {
		sorts := map[string]*leaf{"S": g.shaped(), "N": g.scalar(dynsync.KindN), "B": g.scalar(dynsync.KindB)}
		add("Sort", sorts[j.sort])
	}
	for _, name := range append(slices.Clone(attributes), "Ttl") {
		if g.chance(60) {
			add(name, g.value(3, false))
		}
	}
	item.place("")
	return item
}

// place tells the canaries where they are.
func (l *leaf) place(at string) {
	for _, c := range l.canaries {
		c.at = at
	}
	for i, kid := range l.kids {
		step := fmt.Sprintf("%s[%d]", at, i)
		if l.kind == dynsync.KindM {
			step = strings.TrimPrefix(at+"."+l.names[i], ".")
			if c := l.nameOf[i]; c != nil {
				c.at = "a name in " + cmp.Or(at, "the item")
			}
		}
		kid.place(step)
	}
	for i, part := range l.parts {
		part.place(fmt.Sprintf("%s#%d", at, i))
	}
	if l.json != nil {
		l.json.place(at + " as JSON")
	}
}

// value draws a value, containers up to that depth; of those that JSON has, if it is to
// be.
func (g *grower) value(depth int, json bool) *leaf {
	switch n := g.IntN(100); {
	case n < 35 || depth == 0:
		return g.scalar(dynsync.KindS)
	case n < 50:
		return g.scalar(dynsync.KindN)
	case n < 54:
		return &leaf{kind: dynsync.KindBOOL, text: g.one("true", "false")}
	case n < 56:
		return &leaf{kind: dynsync.KindNULL}
	case n < 73:
		return g.mapOf(depth, json)
	case n < 85:
		l := &leaf{kind: dynsync.KindL}
		for range g.IntN(4) {
			l.kids = append(l.kids, g.value(depth-1, json))
		}
		return l
	case json:
		return g.scalar(dynsync.KindS)
	case n < 88:
		return g.scalar(dynsync.KindB)
	}
	l := &leaf{kind: []dynsync.Kind{dynsync.KindSS, dynsync.KindNS, dynsync.KindBS}[g.IntN(3)]}
	for range 1 + g.IntN(3) {
		m := g.scalar(memberKind[l.kind])
		if !slices.ContainsFunc(l.kids, func(k *leaf) bool { return k.text == m.text }) {
			l.kids = append(l.kids, m)
		}
	}
	return l
}

var memberKind = map[dynsync.Kind]dynsync.Kind{dynsync.KindSS: dynsync.KindS, dynsync.KindNS: dynsync.KindN, dynsync.KindBS: dynsync.KindB}

func (g *grower) mapOf(depth int, json bool) *leaf {
	l := &leaf{kind: dynsync.KindM}
	for range g.IntN(4) {
		name, c := g.one("a", "b", "c", "d", oddName), (*canary)(nil)
		if g.chance(40) {
			c = g.canary()
			name = c.text
		}
		if !slices.Contains(l.names, name) {
			l.names, l.nameOf, l.kids = append(l.names, name), append(l.nameOf, c), append(l.kids, g.value(depth-1, json))
		}
	}
	return l
}

// canary returns a word that occurs by no chance.
func (g *grower) canary() *canary {
	letters := []rune(g.one("bcdfghjkmnpqrstvwxz", "bcdfghjkmnpqrstvwxz", "бвгджзклмнпрст", "一二三四五六七八九十日月火水木金土"))
	b := []rune("q")
	for range 13 {
		b = append(b, letters[g.IntN(len(letters))])
	}
	return &canary{text: string(b)}
}

// digits returns n digits. The first and the last are not 0.
func (g *grower) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + g.IntN(10))
	}
	b[0], b[n-1] = byte('1'+g.IntN(9)), byte('1'+g.IntN(9))
	return string(b)
}

func (g *grower) scalar(kind dynsync.Kind) *leaf {
	switch kind {
	case dynsync.KindN:
		return g.number()
	case dynsync.KindB:
		c := g.canary()
		if g.chance(30) {
			return &leaf{kind: kind, text: c.text + "\xff\x00" + c.text[:2], canaries: []*canary{c}}
		}
		return &leaf{kind: kind, text: c.text, canaries: []*canary{c}}
	}
	return g.text()
}

func (g *grower) number() *leaf {
	c := &canary{}
	text := ""
	switch g.IntN(4) {
	case 0:
		text = "17" + g.digits(11) // a time, to the millisecond
	case 1:
		text = g.digits(6) + "." + g.digits(9)
	case 2:
		text = "-" + g.digits(14)
	default:
		text = g.digits(12 + g.IntN(8))
	}
	c.text = strings.NewReplacer(".", "", "-", "").Replace(text)
	return &leaf{kind: dynsync.KindN, text: text, canaries: []*canary{c}}
}

func (g *grower) text() *leaf {
	switch n := g.IntN(100); {
	case n < 30:
		return g.shaped()
	case n < 40:
		return g.delimited()
	case n < 52:
		j := g.mapOf(2, true)
		if g.chance(20) {
			j = &leaf{kind: dynsync.KindL, kids: []*leaf{g.value(1, true), g.value(1, true)}}
		}
		text, err := json.Marshal(j.asJSON())
		if err != nil {
			panic(err)
		}
		return &leaf{kind: dynsync.KindS, text: string(text), json: j}
	case n < 70:
		return g.words("%s %s")
	}
	return g.words("%s")
}

// words returns a text with a canary for each %s.
func (g *grower) words(format string) *leaf {
	l := &leaf{kind: dynsync.KindS}
	for range strings.Count(format, "%s") {
		l.canaries = append(l.canaries, g.canary())
	}
	args := make([]any, len(l.canaries))
	for i, c := range l.canaries {
		args[i] = c.text
	}
	l.text = fmt.Sprintf(format, args...)
	return l
}

// shaped returns a text that some anonymizer is made for.
func (g *grower) shaped() *leaf {
	whole := func(text string) *leaf {
		return &leaf{kind: dynsync.KindS, text: text, canaries: []*canary{{text: text}}}
	}
	switch g.IntN(12) {
	case 0, 1, 2:
		return g.words("%s@%s.test")
	case 3:
		return g.words("https://%s.example/%s?q=%s")
	case 4:
		return g.words("Call me, " + g.one("+1 212 736 5000", "bob@corp.example") + " or %s@%s.test")
	case 5:
		return whole("+1212" + fmt.Sprint(2+g.IntN(8)) + g.digits(6))
	case 6:
		return whole(luhn("411111" + g.digits(9)))
	case 7:
		return whole(fmt.Sprintf("6ba7%s-9dad-41d1-80b4-%s", g.digits(4), g.digits(12)))
	case 8:
		return whole(fmt.Sprintf("20%02d-0%d-1%dT10:1%d:2%d.%sZ", 10+g.IntN(20), 1+g.IntN(9), g.IntN(9), g.IntN(9), g.IntN(9), g.digits(9)))
	case 9:
		return whole(g.digits(12 + g.IntN(7)))
	case 10:
		return whole("2a02:" + g.digits(4) + ":" + g.digits(4) + ":" + g.digits(4) + "::" + g.digits(3))
	}
	c := g.canary()
	return &leaf{kind: dynsync.KindS, text: base64.StdEncoding.EncodeToString([]byte(c.text)), canaries: []*canary{c}}
}

func (g *grower) delimited() *leaf {
	l := &leaf{kind: dynsync.KindS}
	var texts []string
	for range 1 + g.IntN(3) {
		part := g.words("%s")
		l.parts, texts = append(l.parts, part), append(texts, part.text)
	}
	l.text = strings.Join(texts, "#")
	return l
}

// asJSON returns the value as encoding/json takes it.
func (l *leaf) asJSON() any {
	switch l.kind {
	case dynsync.KindN:
		return json.Number(l.text)
	case dynsync.KindBOOL:
		return l.text == "true"
	case dynsync.KindNULL:
		return nil
	case dynsync.KindM:
		m := map[string]any{}
		for i, name := range l.names {
			m[name] = l.kids[i].asJSON()
		}
		return m
	case dynsync.KindL:
		list := []any{}
		for _, kid := range l.kids {
			list = append(list, kid.asJSON())
		}
		return list
	}
	return l.text
}

// asValue returns the value as the SDK has it.
func (l *leaf) asValue() types.AttributeValue {
	var texts []string
	var bytes [][]byte
	for _, kid := range l.kids {
		texts, bytes = append(texts, kid.text), append(bytes, []byte(kid.text))
	}
	switch l.kind {
	case dynsync.KindN:
		return &types.AttributeValueMemberN{Value: l.text}
	case dynsync.KindB:
		return &types.AttributeValueMemberB{Value: []byte(l.text)}
	case dynsync.KindBOOL:
		return &types.AttributeValueMemberBOOL{Value: l.text == "true"}
	case dynsync.KindNULL:
		return &types.AttributeValueMemberNULL{Value: true}
	case dynsync.KindM:
		return &types.AttributeValueMemberM{Value: l.asItem()}
	case dynsync.KindL:
		list := &types.AttributeValueMemberL{Value: []types.AttributeValue{}}
		for _, kid := range l.kids {
			list.Value = append(list.Value, kid.asValue())
		}
		return list
	case dynsync.KindSS:
		return &types.AttributeValueMemberSS{Value: texts}
	case dynsync.KindNS:
		return &types.AttributeValueMemberNS{Value: texts}
	case dynsync.KindBS:
		return &types.AttributeValueMemberBS{Value: bytes}
	}
	return &types.AttributeValueMemberS{Value: l.text}
}

// asItem returns a map as an item.
func (l *leaf) asItem() map[string]types.AttributeValue {
	m := map[string]types.AttributeValue{}
	for i, name := range l.names {
		m[name] = l.kids[i].asValue()
	}
	return m
}
