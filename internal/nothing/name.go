// Package nothing knows the texts by which programs and people say that there is no value:
// "N/A", "unknown", 9999-12-31. They are nobody's.
package nothing

import (
	"strings"

	"github.com/dynsync/dynsync/internal/fold"
)

// Name reports whether a value in canonical form stands for no name, place
// or company: punctuation alone, words that say so, and such words in brackets or
// repeated.
func Name(canonical string) bool {
	const around = " ()[]<>{}\"'#*.-_!?/"
	if canonical == "" || nobody[canonical] {
		return canonical != ""
	}
	text := strings.Trim(canonical, around)
	if text == "" || nobody[text] {
		return true
	}
	for word := range strings.SplitSeq(text, " ") {
		if !nobody[strings.Trim(word, around+",;")] {
			return false
		}
	}
	return true
}

var nobody = func() map[string]bool {
	set := map[string]bool{}
	for text := range strings.SplitSeq("n/a|n / a|n.a|n. a|n/k|k.a|k. a|k/a|unknown|unnamed|none|null|nil|undefined|unspecified|not applicable|"+
		"not available|not given|not known|not provided|not set|not specified|not stated|not disclosed|not entered|none given|none provided|no name|no data|no value|anonymous|tbd|tba|withheld|redacted|[deleted]|"+
		"unbekannt|keine angabe|keine angaben|nicht bekannt|nicht angegeben|ohne angabe|anonym|inconnu|inconnue|anonyme|non renseigné|non communiqué|aucun nom|sans nom|"+
		"desconocido|desconocida|sin nombre|no disponible|no aplica|no especificado|anónimo|desconhecido|desconhecida|sem nome|não informado|não disponível|sconosciuto|sconosciuta|senza nome|"+
		"onbekend|niet bekend|ukjent|ukendt|okänd|tuntematon|nieznany|nieznana|brak|brak danych|neznámý|ismeretlen|bilinmiyor|"+
		"не указано|не указан|неизвестно|неизвестный|нет данных|невідомо|άγνωστο|άγνωστος|غير معروف|مجهول|不明|未知|不详|不詳|なし|無し|名無し|匿名|无名|未填写|없음|미상|모름|익명", "|") {
		set[fold.Spaced(fold.Case(text))] = true
	}
	return set
}()
