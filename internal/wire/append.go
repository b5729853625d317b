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
	dst = append(dst, `{"B":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, `"}`...)
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
