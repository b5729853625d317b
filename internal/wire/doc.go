// Package wire reads, edits and writes DynamoDB JSON as bytes: the notation
// {"name":{"S":"text"}} that DynamoDB sends and receives.
//
// An item stays the text it arrived as. [Scanner.Page] splits a response into
// items and validates each of them while it passes, in one walk over the bytes
// and without an allocation per attribute. What it accepted can then be walked
// ([MembersOf], [ElementsOf], [StringsOf]), searched ([Find]) and edited
// ([Editor], [AppendReplaced], [AppendRemoved]) without a further error: those
// functions take validated text, and given any other text their results are
// meaningless, but they neither panic nor run on.
//
// Values are written by the Append functions, and containers by [ListWriter],
// [MapWriter] and [SetWriter], one behind the other into one slice.
// [AppendFromPlain] and [AppendPlain] lead from plain JSON and back to it.
//
// # Strings
//
// DynamoDB's strings may hold lone UTF-16 surrogates, which UTF-8 cannot
// express. A Go string that holds such a string is WTF-8: the surrogate stands
// in it as the three bytes that UTF-8 would give its code point, and
// [AppendQuote] turns them into an escape again. Raw bytes that are not UTF-8
// are refused in whatever is read.
//
// # Numbers
//
// A number is decimal text from end to end. [CompareNumber] and [AppendNumber]
// know its value; no number ever becomes a float.
//
// # Errors
//
// An error tells an offset and a reason. It never holds text from the input,
// since attribute values are private.
//
// Nothing here knows HTTP, contexts or options, and nothing but a [Scanner],
// a [Page], an [Editor] and the iterators has state. Those serve one goroutine
// at a time; the functions serve any number.
package wire
