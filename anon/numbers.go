package anon

import (
	"errors"
	"math/big"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// Int replaces a number or a string with a whole number from [Min] to [Max], with equal
// probability. Both are int64 and inclusive; the defaults are 1 and 10,000.
// [RandomSign] makes half of the results negative. Pseudonyms may collide. Int applies
// to any N, and to any S, which becomes the decimal text of the number, or if it is an
// amount, the number in its form (see the package documentation), with zeros for decimals.
// There are as many results as numbers in the range.
func Int(opts ...Option) dynsync.Transformer { return makeNamed("int", opts) }

// Float replaces a number or a string with a number from [Min] to [Max]; the defaults
// are 1 and 10,000. [Decimals] sets the number of decimals; the default is 2.
// [RandomSign] makes half of the results negative. Results are exact decimals of equal
// probability and never outside the range, which may hold up to 1.8 × 10¹⁹ of them.
// Pseudonyms may collide. Float applies to any N, and to any S, which becomes the
// decimal text of the number with all of its decimals, or if it is an amount, the number in
// its form (see the package documentation), with as many decimals unless Decimals says
// otherwise. There are as many results as numbers in the range.
func Float(opts ...Option) dynsync.Transformer { return makeNamed("float", opts) }

// Noise adds a random offset to a number, of up to [Amount] or [Percent] in either
// direction; the default is 10 percent. Offsets are whole units of the number's last
// decimal, with equal probability, and the greatest is at least one unit: whole numbers
// stay whole, and small numbers move too. Equal numbers move alike. The result has as
// many decimals as the number; digits after the 38th become 0. The sign stays with
// Percent and may change with Amount. A small number has few results: 42 has nine.
//
// The magnitude stays visible. By chance a number stays as it is, a small one more
// often. Pseudonyms may collide. Noise applies to an N, and to an S with a number of up to 38
// digits, such as "-12.50" or "$1,234.50", whose form stays (see the package documentation).
func Noise(opts ...Option) dynsync.Transformer { return makeNamed("noise", opts) }

// Round rounds a number to the nearest multiple of [To]; the default is 10. Rounding is
// exact, and halves round away from zero. A multiple stays as it is. Pseudonyms may
// collide. Round applies to an N, and to an S with a number of up to 38 digits, such as
// "1.234,50 €", whose form stays (see the package documentation). An S keeps its number of
// decimals. A number has one result.
func Round(opts ...Option) dynsync.Transformer { return makeNamed("round", opts) }

// Latitude moves a latitude in degrees north or south by up to [Meters], by default
// 1,000, but not beyond the poles. All distances have equal probability, and equal
// values move alike. The result has the value's decimals, or more if those are coarser
// than a tenth of that distance. Pseudonyms may collide. Latitude applies to an N, and
// to an S in decimal text, from -90 to 90: "48.137", "48,137", " -48.137", "48.137° N". Space,
// sign, ° and N or S stay; N or S changes where the latitude does. It does not apply to
// minutes and seconds, whose last digits would be decimals of an angle. A pair in one string
// is two values: dynsync.Delimited(",", Latitude(), Longitude()) takes "48.137,11.575" and
// "48.137, 11.575". A latitude has at least 21 results.
//
// It hides the house, not the town. Each value moves by itself: many slightly different
// positions of one place lie around that place, and their mean reveals it. A track
// keeps its course, and a lone farm is still the only farm in reach.
func Latitude(opts ...Option) dynsync.Transformer { return makeNamed("latitude", opts) }

// Longitude moves a longitude in degrees east or west, as [Latitude] moves a latitude,
// across the antimeridian if need be. It applies to values from -180 to 180. It does
// not know the latitude and measures the distance at the equator: in Oslo, at 60
// degrees, a move is half as far. What Latitude does not hide, Longitude does not hide
// either. A longitude has at least 21 results.
func Longitude(opts ...Option) dynsync.Transformer { return makeNamed("longitude", opts) }

// Min sets the least result of [Int], [Float] or [Counter]. The default is 1. For Int and
// Counter it must be a whole number.
func Min[T int | int64 | float64](n T) Option { return option{"min", n} }

// Max sets the greatest result of [Int], [Float] or [Counter]. The default is 10,000, and
// for Counter 999,999. For Int and Counter it must be a whole number.
func Max[T int | int64 | float64](n T) Option { return option{"max", n} }

// RandomSign makes half of the results negative.
func RandomSign() Option { return option{"randomSign", true} }

// Decimals sets the number of decimals of a [Float]: 0 to 15. The default is 2.
func Decimals(n int) Option { return option{"decimals", n} }

// Amount sets the greatest offset of [Noise], in the unit of the number: 1E-130 to
// 1E125.
func Amount(n float64) Option { return option{"amount", n} }

// Percent sets the greatest offset of [Noise], in percent of the number: 0.000001 to
// 100.
func Percent(n float64) Option { return option{"percent", n} }

// To sets, for [Round], the number whose multiples are the results, such as 100 or 0.5:
// 1E-130 to 1E125. The default is 10. For [UnixTime] and [Timestamp] it sets the
// exclusive end of the range: a date, such as "2030-01-01", which begins at midnight
// UTC, or an RFC 3339 time. The default is 2030-01-01.
func To[T int | float64 | string](v T) Option { return option{"to", v} }

// Meters sets the greatest distance by which [Latitude] and [Longitude] move a
// position: 1 to 1,000,000 meters. The default is 1,000.
func Meters(n int) Option { return option{"meters", n} }

var scalarNumbers = []dynsync.Kind{dynsync.KindN, dynsync.KindS}

var numberEntries = []entry{
	{
		name: "int", doc: "Replaces the value with a whole number from min to max.",
		kinds: scalarNumbers, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few: "There are as many results as numbers in the range.",
		options: []catalog.Option{
			{Name: "min", Type: catalog.Int, Doc: "The least result.", Default: 1},
			{Name: "max", Type: catalog.Int, Doc: "The greatest result.", Default: 10000},
			randomSignSpec,
		},
		build: buildInt,
	},
	{
		name: "float", doc: "Replaces the value with a number from min to max.",
		kinds: scalarNumbers, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few:     "There are as many results as numbers in the range.",
		ownForm: true,
		options: []catalog.Option{
			{Name: "min", Type: catalog.Float, Doc: "The least result.", Default: 1},
			{Name: "max", Type: catalog.Float, Doc: "The greatest result.", Default: 10000},
			{Name: "decimals", Type: catalog.Int, Doc: "The number of decimals.", Default: 2, Max: 15},
			randomSignSpec,
		},
		build: buildFloat,
	},
	{
		name: "noise", doc: "Adds a random offset to a number. The greatest offset is an amount or a percentage, by default 10 percent.",
		takes: "a number in decimal text", kinds: scalarNumbers, unique: dynsync.UniquenessNone, drawn: true, keeps: "the magnitude of a number and its currency, and by chance all of it",
		few: "A small number has few results: 42 has nine.",
		options: []catalog.Option{
			{Name: "amount", Type: catalog.Float, Doc: "The greatest offset, in the unit of the number.", Min: 1e-130, Max: 1e125},
			{Name: "percent", Type: catalog.Float, Doc: "The greatest offset, in percent of the number.", Min: 1e-6, Max: 100},
		},
		build: buildNoise,
	},
	{
		name: "round", doc: "Rounds a number to the nearest multiple of another.",
		takes: "a number in decimal text", kinds: scalarNumbers, unique: dynsync.UniquenessNone, keeps: "the digits before the rounded ones, the currency, and all of a round number",
		few: "A number has one result.",
		options: []catalog.Option{
			{Name: "to", Type: catalog.Float, Doc: "The number whose multiples are the results.", Default: 10, Min: 1e-130, Max: 1e125},
		},
		build: buildRound,
	},
	{
		name: "latitude", doc: "Moves a latitude by a random distance.",
		takes: "a latitude in degrees", kinds: scalarNumbers, unique: dynsync.UniquenessNone, drawn: true, keeps: "the position to within the distance, and by chance all of it",
		few:     "A latitude has at least 21 results.",
		options: []catalog.Option{metersSpec},
		build:   func(cfg *config) built { return buildPlace(cfg, 90, degreesOf("N", "S"), clampDegrees) },
	},
	{
		name: "longitude", doc: "Moves a longitude by a random distance, measured at the equator.",
		takes: "a longitude in degrees", kinds: scalarNumbers, unique: dynsync.UniquenessNone, drawn: true, keeps: "the position to within the distance, and by chance all of it",
		few:     "A longitude has at least 21 results.",
		options: []catalog.Option{metersSpec},
		build:   func(cfg *config) built { return buildPlace(cfg, 180, degreesOf("E", "W"), wrapDegrees) },
	},
	digitsEntry,
	counterEntry,
	alphanumericEntry,
}

var (
	randomSignSpec = catalog.Option{Name: "randomSign", Type: catalog.Bool, Doc: "Make half of the results negative.", Default: false}
	metersSpec     = catalog.Option{Name: "meters", Type: catalog.Int, Doc: "The greatest distance, in meters.", Default: 1000, Min: 1, Max: 1_000_000}
)

var errMinMax = errors.New("min must not exceed max")

func buildInt(cfg *config) built {
	lo, hi, signed := cfg.number("min"), cfg.number("max"), cfg.flag("randomSign")
	if lo > hi {
		return built{err: errMinMax}
	}
	return built{parse: parseAny, spelling: spellAmount, size: of(float64(hi) - float64(lo) + 1), run: inForm(func(c *call) (string, error) {
		text := c.signed(strconv.FormatInt(c.between(lo, hi), 10), signed)
		if a := amountOf(c); a != nil && a.decimals > 0 {
			text += "." + strings.Repeat("0", a.decimals)
		}
		return text, nil
	})}
}

// signed returns the text of a number, with the other sign in half of the cases
// if the sign is random. 0 has none.
func (d *draw) signed(text string, random bool) string {
	if !random || d.below(2) == 0 || strings.Trim(text, "0.") == "" {
		return text
	}
	if text[0] == '-' {
		return text[1:]
	}
	return "-" + text
}

func buildFloat(cfg *config) built {
	decimals := int(cfg.number("decimals"))
	lo, hi, err := floatRange(cfg, decimals)
	if err != nil {
		return built{err: err}
	}
	rangeOf := func(c *call) (first, last int64, scale int) {
		if a := amountOf(c); a != nil && !cfg.has("decimals") {
			if first, last, err := floatRange(cfg, a.decimals); err == nil && float64(last)-float64(first) >= enough {
				return first, last, a.decimals
			}
		}
		return lo, hi, decimals
	}
	signed := cfg.flag("randomSign")
	size := func(c *call) float64 {
		first, last, _ := rangeOf(c)
		return float64(last) - float64(first) + 1
	}
	return built{parse: parseAny, spelling: spellAmount, size: size, run: inForm(func(c *call) (string, error) {
		first, last, scale := rangeOf(c)
		text, ok := numberText(c.kind, fixed{big.NewInt(c.between(first, last)), scale})
		if !ok { // int64 and 15 decimals are in range
			return "", errMisfit
		}
		return c.signed(text, signed), nil
	})}
}

// floatRange returns the range of Float in units of the last decimal.
func floatRange(cfg *config, scale int) (lo, hi int64, err error) {
	least, greatest := cfg.float("min"), cfg.float("max")
	if least > greatest {
		return 0, 0, errMinMax
	}
	// The range ends at the last multiples inside of it.
	first, last := unitsBelow(-least, scale), unitsBelow(greatest, scale)
	first.Neg(first)
	switch {
	case !first.IsInt64() || !last.IsInt64():
		return 0, 0, errors.New("min and max are too large for that many decimals; lower them or the decimals")
	case first.Cmp(last) > 0:
		return 0, 0, errors.New("no number with that many decimals is between min and max; raise the decimals or widen the range")
	}
	return first.Int64(), last.Int64(), nil
}

// unitsBelow returns f in units of the decimal place scale, rounded down.
func unitsBelow(f float64, scale int) *big.Int {
	exact := fixedOf(f, scale)
	return new(big.Int).Div(exact.coef, powerOfTen(exact.scale-scale)) // Euclidean: down, as the divisor is positive
}

func buildNoise(cfg *config) built {
	amount, percent := cfg.float("amount"), cfg.float("percent")
	byAmount := cfg.has("amount")
	switch {
	case byAmount && cfg.has("percent"):
		return built{err: errors.New("amount and percent exclude each other; give one")}
	case !byAmount && !cfg.has("percent"):
		percent = 10
	}
	return built{parse: money.parse, spelling: asWritten, needs: true, run: inForm(func(c *call) (string, error) {
		n, err := readNumber(c, 0)
		if err != nil {
			return "", err
		}
		var delta *big.Int
		if byAmount {
			delta = c.jitter(atLeastOne(unitsBelow(amount, n.scale)))
		} else {
			delta = keepSign(n, c.jitter(atLeastOne(percentOf(n, percent))))
		}
		return c.moved(n, delta)
	})}
}

// moved returns n + delta, or n - delta where that is more than DynamoDB takes.
func (c *call) moved(n fixed, delta *big.Int) (string, error) {
	if text, ok := numberText(c.kind, n.plus(delta).rounded()); ok {
		return text, nil
	}
	if text, ok := numberText(c.kind, n.plus(new(big.Int).Neg(delta)).rounded()); ok {
		return text, nil
	}
	return "", errMisfit
}

func atLeastOne(n *big.Int) *big.Int {
	if n.Sign() <= 0 {
		return big.NewInt(1)
	}
	return n
}

// percentOf returns so many percent of a number's magnitude, rounded down to its
// unit.
func percentOf(n fixed, percent float64) *big.Int {
	p := fixedOf(percent, 0)
	x := new(big.Int).Abs(n.coef)
	return x.Quo(x.Mul(x, p.coef), powerOfTen(p.scale+2))
}

// keepSign cuts delta so that n does not cross 0. 0 counts as positive.
func keepSign(n fixed, delta *big.Int) *big.Int {
	after := new(big.Int).Add(n.coef, delta)
	if n.coef.Sign() >= 0 && after.Sign() < 0 || n.coef.Sign() < 0 && after.Sign() > 0 {
		return new(big.Int).Neg(n.coef)
	}
	return delta
}

func buildRound(cfg *config) built {
	to := cfg.float("to")
	return built{parse: money.parse, spelling: asWritten, run: inForm(func(c *call) (string, error) {
		n, err := readNumber(c, 0)
		if err != nil {
			return "", err
		}
		for _, nearest := range []bool{true, false} {
			if text, ok := roundedText(c.kind, n, to, nearest); ok {
				return text, nil
			}
		}
		return "", errMisfit
	})}
}

// roundedText returns the multiple of step that is nearest to n, or the nearest
// towards zero, with n's decimals or those that the multiple needs. It is false if
// the multiple has over 38 digits.
func roundedText(kind dynsync.Kind, n fixed, to float64, nearest bool) (string, bool) {
	step := fixedOf(to, n.scale)
	x := parseFixed(n.String(), step.scale).coef
	half := new(big.Int)
	if nearest {
		half.Abs(step.coef)
		if x.Sign() < 0 {
			half.Neg(half)
		}
	}
	// (2x ± step) / 2step, towards zero.
	count := new(big.Int).Lsh(x, 1)
	count.Quo(count.Add(count, half), new(big.Int).Lsh(step.coef, 1))
	text, ok := numberText(dynsync.KindN, fixed{count.Mul(count, step.coef), step.scale})
	if kind == dynsync.KindN || !ok {
		return text, ok
	}
	return parseFixed(text, n.scale).String(), true
}

// metersPerDegree is the length of a degree of a meridian, and of the equator, to
// half a percent.
const metersPerDegree = 111_320

// buildPlace builds the anonymizer of a coordinate up to limit degrees either
// way. What is beyond after the move is put right by within, in units of the
// value.
func buildPlace(cfg *config, limit int64, written notation, within func(x, limit *big.Int) *big.Int) built {
	meters := cfg.number("meters")
	finest := 0
	for n := meters; n < 10*metersPerDegree; n *= 10 {
		finest++
	}
	return built{parse: onlyDegrees(written, limit), spelling: asWritten, needs: true, run: inForm(func(c *call) (string, error) {
		n, err := readNumber(c, finest)
		if err != nil {
			return "", err
		}
		unit := powerOfTen(n.scale)
		reach := new(big.Int).Mul(big.NewInt(meters), unit)
		reach.Quo(reach, big.NewInt(metersPerDegree))
		moved := n.plus(c.jitter(reach))
		moved.coef = within(moved.coef, new(big.Int).Mul(big.NewInt(limit), unit))
		text, ok := numberText(c.kind, moved.rounded())
		if !ok {
			return "", errMisfit
		}
		return text, nil
	})}
}

// onlyDegrees returns how coordinates up to limit degrees are parsed.
func onlyDegrees(written notation, limit int64) func(string) (string, any, bool) {
	return func(text string) (string, any, bool) {
		normal, parsed, ok := written.parse(text)
		if !ok {
			return "", nil, false
		}
		n := parseFixed(normal, 0)
		most := new(big.Int).Mul(big.NewInt(limit), powerOfTen(n.scale))
		return normal, parsed, n.coef.CmpAbs(most) <= 0
	}
}

func clampDegrees(x, limit *big.Int) *big.Int {
	if x.CmpAbs(limit) <= 0 {
		return x
	}
	if x.Sign() < 0 {
		return new(big.Int).Neg(limit)
	}
	return limit
}

func wrapDegrees(x, limit *big.Int) *big.Int {
	if x.CmpAbs(limit) <= 0 {
		return x
	}
	turn := new(big.Int).Lsh(limit, 1)
	if x.Sign() > 0 {
		turn.Neg(turn)
	}
	return turn.Add(turn, x)
}
