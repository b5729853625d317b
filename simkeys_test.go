package dynsync

import (
	"context"
	"fmt"
	"hash/crc32"
	"strings"
)

// A keyRule is what the job makes of an item's key.
type keyRule uint8

const (
	keysStay  keyRule = iota
	keysMoved         // a prefix, by a transformer that is exact

	// Keys that are one-to-one, if the table is guarded; see [sequence.guarded].
	keysFolded   // lower case, of keys in lower case only
	keysBranches // the same for some, a prefix for the others
	keysConfused // lower case for those in upper case: a result looks like the key of another
	keysCut      // a letter less, for some: a result does not look like one of its branch
	keysReading  // by the rest of the item, for some
	keysTemplate // made of another attribute, which is not always that of the key

	// Nobody knows whether two of these keys collide.
	keysFold  // lower case, by a Func
	keysMixed // a few buckets, likewise
	lastKeys  = keysMixed
)

func (k keyRule) String() string {
	return []string{"keys stay", "keys moved", "keys folded", "keys in branches", "keys confused", "keys cut", "keys by the item", "keys of a template", "keys fold", "keys mixed"}[k]
}

func (k keyRule) collides() bool { return k >= keysFold }
func (k keyRule) oneToOne() bool { return k >= keysFolded && k <= keysTemplate }

// keys returns the rule for the keys of table i. Where a rule is one-to-one only if the
// table is guarded, and it is not, it is another.
func (q *sequence) keys(i int) keyRule {
	if k := q.tables[i].keys; !k.oneToOne() || q.guarded(i) {
		return k
	}
	return keysMoved
}

// guarded reports whether table i fails items whose keys are not certain to be one-to-one:
// its items meet those of other runs and shares, and would take their place.
func (q *sequence) guarded(i int) bool {
	return (q.checkpoint || q.shares > 1) && q.tables[i].mode != ModeInsert && !q.sharesDestination(i)
}

func (q *sequence) sharesDestination(i int) bool {
	for k := range q.tables {
		if k != i && q.tables[k].dest == q.tables[i].dest {
			return true
		}
	}
	return false
}

// The oracle's rules.

// keyAfter returns the key under which an item of table i is written, if it is.
func (q *sequence) keyAfter(i int, id string) string {
	inLower := strings.HasPrefix(id, "id-")
	switch k := q.keys(i); k {
	case keysMoved:
		return "id-moved-" + id
	case keysFold:
		return strings.ToLower(id)
	case keysMixed:
		return fmt.Sprint("id-b", crc32.ChecksumIEEE([]byte(id))%7)
	case keysFolded:
		return "id-f" + strings.ToLower(id)
	case keysBranches, keysTemplate:
		if inLower {
			return "id-" + map[keyRule]string{keysBranches: "b" + id, keysTemplate: "n" + id[3:]}[k]
		}
		return "ID-m" + id
	case keysReading:
		return "id-m" + id
	}
	return id
}

// strays reports whether an item of a guarded table fails, since nothing but the item
// itself could tell whether its key stays the only one.
func (q *sequence) strays(i int, id string, version int) bool {
	inLower, folded := strings.HasPrefix(id, "id-"), strings.ToLower(id) == id
	switch q.keys(i) {
	case keysFolded:
		return !folded
	case keysBranches:
		return inLower && !folded
	case keysConfused:
		return !inLower
	case keysCut:
		return strings.HasSuffix(id, "q")
	case keysReading:
		return strings.Contains(id, "3")
	case keysTemplate:
		return inLower && (!folded || q.otherNumber(i, id, version))
	}
	return false
}

// otherNumber reports whether an item's number is not the one of its key.
func (q *sequence) otherNumber(i int, id string, version int) bool {
	return simDraw(q.seed, "number", fmt.Sprint(i), id, fmt.Sprint(version))%4 == 0
}

// The job's rules.

// item returns an item of the source.
func (q *sequence) item(i int, id string, version int) map[string]any {
	item := map[string]any{"Id": id, "T": fmt.Sprint(i), "Src": id, "V": fmt.Sprint(version), "Name": fmt.Sprintf("%d/%s", i, id), "Secret": "s"}
	if q.keys(i) == keysTemplate {
		item["Num"] = strings.TrimPrefix(id, "id-")
		if q.otherNumber(i, id, version) {
			item["Num"] = "zz" + id
		}
	}
	return item
}

// A simMaker is a transformer of keys that describes itself.
type simMaker struct {
	Description
	fn func(in Input, text string) (string, error)
}

func (m simMaker) Describe() Description { return m.Description }
func (m simMaker) Transform(_ context.Context, in Input) (Value, error) {
	text, _ := in.Value.Text()
	out, err := m.fn(in, text)
	return StringValue(out), err
}

// simFolds puts something in front of the lower case of keys.
func simFolds(prefix string) Transformer {
	return simMaker{Description{Name: "folds", Options: prefix, Kinds: []Kind{KindS}, Uniqueness: UniquenessPractical, Bits: 100,
		Canonical: func(text string) (string, bool) { return strings.ToLower(text), true }},
		func(_ Input, text string) (string, error) { return prefix + strings.ToLower(text), nil }}
}

func simExact(name string, fn func(in Input, text string) (string, error)) Transformer {
	return simMaker{Description{Name: name, Kinds: []Kind{KindS}, Uniqueness: UniquenessExact}, fn}
}

// A simPrefix puts something in front of keys.
type simPrefix string

func (p simPrefix) Transform(_ context.Context, in Input) (Value, error) {
	text, _ := in.Value.Text()
	return StringValue(string(p) + text), nil
}

func (p simPrefix) Describe() Description {
	return Description{Name: "prefix", Options: string(p), Kinds: []Kind{KindS}, Uniqueness: UniquenessExact}
}

// keyRules returns the rules for the keys of a table.
func (q *sequence) keyRules(i int) []TableOption {
	rule := func(t Transformer) []TableOption { return []TableOption{WithTransform("Id", t, Optional())} }
	inLower := func(in Input) bool {
		text, _ := in.Value.Text()
		return strings.HasPrefix(text, "id-")
	}
	switch q.keys(i) {
	case keysMoved:
		return rule(simPrefix("id-moved-"))
	case keysFold:
		return rule(Func(func(_ context.Context, id string) (string, error) { return strings.ToLower(id), nil }))
	case keysMixed:
		return rule(Func(func(_ context.Context, id string) (string, error) {
			return fmt.Sprint("id-b", crc32.ChecksumIEEE([]byte(id))%7), nil
		}))
	case keysFolded:
		return rule(simFolds("id-f"))
	case keysBranches:
		return rule(FirstOf(When(inLower, simFolds("id-b")), simPrefix("ID-m")))
	case keysConfused:
		return rule(FirstOf(When(inLower, Passthrough()), simExact("lowers", func(_ Input, text string) (string, error) { return strings.ToLower(text), nil })))
	case keysCut:
		return rule(FirstOf(simExact("cuts", func(_ Input, text string) (string, error) {
			if head, ok := strings.CutSuffix(text, "q"); ok {
				return head, nil
			}
			return "", ErrNotApplicable
		}), Passthrough()))
	case keysReading:
		return rule(FirstOf(simExact("reads", func(in Input, text string) (string, error) {
			if !strings.Contains(text, "3") {
				return "", ErrNotApplicable
			}
			v, _ := in.Record().Get("V")
			version, _ := v.Text()
			return "id-3" + version + text, nil
		}), simPrefix("id-m")))
	case keysTemplate:
		return append(rule(FirstOf(Template("id-{Num}"), simPrefix("ID-m"))), WithTransform("Num", simFolds("n"), Optional()))
	}
	return nil
}
