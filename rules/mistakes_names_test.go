package rules_test

import (
	"strings"
	"testing"

	"github.com/dynsync/dynsync/rules"
)

// What New says of paths, conditions and scripts has the line and the column of the file.
func TestMistakesInNamesHaveTheirPlace(t *testing.T) {
	script := func(code string) string {
		return withRules + "      - path: Email\n        use: script\n        with: {code: '" + code + "'}\n"
	}
	for _, tt := range []struct{ text, place, want string }{
		{withRules + "      - {path: $.Name, use: remove}\n", "6:16: ", "write Name"},
		{withRules + "      - {path: Email, use: remove}\n      - {path: /Address/City, use: remove}\n", "7:16: ", "write Address.City"},
		{withRules + "      - {path: $..Email, use: remove}\n", "6:16: ", "write **.Email"},
		{withRules + "      - {keys: $.Members, use: remove}\n", "6:16: ", "write Members"},
		{script("return btoa(value)"), "7:14: ", "line 1, column 8: nothing declares btoa"},
		{script("console.log(value); return value"), "7:14: ", "nothing declares console; a script prints nothing: remove it"},
		{script("return Value"), "7:14: ", "nothing declares Value; did you mean value?"},
		{script("return value.trim("), "7:14: ", "the end of the script: ) is missing"},
		{script("return dynsync.emial(value)"), "7:14: ", "there is no function dynsync.emial; did you mean email?"},
		{table + "    where: Name LIKE \"x%\"\n", "5:12: ", "begins_with"},
		{table + "    where: 2024 > 10\n", "5:12: ", "column 1: "},
		{withRules + "      - {path: Emial, use: emial}\n", "6:28: ", "did you mean email?"},
		{withRules + "      - {path: A, use: remove}\n      - {path: A, use: remove}\n", "7:16: ", "duplicate pattern; the first is in line 6"},
	} {
		_, err := rules.Parse([]byte(tt.text), "r.yaml")
		if err == nil || !strings.HasPrefix(err.Error(), "r.yaml:"+tt.place) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s\n%v, want %s%s", tt.text, err, tt.place, tt.want)
		}
	}
}
