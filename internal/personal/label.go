package personal

import "github.com/dynsync/dynsync/internal/fold"

// IsPhoneLabel reports whether a text, as [fold.Plain] has it, consists of words that tell of
// a phone number or whose it is: "Tel. ", "Home phone: ", " (mobile)".
func IsPhoneLabel(text string) bool {
	words := 0
	for rest := fold.PlainCase(text); rest != ""; {
		start := noteStart(rest)
		rest = rest[start:]
		end := noteEnd(rest)
		if end == 0 {
			break
		}
		if words++; !isLabelWord(rest[:end]) {
			return false
		}
		rest = rest[end:]
	}
	return 0 < words && words <= 3 && len(text) <= mostName
}

// noteStart returns where the first word of a text begins, which may be of any script.
func noteStart(text string) int {
	for i := range len(text) {
		if b := text[i]; isWord(b) || b >= 0x80 {
			return i
		}
	}
	return len(text)
}

// noteEnd returns where the word ends that a text begins with.
func noteEnd(text string) int {
	for i := range len(text) {
		if b := text[i]; !isWord(b) && b < 0x80 {
			return i
		}
	}
	return len(text)
}

func isLabelWord(word string) bool {
	switch word {
	case "t", "p", "m", "f", "c", "h", "w", "o", "d", "ph", "mob", "tlf", "tél", "téléphone", "teléfono", "móvil", "celular", "cel", "cellulare", "portable", "numéro", "número", "numero", "nummer",
		"gsm", "direct", "landline", "festnetz", "privat", "geschäftlich", "dienstlich", "fixe", "casa", "trabajo", "тел", "телефон", "моб", "мобильный", "電話", "电话", "手机", "携帯", "전화", "هاتف",
		"voice", "primary", "secondary", "alt", "alternate", "preferred", "our", "my", "call", "callto", "tty", "toll", "free", "hotline", "office", "company", "personal":
		return true
	}
	of, sort := wordTells([]byte(word))
	return of&tellsPhone != 0 || sort == numberWord || isOwner([]byte(word))
}
