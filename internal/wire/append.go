package wire

import "encoding/base64"

// AppendS appends the value {"S":…} of a string, quoted as by [AppendQuote].
func AppendS[T ~string | ~[]byte](dst []byte, s T) []byte {
	return append(AppendQuote(append(dst, `{"S":`...), s), '}')
}

// AppendN appends the value {"N":…} of a number text, which it does not check.
func AppendN[T ~string | ~[]byte](dst []byte, text T) []byte {
	return append(AppendQuote(append(dst, `{"N":`...), text), '}')
}

// AppendB appends the value {"B":…} of b, as base64.
func AppendB(dst, b []byte) []byte {
	return CloseText(base64.StdEncoding.AppendEncode(OpenText(dst, B), b))
}

// AppendBOOL appends the value {"BOOL":…}.
func AppendBOOL(dst []byte, v bool) []byte {
	if v {
		return append(dst, `{"BOOL":true}`...)
	}
	return append(dst, `{"BOOL":false}`...)
}

// AppendNULL appends the value {"NULL":true}.
func AppendNULL(dst []byte) []byte { return append(dst, `{"NULL":true}`...) }

// AppendRaw appends the S, N or B whose text, between its quotes, is raw: a
// member of a set becomes a value so.
func AppendRaw(dst []byte, kind Kind, raw []byte) []byte {
	return CloseText(append(OpenText(dst, kind), raw...))
}

// OpenText begins an S, N or B at the end of dst. The caller appends the text,
// escaped, and calls [CloseText].
func OpenText(dst []byte, kind Kind) []byte { return append(appendType(dst, kind), '"') }

// CloseText ends what [OpenText] began.
func CloseText(dst []byte) []byte { return append(dst, `"}`...) }

// TextOverhead is the length of an S, N or B beside its text.
const TextOverhead = len(`{"S":""}`)
