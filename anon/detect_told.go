package anon

import (
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/personal"
)

// How many bytes of a text tell of the digits behind them, or before them.
const (
	toldBefore = 32
	toldBehind = 20
)

// A vocabulary is words as [fold.Case] has them. A space before or behind a word is where the
// word begins or ends; without, letters may stand there.
type vocabulary []string

// phoneWords are words behind which digits are a phone number.
var phoneWords = vocabulary{
	" tel", "phone", " call", "callback", " cell", "mobil", " fax", " sms ", "whatsapp", "whats app", " wa.me", " dial", " ring", " text", " txt", "imessage", "facetime", "viber", " signal",
	"reach me", "reach us", "reach him", "reach her", "reach them", "reach you", "reached at", "reachable", " get me at", "message me", " msg me", " ping me", " contact me", " contact us", "hit me up", " hmu ", "landline", "hotline", "helpline", " pager", "voicemail", " buzz me", " ph ",
	"telefon", " handy ", " ruf", " anruf", "erreich", "festnetz", "durchwahl", "melde dich", "melden sie sich", "schreib mir", " simse",
	"téléphon", " tél ", "portable", "appel", "joindre", "joignable",
	"teléfon", "móvil", "celular", " cel ", "llam", " márca", " marque ", "escríbeme", "contáctame",
	"chiama", "cellulare", "scrivimi", "raggiung", "telemóvel", " ligue", " liga ", " me liga", " zap ",
	" bel ", " bel me", "bereikbaar", "bereik me", " app me", "dzwoń", " kom ", "komórk", "telefón", " nå mig", "numaram", " ara ", "arayın", " cep ",
	" тел", "мобил", " моб ", "звон", "ватсап", "вацап", "电话", "電話", "手机", "手機", "携帯", "致电", "打给", "전화", "휴대폰", "핸드폰", "هاتف", "جوال", "اتصل",
}

// numberWords are words for a number, which is a phone number if it is somebody's.
var numberWords = vocabulary{
	" number", " nr ", " digits", "nummer", "numéro", "número", "numero", " numer ", "номер", "号码", "號碼", "番号", "번호", "رقم",
}

// ownerWords are words for whose number it is, or how it is.
var ownerWords = vocabulary{
	" my ", " mine ", " your ", " his ", " her ", " their ", " our ", " new ", " best ", " direct ", " private ", " personal ", " contact ", " emergency ", " home ", " work ",
	" mein", " dein", " ihre ", " seine ", " unsere ", " neue ", " mon ", " ton ", " son ", " notre ", " votre ", " mi ", " tu ", " su ", " nuestro ", " mio ", " suo ", " tuo ", " meu ", " seu ", " mijn ", " uw ", " mój ", " mitt ", " ditt ",
	" мой ", " ваш ", " его ", "我", "您", "私", "내", "제",
}

// otherWords are words behind which digits are something else.
var otherWords = vocabulary{
	" order", " invoice", " tracking", " account", " acct", " ticket", " case ", " case#", " ref", " serial", " sku", " po ", " isbn", " part ", " part#", " model", " batch", " lot ", " item", " product", " build", " version", " v ", " id ", " ids ", " s n ", " sn ", " inv ", " ord ", " zip",
	" confirmation", " booking", " member", " policy", " claim", " license", " shipment", " parcel", " receipt", " transaction", " txn", " rma", " upc", " ean", " gtin", " imei", " vin ", " uuid", " hash", " commit", " job ", " run ", " port ", " error",
	"bestell", "rechnung", "auftrag", "kundennummer", "artikel", "vorgang", "aktenzeichen", "commande", "facture", "dossier", " colis", "pedido", "factura", "referencia", "ordine", "fattura", "encomenda", "fatura", " kvitto", "faktura", "zamówieni", "sipariş",
	"заказ", "счёт", "счет", "订单", "訂單", "注文", "주문", "الطلب",
}

// last returns where the last of the words begins in a text, as [fold.Case] has it and with
// a space around it, and -1 if there is none.
func (l vocabulary) last(text string) int {
	found := -1
	for _, word := range l {
		if at := strings.LastIndex(text, word); at >= 0 {
			found = max(found, at)
		}
	}
	return found
}

// spacedWords returns a text for a vocabulary: folded, with a space for all that is in no word.
func spacedWords(text string) string {
	text = fold.Case(strings.ToValidUTF8(text, " "))
	out := make([]byte, 0, len(text)+2)
	out = append(out, ' ')
	for i := range len(text) {
		if b := text[i]; b >= utf8.RuneSelf || asciiWord(b) || b == '#' || b == '.' && i > 0 && i+1 < len(text) && personal.IsLetter(text[i-1]) && personal.IsLetter(text[i+1]) {
			out = append(out, b)
		} else if out[len(out)-1] != ' ' {
			out = append(out, ' ')
		}
	}
	if out[len(out)-1] != ' ' {
		out = append(out, ' ')
	}
	return string(out)
}

// isToldPhone reports whether the words around a place say that a phone number stands there.
// Of those before it, the last ones decide.
func isToldPhone(text string, start, end int) bool {
	from := max(0, start-toldBefore)
	before := spacedWords(text[from:start])
	if from > 0 && asciiWord(text[from-1]) && asciiWord(text[from]) {
		before = before[1:] // a part of a word
	}
	other := otherWords.last(before)
	if phoneWords.last(before) > other {
		return true
	}
	if at := numberWords.last(before); at > other && ownerWords.last(before[:at+1]) > other {
		return true
	}
	return other < 0 && isToldBehind(text[end:min(len(text), end+toldBehind)])
}

// isToldBehind reports whether what stands behind digits says that they are a phone number:
// "(cell)", "is my number", "erreichbar".
func isToldBehind(text string) bool {
	behind := spacedWords(text)
	for _, verb := range []string{" erreichbar", " zu erreichen", " erreichen", " anrufen", " bereikbaar", " bellen", " te bellen", " appeler"} {
		if strings.HasPrefix(behind, verb) {
			return true
		}
	}
	for _, begin := range []string{" is my ", " is his ", " is her ", " is our ", " is their ", " is the best "} {
		if rest, ok := strings.CutPrefix(behind, begin); ok {
			rest = " " + rest
			return phoneWords.last(rest) >= 0 || strings.HasPrefix(rest, " number") || strings.HasPrefix(rest, " new number")
		}
	}
	for _, note := range []string{"cell", "mobil", "home)", "work)", "office)", "phone", "tel)", "whatsapp", "h)", "m)", "c)", "w)", "o)"} {
		if strings.HasPrefix(strings.TrimLeft(fold.Case(text), " "), "("+note) {
			return true
		}
	}
	return false
}

// mostGlued bounds the word that a number is glued to, in bytes. Longer ones are ids and
// hashes.
const mostGlued = 40

// isGluedBefore reports whether a number can stand directly behind a word: not within what
// has digits, as ids do, and not behind what tells of something else.
func isGluedBefore(text string, at int) bool {
	start := at
	for start > 0 && isGlue(text[start-1]) {
		if start--; at-start > mostGlued {
			return false
		}
	}
	glued := text[start:at]
	if strings.ContainsAny(glued, digits) && !isProse(glued[len(strings.TrimRight(glued, latin+signs)):]) {
		return false
	}
	return !strings.ContainsRune("$€£¥%", lastRune(text[:start])) && otherWords.last(spacedWords(glued)) < 0
}

// isGluedBehind reports whether a word can stand directly behind a number, which is no part
// of an id then.
func isGluedBehind(text string, at int) bool {
	end := at
	for end < len(text) && isGlue(text[end]) {
		if end++; end-at > mostGlued {
			return false
		}
	}
	glued := text[at:end]
	if strings.ContainsAny(glued, digits) && !isProse(glued[:len(glued)-len(strings.TrimLeft(glued, latin+signs))]) {
		return false
	}
	return personal.ByteAt(text, end) != '%'
}

const (
	latin = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	signs = "-_.#"
)

// isProse reports whether letters between digits look like a word, not like a part of an
// id: several in a row, with one that is no hexadecimal digit.
func isProse(text string) bool {
	const leastLetters = 3
	text = strings.Trim(text, signs)
	if text == "or" || text == "OR" {
		return true
	}
	return len(text) >= leastLetters && !strings.ContainsAny(text, signs) && strings.Trim(text, "abcdefABCDEF") != ""
}

// isGlue reports whether a byte can stand within an id: of a letter of any script, a digit,
// a sign that joins words.
func isGlue(b byte) bool {
	return b >= utf8.RuneSelf || asciiWord(b) || b == '-' || b == '_' || b == '.' || b == '#'
}

func lastRune(text string) rune {
	r, _ := utf8.DecodeLastRuneInString(text)
	return r
}
