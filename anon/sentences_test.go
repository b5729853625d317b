package anon

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const sentencesFile = "testdata/sentences.jsonl"

var writeSentences = flag.Bool("sentences", false, "write "+sentencesFile+" anew")

// A sentence is a line of the labelled set.
type sentence struct {
	Text   string `json:"text"`
	Lang   string `json:"lang"`
	Region string `json:"region"` // of phone numbers without a country code
	Spans  []span `json:"spans,omitempty"`
}

// A span is what a sentence holds of a type, in bytes of the UTF-8.
type span struct {
	Type  string `json:"type"` // a name of the option find
	Start int    `json:"start"`
	End   int    `json:"end"`
	// Unclaimed says that Text does not claim to find it.
	Unclaimed bool `json:"unclaimed,omitempty"`
}

// TestSentencesAreGenerated holds the set to its generator.
func TestSentencesAreGenerated(t *testing.T) {
	got := marshalSentences(generateSentences(26))
	if *writeSentences {
		if err := os.WriteFile(sentencesFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(sentencesFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the generator makes: run go test -run SentencesAreGenerated -sentences", sentencesFile)
	}
}

func marshalSentences(all []sentence) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, s := range all {
		if err := enc.Encode(s); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func readSentences(t testing.TB) []sentence {
	raw, err := os.ReadFile(sentencesFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []sentence
	for dec := json.NewDecoder(bytes.NewReader(raw)); dec.More(); {
		var s sentence
		if err := dec.Decode(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// A template is a sentence with slots: {email} is a value of a maker of that
// name; what else is in braces is a trap, which has no label.
type template struct{ lang, region, text string }

// perTemplate is how many sentences are made of each template.
const perTemplate = 9

var sentenceTemplates = []template{
	{"en", "US", "Please write to {email} before Friday."},
	{"en", "US", "You can reach {names} at {email}, or call {phone}."},
	{"en", "US", "Contact: <{email}>; cc ({email})!"},
	{"en", "US", "mailto:{email}?subject=Hello"},
	{"en", "US", "https://shop.example/login?user={email}&lang=en"},
	{"en", "US", "Did {email} ever reply? {names} says no."},
	{"en", "US", "\"{email}\" bounced, '{email}' did not."},
	{"en", "US", "**{email}** | `{email}`"},
	{"en", "US", "Customer {names} called from {phone} about order {order}."},
	{"en", "US", "Tel. {phone}"},
	{"en", "US", "phone: {compactphone}, ref {order}"},
	{"en", "US", "Call me at {compactphone} after {time}."},
	{"en", "US", "Text {phone}; fax {phone}."},
	{"en", "US", "My number ({phone}) changed on {date}."},
	{"en", "US", "Abroad, dial {abroad} or write to {email}."},
	{"en", "US", "Paid {price} with {card}, exp 12/27."},
	{"en", "US", "card={card} amount={price}"},
	{"en", "US", "She read out {card} and then the code 123."},
	{"en", "US", "Charge {card} instead of {badcard}."},
	{"en", "US", "Refund to {iban} by {date}."},
	{"en", "US", "IBAN: {iban}, BIC DEUTDEFF500."},
	{"en", "US", "Not {badiban} but {iban}!"},
	{"en", "US", "SSN {ssn}, born {date}."},
	{"en", "US", "His social is {ssn}; the old form said {badssn}."},
	{"en", "US", "ssn: {compactssn}"},
	{"en", "US", "Login from {ip} at {time}, agent {version}."},
	{"en", "US", "{ip} - - [{date}] \"GET /a HTTP/1.1\" 200 512"},
	{"en", "US", "Blocked {ip}, {ip} and {ip}."},
	{"en", "US", "Ping [{ipv6}]:443 failed; try {ip}:8080."},
	{"en", "US", "{names} moved; {names}'s old address is void."},
	{"en", "US", "Ask {names} ({email}, {phone}, {ip})."},
	{"en", "US", "Order {order} shipped on {date} at {time}."},
	{"en", "US", "ISBN {isbn}, {price}, page 12-34-5678."},
	{"en", "US", "Build {version} of {date} has hash {hash}."},
	{"en", "US", "Invoice {invoice} for {price}: {count} pieces."},
	{"en", "US", "Tracking {tracking}, device {mac}, id {uuid}."},
	{"en", "US", "Upgrade to {version}; we saw {time}-{time} downtime."},
	{"en", "US", "Seen at {coordinates} by {handle}, ticket {invoice}."},
	{"en", "US", "npm i {package} && call std::vector<int>::size()"},
	{"en", "US", "Section {section} of the lease, dated {date}."},
	{"en", "US", "Not a card: {badcard}. Not an SSN: {badssn}."},
	{"en", "US", "Account {long}, batch {long}."},
	{"en", "US", "{nearname} opens at {time}."},
	{"en", "US", "Write to {obfuscated}."},
	{"en", "US", "It is {unclaimedphone}, ask for {unlisted}."},
	{"en", "GB", "Ring {gbphone} or {abroad} and ask for {names}."},
	{"en", "GB", "Mobile: {gbphone}. Parcel {order}."},
	{"en", "AU", "Our Sydney desk: {auphone}, {email}"},
	{"de", "DE", "Bitte schreiben Sie an {email}, danke."},
	{"de", "DE", "Rückruf für {names} unter {dephone} erbeten."},
	{"de", "DE", "Telefon {dephone}, Fax {dephone}, E-Mail {email}."},
	{"de", "DE", "Überweisung auf {iban} bis {dedate}, Rechnung {invoice}."},
	{"de", "DE", "Aktenzeichen 12 C 345/21, Termin {dedate}, {time} Uhr, {deprice}."},
	{"de", "DE", "Kapitel {section}, Fassung {dedate}, Artikelnummer {long}."},
	{"fr", "FR", "Écrivez à {email} ou appelez le {frphone}."},
	{"fr", "FR", "{names} a payé {deprice} avec la carte {card}."},
	{"fr", "FR", "Virement sur {iban} le {dedate} ; réf. {invoice}."},
	{"es", "US", "Escriba a {email}; el número de {names} es {abroad}."},
	{"es", "US", "La tarjeta {card} caducó el {dedate}, llame al {phone}."},
	{"it", "US", "Scrivi a {email}: il bonifico va su {iban}."},
	{"pt", "US", "O e-mail de {names} é {email}, o IP é {ip}."},
	{"nl", "US", "Mail {email} of bel {abroad}, bestelling {order}."},
	{"pl", "US", "Proszę pisać na {email}, konto {iban}."},
	{"sv", "US", "Mejla {email} eller ring {abroad}, pris 1 299 000 kr."},
	{"tr", "US", "{names} için {email} adresine yazın, saat {time}."},
	{"ru", "US", "Пишите на {email}, звоните {abroad}, {names} ответит."},
	{"ru", "US", "Заказ {invoice} от {dedate}, карта {card}."},
	{"ja", "US", "連絡先は{asciiemail}です。{cjkname}さんへ。"},
	{"zh", "US", "请联系{asciiemail}，卡号{card}，IP {ip}。"},
	{"zh", "US", "订单 {long}，日期 {date}，{cjkname}先生。"},
	{"ar", "US", "راسلنا على {email} أو اتصل على {abroad}."},
	{"ar", "US", "الطلب {invoice} بتاريخ {date}."},
	{"ko", "US", "{asciiemail}로 보내 주세요, {cjkname}님."},
}

// phoneTemplates are sentences with phone numbers that stand against a word, or behind words
// that tell of them, and with what only looks like that.
var phoneTemplates = []template{
	{"en", "US", "callback:cust{plainphone} asap"},
	{"en", "US", "John{plainphone}"},
	{"en", "US", "pls ring{plainphone}now"},
	{"en", "US", "cell{plainphone}, home{plainphone}"},
	{"en", "US", "{plainphone}home, {plainphone}work"},
	{"en", "US", "left vm,cb#{plainphone}asap"},
	{"en", "US", "contact_{plainphone}_evening"},
	{"en", "US", "voicemail-{plainphone}.wav"},
	{"en", "US", "cust.phone={plainphone}&next"},
	{"en", "US", "{plainphone}or{plainphone}"},
	{"en", "US", "Mom's{plainphone}(after {time})"},
	{"en", "US", "MOBILE{plainphone}MOBILE"},
	{"en", "US", "ask4Dave{plainphone}"},
	{"en", "US", "driver/{plainphone}/dispatch"},
	{"en", "US", "See \"{plainphone}\"and hurry"},
	{"en", "US", "tenant{plainphone}.landlord{plainphone}."},
	{"es", "US", "cliente{plainphone}urgente"},
	{"de", "DE", "Kunde{dedashed}bitte zurückrufen"},
	{"fr", "FR", "client{frdashed}rappeler"},
	{"en", "GB", "mob{gbdashed}after6"},
	{"ja", "US", "携帯{plainphone}です"},
	{"en", "US", "my number is {compactphone}"},
	{"en", "US", "Reach me at {compactphone}."},
	{"en", "US", "text me {compactphone} plz"},
	{"en", "US", "WhatsApp {compactphone}"},
	{"en", "US", "whatsapp{compactphone}"},
	{"en", "US", "Her new number: {compactphone}"},
	{"en", "US", "{compactphone} is my cell"},
	{"en", "US", "{compactphone} (mobile)"},
	{"en", "US", "hit me up {compactphone}"},
	{"en", "US", "I can be reached at {compactphone} until {time}"},
	{"en", "US", "best contact number {compactphone}"},
	{"en", "US", "ring {compactphone}, order {order}"},
	{"en", "US", "txt {compactphone}asap"},
	{"en", "US", "ph {compactphone}"},
	{"en", "US", "our landline is {compactphone}"},
	{"en", "US", "cell {loosephone}"},
	{"en", "US", "iMessage/FaceTime: {compactphone}"},
	{"es", "US", "mi número es {compactphone}"},
	{"es", "US", "mi celular: {compactphone}"},
	{"fr", "US", "mon numéro est le {compactphone}"},
	{"de", "US", "meine Nummer ist {compactphone}"},
	{"de", "US", "Ich bin unter {compactphone} erreichbar, Handy {compactphone}"},
	{"it", "US", "il mio numero è {compactphone}"},
	{"pt", "US", "me liga no {compactphone}, meu número é {compactphone}"},
	{"nl", "US", "mijn nummer is {compactphone}"},
	{"pl", "US", "mój numer to {compactphone}"},
	{"sv", "US", "mitt nummer är {compactphone}"},
	{"tr", "US", "numaram {compactphone}"},
	{"ru", "US", "мой номер {compactphone}"},
	{"zh", "US", "我的号码是{compactphone}"},
	{"ko", "US", "제 번호는 {compactphone}"},
	{"en", "US", "SKU{plaintrap}"},
	{"en", "US", "order{plaintrap}"},
	{"en", "US", "part-{plaintrap}"},
	{"en", "US", "invoice_{plaintrap}.pdf"},
	{"en", "US", "order number {tendigits}"},
	{"en", "US", "my order number is {tendigits}"},
	{"en", "US", "Your tracking number is {tendigits}."},
	{"en", "US", "call about order {tendigits}"},
	{"en", "US", "cancelled {tendigits}"},
	{"en", "US", "hotel booking {tendigits}"},
	{"en", "US", "in this context {tendigits} rows"},
	{"en", "US", "id {tendigits}, ids {tendigits}"},
	{"en", "US", "ticket {tendigits}: phone was broken"},
	{"en", "US", "please call; case {tendigits} is open"},
	{"en", "US", "account no. {tendigits}"},
	{"en", "US", "my account number is {tendigits}"},
	{"en", "US", "IMG_{tendigits}.jpg"},
	{"en", "US", "serial{tendigits}"},
	{"en", "US", "UPC {tendigits}12"},
	{"en", "US", "build{version}, {version}"},
	{"en", "US", "https://shop.example/p/{tendigits}?v={hash}"},
	{"en", "US", "a3f{plaintrap}"},
	{"en", "US", "{plaintrap}e4b"},
	{"en", "US", "12-{plaintrap}-9"},
	{"en", "US", "{uuid}-{uuid}"},
	{"en", "US", "log-{date}-{hash}.txt"},
	{"en", "US", "call at {time} on {date}"},
	{"en", "US", "text of {date}, {price}"},
	{"en", "US", "callback(err, {epoch})"},
	{"en", "US", "ring buffer {epoch}, cell {count}"},
	{"en", "US", "${plaintrap}"},
	{"en", "US", "cell B12, tel aviv {date}"},
	{"en", "US", "policy {tendigits} and claim {tendigits}"},
	{"en", "US", "IMEI {imei}"},
	{"de", "US", "Rechnungsnummer {tendigits}, Kundennummer {tendigits}"},
	{"fr", "US", "numéro de commande {tendigits}"},
	{"es", "US", "número de pedido {tendigits}"},
	{"ru", "US", "номер заказа {tendigits}"},
	{"zh", "US", "订单号码{tendigits}"},
}

// generateSentences makes the set: each template with drawn values, always the
// same ones for a seed. The set of the file has seed 26.
func generateSentences(seed uint64) []sentence {
	g := &sentenceMaker{rand.New(rand.NewPCG(20, seed))}
	var all []sentence
	for _, t := range slices.Concat(sentenceTemplates, phoneTemplates) {
		for range perTemplate {
			all = append(all, g.make(t))
		}
	}
	return all
}

type sentenceMaker struct{ *rand.Rand }

func (g *sentenceMaker) make(t template) sentence {
	s := sentence{Lang: t.lang, Region: t.region}
	rest := t.text
	for {
		before, after, found := strings.Cut(rest, "{")
		s.Text += before
		if !found {
			return s
		}
		var slot string
		slot, rest, _ = strings.Cut(after, "}")
		value, kind, unclaimed := g.value(slot)
		if kind != "" {
			s.Spans = append(s.Spans, span{kind, len(s.Text), len(s.Text) + len(value), unclaimed})
		}
		s.Text += value
	}
}

// value returns a value for a slot, and its label.
func (g *sentenceMaker) value(slot string) (value, kind string, unclaimed bool) {
	switch slot {
	case "email":
		return g.email(), "email", false
	case "asciiemail":
		return g.pick("lena", "kenji", "mei.lin", "h.park") + "@" + g.domain(), "email", false
	case "phone":
		return g.american(), "phone", false
	case "compactphone":
		return g.pick("", "1") + g.area() + "55501" + g.digits(2), "phone", false
	case "plainphone":
		return g.fill(strings.Replace(g.pick("A-555-01##", "A.555.01##", "A 555 01##", "(A)555-01##", "(A) 555-01##", "A\u2013555\u201301##"), "A", g.area(), 1)), "phone", false
	case "loosephone":
		return g.fill(g.area() + g.pick(" 55501##", "55501 ##", "-55501##", " 55 50 1##")), "phone", false
	case "dedashed":
		return g.fill(g.pick("030-23125###", "030/23125-###", "0221 4710 ###")), "phone", false
	case "frdashed":
		return g.fill(g.pick("02.61.91.##.##", "03-53-01-##-##", "01 99 00 ## ##")), "phone", false
	case "gbdashed":
		return g.fill(g.pick("020 7946 0###", "0161-496-0###")), "phone", false
	case "abroad":
		return g.fill(g.pick("+44 20 7946 0###", "+442079460###", "+44 (0)161 496 0###", "+33 1 99 00 ## ##", "+3319900####", "+49 30 23125 ###", "+49 (0) 30 23125-###", "+4917139200##", "+61 2 5550 ####", "+46 8 465 004 ##", "+1 212 555 01##", "+1-416-555-01##", "0044 20 7946 0###", "011 44 20 7946 0###")), "phone", false
	case "gbphone":
		return g.fill(g.pick("020 7946 0###", "(020) 7946 0###", "0161 496 0###", "01614960###", "0114-496-0###")), "phone", false
	case "auphone":
		return g.fill(g.pick("(02) 5550 ####", "02 7010 ####", "03 5550 ####", "0755507###")), "phone", false
	case "dephone":
		return g.fill(g.pick("030 23125 ###", "030/23125###", "(030) 23125-###", "03023125###", "0171 39200##", "0221 4710 ###", "+49 89 99998 ###")), "phone", false
	case "frphone":
		return g.fill(g.pick("01 99 00 ## ##", "02.61.91.##.##", "0199 00 ## ##", "03-53-01-##-##", "0465 71 ## ##", "06 39 98 ## ##")), "phone", false
	case "unclaimedphone":
		return g.fill(g.pick("030 23125 ###", "55501##", "555-01##", "21255501##", "two one two, five five five", "2 1 2 5 5 5 0 1 # #")), "phone", true
	case "card":
		return g.card(), "card", false
	case "iban":
		return g.iban(), "iban", false
	case "ssn":
		n := g.ssn()
		sep := g.pick("-", "-", "-", " ")
		return n[:3] + sep + n[3:5] + sep + n[5:], "ssn", false
	case "compactssn":
		return g.ssn(), "ssn", false
	case "ip":
		if g.IntN(4) == 0 {
			return g.ipv6(), "ip", false
		}
		return fmt.Sprintf("%d.%d.%d.%d", 1+g.IntN(223), g.IntN(256), g.IntN(256), g.IntN(256)), "ip", false
	case "ipv6":
		return g.ipv6(), "ip", false
	case "names":
		return g.name(), "names", false
	case "cjkname":
		return g.pick(cjkNames...), "names", false
	case "unlisted":
		return g.pick("Quentin", "Ms. Okonjo", "Fjodor", "Alise", "E. Brandt-Vega"), "names", true
	case "obfuscated":
		return g.obfuscated()
	}
	return g.trap(slot), "", false
}

func (g *sentenceMaker) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *sentenceMaker) digits(n int) string { return g.fill(strings.Repeat("#", n)) }

// fill replaces each # by a digit, each % by a hexadecimal one and each ^ by a
// capital.
func (g *sentenceMaker) fill(pattern string) string {
	out := []byte(pattern)
	for i, c := range out {
		switch c {
		case '#':
			out[i] = "0123456789"[g.IntN(10)]
		case '%':
			out[i] = "0123456789abcdef"[g.IntN(16)]
		case '^':
			out[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[g.IntN(26)]
		}
	}
	return string(out)
}

func (g *sentenceMaker) email() string {
	local := g.pick("lena", "LENA.Vogt", "o'hara", "t.ng+news", "sales_eu", "r2d2", "a", "first.middle.last", "jürgen.groß", "josé", "дмитрий", "no-reply", "x%y", "billing-2024", "tom&co", "99bottles")
	return local + "@" + g.domain()
}

func (g *sentenceMaker) domain() string {
	return g.pick("example.com", "example.org", "mail.example.co.uk", "EXAMPLE.NET", "müller.example", "a-b.example", "123.example", "x.y.z.test", "xn--mller-kva.example", "почта.example")
}

func (g *sentenceMaker) area() string {
	return g.pick("212", "415", "312", "202", "617", "713", "305", "206", "416", "604", "800")
}

func (g *sentenceMaker) american() string {
	format := g.pick("A-555-01##", "(A) 555-01##", "A.555.01##", "A 555 01##", "1-A-555-01##", "+1 A 555 01##", "+1 (A) 555-01##", "+1A55501##", "(A)555-01##", "A-555-01## ext. 12", "A-555-01## x345", "1 (A) 555-01##")
	return g.fill(strings.Replace(format, "A", g.area(), 1))
}

// withCheckDigit appends the digit of ISO/IEC 7812-1, plus a difference.
func withCheckDigit(body string, plus int) string {
	sum := 0
	for i, c := range body {
		d := int(c - '0')
		if (len(body)-i)%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return body + strconv.Itoa((10-sum%10+plus)%10)
}

func (g *sentenceMaker) card() string {
	number := g.cardNumber(0)
	return g.grouped(number)
}

func (g *sentenceMaker) cardNumber(plus int) string {
	body := g.fill(g.pick("411111#########", "4###############"[:15], "55555###########"[:15], "51#############", "2223###########", "37############", "3014#########", "6011###########", "3530###########", "62#############", "4##################"[:18], "5018###########"))
	return withCheckDigit(body, plus)
}

// grouped writes a card number as people do.
func (g *sentenceMaker) grouped(n string) string {
	sep := g.pick("", " ", " ", "-", "\u00a0")
	switch {
	case sep == "":
		return n
	case len(n) == 15:
		return n[:4] + sep + n[4:10] + sep + n[10:]
	case len(n) == 14:
		return n[:4] + sep + n[4:10] + sep + n[10:]
	}
	var parts []string
	for c := range slices.Chunk([]byte(n), 4) {
		parts = append(parts, string(c))
	}
	return strings.Join(parts, sep)
}

func (g *sentenceMaker) iban() string {
	iban := g.ibanOf(0)
	switch g.IntN(4) {
	case 0:
		return iban
	case 1:
		return strings.ToLower(iban)
	}
	var parts []string
	for c := range slices.Chunk([]byte(iban), 4) {
		parts = append(parts, string(c))
	}
	return strings.Join(parts, g.pick(" ", " ", "-"))
}

func (g *sentenceMaker) ibanOf(plus int) string {
	country := g.pick("DE##################", "FR###########^#########"+"##", "GB^^^^##############", "NL^^^^##########", "ES####################", "IT^######################", "CH#################", "AT################", "BE############", "PL########################", "SE####################", "NO###########")
	country = g.fill(country)
	code, body := country[:2], country[2:]
	rest := 0
	for _, c := range body + code + "00" {
		if c <= '9' {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return fmt.Sprintf("%s%02d%s", code, (98-rest+plus-2)%97+2, body)
}

func (g *sentenceMaker) ssn() string {
	area := 1 + g.IntN(665)
	return fmt.Sprintf("%03d%02d%04d", area, 1+g.IntN(99), 1+g.IntN(9999))
}

func (g *sentenceMaker) ipv6() string {
	return g.fill(g.pick("2001:db8::%%%%", "2001:db8:0:1:%%%%:%%%%:%%%%:%%%%", "fe80::1", "2001:0db8:0000:0000:0000:0000:0000:00%%", "::ffff:192.0.2.1", "2001:DB8::A1", "fd12:3456:789a:1::1"))
}

var (
	latinNames = []string{"Lena", "Vogt", "Lena Vogt", "Tariq", "O'Hara", "Anne-Marie", "José", "Jürgen Groß", "Rose", "Mark", "Søren", "Łukasz", "Дмитрий", "van der Meer"}
	cjkNames   = []string{"田中", "王小明", "김민수"}
)

func (g *sentenceMaker) name() string {
	name := g.pick(latinNames...)
	switch g.IntN(6) {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return strings.ToLower(name)
	case 2: // decomposed
		return strings.NewReplacer("é", "e\u0301", "ü", "u\u0308").Replace(name)
	}
	return name
}

func (g *sentenceMaker) obfuscated() (value, kind string, unclaimed bool) {
	switch g.IntN(7) {
	case 0:
		return "hal at example dot com", "email", true
	case 1:
		return "hal [at] example [dot] com", "email", true
	case 2:
		return "hal(at)example.com", "email", true
	case 3:
		return "h a l @ example . com", "email", true
	case 4:
		return "root@localhost", "email", true
	case 5:
		return "123.45.6789", "ssn", true
	}
	return "four one one one, then ones", "card", true
}

// trap returns what is none of the types.
func (g *sentenceMaker) trap(slot string) string {
	switch slot {
	case "order":
		return g.fill(g.pick("112-#######-#######", "PO-2024-#####", "#4#######", "A-####-##-###", "SO20240517####"))
	case "plaintrap":
		return g.fill(g.area() + g.pick("-555-01##", ".555.01##", "-555-01##"))
	case "tendigits":
		return g.fill(g.area() + "55501##")
	case "epoch":
		return g.fill(g.pick("17########", "17###########"))
	case "imei":
		return g.fill("35############9")
	case "invoice":
		return g.fill(g.pick("2024-#####", "RE-##########", "1#########", "INV/2024/05/###", "7##-####-##"))
	case "long":
		return g.fill(g.pick("################", "1716#########", "00######", "9########"+"#########", "##############"))
	case "date":
		return g.fill(g.pick("2024-05-1#", "05/1#/2024", "2024-05-17T10:3#:00Z", "17.05.202#", "May 1#, 2024", "2024-05-17 10:3#:11"))
	case "dedate":
		return g.fill(g.pick("1#.05.2024", "1#.5.24", "1#/05/2024", "2024-05-1#"))
	case "time":
		return g.fill(g.pick("10:3#", "10:30:1#", "7:45 pm", "23:59:59.12#"))
	case "price":
		return g.fill(g.pick("$1,2##.00", "USD 12##.50", "$12.##", "€ 1.2##,00"))
	case "deprice":
		return g.fill(g.pick("1.2##,00 €", "12## EUR", "1 2##,50 €"))
	case "count":
		return g.fill(g.pick("1##", "1,###,###", "10 20 30", "3 x 1##"))
	case "badcard":
		return g.grouped(g.cardNumber(1 + g.IntN(9)))
	case "badiban":
		return g.ibanOf(1 + g.IntN(90))
	case "badssn":
		return g.fill(g.pick("000-12-34##", "666-12-34##", "9##-12-3456", "123-00-45##", "123-45-0000"))
	case "isbn":
		return g.fill(g.pick("978-3-16-1484##-0", "97831614841##", "3-16-1484##-X", "0-306-406##-2"))
	case "version":
		return g.fill(g.pick("v1.2.3.#", "version 10.0.1904.2##", "1.2.#", "release 4.18.0.3", "v2.#", "1.2.3.4.#"))
	case "hash":
		return g.fill(g.pick(strings.Repeat("%", 40), strings.Repeat("%", 64), "sha256:"+strings.Repeat("%", 64), strings.Repeat("%", 7)))
	case "tracking":
		return g.fill(g.pick("1Z999AA1########84", "RR#########DE", "JD01460000#######"))
	case "mac":
		return g.fill("%%:%%:%%:%%:%%:%%")
	case "uuid":
		return g.fill("%%%%%%%%-%%%%-4%%%-a%%%-%%%%%%%%%%%%")
	case "coordinates":
		return g.fill("52.52##, 13.40##")
	case "handle":
		return g.pick("@hal_v", "@t.ng", "u/r2d2")
	case "package":
		return g.fill(g.pick("react@18.2.#", "left-pad@1.3.0", "@types/node@20.1.#"))
	case "section":
		return g.fill(g.pick("1.2.3.#", "12.4.1.#", "3.4"))
	case "nearname":
		return g.pick("The Rosengarten", "Markthalle Ost", "Lenawee Bakery", "Mark your calendar: it", "The rose shop", "Roses & More")
	}
	panic("no such slot: " + slot)
}
