package partiql

import (
	"strings"
	"testing"
)

// A refused condition says at which column, what is wrong, and what to write instead. Sure
// is whether the service refuses it, too.
func TestRemedies(t *testing.T) {
	for _, tt := range []struct {
		where, want string
		sure        bool
	}{
		{"order = 3", `column 1: the keyword ORDER where a value or a name is expected (a name that is a keyword needs double quotes); write "order"`, true},
		{"date >= '2024-01-10'", `column 1: DynamoDB has no DATE in a condition; write "date"`, true},
		{"a = 1 AND value.x = 2", `column 11: the keyword VALUE where a value or a name is expected (a name that is a keyword needs double quotes); write "value"`, true},
		{"a.value = 3", `column 3: the keyword VALUE where a name is expected (a name that is a keyword needs double quotes); write "value"`, true},
		{"Name LIKE 'D%'", "column 6: DynamoDB has no LIKE; use begins_with(name, 'text') or contains(name, 'text')", true},
		{"Name NOT LIKE 'x'", "column 10: DynamoDB has no LIKE; use begins_with(name, 'text') or contains(name, 'text')", true},
		{"Name ILIKE 'x'", "column 6: a name where a comparison is expected; use begins_with(name, 'text') or contains(name, 'text')", true},
		{"Name == 'D'", "column 7: = where a value or a name is expected; write one =", true},
		{"Name = 'D' LIMIT 3", "column 12: DynamoDB has no LIMIT; use WithMaxItems", true},
		{"'a' IN tags", "column 8: a name where IN needs a list; write contains(name, value) to look for a value in an attribute", true},
		{"? IN tags", "column 6: a name where IN needs a list; write contains(name, value) to look for a value in an attribute", true},
		{"a IN ?", "column 6: a parameter (?) where IN needs a list; write IN (?, ?), with a ? for each value", true},
		{"a = :v", "column 5: : where a value or a name is expected; write ? for a parameter, and pass its value behind the condition", true},
		{"a = @v", "column 5: @ where a value or a name is expected; write ? for a parameter, and pass its value behind the condition", false},
		{"a = ?1", "column 6: a number where the end is expected; write ? alone: parameters take their values in order", true},
		{"a = %s", "column 5: % where a value or a name is expected; write ? for a parameter, and pass its value behind the condition", true},
		{"a = ${x}", "column 6: { where the end is expected; write ? for a parameter, and pass its value behind the condition", true},
		{"a = {x}", "column 6: a member name that does not stand in single quotes; write ? for a parameter, and pass its value behind the condition; in a map literal, names stand between two '", true},
		{"a = {{x}}", "column 6: { where a member name in single quotes is expected; write ? for a parameter, and pass its value behind the condition; in a map literal, names stand between two '", true},
		{"a = `x`", `column 5: DynamoDB takes no Ion literals; text stands between two ', and names between two "`, true},
		{"a = “x”", `column 5: a character that SQL does not have outside quotes; text stands between two ', and names between two "`, true},
		{"upper(a) = 'X'", "column 1: a function that DynamoDB does not have; DynamoDB compares values as they are; WithFilter compares them otherwise", true},
		{"exists(a)", "column 1: a function that DynamoDB does not have; use attribute_exists(name)", true},
		{"a IS TRUE", "column 6: the keyword TRUE where a type is expected; write = true or <> true", true},
		{"a IS NOT TRUE", "column 10: the keyword TRUE where a type is expected; write = true or <> true", true},
		{"a[-1] = 1", "column 4: a negative list index; lists are counted from 0 at their front", true},
		{"a = ''x''", "column 7: a name where the end is expected; write one ' before and behind text", true},
		{"a = 'O'Brien'", "column 13: a string without its closing '; end text by ', and write a ' within it twice", true},
		{"WHERE a = 1", "column 1: the keyword WHERE where a value or a name is expected (a name that is a keyword needs double quotes); WithWhere takes what follows WHERE: leave out what comes before, and WHERE", true},
		{"SELECT * FROM t WHERE a = 1", "column 1: DynamoDB has no SELECT in a condition; WithWhere takes what follows WHERE: leave out what comes before, and WHERE", true},
		{"a = 1 AND", "column 10: the end of the text where a value or a name is expected; leave out AND, or write a condition behind it", true},
		{"AND a = 1", "column 1: the keyword AND where a value or a name is expected (a name that is a keyword needs double quotes); leave out AND, or write a condition before it", true},
		{"a", "column 1: a value where a condition is expected; compare it: a boolean with = true", true},
		{"NOT a", "column 5: a value where NOT needs a condition; compare it: a boolean with = true", true},
		{"a = 1, b = 2", "column 6: , where the end is expected; join conditions with AND or OR", true},
		{"a = 1 b = 2", "column 7: a name where the end is expected; join conditions with AND or OR, and write text of several words between two '", true},
		{"a = 1 && b = 2", "column 7: & where the end is expected; write AND", true},
		{"a = 1 || b = 2", "column 7: DynamoDB has no operator || here; write OR", true},
		{"!a", "column 1: ! where a value or a name is expected; write <> for not equal, and NOT before a condition", true},
		{"a !== 1", "column 5: = where a value or a name is expected; write <>", true},
		{"a === 1", "column 4: = where a value or a name is expected; write one =", true},
		{"a =< 1", "column 4: < where a value or a name is expected; write <=", true},
		{"a => 1", "column 4: > where a value or a name is expected; write >=", true},
		{"a ~ 'x'", "column 3: ~ where a comparison is expected; use begins_with(name, 'text') or contains(name, 'text')", true},
		{"first-name = 'x'", `column 1: the keyword FIRST where a value or a name is expected (a name that is a keyword needs double quotes); a name with - stands between two "`, true},
		{"a + 1 = 2", "column 3: DynamoDB has no operator + here; DynamoDB does not calculate in a condition: calculate before, and pass the result as a parameter", true},
		{"a BETWEEN 1, 5", "column 12: , where AND is expected; write BETWEEN low AND high", true},
		{"a BETWEEN 30 AND 20", "column 1: a lower bound of BETWEEN above the upper one; write the lower bound first", true},
		{"a = a", "column 5: the first operand of = for the second time; compare two different attributes, or leave it out", true},
		{"a > true", "column 5: an operand of type BOOL that > does not take; it compares values of type S, N and B", true},
		{"size(1) = 2", "column 6: an operand of type N that size does not take; a number and a boolean have no size", true},
		{"begins_with(a, 1)", "column 16: an operand of type N that begins_with does not take; begins_with compares text and bytes", true},
		{"begins_with(a)", "column 1: begins_with needs 2 arguments and has 1; begins_with, contains and attribute_type take two, size, attribute_exists and attribute_not_exists one", true},
		{"é = 1", `column 1: a character that SQL does not have outside quotes; a name of other characters than A to Z, a to z, 0 to 9, _ and $ stands between two "`, true},
		{"#a = 1", `column 1: a character that SQL does not have outside quotes; PartiQL has no placeholders for names: write the name, between two " where it is a keyword`, true},
		{"a = 1 # x", "column 7: a character that SQL does not have outside quotes; write comments as -- or /* */", true},
		{"a\u00a0= 1", "column 2: a character that SQL does not have outside quotes; write a plain space instead of this one", true},
		{"a = date '2020-01-01'", "column 5: DynamoDB has no DATE in a condition; write the text alone, as the attribute has it", true},
		{"a = date", `column 5: DynamoDB has no DATE in a condition; write "date" for the attribute of this name, or 'date' for the text`, true},
		{"Country = IN", `column 11: the keyword IN where a value or a name is expected (a name that is a keyword needs double quotes); write "IN" for the attribute of this name, or 'IN' for the text`, true},
		{"Country IN (DE, IN)", `column 17: the keyword IN where a value or a name is expected (a name that is a keyword needs double quotes); write "IN"`, true},
		{"a IS INT", "column 3: IS does not know the type INT; the types are STRING, NUMERIC, BOOLEAN, BLOB, LIST, STRUCT, NULL and MISSING", true},
		{"a IS 'x'", "column 6: a string where a type is expected; write = or <>", true},
		{"a IS EMPTY", "column 6: a name where a type is expected; write size(name) = 0", true},
		{"a NOT = 1", "column 7: = where IN or BETWEEN is expected; write <> for not equal, and NOT before a condition", true},
		{"a = NOT true", "column 5: NOT where a value is expected; write NOT before the whole comparison", false},
		{"a IN ()", "column 7: ) where a value or a name is expected; name a value at least", true},
		{"a IN 'x'", "column 6: a string where IN needs a list; write the values between ( and )", true},
		{"a[*] = 1", "column 3: [*] in a path; write contains(name, value) to look at all elements of a list", true},
		{"a.* = 1", "column 3: .* in a path; write contains(name, value) to look at all elements of a list", true},
		{"a = 1)", "column 6: ) where the end is expected; leave it out, or open a parenthesis before", true},
		{"(a = 1", "column 7: the end of the text where ) is expected; close the parenthesis before", true},
		{"a = 1 ORDER BY b.c", "column 16: ORDER BY needs the name of a key attribute", true},
		{"a = 1 GROUP BY a", "column 7: DynamoDB has no GROUP BY; a copy takes items as they are: leave it out", true},
		{"a = 1 OFFSET 3", "column 7: a name where the end is expected; use WithMaxItems", true},
		{"a < 5 AND b >", "column 14: the end of the text where a value or a name is expected; write the value behind >", true},
		{"a = missing", "column 5: MISSING is compared by IS only; write IS MISSING or IS NOT MISSING", true},
		{"missing = 1", `column 1: MISSING is compared by IS only; write "missing"`, true},
		{"now() > a", "column 1: a function that DynamoDB does not have; pass the time as a parameter", true},
		{"foo(a)", "column 1: a function that DynamoDB does not have; DynamoDB has begins_with, contains, size, attribute_type, attribute_exists and attribute_not_exists", true},
		{`a = "x`, `column 5: a quoted name without its closing "; text stands between two ', and names between two "`, true},
		{"a = 'x", "column 5: a string without its closing '; end text by ', and write a ' within it twice", true},
		{"name.first = 1", `column 6: the keyword FIRST where a name is expected (a name that is a keyword needs double quotes); write "first"`, true},
		{"user = 'a'", `column 1: the keyword USER where a value or a name is expected (a name that is a keyword needs double quotes); write "user"`, true},
		{"a = 1 AND (size > 3 OR size < 1)", `column 12: the keyword SIZE where a value or a name is expected (a name that is a keyword needs double quotes); write "size"`, true},
		{"size = 3", `column 1: the keyword SIZE where a value or a name is expected (a name that is a keyword needs double quotes); write "size"`, true},
		{"size > 3", `column 1: the keyword SIZE where a value or a name is expected (a name that is a keyword needs double quotes); write "size"`, true},
		{"list[0] = 1", `column 1: the keyword LIST where a value or a name is expected (a name that is a keyword needs double quotes); write "list"`, true},
		{"count > 3", `column 1: the keyword COUNT where a value or a name is expected (a name that is a keyword needs double quotes); write "count"`, true},
		{"a.count > 3", `column 3: the keyword COUNT where a name is expected (a name that is a keyword needs double quotes); write "count"`, true},
		{"key = 'x'", `column 1: the keyword KEY where a value or a name is expected (a name that is a keyword needs double quotes); write "key"`, true},
		{"language IN ('de', 'en')", `column 1: the keyword LANGUAGE where a value or a name is expected (a name that is a keyword needs double quotes); write "language"`, true},
		{"a = user", `column 5: the keyword USER where a value or a name is expected (a name that is a keyword needs double quotes); write "user" for the attribute of this name, or 'user' for the text`, true},
		{"CASE WHEN a = 1 THEN true END", "column 1: DynamoDB has no CASE in a condition; join the cases with AND and OR", true},
		{"a = 'x' UNION SELECT * FROM t", "column 9: the keyword UNION where the end is expected; a copy takes items as they are: leave it out", true},
		{"a in (select b from c)", "column 7: DynamoDB has no SELECT in a condition; DynamoDB has no subqueries: select the values before, and pass them as parameters", true},
		{"a IS NOT NULL AND", "column 18: the end of the text where a value or a name is expected; leave out AND, or write a condition behind it", true},
		{"a <> ", "column 6: the end of the text where a value or a name is expected; write the value behind <>", true},
		{"lower(a) LIKE 'x%'", "column 1: a function that DynamoDB does not have; DynamoDB compares values as they are; WithFilter compares them otherwise", true},
		{"a = True AND active", "column 14: a value where AND or OR needs a condition; compare it: a boolean with = true", true},
		{"a contains 'x'", "column 3: a name where a comparison is expected; use begins_with(name, 'text') or contains(name, 'text')", true},
		{"a begins_with 'x'", "column 3: a name where a comparison is expected; use begins_with(name, 'text') or contains(name, 'text')", true},
		{"begins_with(a, 'x') = true AND b", "column 1: a condition where a value is expected is not understood", false},
		{"a = 99999999999999999999999999999999999999999", "column 5: a number of more than 38 digits; DynamoDB stores no such number", true},
		{"a.b-c = 1", `column 4: DynamoDB has no operator - here; a name with - stands between two "`, true},
		{"a = 1 and b LIKE '%x'", "column 13: DynamoDB has no LIKE; use begins_with(name, 'text') or contains(name, 'text')", true},
		{"a is null or", "column 13: the end of the text where a value or a name is expected; leave out OR, or write a condition behind it", true},
		{"first name = 'x'", `column 1: the keyword FIRST where a value or a name is expected (a name that is a keyword needs double quotes); write "first"`, true},
		{"a = hello world", "column 11: a name where the end is expected; join conditions with AND or OR, and write text of several words between two '", true},
		{"a LIKE ? AND order > 1", "column 3: DynamoDB has no LIKE; use begins_with(name, 'text') or contains(name, 'text')", true},
		{"(a = 1) = true", "column 1: a condition where a value is expected is not understood", false},
		{"a[@b] = 1", "column 3: @ where an index is expected; write ? for a parameter, and pass its value behind the condition", false},
		{"a IS NUMERIC(3)", "column 13: a precision of a type, which means nothing to DynamoDB", false},
	} {
		w, err := ParseWhere(tt.where)
		if err == nil {
			err = Locate(Validate(w.Expr, nil), tt.where)
		}
		if err == nil || err.Error() != tt.want || IsSure(err) != tt.sure {
			t.Errorf("%s:\n got %v, sure: %v\nwant %s", tt.where, err, IsSure(err), tt.want)
		}
	}
}

// Sure are all refusals of the recorded conditions that the service refuses, and none of
// those that it takes.
func TestSureIsWhatTheServiceRefuses(t *testing.T) {
	refused := 0
	for _, row := range readMeasured(t) {
		w, err := ParseWhere(row.where)
		if err == nil {
			err = Validate(w.Expr, row.values(t))
		}
		switch isRefused := strings.HasPrefix(row.answer, "error"); {
		case !isRefused && IsSure(err):
			t.Errorf("WHERE %s is taken, but sure to be refused: %v", row.where, err)
		case isRefused && !IsSure(err) && differs[row.where] != conditionAsValue:
			t.Errorf("WHERE %s is refused, but that is not sure: %v", row.where, err)
		case isRefused:
			refused++
		}
	}
	if refused < 400 {
		t.Errorf("only %d conditions are refused", refused)
	}
}
