package connect

import (
	"context"
	"flag"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/reason"
)

// FlagOptions are what the flags of a side say. Each text is "" for a flag that was not
// given.
type FlagOptions struct {
	Region, Profile, Endpoint        string
	RoleARN, ExternalID, SessionName string
	STSEndpoint                      string

	side string
}

// Flags defines the flags of a side of a job, such as "source" or "dest": -source-region,
// -source-profile, -source-endpoint, -source-role-arn, -source-external-id,
// -source-session-name and -source-sts-endpoint. No flag takes a secret, which others on
// the machine could see. What the flags say is known after fs is parsed.
func Flags(fs *flag.FlagSet, side string) *FlagOptions {
	f := &FlagOptions{side: side}
	of := "the " + f.name()
	fs.StringVar(&f.Region, side+"-region", "", "AWS region of "+of)
	fs.StringVar(&f.Profile, side+"-profile", "", "AWS profile of "+of)
	fs.StringVar(&f.Endpoint, side+"-endpoint", "", "`URL` of DynamoDB's endpoint of "+of)
	fs.StringVar(&f.RoleARN, side+"-role-arn", "", "`ARN` of the IAM role to assume for "+of)
	fs.StringVar(&f.ExternalID, side+"-external-id", "", "external `id` that the role's trust policy asks for")
	fs.StringVar(&f.SessionName, side+"-session-name", "", "`name` of the role's session, as CloudTrail shows it")
	fs.StringVar(&f.STSEndpoint, side+"-sts-endpoint", "", "`URL` of the endpoint of AWS STS for "+of)
	return f
}

// name returns the side as errors name it.
func (f *FlagOptions) name() string {
	if f.side == "dest" {
		return "destination"
	}
	return f.side
}

// Given reports whether any of the flags was given.
func (f *FlagOptions) Given() bool {
	return *f != FlagOptions{side: f.side}
}

// Options returns what the flags say, as options of [Open]. Flags that do not go together
// are an error of Open.
func (f *FlagOptions) Options() []Option {
	var opts []Option
	add := func(text string, o func(string) Option) {
		if text != "" {
			opts = append(opts, o(text))
		}
	}
	add(f.name(), Side)
	add(f.Region, Region)
	add(f.Profile, Profile)
	add(f.Endpoint, Endpoint)
	add(f.STSEndpoint, STSEndpoint)
	return append(opts, f.roleOptions()...)
}

func (f *FlagOptions) roleOptions() []Option {
	if f.RoleARN == "" {
		if f.ExternalID == "" && f.SessionName == "" {
			return nil
		}
		return []Option{option(func(s *settings) {
			s.fault("-%s-external-id and -%s-session-name are of a role; give -%s-role-arn, too", f.side, f.side, f.side)
		})}
	}
	var opts []RoleOption
	if f.ExternalID != "" {
		opts = append(opts, ExternalID(f.ExternalID))
	}
	if f.SessionName != "" {
		opts = append(opts, SessionName(f.SessionName))
	}
	return []Option{Role(f.RoleARN, opts...)}
}

// Format prints which flags were given, and not their values: an external id is not printed,
// and neither is a secret that was given to the wrong flag.
func (f FlagOptions) Format(to fmt.State, _ rune) {
	text := "flags of the " + f.name() + ":"
	for _, flag := range []struct{ name, value string }{
		{"region", f.Region}, {"profile", f.Profile}, {"endpoint", f.Endpoint}, {"role-arn", f.RoleARN},
		{"external-id", f.ExternalID}, {"session-name", f.SessionName}, {"sts-endpoint", f.STSEndpoint},
	} {
		if flag.value != "" {
			text += " -" + f.side + "-" + flag.name
		}
	}
	reason.Print(to, text)
}

// Open returns the client of the flags and of further options; see [Open].
func (f *FlagOptions) Open(ctx context.Context, more ...Option) (*dynamodb.Client, error) {
	return Open(ctx, append(f.Options(), more...)...)
}
