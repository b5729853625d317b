package anon

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/testsize"
)

// zipRanges are the first three digits of the ZIP codes of the states (USPS Publication
// 65, National Five-Digit ZIP Code and Post Office Directory), without those of the
// military and single offices.
var zipRanges = map[string]string{
	"AL": "350-369", "AK": "995-999", "AZ": "850-865", "AR": "716-729", "CA": "900-961", "CO": "800-816", "CT": "060-069", "DE": "197-199", "FL": "320-349", "GA": "300-319",
	"HI": "967-968", "ID": "832-838", "IL": "600-629", "IN": "460-479", "IA": "500-528", "KS": "660-679", "KY": "400-427", "LA": "700-714", "ME": "039-049", "MD": "206-219",
	"MA": "010-027", "MI": "480-499", "MN": "550-567", "MS": "386-397", "MO": "630-658", "MT": "590-599", "NE": "680-693", "NV": "889-898", "NH": "030-038", "NJ": "070-089",
	"NM": "870-884", "NY": "100-149", "NC": "270-289", "ND": "580-588", "OH": "430-459", "OK": "730-749", "OR": "970-979", "PA": "150-196", "RI": "028-029", "SC": "290-299",
	"SD": "570-577", "TN": "370-385", "TX": "750-799", "UT": "840-847", "VT": "050-059", "VA": "220-246", "WA": "980-994", "WV": "247-268", "WI": "530-549", "WY": "820-831",
}

// TestPlacesAreThose: the ZIP codes of a place are of its state, and so are its area
// codes, as libphonenumber knows them.
func TestPlacesAreThose(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range places {
		if seen[p.city+p.state] {
			t.Errorf("%s, %s is there twice", p.city, p.state)
		}
		seen[p.city+p.state], seen[p.state] = true, true
		least, greatest, _ := strings.Cut(zipRanges[p.state], "-")
		for _, zip := range p.zips {
			if len(zip) != 3 || zip < least || zip > greatest {
				t.Errorf("%s, %s has the ZIP codes %s", p.city, p.state, zip)
			}
		}
		for _, area := range p.areas {
			n, err := phonenumbers.Parse("+1"+area+"5550123", "")
			if err != nil || !phonenumbers.IsValidNumber(n) || !slices.Contains(strings.Fields(areaCodesUS), area) {
				t.Fatalf("%s, %s has the area code %s: %v", p.city, p.state, area, err)
			}
			where, err := phonenumbers.GetGeocodingForNumber(n, "en")
			if err != nil || strings.TrimSuffix(where, " State") != p.stateName() && !strings.HasSuffix(where, ", "+p.state) && where != "United States" {
				t.Errorf("%s, %s has the area code %s of %s: %v", p.city, p.state, area, where, err)
			}
		}
	}
	for _, state := range stateCodes.all {
		if !seen[state] {
			t.Errorf("%s has no place", state)
		}
	}
	if len(places) != 164 {
		t.Errorf("%d places; the comment of Place states 164", len(places))
	}
}

// placeOf returns the place of a city and a state.
func placeOf(city, state string) (place, bool) {
	i := slices.IndexFunc(places, func(p place) bool { return p.city == city && (p.state == state || p.stateName() == state) })
	if i < 0 {
		return place{}, false
	}
	return places[i], true
}

// begins reports whether a text begins with one of the beginnings.
func begins(text string, beginnings []string) bool {
	return slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(text, b) })
}

// TestPlacesAgree: city, state, ZIP code, area code and address of an item are of one
// place, which is that of the id in every item.
func TestPlacesAgree(t *testing.T) {
	n := testsize.Of(300, 10_000, 3_000)
	var items []map[string]any
	for i := range n {
		items = append(items, map[string]any{
			"Id": fmt.Sprint(i), "Name": fmt.Sprint(i), "Customer": fmt.Sprint(i / 2), "City": fmt.Sprintf("City %d", i), "State": "Illinois", "Code": fmt.Sprintf("State %d", i),
			"Zip": fmt.Sprintf("%05d", i), "Long": "62701-1234", "Phone": fmt.Sprintf("(217) 555-%04d", i%10_000), "Address": fmt.Sprintf("%d Main St, Springfield, IL 62701", i), "Call": fmt.Sprintf("call (217) 555-%04d", i%10_000),
		})
	}
	at := Place("Customer")
	out := transformed(t, items, dynsync.WithTransform("Customer", dynsync.Passthrough()), dynsync.WithTransform("City", City(at)), dynsync.WithTransform("State", State(at)),
		dynsync.WithTransform("Code", State(Abbreviate(), at)), dynsync.WithTransform("Zip", ZipCode(at, PerItem())), dynsync.WithTransform("Long", ZipCode(Plus4(), at)),
		dynsync.WithTransform("Phone", Phone(at)), dynsync.WithTransform("Address", FullAddress(at)), dynsync.WithTransform("Call", Text(Find("phone"), at)))
	of := map[string]string{}
	for _, rec := range out {
		city, state, code, id := textAt(t, rec, "City"), textAt(t, rec, "State"), textAt(t, rec, "Code"), textAt(t, rec, "Customer")
		p, ok := placeOf(city, state)
		if !ok || p.state != code || of[id] != "" && of[id] != city+state {
			t.Fatalf("%q is in %q, %q", city, state, code)
		}
		of[id] = city + state
		zip, long, phone, address := textAt(t, rec, "Zip"), textAt(t, rec, "Long"), textAt(t, rec, "Phone"), textAt(t, rec, "Address")
		_, there, _ := strings.Cut(address, ", ")
		if !begins(zip, p.zips) || len(zip) != 5 || !begins(long, p.zips) || len(long) != 10 || !begins(phone[1:], p.areas) || !strings.HasPrefix(there, city+", "+code+" ") || !begins(there[len(city+", "+code+" "):], p.zips) {
			t.Fatalf("%q, %q has %q, %q, %q and %q", city, state, zip, long, phone, address)
		}
		if call := textAt(t, rec, "Call"); call != "call "+phone {
			t.Fatalf("%q, and not %q", call, phone)
		}
	}
	counts, expected, chi := map[string]float64{}, float64(len(of))/float64(len(places)), 0.0
	for _, place := range of {
		counts[place]++
	}
	for _, p := range places {
		d := counts[p.city+p.stateName()] - expected
		chi += d * d / expected
	}
	if chi > 163+6*18.1 { // of 163 degrees of freedom; the standard deviation is √326
		t.Errorf("χ² of the places is %.1f", chi)
	}
}

// TestAddressesAreOfOnePlace: without an id, too, an address does not contradict itself.
func TestAddressesAreOfOnePlace(t *testing.T) {
	for i := range 500 {
		for _, opts := range [][]Option{nil, {MaxLength(26)}, {MaxLength(35)}, {Place("None")}} {
			parts := strings.Split(outText(t, FullAddress(opts...), fmt.Sprintf("%d Main St", i)), ", ")
			p, ok := placeOf(parts[1], parts[2][:2])
			if len(parts) != 3 || !ok || !begins(parts[2][3:], p.zips) {
				t.Fatalf("%q", parts)
			}
		}
	}
}

// TestPlacesFit: where a place does not fit, as much of it is taken as does.
func TestPlacesFit(t *testing.T) {
	var items []map[string]any
	for i := range 300 {
		items = append(items, map[string]any{"Id": fmt.Sprint(i), "Name": fmt.Sprint(i), "City": "Springfield", "State": "Illinois", "Zip": 62701 + i, "Address": "1 Main St"})
	}
	at := Place("Id")
	for _, rec := range transformed(t, items, dynsync.WithTransform("City", City(at, MaxLength(6))), dynsync.WithTransform("State", State(at, MaxLength(6))), dynsync.WithTransform("Zip", ZipCode(at)),
		dynsync.WithTransform("Address", FullAddress(at, MaxLength(26)))) {
		city, state, zip, address := textAt(t, rec, "City"), textAt(t, rec, "State"), textAt(t, rec, "Zip"), textAt(t, rec, "Address")
		i := slices.IndexFunc(places, func(p place) bool {
			return strings.HasPrefix(p.city, city) && (p.state == state || p.stateName() == state) && begins(fmt.Sprintf("%05s", zip), p.zips)
		})
		if i < 0 || len(city) > 6 || len(state) > 6 || len(address) > 26 || !strings.Contains(address, ", "+places[i].state+" ") {
			t.Errorf("%q, %q %q: %q", city, state, zip, address)
		}
	}
	for _, tr := range []dynsync.Transformer{City(Place("a[")), State(Place("")), Phone(Place("Id"), AnyNumber()), FullAddress(Place("a.*")), StreetAddress(Place("Id")), Text(Place("Id"))} {
		if d := describe(tr); d.Err == nil {
			t.Errorf("%s %s is legal", d.Name, d.Options)
		}
	}
}
