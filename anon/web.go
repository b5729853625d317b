package anon

import (
	"encoding/binary"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/fold"
)

// IP replaces a string with an IP address of the same family, in the form of RFC 5952.
// It does not apply to a value that is not an IPv4 or IPv6 address. A port and the length of
// a prefix stay (see the package documentation, also about several addresses). Spellings of one address count as equal, with or without a
// zone. An IPv4 address counts as equal to its IPv4-mapped IPv6 form.
//
// It takes [IPClass]:
//   - "auto", the default, and "documentation": unreachable addresses in 192.0.2.0/24,
//     198.51.100.0/24 and 203.0.113.0/24 (RFC 5737), 768 in all, or in 2001:db8::/32
//     (RFC 3849).
//   - "v4" and "v6": unreachable addresses of that family, whatever the value's family.
//   - "public": global unicast addresses outside IANA's special-purpose registries.
//     They are probably a stranger's.
//   - "privateA" (10.0.0.0/8), "privateB" (172.16.0.0/12) and "privateC"
//     (192.168.0.0/16): the IPv4 addresses of RFC 1918, whatever the value's family.
//   - "loopback" (127.0.0.0/8): IPv4, whatever the value's family, since IPv6 has only
//     ::1.
//   - "linkLocal": 169.254.1.0 to 169.254.254.255 or fe80::/64.
//   - "multicast": the documentation addresses of RFC 6676, 233.252.0.0/24 or
//     ff0e::db8:0:0/96.
//
// Pseudonyms may collide, except that "v6" is practically unique: among n different
// addresses, two collide with a probability below n²/2⁹⁷.
func IP(opts ...Option) dynsync.Transformer { return makeNamed("ip", opts) }

// IPClass sets the range that [IP] draws addresses from. The default is "auto".
func IPClass(class string) Option { return option{"ipClass", class} }

// URL replaces a string with a URL whose parts are tokens (a-z and 2-7):
// "https://u7…q.example/4x2mq7bz?c3=k2…". The host is a domain below example, which RFC
// 2606 reserves. A common scheme such as https, ftp, ws or postgres stays; any other
// becomes https. The user information, the host, each segment of the path, each name
// and value of the query and the fragment become tokens; the port is removed. The
// result still shows which of these parts the value has, and how many segments and
// parameters, up to 32: the last token stands for all that follow. URL does not apply
// to a value without a scheme or a host. Values that differ only in the spelling of scheme
// and host count as equal (see the package documentation).
//
// Pseudonyms are practically unique: among n different URLs, two collide with a
// probability below n²/2⁸¹.
//
// It takes [PreserveDomain], which keeps the host and the port, so that pseudonyms may
// collide, and [PreservePath], which keeps the path and the names of query parameters.
// If these would keep the whole URL, it replaces the path, or the host of a URL without
// a path.
func URL(opts ...Option) dynsync.Transformer { return makeNamed("url", opts) }

// PreservePath keeps the path of a [URL] and the names of its query parameters.
func PreservePath() Option { return option{"preservePath", true} }

var ipEntry = entry{
	name: "ip", doc: "Replaces an IP address with another, by default one reserved for documentation.", takes: "an IP address",
	kinds: onlyStrings, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
	options: []catalog.Option{{
		Name: "ipClass", Type: catalog.String, Doc: "The range to draw addresses from.", Default: "auto",
		Enum: []string{"auto", "v4", "v6", "public", "privateA", "privateB", "privateC", "loopback", "linkLocal", "multicast", "documentation"},
	}},
	lists: &ipList,
	build: buildIP,
}

// A block is the addresses from a prefix that are drawn from.
type block = netip.Prefix

// An addressClass is the blocks of either family. One without IPv6 gives IPv4
// addresses for values of both.
type addressClass struct{ v4, v6 []block }

func blocks(prefixes ...string) []block {
	list := make([]block, len(prefixes))
	for i, p := range prefixes {
		list[i] = netip.MustParsePrefix(p)
	}
	return list
}

var (
	documentation = addressClass{blocks("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"), blocks("2001:db8::/32")}

	addressClasses = map[string]addressClass{
		"auto":          documentation,
		"documentation": documentation,
		"v4":            {v4: documentation.v4},
		"v6":            {v6: documentation.v6},
		"public":        {blocks("0.0.0.0/0"), blocks("2000::/3")},
		"privateA":      {v4: blocks("10.0.0.0/8")},
		"privateB":      {v4: blocks("172.16.0.0/12")},
		"privateC":      {v4: blocks("192.168.0.0/16")},
		"loopback":      {v4: blocks("127.0.0.0/8")}, // of IPv6 there is one
		"linkLocal":     {blocks("169.254.0.0/16"), blocks("fe80::/64")},
		"multicast":     {blocks("233.252.0.0/24"), blocks("ff0e::db8:0:0/96")},
	}

	// special are the blocks within these that are not drawn from: those of the
	// IANA IPv4 and IPv6 Special-Purpose Address Registries and multicast, and the
	// ends of link-local addresses that RFC 3927 reserves.
	special = map[string][]block{
		"public": blocks("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
			"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
			"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
			"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
		"linkLocal": blocks("169.254.0.0/24", "169.254.255.0/24"),
	}
)

func buildIP(cfg *config) built {
	name := cfg.text("ipClass")
	class := addressClasses[name]
	size := func(c *call) float64 {
		from := class.blocks(c)
		return float64(len(from)) * power(2, from[0].Addr().BitLen()-from[0].Bits()) / 2 // special takes less than half
	}
	b := built{plain: true, canon: foldIP, size: size, run: func(c *call) (string, error) {
		return class.draw(c, special[name]).String(), nil
	}}
	if name == "v6" {
		b.unique = dynsync.UniquenessPractical
		b.bits = 128 - class.v6[0].Bits()
	}
	return b
}

// foldIP returns an address as RFC 5952 writes it, without a zone.
func foldIP(text string) (string, bool) {
	addr, err := netip.ParseAddr(fold.Trim(text))
	if err != nil {
		return "", false
	}
	return addr.Unmap().WithZone("").String(), true
}

// blocks returns the blocks of the value's family, where the class has such.
func (a addressClass) blocks(c *call) []block {
	if len(a.v6) > 0 && (len(a.v4) == 0 || strings.Contains(c.canonical, ":")) {
		return a.v6
	}
	return a.v4
}

// draw returns an address of the class that is in none of the blocks without.
func (a addressClass) draw(c *call, without []block) netip.Addr {
	from := a.blocks(c)
	for {
		addr := addressIn(c.draw, from[c.below(uint64(len(from)))])
		if !within(addr, without) {
			return addr
		}
	}
}

func within(addr netip.Addr, list []block) bool {
	for _, b := range list {
		if b.Contains(addr) {
			return true
		}
	}
	return false
}

// addressIn returns an address of a block.
func addressIn(d *draw, b block) netip.Addr {
	var random [16]byte
	binary.BigEndian.PutUint64(random[:8], d.word())
	binary.BigEndian.PutUint64(random[8:], d.word())
	out := b.Addr().AsSlice()
	for i := b.Bits(); i < len(out)*8; i++ {
		out[i/8] |= random[i/8] & (0x80 >> (i % 8))
	}
	addr, _ := netip.AddrFromSlice(out)
	return addr
}

var urlEntry = entry{
	name: "url", doc: "Replaces the parts of a URL with tokens.", takes: "a URL with a host",
	kinds: onlyStrings, unique: dynsync.UniquenessPractical, drawn: true, class: dynsync.ClassIndependent,
	ownForm: true,
	options: []catalog.Option{
		{Name: "preserveDomain", Type: catalog.Bool, Doc: "Keep the host and the port.", Default: false, Keeps: "the host and the port"},
		{Name: "preservePath", Type: catalog.Bool, Doc: "Keep the path and the names of the query's parameters.", Default: false, Keeps: "the path and the names of query parameters"},
	},
	lists: &urlList,
	build: buildURL,
}

// A urler is the options of URL.
type urler struct{ keepHost, keepPath bool }

func buildURL(cfg *config) built {
	u := urler{cfg.flag("preserveDomain"), cfg.flag("preservePath")}
	b := built{canon: foldURL, spelling: u.spelling, run: u.make, size: of(power(len(base32), partToken)), bits: bitsOf(len(base32), hostToken)}
	if u.keepHost {
		b.unique = dynsync.UniquenessNone
	}
	return b
}

// Lengths of the tokens of a URL, in characters of base32, and how many segments
// or parameters there are at most.
const (
	hostToken   = 16
	partToken   = 8
	maxURLParts = 32
)

// foldURL returns a URL with its scheme and host without case, and without an
// empty path's slash.
func foldURL(text string) (string, bool) {
	u, err := url.Parse(fold.Trim(text))
	if err != nil || u.Scheme == "" || u.Hostname() == "" {
		return "", false
	}
	u.Host = fold.PlainCase(u.Host)
	if u.Path == "/" {
		u.Path, u.RawPath = "", ""
	}
	return u.String(), true
}

// spelling returns a URL with what the result takes over: the slash of an empty path,
// and a host that is kept.
func (o urler) spelling(text, canonical string) string {
	text = fold.Trim(text)
	u, err := url.Parse(text)
	switch {
	case err != nil, o.keepHost:
		return text
	case u.Path == "/":
		u.Host = fold.PlainCase(u.Host)
		return u.String()
	}
	return canonical
}

func (o urler) make(c *call) (string, error) {
	if c.generated {
		return "https://" + o.host(c.draw, ""), nil
	}
	u, err := url.Parse(fold.Trim(c.text))
	if err != nil {
		return "", errMisfit
	}
	if !o.draws(u) {
		o.keepPath = false
	}
	o.keepHost = o.keepHost && o.draws(u)
	var b strings.Builder
	b.WriteString(schemeOf(u) + "://")
	if u.User != nil {
		b.WriteString(userToken(c.draw, u.User) + "@")
	}
	b.WriteString(o.host(c.draw, u.Host))
	b.WriteString(o.path(c.draw, u.EscapedPath()))
	if u.RawQuery != "" {
		b.WriteString("?" + o.query(c.draw, u.RawQuery))
	}
	if u.Fragment != "" {
		b.WriteString("#" + c.from(base32, partToken))
	}
	return b.String(), nil
}

// draws reports whether any part of a URL becomes a token.
func (o urler) draws(u *url.URL) bool {
	return !o.keepHost || u.User != nil || u.Fragment != "" || strings.Trim(u.RawQuery, "&") != "" ||
		!o.keepPath && strings.Trim(u.EscapedPath(), "/") != ""
}

// commonSchemes are those that stay: they are names of protocols, and of nobody.
var commonSchemes = strings.Fields(`
amqp amqps coap coaps file ftp ftps gs http https imap imaps irc ircs ldap ldaps mongodb mongodb+srv mqtt mqtts mysql nats nfs pop3
postgres postgresql redis rediss rtmp rtsp s3 sftp smb smtp smtps ssh svn tcp telnet udp wasb ws wss`)

func schemeOf(u *url.URL) string {
	if slices.Contains(commonSchemes, u.Scheme) {
		return u.Scheme
	}
	return "https"
}

func userToken(d *draw, u *url.Userinfo) string {
	token := d.from(base32, partToken)
	if _, has := u.Password(); has {
		token += ":" + d.from(base32, partToken)
	}
	return token
}

// host returns a host in place of the value's. It is drawn in any case, so that
// the option does not change the other parts.
func (o urler) host(d *draw, host string) string {
	token := d.from(base32, hostToken)
	if o.keepHost && strings.HasPrefix(host, "[") { // it may have a zone, which is escaped
		return strings.TrimPrefix((&url.URL{Host: host}).String(), "//")
	}
	if o.keepHost && host != "" {
		return host
	}
	return token + ".example"
}

func (o urler) path(d *draw, path string) string {
	if o.keepPath {
		return path
	}
	segments := strings.SplitN(path, "/", maxURLParts)
	for i, s := range segments {
		if s != "" {
			segments[i] = d.from(base32, partToken)
		}
	}
	return strings.Join(segments, "/")
}

func (o urler) query(d *draw, query string) string {
	params := strings.SplitN(query, "&", maxURLParts)
	for i, p := range params {
		params[i] = o.param(d, p, i == maxURLParts-1)
	}
	return strings.Join(params, "&")
}

// param returns a parameter in place of one of a query. The last may have others
// behind it, and keeps nothing.
func (o urler) param(d *draw, param string, last bool) string {
	name, _, assigned := strings.Cut(param, "=")
	if param == "" {
		return ""
	}
	if !assigned || last {
		return d.from(base32, partToken)
	}
	token := d.from(base32, partToken)
	if o.keepPath {
		token = name
	}
	return token + "=" + d.from(base32, partToken)
}

// ipList is how strings hold several addresses, as headers of proxies and configurations
// do, and one with a port or the length of a prefix.
var ipList = listing{
	separators: append([][]string{strongSeparators, commas, append([]string{"->", "→", " to "}, weakSeparators...), {"-", "–"}}, spacedLists[len(spacedLists)-1]),
	dress:      dressIP,
	constants:  []string{"unknown", "-", "proto=http", "proto=https"},
}

// forwarded are what precedes an address in the header Forwarded of RFC 7239.
var forwarded = []string{"for=", "by="}

// dressIP returns the parts of an address with a port, in brackets as in URLs, with the
// length of a prefix or a mask behind it, or with its name in the header Forwarded.
func dressIP(d *divider, text string) []piece {
	if name := separatorAt(text, forwarded); name != "" {
		address := text[len(name):]
		if separatorAt(address, forwarded) != "" {
			return nil
		}
		return behind(name, d.item(address, nil, maxWrapped-1))
	}
	if at := strings.LastIndexByte(text, ':'); at > 0 && isPort(text[at+1:]) {
		return behindHost(d, text[:at], text[at:])
	}
	if inner, ok := inside(text, "[", "]"); ok && strings.Contains(inner, ":") {
		return behindHost(d, text, "")
	}
	address, after, ok := strings.Cut(text, "/")
	value := d.value(address)
	if !ok || len(value) == 0 {
		return nil
	}
	bits, err := strconv.Atoi(after)
	switch {
	case isMask(after):
		bits = 0
	case err != nil || strconv.Itoa(bits) != after || bits < 0 || bits > 128 || bits > 32 && !strings.Contains(address, ":"):
		return nil
	}
	value[0].finish = func(result string) (string, bool) { return result, bits <= 32 || strings.Contains(result, ":") }
	return append(value, piece{text: "/" + after})
}

// behindHost returns the parts of an address that is written as the host of a URL, and what
// stays behind it.
func behindHost(d *divider, host, after string) []piece {
	address, bracketed := inside(host, "[", "]")
	if !bracketed {
		address = host
	}
	value := d.value(address)
	if len(value) == 0 || bracketed != strings.Contains(address, ":") {
		return nil
	}
	value[0].finish = func(result string) (string, bool) {
		if strings.Contains(result, ":") {
			result = "[" + result + "]"
		}
		return result, true
	}
	return append(value, piece{text: after})
}

// isPort reports whether a text is the number of a port, or stands for all.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "*" || err == nil && strconv.FormatUint(n, 10) == text
}

// isMask reports whether a text is a mask of IPv4: ones before zeros.
func isMask(text string) bool {
	addr, err := netip.ParseAddr(text)
	if err != nil || !addr.Is4() {
		return false
	}
	raw := addr.As4()
	zeros := ^binary.BigEndian.Uint32(raw[:])
	return zeros&(zeros+1) == 0
}

// maxScheme bounds what is read of a text to find a scheme.
const maxScheme = 64

// urlList is how strings hold several URLs: a separator is one only before a scheme.
var urlList = listing{
	separators: [][]string{{";", "|", "\n", "\t", ",", " "}},
	ahead:      true,
	begins: func(rest string) bool {
		rest = strings.TrimLeft(cut(rest, maxScheme), " \r\n\t\"'<(;,|")
		scheme, _, ok := strings.Cut(rest, "://")
		return rest == "" || ok && scheme != "" && allIn(fold.PlainCase(scheme), alphanum+"+.-")
	},
}
