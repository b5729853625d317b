package anon

import "strings"

// A numberRange is the phone numbers of a country that begin, after its code,
// with a prefix and have some digits more.
type numberRange struct {
	prefix string
	digits int
}

// fiction are the numbers that regulators keep for fiction, by region:
//
//   - US, CA: line numbers 555-0100 to 555-0199 of every area code (North American
//     Numbering Plan Administrator, 555 NXX Assignment Guidelines).
//   - GB: Ofcom, "Telephone numbers for drama use", the geographic ones.
//   - FR: ARCEP, decision 2018-0881, numbers for audiovisual works, the geographic
//     ones.
//   - DE: Bundesnetzagentur, communication 148/2021, numbers for media.
//   - AU: ACMA, "Phone numbers for use in TV shows, films and creative works",
//     without the single mobile numbers of its list.
//   - IE: ComReg, numbering conditions: (020) 91x xxxx.
//   - SE: PTS, "Telefonnummer för användning i böcker och filmer etc."
//
// Ranges that libphonenumber does not take for valid are left out (0115 496, 01632 960 and
// 07700 900 of GB, 06 39 98 of FR), but for Ireland's only one.
var fiction = map[string][]numberRange{
	"US": lines555(areaCodesUS),
	"CA": lines555(areaCodesCA),
	"GB": {
		{"1134960", 3}, {"1144960", 3}, {"1164960", 3}, {"1174960", 3}, {"1184960", 3}, {"1214960", 3}, {"1314960", 3},
		{"1414960", 3}, {"1514960", 3}, {"1614960", 3}, {"1914980", 3}, {"2079460", 3}, {"2896496", 3}, {"2920180", 3},
	},
	"FR": {{"19900", 4}, {"26191", 4}, {"35301", 4}, {"46571", 4}, {"53649", 4}},
	"DE": {{"3023125", 3}, {"6990009", 3}, {"4066969", 3}, {"2214710", 3}, {"8999998", 3}, {"17139200", 2}, {"176040690", 2}},
	"AU": {{"25550", 4}, {"27010", 4}, {"35550", 4}, {"37010", 4}, {"75550", 4}, {"77010", 4}, {"85550", 4}, {"87010", 4}},
	"IE": {{"2091", 5}},
	"SE": {
		{"3139006", 2}, {"4062804", 2}, {"8465004", 2}, {"9803192", 2},
		{"70174061", 1}, {"70174062", 1}, {"70174063", 1}, {"70174064", 1}, {"70174065", 1},
		{"70174066", 1}, {"70174067", 1}, {"70174068", 1}, {"70174069", 1},
	},
}

// areaCodesUS are area codes of the United States.
const areaCodesUS = `
201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253 254
256 260 262 267 269 270 272 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323 325
330 331 334 336 337 339 346 347 351 352 360 361 364 385 386 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419
423 424 425 430 432 434 435 440 442 443 458 469 470 475 478 479 480 484 501 502 503 504 505 507 508 509 510 512 513 515
516 517 518 520 530 531 534 539 540 541 551 559 561 562 563 567 570 571 573 574 575 580 585 586 601 602 603 605 606 607
608 609 610 612 614 615 616 617 618 619 620 623 626 628 629 630 631 636 641 646 650 651 657 660 661 662 667 669 678 681
682 701 702 703 704 706 707 708 712 713 714 715 716 717 718 719 720 724 725 727 731 732 734 737 740 747 754 757 760 762
763 765 769 770 772 773 774 775 779 781 785 786 801 802 803 804 805 806 808 810 812 813 814 815 816 817 818 828 830 831
832 843 845 847 848 850 854 856 857 858 859 860 862 863 864 865 870 872 878 901 903 904 906 907 908 909 910 912 913 914
915 916 917 918 919 920 925 928 929 931 936 937 938 940 941 947 949 951 952 954 956 959 970 971 972 973 978 979 980 984
985 989`

// areaCodesCA are area codes of Canada.
const areaCodesCA = `
204 226 236 249 250 289 306 343 365 403 416 418 431 437 438 450 506 514 519 548 579 581 587 604 613 639 647 705 709 778
780 782 807 819 825 867 873 902 905`

// lines555 returns the numbers 555-0100 to 555-0199 of area codes.
func lines555(areas string) []numberRange {
	var ranges []numberRange
	for _, area := range strings.Fields(areas) {
		ranges = append(ranges, numberRange{area + "55501", 2})
	}
	return ranges
}

// ofLength returns the ranges whose numbers have n digits; all for 0.
func ofLength(ranges []numberRange, n int) []numberRange {
	if n == 0 {
		return ranges
	}
	var fitting []numberRange
	for _, r := range ranges {
		if len(r.prefix)+r.digits == n {
			fitting = append(fitting, r)
		}
	}
	return fitting
}

// size returns how many numbers a range has.
func (r numberRange) size() uint64 {
	n := uint64(1)
	for range r.digits {
		n *= 10
	}
	return n
}

// fictionOf returns the ranges of a region whose numbers have that many digits, or any
// number of them for 0; those of the United States where there are none.
func fictionOf(region string, length int) (string, []numberRange) {
	if ranges := ofLength(fiction[region], length); len(ranges) > 0 {
		return region, ranges
	}
	return "US", fiction["US"]
}

// leastFiction is how many numbers for fiction the country with the fewest has, which
// is Sweden.
const leastFiction = 490

// sizeOfAll returns how many numbers ranges have.
func sizeOfAll(ranges []numberRange) (total uint64) {
	for _, r := range ranges {
		total += r.size()
	}
	return total
}

// beginnings returns how many different first n digits the numbers of ranges have.
func beginnings(ranges []numberRange, n int) int {
	seen, total := map[string]struct{}{}, 0
	for _, r := range ranges {
		begin := cut(r.prefix, max(0, n))
		if _, again := seen[begin]; again {
			continue
		}
		seen[begin] = struct{}{}
		more := 1
		for range min(r.digits, n-len(begin)) {
			more *= 10
		}
		total += more
	}
	return total
}

// drawFrom returns one of the numbers of all ranges.
func drawFrom(d *draw, ranges []numberRange) string {
	at := d.below(sizeOfAll(ranges))
	for _, r := range ranges {
		if at < r.size() {
			return r.prefix + d.from(digits, r.digits)
		}
		at -= r.size()
	}
	panic("unreachable")
}
