package survey

import (
	"bytes"

	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Looker counts for one goroutine, item by item, and says why an item may not pass.
type Looker struct {
	survey *Survey // or nil
	items  int64   // since the survey was told
	struck int64   // of them, those in which something has a strong look
	counts []*Count
	tops   map[string]*Top
	keys   []*Count
	names  *Count // of attributes
	others Top    // stands for attributes without a Top
	leaks  leaks  // originals that are still present, since the survey was told
	cut    int64  // items that were not searched for them to the end
	item   int64  // the number of the item at hand, or of the pass over it

	nth     int64   // the number of the item at hand
	members members // by their names, since the survey was told
	sampled int     // names that were counted

	finds []find // in the item at hand
	top   *Top   // the attribute at hand
}

// A find is a text of the item at hand that looks like something.
type find struct {
	count  *Count
	look   personal.Look
	text   []byte  // between its quotes, in the item as it was read; nil where that is not at hand
	strike *Strike // nil for a weak look
}

// A Strike is why an item may not pass: a text in it has a strong look.
type Strike struct {
	Path string    // as it may be printed
	Kind wire.Kind // of a key attribute; Invalid for a name
	Why  string
}

// NewLooker returns a looker for a survey, which may be nil.
func NewLooker(s *Survey) *Looker {
	l := &Looker{survey: s, tops: map[string]*Top{}, leaks: leaks{}}
	l.names = l.count(Count{Place: Place{Sort: Attribute}})
	return l
}

func (l *Looker) count(c Count) *Count {
	l.counts = append(l.counts, &c)
	return &c
}

// A Top is an attribute of items that looks like nothing itself.
type Top struct {
	name    string
	known   bool  // a rule or a key schema has the name
	items   int64 // that have it
	told    int64 // of them
	members [InStruct + 1][]*Count
}

// NewTop returns a new attribute. known says that a rule or a key schema has the name.
func (l *Looker) NewTop(name string, known bool) *Top {
	t := &Top{name: name, known: known}
	l.tops[name] = t
	return t
}

// Begin begins an item, or a second pass over it.
func (l *Looker) Begin() { l.finds, l.top, l.item = l.finds[:0], &l.others, l.item+1 }

// Enter enters an attribute; nil stands for one whose name is not remembered.
func (l *Looker) Enter(t *Top) {
	if t == nil {
		t = &l.others
	}
	l.top = t
	t.items++
}

// Return enters an attribute again, after all others.
func (l *Looker) Return(name string) {
	l.top = &l.others
	if t := l.tops[name]; t != nil {
		l.top = t
	}
}

// Mark returns how much was found, for Undo.
func (l *Looker) Mark() int { return len(l.finds) }

// Undo forgets what was found since in what came to nothing.
func (l *Looker) Undo(mark int) { l.finds = l.finds[:mark] }

// Settle counts the item at hand, and returns why it may not pass, or nil. done is the
// item as it is to be written if user code had all of it in its hands, and else nil.
func (l *Looker) Settle(done []byte) (first *Strike) {
	l.items++
	for _, f := range l.finds {
		if done != nil && !f.staysIn(done) {
			continue
		}
		f.count.found(f.look)
		if first == nil {
			first = f.strike
		}
	}
	if first != nil {
		l.struck++
	}
	return first
}

// staysIn reports whether the text may still be in an item.
func (f *find) staysIn(item []byte) bool {
	return f.text == nil || bytes.IndexByte(f.text, '\\') >= 0 || bytes.Contains(item, f.text)
}

// Key returns the count of a key attribute.
func (l *Looker) Key(name string) *Count {
	for _, c := range l.keys {
		if c.Top == name {
			return c
		}
	}
	c := l.count(Count{Place: Place{Sort: Key, Top: name}, Known: true})
	l.keys = append(l.keys, c)
	return c
}

// Names returns the count of names of attributes.
func (l *Looker) Names() *Count { return l.names }

// Member returns the count of names of a sort at a depth below the attribute at hand.
func (l *Looker) Member(sort Sort, depth int) *Count {
	of := &l.top.members[sort]
	for len(*of) <= depth {
		*of = append(*of, nil)
	}
	if (*of)[depth] == nil {
		(*of)[depth] = l.count(Count{Place: Place{Sort: sort, Top: l.top.name, Depth: depth}, Known: l.top.known})
	}
	return (*of)[depth]
}

// A Site is where a text stands that looks like something.
type Site struct {
	Path   string // as it may be printed, for a strong look
	Top    string // the attribute, or "" if its name may not be printed
	Below  string // the pattern from there down to a name
	Within string // of a name in JSON text: the pattern of its object in that text, "" for the text itself
}

// Note notes that a text looks like something.
func (l *Looker) Note(c *Count, look personal.Look, kind wire.Kind, text []byte, at Site) {
	if c.Below == "" {
		c.Below, c.Within = at.Below, at.Within
	}
	f := find{count: c, look: look, text: text}
	if look.Strength == personal.StrongLook {
		f.strike = &Strike{at.Path, kind, NewSight(c.Sort, at.Top, at.Below, at.Within).Why(look.Kind)}
	}
	l.finds = append(l.finds, f)
}
