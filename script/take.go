package script

import (
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/wire"
)

// maxNesting is how deep DynamoDB nests values.
const maxNesting = wire.MaxDepth

// take returns what the script made as a Value. like is the value that it
// stands for, by which arrays become sets again; it may be the zero Value.
func (h *host) take(v goja.Value, like dynsync.Value) (dynsync.Value, error) {
	t := taker{host: h, left: h.program.cfg.size, text: h.program.cfg.text && isNumber(like.Kind())}
	if s, ok := v.(goja.String); ok && !t.text {
		text, err := t.string(s)
		return dynsync.StringValue(text), err
	}
	if err := t.value(v, &shape{raw: like.DynamoDBJSON()}, 1); err != nil {
		return dynsync.Value{}, err
	}
	return valueOf(t.dst)
}

func isNumber(k dynsync.Kind) bool { return k == dynsync.KindN || k == dynsync.KindNS }

// valueOf returns DynamoDB JSON as a Value.
func valueOf(raw []byte) (dynsync.Value, error) {
	rec, err := dynsync.NewRecord(slices.Concat([]byte(`{"v":`), raw, []byte("}")))
	if err != nil {
		return dynsync.Value{}, &failure{errKind, err}
	}
	v, _ := rec.Get("v")
	return v, nil
}

// A taker writes what a script made as DynamoDB JSON.
type taker struct {
	host *host
	dst  []byte
	left int  // of the MaxSize
	text bool // a string, or the strings of an array, stand for numbers
}

// charge counts n bytes of the result.
func (t *taker) charge(n int) error {
	if t.left -= n; t.left < 0 {
		return errLarge
	}
	return nil
}

// value appends a value that stands at the given level where the input had what
// like describes.
func (t *taker) value(v goja.Value, like *shape, depth int) error {
	switch v := v.(type) {
	case nil:
		return errUndefined
	case goja.String:
		return t.appendString(v)
	case *goja.Object:
		return t.object(v, like, depth)
	case *goja.Symbol:
		return errKind
	}
	if goja.IsUndefined(v) {
		return errUndefined
	}
	if err := t.charge(1); err != nil {
		return err
	}
	switch x := v.Export().(type) {
	case nil:
		t.dst = wire.AppendNULL(t.dst)
		return nil
	case bool:
		t.dst = wire.AppendBOOL(t.dst, x)
		return nil
	}
	text, err := t.number(v)
	if err != nil {
		return err
	}
	t.dst = wire.AppendN(t.dst, text)
	return nil
}

func (t *taker) appendString(s goja.String) error {
	text, err := t.string(s)
	switch {
	case err != nil:
		return err
	case t.text:
		if _, err := dynsync.NumberValue(text); err != nil {
			return &failure{errNoNumber, err}
		}
		t.dst = wire.AppendN(t.dst, text)
		return nil
	}
	t.dst = wire.AppendS(t.dst, text)
	return nil
}

// string returns the text of a string, with lone surrogates as their three
// bytes.
func (t *taker) string(s goja.String) (string, error) {
	if err := t.charge(max(s.Length(), 1)); err != nil {
		return "", err
	}
	text := s.String()
	if strings.ContainsRune(text, utf8.RuneError) {
		text = surrogates(s)
	}
	return text, t.charge(max(len(text)-s.Length(), 0))
}

// surrogates returns the text of a string that may hold lone surrogates.
func surrogates(s goja.String) string {
	var b []byte
	for i := 0; i < s.Length(); i++ {
		c := rune(s.CharAt(i))
		if !utf16.IsSurrogate(c) {
			b = utf8.AppendRune(b, c)
			continue
		}
		if i+1 < s.Length() {
			if r := utf16.DecodeRune(c, rune(s.CharAt(i+1))); r != utf8.RuneError {
				b = utf8.AppendRune(b, r)
				i++
				continue
			}
		}
		b = append(b, 0xE0|byte(c>>12), 0x80|byte(c>>6)&0x3F, 0x80|byte(c)&0x3F)
	}
	return string(b)
}

// number returns the decimal text of a number, a BigInt or a Decimal.
func (t *taker) number(v goja.Value) (string, error) {
	text, ok := t.numberText(v)
	if !ok {
		return "", errKind
	}
	if _, err := dynsync.NumberValue(text); err != nil {
		return "", &failure{errNumber, err}
	}
	return text, t.charge(len(text))
}

// maxBits is more than any number of DynamoDB's has, as an integer.
const maxBits = 512

func (t *taker) numberText(v goja.Value) (text string, ok bool) {
	if o, isObject := v.(*goja.Object); isObject {
		text, ok = t.host.call.decimals[o]
		return text, ok
	}
	switch x := v.Export().(type) {
	case int64:
		return strconv.FormatInt(x, 10), true
	case float64:
		if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
			return strconv.FormatFloat(math.Abs(x), 'g', -1, 64), true // what is not finite is no number to DynamoDB
		}
		return strconv.FormatFloat(x, 'g', -1, 64), true
	case *big.Int:
		if x.BitLen() > maxBits {
			return "too large", true
		}
		return x.String(), true
	}
	return "", false
}

var (
	bytesType   = reflect.TypeFor[[]byte]()
	objectType  = reflect.TypeFor[map[string]any]()
	promiseType = reflect.TypeFor[*goja.Promise]()
)

// object appends an array, a Uint8Array, a Decimal or a plain object. Iterators,
// generators, WeakMaps and the like are told from plain objects by their tag.
func (t *taker) object(o *goja.Object, like *shape, depth int) error {
	if depth > maxNesting {
		return errNesting
	}
	if _, ok := t.host.call.decimals[o]; ok {
		text, err := t.number(o)
		t.dst = wire.AppendN(t.dst, text)
		return err
	}
	switch class := o.ClassName(); {
	case o == t.host.keep || o == t.host.remove || o == t.host.skip:
		return errMark
	case class == "Array":
		return t.array(o, like, depth)
	case o.ExportType() == bytesType:
		return t.binary(o)
	case class == "Object" && o.ExportType() == objectType && o.GetSymbol(goja.SymToStringTag) == nil:
		return t.members(o, like, depth)
	case class == "Date":
		return errDate
	case o.ExportType() == promiseType:
		return errPromise
	}
	return errKind
}

func (t *taker) binary(o *goja.Object) error {
	b, _ := o.Export().([]byte)
	if err := t.charge(len(b) + 1); err != nil {
		return err
	}
	t.dst = wire.AppendB(t.dst, b)
	return nil
}

func (t *taker) members(o *goja.Object, like *shape, depth int) error {
	if err := t.charge(1); err != nil {
		return err
	}
	if depth == maxNesting {
		return errNesting
	}
	t.text = false
	m := wire.NewMap(t.dst)
	for _, name := range o.Keys() {
		if err := t.charge(len(name)); err != nil {
			return err
		}
		m.Name(name)
		t.dst = m.Dst
		if err := t.value(o.Get(name), like.member(name), depth+1); err != nil {
			return err
		}
		m.Dst = t.dst
	}
	t.dst = m.Finish()
	return nil
}

// array appends an array as the set or list that it was given as, or, if the
// script made it, as what stood in its place.
func (t *taker) array(o *goja.Object, like *shape, depth int) error {
	if err := t.charge(1); err != nil {
		return err
	}
	kind, known := t.host.call.arrays[o]
	if !known {
		kind = like.kind()
	}
	n := o.Get("length").ToInteger()
	if n > int64(t.left) { // each element is a byte at least
		return errLarge
	}
	switch kind {
	case dynsync.KindSS, dynsync.KindNS, dynsync.KindBS:
		return t.set(o, int(n), kind)
	}
	if depth == maxNesting {
		return errNesting
	}
	t.text = false
	return t.list(o, int(n), like, depth)
}

func (t *taker) list(o *goja.Object, n int, like *shape, depth int) error {
	list := wire.NewList(t.dst)
	for i := range n {
		list.Next()
		t.dst = list.Dst
		if err := t.value(o.Get(strconv.Itoa(i)), like.element(i, n), depth+1); err != nil {
			return err
		}
		list.Dst = t.dst
	}
	t.dst = list.Finish()
	return nil
}

func (t *taker) set(o *goja.Object, n int, kind dynsync.Kind) error {
	set := wire.NewSet(t.dst, wire.Kind(kind))
	for i := range n {
		if err := t.member(&set, o.Get(strconv.Itoa(i)), kind); err != nil {
			return err
		}
	}
	t.dst = set.Finish()
	return nil
}

// member adds a member to a set.
func (t *taker) member(set *wire.SetWriter, v goja.Value, kind dynsync.Kind) error {
	s, isString := v.(goja.String)
	switch {
	case kind == dynsync.KindSS && isString:
		text, err := t.string(s)
		set.Text(text)
		return err
	case kind == dynsync.KindNS && (!isString || t.host.program.cfg.text):
		return t.numberMember(set, v)
	case kind == dynsync.KindBS:
		return t.binaryMember(set, v)
	}
	return errMember
}

func (t *taker) numberMember(set *wire.SetWriter, v goja.Value) error {
	if v == nil {
		return errMember
	}
	var text string
	var err error
	if s, ok := v.(goja.String); ok {
		if text, err = t.string(s); err == nil {
			if _, invalid := dynsync.NumberValue(text); invalid != nil {
				return &failure{errNoNumber, invalid}
			}
		}
	} else if text, err = t.number(v); err == errKind {
		return errMember
	}
	set.Text(text)
	return err
}

func (t *taker) binaryMember(set *wire.SetWriter, v goja.Value) error {
	o, ok := v.(*goja.Object)
	if !ok || o.ExportType() != bytesType {
		return errMember
	}
	b, _ := o.Export().([]byte)
	set.Bytes(b)
	return t.charge(len(b) + 1)
}

// A shape is a part of the value that the script's result stands for. It is
// taken apart only as far as somebody asks. A nil shape is of nothing.
type shape struct {
	raw   []byte
	names map[string][]byte
	list  [][]byte
}

func (s *shape) kind() dynsync.Kind {
	if s == nil || len(s.raw) == 0 {
		return 0
	}
	return dynsync.Kind(wire.KindOf(s.raw))
}

// member returns the shape of the map's member of that name, or nil.
func (s *shape) member(name string) *shape {
	if s.kind() != dynsync.KindM {
		return nil
	}
	if s.names == nil {
		s.names = map[string][]byte{}
		for a := range wire.MembersOf(s.raw).All() {
			s.names[a.NameIn(s.raw)] = a.Value.Of(s.raw)
		}
	}
	if raw, ok := s.names[name]; ok {
		return &shape{raw: raw}
	}
	return nil
}

// element returns the shape of the list's i-th element, or nil where the list
// does not have the n elements of the result: which became which is not known
// then.
func (s *shape) element(i, n int) *shape {
	if s.kind() != dynsync.KindL {
		return nil
	}
	if s.list == nil {
		for _, element := range wire.ElementsOf(s.raw).All() {
			s.list = append(s.list, element)
		}
	}
	if len(s.list) != n {
		return nil
	}
	return &shape{raw: s.list[i]}
}
