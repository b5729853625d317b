package connect

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// The limits are those of the API references of AWS STS (AssumeRole and
// AssumeRoleWithWebIdentity) and IAM.
var (
	sideForm       = regexp.MustCompile(`^[A-Za-z0-9-]{1,32}$`)
	awsRegion      = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	regionForm     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	zoneForm       = regexp.MustCompile(`^([a-z]+(?:-[a-z]+)+-[0-9]+)[a-z]$`)
	accessKeyForm  = regexp.MustCompile(`^[A-Za-z0-9_]{4,128}$`)
	externalIDForm = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]+$`)
	sessionForm    = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{2,64}$`)
	userKeyForm    = regexp.MustCompile(`^A[KS]IA[A-Z0-9]{16}$`) // as AWS gives them out
	jwtForm        = regexp.MustCompile(`^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.`)
	tagForm        = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	accountForm    = regexp.MustCompile(`^[0-9]{12}$`)
	rolePathForm   = regexp.MustCompile(`^role/(?:[!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,64}$`)
	partitionForm  = regexp.MustCompile(`^aws(?:-[a-z]+){0,3}$`)
)

const (
	leastDuration   = 15 * time.Minute
	mostDuration    = 12 * time.Hour
	mostChained     = time.Hour
	defaultDuration = time.Hour // every role allows it
	mostTags        = 50
	mostRequests    = 1024
	mostARN         = 2048
	mostRegion      = 63
)

// check finds what is wrong with the options.
func (s *settings) check() []error {
	s.checkWhere()
	s.checkCredentials()
	for _, r := range append(slices.Clone(s.roles), s.web) {
		if r == nil {
			continue
		}
		r.check()
		for _, err := range r.faults {
			s.fault("%s: %w", r.name(), err)
		}
	}
	return s.faults
}

// checkWhere finds what is wrong with the options that say where the client leads.
func (s *settings) checkWhere() {
	if s.given["Side"] && !sideForm.MatchString(s.side) {
		s.fault("Side must be 1 to 32 letters, digits and hyphens")
		s.side = ""
	}
	if s.given["Region"] {
		s.add(checkRegion("Region", s.region))
	}
	if s.given["Endpoint"] {
		s.add(checkURL("Endpoint", s.endpoint, "http://localhost:8000"))
	}
	if s.given["STSEndpoint"] {
		s.add(checkURL("STSEndpoint", s.stsEndpoint, "https://sts.eu-central-1.amazonaws.com"))
	}
	if s.requests < 1 || s.requests > mostRequests {
		s.fault("Requests is %d; it must be 1 to 1,024", s.requests)
	}
}

// checkCredentials finds what is wrong with the options that say who the client is.
func (s *settings) checkCredentials() {
	var sources []string
	for _, name := range []string{"Keys", "Profile", "WebIdentity"} {
		if s.given[name] {
			sources = append(sources, name)
		}
	}
	if len(sources) > 1 {
		s.fault("%s contradict each other: each says where credentials come from; give one of them", strings.Join(sources, " and "))
	}
	switch {
	case s.given["Profile"] && !printable(s.profile):
		s.fault("Profile must be the name of a profile, without control characters")
	case userKeyForm.MatchString(s.profile):
		s.fault("Profile is an access key id, and not the name of a profile; name the profile that has the key, or use Keys")
	}
	if s.keys != nil {
		s.add(s.keys.check())
	}
	switch {
	case s.web != nil && s.web.tokenFile == "":
		s.fault("WebIdentity has no token file; name the file that holds the token")
	case s.web != nil && jwtForm.MatchString(s.web.tokenFile):
		s.fault("WebIdentity has a token in place of its file; write the token to a file, and name that")
	}
}

func (s *settings) add(err error) {
	if err != nil {
		s.faults = append(s.faults, err)
	}
}

func (k *staticKeys) check() error {
	switch {
	case k.id == "" || k.secret == "":
		return fmt.Errorf("Keys needs both an access key id and a secret access key; without keys, leave the option out")
	case userKeyForm.MatchString(k.secret) && !userKeyForm.MatchString(k.id):
		return fmt.Errorf("Keys has the access key id and the secret access key in each other's place; the id is first, and has 20 characters")
	case !accessKeyForm.MatchString(k.id):
		return fmt.Errorf("Keys has a malformed access key id; it has letters and digits only, such as ASIA and 16 more")
	case hasSpace(k.secret) || hasSpace(k.token):
		return fmt.Errorf("Keys has a space or a line break in the secret access key or the session token; remove it")
	case strings.HasPrefix(k.id, "ASIA") && k.token == "":
		return fmt.Errorf("Keys has a temporary access key (ASIA…) without its session token; give the token, too")
	}
	return nil
}

func (r *role) check() {
	if why := checkRoleARN(r.arn); why != "" {
		r.fault("%s", why)
	}
	if r.given["ExternalID"] && !isExternalID(r.externalID) {
		r.fault("ExternalID must be 2 to 1,224 letters, digits and characters of _+=,.@:/-")
	}
	if r.given["SessionName"] && !sessionForm.MatchString(r.sessionName) {
		r.fault("SessionName must be 2 to 64 letters, digits and characters of _+=,.@-")
	}
	if r.given["SourceIdentity"] && (!sessionForm.MatchString(r.sourceIdentity) || isReserved(r.sourceIdentity)) {
		r.fault("SourceIdentity must be 2 to 64 letters, digits and characters of _+=,.@-, and must not begin with aws:")
	}
	if r.option == "WebIdentity" {
		for _, name := range []string{"ExternalID", "SourceIdentity"} {
			if r.given[name] {
				r.fault("%s does not go with WebIdentity; AWS takes it from the token, or knows none", name)
			}
		}
		if len(r.tags) > 0 {
			r.fault("SessionTag does not go with WebIdentity; AWS takes tags from the token")
		}
	}
	r.checkDuration()
	r.checkTags()
}

func (r *role) checkDuration() {
	if !r.given["Duration"] {
		return
	}
	if r.duration < leastDuration || r.duration > mostDuration || r.duration%time.Second != 0 {
		r.fault("Duration is %v; it must be 15 minutes to 12 hours, in whole seconds", r.duration)
	} else if r.chained && r.duration > mostChained {
		r.fault("Duration is %v; a role that is assumed with another role's session lasts 1 hour at most", r.duration)
	}
}

func (r *role) checkTags() {
	if len(r.tags) > mostTags {
		r.fault("there are %d session tags; AWS takes 50 at most", len(r.tags))
	}
	keys := map[string]bool{}
	for i, t := range r.tags {
		switch n := utf8.RuneCountInString(t.key); {
		case n < 1 || n > 128 || !tagForm.MatchString(t.key):
			r.fault("the key of SessionTag %d must have 1 to 128 letters, digits, spaces and characters of _.:/=+-@", i+1)
			continue
		case isReserved(t.key):
			r.fault("the key of SessionTag %d must not begin with aws:, which AWS reserves", i+1)
		case utf8.RuneCountInString(t.value) > 256 || !tagForm.MatchString(t.value):
			r.fault("the value of SessionTag %d must have at most 256 letters, digits, spaces and characters of _.:/=+-@", i+1)
		}
		if low := strings.ToLower(t.key); keys[low] {
			r.fault("two session tags have the key %q, whose case does not count", t.key)
		} else {
			keys[low] = true
		}
	}
}

// name names the role in an error: by its ARN where that is one.
func (r *role) name() string {
	if checkRoleARN(r.arn) != "" {
		return r.option
	}
	return r.option + " " + r.arn
}

// checkRoleARN says what is wrong with the ARN of a role, "" if nothing is. It does not
// print a text that is no ARN, which may be a secret in the wrong place.
func checkRoleARN(text string) string {
	const example = "; write it like arn:aws:iam::111122223333:role/prod-read"
	parsed, err := arn.Parse(text)
	switch {
	case text == "":
		return "the ARN of the role is empty" + example
	case err != nil || len(text) > mostARN || !printable(text):
		return "the ARN of the role is malformed" + example
	case !partitionForm.MatchString(parsed.Partition):
		return "the ARN of the role has a partition that is none of AWS's (aws, aws-cn, aws-us-gov)" + example
	case parsed.Service == "sts" && strings.HasPrefix(parsed.Resource, "assumed-role/"):
		return "the ARN is that of a session, sts and assumed-role; give the role's own" + example
	case parsed.Service != "iam":
		return fmt.Sprintf("the ARN is of the service %q and not of iam", parsed.Service) + example
	case parsed.Region != "":
		return "the ARN of the role has a region; roles have none" + example
	case !accountForm.MatchString(parsed.AccountID):
		return "the account in the ARN of the role is not 12 digits" + example
	case !strings.HasPrefix(parsed.Resource, "role/"):
		return "the ARN is not that of a role" + example
	case !rolePathForm.MatchString(parsed.Resource):
		return "the name of the role in its ARN must be 1 to 64 letters, digits and characters of _+=,.@- after its path" + example
	}
	return ""
}

// checkRegion says what is wrong with a region from that origin.
func checkRegion(origin, region string) error {
	if m := zoneForm.FindStringSubmatch(region); m != nil {
		return fmt.Errorf("%s is the availability zone %q; the region is %q", origin, region, m[1])
	}
	if !regionForm.MatchString(region) || len(region) > mostRegion {
		return fmt.Errorf("%s is no region; write it like eu-central-1", origin)
	}
	return nil
}

// checkURL says what is wrong with the URL of an endpoint. It does not print the URL, in
// which a password may stand.
func checkURL(name, text, example string) error {
	u, err := url.Parse(text)
	switch {
	case strings.Count(text, ":") > 3 && !strings.Contains(text, "["):
		return fmt.Errorf("%s has an IPv6 address without brackets; write it like http://[::1]:8000", name)
	case err == nil && u.Port() != "" && !isPort(u.Port()):
		return fmt.Errorf("%s has a port that is not 1 to 65535; write it like %s", name, example)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("%s is no URL with a scheme (http or https) and a host; write it like %s", name, example)
	case u.User != nil:
		return fmt.Errorf("%s has a user or a password in its URL; remove it: requests are signed", name)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return fmt.Errorf("%s has a query or a fragment in its URL; remove it", name)
	}
	return nil
}

// isPort reports whether a text is the number of a port.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// isExternalID reports whether a text can be an external id.
func isExternalID(text string) bool {
	return len(text) >= 2 && len(text) <= 1224 && externalIDForm.MatchString(text)
}

// isReserved reports whether a text begins with what AWS keeps for itself.
func isReserved(text string) bool { return strings.HasPrefix(strings.ToLower(text), "aws:") }

// printable reports whether a text is short, valid and without control characters.
func printable(text string) bool {
	return text != "" && len(text) <= mostARN && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func hasSpace(text string) bool { return strings.ContainsAny(text, " \t\r\n") }
