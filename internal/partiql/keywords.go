package partiql

import "strings"

// keywords are the words that DynamoDB does not take as a name unless they stand
// in double quotes. The value is the word in upper case: looking a word up this
// way allocates nothing, and makes every keyword token comparable to a constant.
var keywords = keywordSet(`
	absolute action add all allocate alter and any are as asc assertion at
	authorization avg bag begin between bit bit_length blob bool boolean by
	cascade cascaded case cast catalog char character character_length
	char_length check clob close coalesce collate collation column commit
	conflict connect connection constraint constraints continue convert
	corresponding count create cross current current_date current_time
	current_timestamp current_user cursor date date_add date_diff deallocate dec
	decimal declare default deferrable deferred delete desc describe descriptor
	diagnostics disconnect distinct do domain double drop else end escape except
	exception exec execute exists external extract false fetch first float for
	foreign found from full get global go goto grant group having identity
	immediate in index indicator initially inner input insensitive insert int
	integer intersect interval into is isolation join key language last left let
	level like limit list local lower match max min missing modified module names
	national natural nchar new next no not nothing null nullif numeric
	octet_length of old on only open option or order outer output overlaps pad
	partial pivot position precision prepare preserve primary prior privileges
	procedure public read real references relative remove restrict returning
	revoke right rollback rows schema scroll section select session session_user
	set sexp size smallint some space sql sqlcode sqlerror sqlstate string struct
	substring sum symbol system_user table temporary then time timestamp to
	transaction translate translation trim true tuple union unique unknown
	unpivot update upper usage user using value values varchar varying view when
	whenever where with work write zone`)

func keywordSet(list string) map[string]string {
	set := make(map[string]string)
	for w := range strings.FieldsSeq(list) {
		set[w] = strings.ToUpper(w)
	}
	return set
}

const longestKeyword = len("current_timestamp")

// keyword returns the upper-case form of word if it is a keyword, else "".
func keyword(word string) string {
	if len(word) > longestKeyword {
		return ""
	}
	var buf [longestKeyword]byte
	for i := range len(word) {
		c := word[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return keywords[string(buf[:len(word)])]
}
