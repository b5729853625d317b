package near

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestName(t *testing.T) {
	t.Parallel()
	names := []string{"Email", "Phone", "FirstName", "Größe", "x"}
	for given, want := range map[string]string{
		"Emial": "Email", "email": "Email", "Emails": "Email", "Ema": "Email", "Phne": "Phone", "Firstname": "FirstName", "FristNmae": "FirstName",
		"Grösse": "Größe", "Grüße": "Größe", "Em": "", "City": "", "": "", "y": "", "EmailAddressOfTheCustomer": "",
	} {
		if got := Name(given, names); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	names = []string{"email", "firstName", "passthrough", "S", "N"}
	for given, want := range map[string]string{
		"e-mail": "email", "EMAIL": "email", "passthru": "", "pasthrough": "passthrough", "x": "", "ab": "", "mail": "email", "fail": "", "pass": "passthrough", strings.Repeat("email", 1000): "",
	} {
		if got := Name(given, names); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	names = []string{"Email", "Phone"}
	if got := Suggest("phnoe", names); got != "; did you mean Phone?" {
		t.Error(got)
	}
	if got := Suggest("City", names); got != "" {
		t.Error(got)
	}
}

func TestSure(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		given, name string
		want        bool
	}{
		{"email", "Email", true}, {"EMAIL", "Email", true}, {"first_name", "FirstName", true}, {"first-name", "first_name", true}, {"Emial", "Email", true},
		{"Emal", "Email", true}, {"Emaill", "Email", true}, {"tttl", "ttl", true}, {"Adress", "Address", true}, {"Line11", "Line1", false}, {"Emaxil", "Email", true}, {"Nmae", "Name", true}, {"Adresse", "Address", false}, {"CustomreNmae", "CustomerName", true},
		{"Emails", "Email", false}, {"Phone1", "Phone2", false}, {"Line1", "Line2", false}, {"Address", "AddressLine", false}, {"Cat", "Car", false}, {"Id", "ID", true},
		{"Name", "Name", false}, {"", "", false}, {"_", "-", false}, {"Xyz", "Zyx", false}, {"Straße", "Strasse", false}, {"Größe", "Grösse", false}, {"Grüsse", "Grösse", true},
	} {
		if got := Sure(tt.given, tt.name); got != tt.want {
			t.Errorf("Sure(%q, %q) = %v", tt.given, tt.name, got)
		}
	}
}

// A distance is one of a metric, and as large as the number of changes at most.
func TestDistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abéß")), 0, 8, -1)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		if d := distance(a, b); d != distance(b, a) || d == 0 != (a == b) {
			t.Fatalf("%q %q: %d and %d", a, b, d, distance(b, a))
		}
		if a == "" {
			return
		}
		r := []rune(a)
		i := rapid.IntRange(0, len(r)-1).Draw(t, "at")
		if without := string(r[:i]) + string(r[i+1:]); distance(a, without) != 1 {
			t.Fatalf("%q without the character at %d: %d", a, i, distance(a, without))
		}
	})
}
