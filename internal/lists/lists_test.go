package lists

import "testing"

// TestListsAreWhole: the lists that belong together have one length, and no word is empty.
func TestListsAreWhole(t *testing.T) {
	if len(States) != 50 || len(StateCodes) != len(States) || len(Countries) != 249 || len(CountryCodes) != len(Countries) {
		t.Errorf("there are %d states, %d codes of states, %d countries and %d codes of countries", len(States), len(StateCodes), len(Countries), len(CountryCodes))
	}
	for _, words := range [][]string{FirstNames, LastNames, CompanyForms, Cities, States, StateCodes, StreetTypes, Countries, CountryCodes} {
		for _, word := range words {
			if word == "" {
				t.Error("a word is empty")
			}
		}
	}
}
