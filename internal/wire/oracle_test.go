package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// oracleItem reads an item by encoding/json, token by token, and reports whether
// it is one: the slow and obvious form of Index.
//
// encoding/json turns lone surrogates into U+FFFD, so they go past it in
// disguise, as characters of the private use area. Text that holds such
// characters itself is not for this oracle.
func oracleItem(text []byte) (members []member, ok bool) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, false
	}
	o := oracle{json.NewDecoder(bytes.NewReader(disguise(text)))}
	o.dec.UseNumber()
	if o.next() != json.Delim('{') {
		return nil, false
	}
	return o.members(1)
}

type oracle struct{ dec *json.Decoder }

// next returns the next token of text that is known to be JSON.
func (o oracle) next() json.Token {
	t, err := o.dec.Token()
	if err != nil {
		return nil
	}
	return t
}

func (o oracle) members(depth int) (members []member, ok bool) {
	seen := map[string]bool{}
	for o.dec.More() {
		name := o.next().(string)
		if seen[name] {
			return nil, false
		}
		seen[name] = true
		value, ok := o.value(depth)
		if !ok {
			return nil, false
		}
		members = append(members, member{reveal(name), value})
	}
	o.next()
	return members, true
}

func (o oracle) value(depth int) (n node, ok bool) {
	if o.next() != json.Delim('{') || !o.dec.More() {
		return n, false
	}
	letters := o.next().(string)
	for k := S; k <= BS; k++ {
		if k.String() == letters {
			n.kind = k
		}
	}
	if n.kind == Invalid || (n.kind == M || n.kind == L) && depth > 31 || !o.payload(&n, depth) || o.dec.More() {
		return n, false
	}
	o.next()
	return n, true
}

func (o oracle) payload(n *node, depth int) (ok bool) {
	t := o.next()
	switch n.kind {
	case S, N, B:
		n.text, ok = scalarText(n.kind, t)
		return ok
	case BOOL:
		n.flag, ok = t.(bool)
		return ok
	case NULL:
		return t == true
	case M:
		if t != json.Delim('{') {
			return false
		}
		n.members, ok = o.members(depth + 1)
		return ok
	}
	if t != json.Delim('[') {
		return false
	}
	for o.dec.More() {
		if n.kind == L {
			e, ok := o.value(depth + 1)
			if !ok {
				return false
			}
			n.elems = append(n.elems, e)
			continue
		}
		text, ok := scalarText(n.kind-SS+S, o.next())
		if !ok {
			return false
		}
		n.set = append(n.set, text)
	}
	o.next()
	return true
}

func scalarText(kind Kind, t json.Token) (string, bool) {
	text, ok := t.(string)
	switch {
	case !ok:
		return "", false
	case kind == N:
		return text, isNumber(text)
	case kind == B:
		b, _ := base64.StdEncoding.DecodeString(text)
		return string(b), base64Oracle(text)
	}
	return reveal(text), true
}

const disguiseShift = 0xE000 - 0xD800

// disguised reports whether text has characters that a disguise has.
func disguised(text []byte) bool {
	var s string
	quoted := append(append([]byte{'"'}, bytes.ReplaceAll(text, []byte{'"'}, nil)...), '"')
	if json.Unmarshal(quoted, &s) != nil {
		s = string(text)
	}
	lower := strings.ToLower(string(text))
	return strings.ContainsFunc(s, isDisguise) || strings.Contains(lower, `\ue`)
}

func isDisguise(r rune) bool { return 0xE000 <= r && r < 0xE800 }

// disguise replaces the escapes of lone surrogates in JSON.
func disguise(text []byte) []byte {
	var out []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		r, n := decodeEscape(text[i:])
		if 0xD800 <= r && r < 0xE000 {
			out = append(out, string(r+disguiseShift)...)
		} else {
			out = append(out, text[i:i+n]...)
		}
		i += n - 1
	}
	return out
}

func reveal(s string) string {
	var out []byte
	for _, r := range s {
		if isDisguise(r) {
			r -= disguiseShift
		}
		out = appendRune(out, r)
	}
	return string(out)
}
