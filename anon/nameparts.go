package anon

import "strings"

// Words that parts of names are known by, in canonical form.
var (
	// titles stand in front of a name, and dottedTitles only with a dot: without it they
	// are names.
	titles = listed("dr dra doctor doktor mr mrs ms mx miss mister prof professor profa herr frau fräulein sir dame mme mlle monsieur madame mademoiselle " +
		"dipl rev reverend revd capt captain sgt sra srta señor señora señorita dott dottssa sig sigra signor signora " +
		"dhr mevr mevrouw meneer shri smt lord")
	dottedTitles = listed("fr hr hon ing mag lt col gen maj don cmdr cpl sr gosp inż mgr hab lic arq")
	// titlesOfFirst stand in front of a first name.
	titlesOfFirst = listed("sir dame don")
	suffixes      = listed("jr sr jnr snr junior júnior ii iii iv 2nd 3rd phd md mba cpa dds dvm esq esquire dphil msc bsc rn llm")
	// dottedWords are titles and suffixes that can have dots within. J.R. are initials.
	dottedWords = listed("phd md mba cpa dds dvm dphil msc bsc llm dottssa")
	// particles lead to a last name.
	particles = listed("van von vom zu zum zur der den dem de del della dalla dal dalle degli delle dei di da das do dos du des la las le les lo los ten ter op aan " +
		"bin ibn bint binti al el y e af av mc mac ó ní nic uí st بن ابن بنت آل фон ван де")
	// backLeading are particles that stand behind the first name where the last name stands
	// first. Most of the others are also names.
	backLeading = listed("van von zu zum zur der den de del della dos du la los las af av")
	// atBirth stand before a name at birth.
	atBirth = listed("geb geborene geborener née nee né roz")
	// vietnamese are last names, which stand first. Without accents the list has only those
	// that are no first names.
	vietnamese = listed("nguyễn trần lê phạm huỳnh hoàng vũ võ đặng bùi đỗ hồ ngô dương lý trương đinh nguyen tran pham huynh")
	// twoCharacters are last names of two characters.
	twoCharacters = listed("欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 东方 東方 令狐 皇甫 尉迟 尉遲 慕容 夏侯 公孙 公孫 端木 남궁 황보 제갈 선우 독고 사공")
)

// iberian are last names of Spain, Portugal and America, where two follow the first name.
const iberian = "acosta aguilar alonso álvarez alves araújo arias aznar ávila azevedo barbosa benítez blanco bravo caballero cabrera calvo campos cárdenas cardoso carrasco carvalho castillo castro " +
	"cavalcanti contreras cortés costa delgado díaz domínguez durán escobar espinosa espinoza estrada fernandes fernández ferreira ferrer figueroa flores fonseca freitas fuentes gallego gallardo garcía garrido giménez gómes gómez " +
	"gonzáles gonzález guerrero gutiérrez guzmán hernández herrera herrero hidalgo ibáñez iglesias izquierdo jiménez juárez lima lópez lozano machado maldonado márquez martínez medina mejía melo mendes méndez mendoza " +
	"monteiro montero montoya mora morales moreira moreno moya muñoz navarro nieto nunes núñez ochoa oliveira ortega ortiz pacheco padilla parra peña peralta pereira pérez pinto prieto quintero ramírez ramos ribeiro ríos rivera rivas rocha " +
	"rodrigues rodríguez rojas romero rubio ruiz sáez salazar salinas sánchez sandoval santos sanz serrano silva soler solís sosa soto sousa souza suárez teixeira torres valdez vargas vásquez vázquez vega velasco velázquez vélez vieira villarreal zamora"

var withoutAccents = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ñ", "n")

// listed returns a set of words.
func listed(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.SplitSeq(words, " ") {
		set[w] = true
	}
	return set
}
