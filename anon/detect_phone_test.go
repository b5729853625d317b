package anon

import (
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
)

// TestTextFindsPhonesBesideWords: words that a number stands against, or behind, do not hide it.
// What is marked is found.
func TestTextFindsPhonesBesideWords(t *testing.T) {
	tests := []string{
		// Against a word.
		"callback:cust<630-555-0143> asap", "John<630-555-0143>", "cell<630.555.0143>", "pls ring<630 555 0143>now", "<(630)555-0143>home",
		"cust_<630-555-0143>", "phone_<630-555-0143>.pdf", "cust-<630-555-0143>", "#<630-555-0143>", "<630-555-0143>asap", "number:cust<630-555-0143x5> ok",
		"<+16305550143>asap", "id<+44 20 7946 0123>now", "customer<630–555–0143>", "<630-555-0143>or<630-555-0144>", "Zoë<630-555-0143>à midi",
		"ask4Dave<630-555-0143>", "tenant<800-555-0193>.landlord<206-555-0103>.", "a/<630-555-0143>/b", "<1-630-555-0143>ext", "携帯<630-555-0143>です",
		// Behind words that tell of it.
		"my number is <6305550143>", "call <6305550143>", "reach me at <6305550143>", "text me <6305550143>", "WhatsApp<6305550143>", "txt <6305550143>",
		"<6305550143> is my cell", "<6305550143> (cell)", "<6305550143> is my new number", "mom's cell <630 5550143>", "My new number's <6305550143>", "call me back on <16305550143>!",
		"tel<6305550143>", "ph:<6305550143>", "hit me up <6305550143>", "CALL\t<6305550143>", "Their number hasn't changed: <6305550143>", "contact me: <6305550143>",
		"mi número es <6305550143>", "mon numéro: <6305550143>", "meine Nummer ist <6305550143>", "мой номер <6305550143>", "unter <6305550143> erreichbar", "order shipped. call <6305550143>",
		"電話<6305550143>", "numaram <6305550143>", "mijn nummer is <6305550143>", "ring my neighbour on <6305550143>",
		// None.
		"SKU630-555-0143", "order630-555-0143", "PO-630-555-0143", "v630.555.0143", "550e8400-e29b-41d4-a716-446655440000", "a3f630-555-0143",
		"order number 6305550143", "my order number is 6305550143", "tracking number is 6305550143", "call about order 6305550143", "IMG_6305550143.jpg",
		"cancelled 6305550143", "hotel 6305550143", "id 6305550143", "build630-555-0143", "12-630-555-0143-9", "context 6305550143", "abc630-155-0143",
		"abc630-055-0143", "invoice_630-555-0143", "commit 630-555-0143abcdef12", "$630-555-0143", "ring 2024-05-17", "call 1716000000", "10.630.555.0143", "630-555-0143-22",
		"phone is broken, case 6305550143", "my number is unlisted, order 6305550143", "my account number: 6305550143", "excellent 6305550143", "spring 6305550143", "my part number is 6305550143", "Bestellnummer 6305550143",
		strings.Repeat("x", 60) + "630-555-0143",
	}
	finder := sentenceFinder(t, "US")
	for _, marked := range tests {
		var want, got []string
		for i, part := range strings.Split(strings.ReplaceAll(marked, ">", "<"), "<") {
			if i%2 == 1 {
				want = append(want, part)
			}
		}
		text := strings.NewReplacer("<", "", ">", "").Replace(marked)
		for _, f := range finder.find(text, dynsync.Input{}) {
			if f.kind == findPhone {
				got = append(got, text[f.start:f.end])
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
		out, err := apply(t, Text(Find("all")), text)
		for _, number := range want {
			if err != nil || strings.Contains(out.(string), number) {
				t.Errorf("%q becomes %v: %v", text, out, err)
			}
		}
	}
}

// TestTextFindsPhonesBesideWordsElsewhere does the same for regions with a trunk prefix.
func TestTextFindsPhonesBesideWordsElsewhere(t *testing.T) {
	for _, tt := range [][2]string{
		{"DE", "Kunde<030-23125123>bitte"}, {"DE", "Kunde<030/23125123>bitte"}, {"DE", "Handy<0171 3920012>dringend"}, {"FR", "client<02.61.91.12.34>rappeler"}, {"GB", "mob<020 7946 0123>after six"},
		{"GB", "my number is <7700900123>"}, {"FR", "mon numéro est le <612345678>"}, {"AU", "mate<02 5550 1234>ok"}, {"IN", "my number is <9876543210>"}, {"RU", "звоните:<8 (495) 123-45-67>"},
		{"DE", "Kunde0301234567"}, {"DE", "Bestellung0171 3920012"}, {"GB", "sku020 7946 0123"}, {"FR", "commande02.61.91.12.34"},
	} {
		var want []string
		if _, rest, ok := strings.Cut(tt[1], "<"); ok {
			number, _, _ := strings.Cut(rest, ">")
			want = []string{"phone:" + number}
		}
		if got := finds(sentenceFinder(t, tt[0]), strings.NewReplacer("<", "", ">", "").Replace(tt[1])); !slices.Equal(got, want) {
			t.Errorf("%s %s: %q, want %q", tt[0], tt[1], got, want)
		}
	}
}
