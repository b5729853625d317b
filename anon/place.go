package anon

import (
	"errors"
	"slices"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// Place makes [City], [State], [ZipCode], [FullAddress] and [Phone] take one place of the
// United States, so that the attributes of an item do not contradict each other: "Reno",
// "NV", "89523" and "(775) 555-0142". The place is drawn from the S or N at idPath, a
// document path in the same item, and is the same for all items with that id. There are
// 164 places, in all states. If the id is missing, the option has no effect on the value.
//
// City and State are those of the place whatever the value is; a city that is too long is
// cut, and a state that is too long is written as its two letters. A ZIP code begins with
// the place's three digits. An N of a ZIP code has no leading 0. A phone number of the
// United States gets an area code of the place, which leaves 100 to 300 numbers.
func Place(idPath string) Option { return option{"place", idPath} }

func placeSpec() catalog.Option {
	return catalog.Option{Name: "place", Type: catalog.String, Doc: "The document path in the item of an id: city, state, ZIP code and area code are those of one place, drawn from the id."}
}

// A place is a city with its state, the beginnings of its ZIP codes, and its area codes.
type place struct {
	city, state string // the state by its two letters
	zips, areas []string
}

// places are cities of every state. The beginnings of ZIP codes and the area codes are
// some of those that each has.
var places = parsePlaces(placeList)

func parsePlaces(list string) (all []place) {
	for line := range strings.SplitSeq(strings.Trim(list, "\n"), "\n") {
		f := strings.Split(line, "|")
		all = append(all, place{f[0], f[1], strings.Split(f[2], ","), strings.Split(f[3], ",")})
	}
	return all
}

// stateName returns the name of the place's state.
func (p place) stateName() string { return states.all[slices.Index(stateCodes.all, p.state)] }

// zip returns a ZIP code of the place.
func (p place) zip(d *draw) string { return d.pick(p.zips) + d.from(digits, zipDigits-3) }

// A placer draws the place of an item.
type placer struct {
	id  string // a path
	cfg *config
}

// newPlacer returns the placer of the option, or nil where there is none.
func newPlacer(cfg *config) (*placer, error) {
	path := cfg.text("place")
	if !cfg.has("place") {
		return nil, nil
	}
	all := *cfg.like("place")
	all.perItem = false
	if cfg.flag("anyNumber") {
		return nil, errors.New("place has no effect with anyNumber; remove one of them")
	}
	return &placer{path, &all}, checkPaths("place", []string{path})
}

// of returns the place of the item of a call, and false if there is none.
func (p *placer) of(c *call) (place, bool) {
	if p == nil {
		return place{}, false
	}
	id, ok := idAt(c, p.id)
	if !ok {
		return place{}, false
	}
	d := p.cfg.draw(c.in, dynsync.KindS, id, 0)
	return places[d.below(uint64(len(places)))], true
}

// idAt returns the text of the S or N at a path of the item of a call, and false if there
// is none.
func idAt(c *call, path string) (string, bool) {
	v, _ := c.in.Record().Get(path)
	id, ok := v.Text()
	if v.Kind() == dynsync.KindN {
		id = normal(id)
	}
	return id, ok && id != ""
}

// placed is an anonymizer that takes what of returns of the item's place, if it has one.
func placed(of func(cfg *config, c *call, p place) string, without func(*config) built) func(*config) built {
	return func(cfg *config) built {
		p, err := newPlacer(cfg)
		b := without(cfg)
		if p == nil {
			return b
		}
		run := b.run
		b.err, b.perItem = err, true
		b.run = func(c *call) (string, error) {
			if at, ok := p.of(c); ok {
				return of(cfg, c, at), nil
			}
			return run(c)
		}
		return b
	}
}

func cityOf(cfg *config, _ *call, p place) string {
	return strings.TrimRight(cut(p.city, cfg.maxLength()), " .-")
}

func stateOf(cfg *config, c *call, p place) string {
	if name := p.stateName(); !abbreviated(cfg, c, codeLetters) && len(name) <= cfg.maxLength() {
		return name
	}
	return p.state
}

const placeList = `
New York|NY|100,101,102|212,646
Los Angeles|CA|900|213,323
Chicago|IL|606|312,773
Houston|TX|770|713,281,832
Philadelphia|PA|191|215,267
Phoenix|AZ|850|602
San Antonio|TX|782|210
San Diego|CA|921|619,858
Dallas|TX|752|214,469,972
San Jose|CA|951|408
Austin|TX|787|512
Jacksonville|FL|322|904
Indianapolis|IN|462|317
San Francisco|CA|941|415
Columbus|OH|432|614
Fort Worth|TX|761|817,682
Charlotte|NC|282|704,980
Detroit|MI|482|313
El Paso|TX|799|915
Memphis|TN|381|901
Boston|MA|021|617,857
Seattle|WA|981|206
Denver|CO|802|303,720
Nashville|TN|372|615
Baltimore|MD|212|410,443
Louisville|KY|402|502
Portland|OR|972|503,971
Oklahoma City|OK|731|405
Milwaukee|WI|532|414
Las Vegas|NV|891|702
Albuquerque|NM|871|505
Tucson|AZ|857|520
Fresno|CA|937|559
Sacramento|CA|958|916
Long Beach|CA|908|562
Kansas City|MO|641|816
Mesa|AZ|852|480
Virginia Beach|VA|234|757
Atlanta|GA|303|404,678,470
Colorado Springs|CO|809|719
Raleigh|NC|276|919
Omaha|NE|681|402
Miami|FL|331|305,786
Oakland|CA|946|510
Tulsa|OK|741|918
Minneapolis|MN|554|612
Cleveland|OH|441|216
Wichita|KS|672|316
Arlington|TX|760|817
New Orleans|LA|701|504
Bakersfield|CA|933|661
Tampa|FL|336|813
Honolulu|HI|968|808
Anaheim|CA|928|714
Aurora|CO|800|303
Santa Ana|CA|927|714
St. Louis|MO|631|314
Riverside|CA|925|951
Corpus Christi|TX|784|361
Pittsburgh|PA|152|412
Lexington|KY|405|859
Stockton|CA|952|209
Cincinnati|OH|452|513
St. Paul|MN|551|651
Toledo|OH|436|419,567
Newark|NJ|071|973,862
Greensboro|NC|274|336
Plano|TX|750|972,469
Henderson|NV|890|702
Lincoln|NE|685|402
Buffalo|NY|142|716
Fort Wayne|IN|468|260
Jersey City|NJ|073|201
Chula Vista|CA|919|619
Orlando|FL|328|407
St. Petersburg|FL|337|727
Norfolk|VA|235|757
Chandler|AZ|852|480
Laredo|TX|780|956
Madison|WI|537|608
Durham|NC|277|919
Lubbock|TX|794|806
Winston-Salem|NC|271|336
Garland|TX|750|972,469
Glendale|AZ|853|623
Hialeah|FL|330|305,786
Reno|NV|895|775
Baton Rouge|LA|708|225
Irvine|CA|926|949
Chesapeake|VA|233|757
Irving|TX|750|972,469
Scottsdale|AZ|852|480
Fremont|CA|945|510
San Bernardino|CA|924|909
Boise|ID|837|208
Birmingham|AL|352|205
Huntsville|AL|358|256
Mobile|AL|366|251
Montgomery|AL|361|334
Anchorage|AK|995|907
Fairbanks|AK|997|907
Little Rock|AR|722|501
Fayetteville|AR|727|479
Fort Smith|AR|729|479
Hartford|CT|061|860
New Haven|CT|065|203
Bridgeport|CT|066|203
Wilmington|DE|198|302
Dover|DE|199|302
Tallahassee|FL|323|850
Savannah|GA|314|912
Hilo|HI|967|808
Idaho Falls|ID|834|208
Springfield|IL|627|217
Rockford|IL|611|815
Des Moines|IA|503|515
Cedar Rapids|IA|524|319
Topeka|KS|666|785
Shreveport|LA|711|318
Portland|ME|041|207
Bangor|ME|044|207
Annapolis|MD|214|410
Worcester|MA|016|508
Springfield|MA|011|413
Grand Rapids|MI|495|616
Lansing|MI|489|517
Duluth|MN|558|218
Jackson|MS|392|601
Gulfport|MS|395|228
Springfield|MO|658|417
Billings|MT|591|406
Missoula|MT|598|406
Manchester|NH|031|603
Concord|NH|033|603
Trenton|NJ|086|609
Santa Fe|NM|875|505
Albany|NY|122|518
Rochester|NY|146|585
Syracuse|NY|132|315
Fargo|ND|581|701
Bismarck|ND|585|701
Dayton|OH|454|937
Akron|OH|443|330
Eugene|OR|974|541
Salem|OR|973|503
Providence|RI|029|401
Columbia|SC|292|803
Charleston|SC|294|843
Sioux Falls|SD|571|605
Rapid City|SD|577|605
Knoxville|TN|379|865
Chattanooga|TN|374|423
Salt Lake City|UT|841|801
Provo|UT|846|801
Burlington|VT|054|802
Montpelier|VT|056|802
Richmond|VA|232|804
Spokane|WA|992|509
Tacoma|WA|984|253
Charleston|WV|253|304
Huntington|WV|257|304
Green Bay|WI|543|920
Cheyenne|WY|820|307
Casper|WY|826|307
`
