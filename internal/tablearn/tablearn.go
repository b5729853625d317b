// Package tablearn reads and writes the ARNs of DynamoDB's tables and indexes.
package tablearn

import (
	"fmt"
	"regexp"
	"strings"
)

// An ARN names a table, or an index of it.
type ARN struct {
	Partition string // "aws", "aws-cn", "aws-us-gov" or another
	Region    string // such as "eu-central-1"; "*" for any
	Account   string // 12 digits; "*" for any
	Table     string
	Index     string // "" for the table itself
}

// Is reports whether a text is meant as an ARN, well formed or not.
func Is(text string) bool {
	return strings.HasPrefix(text, "arn:") || strings.Contains(text, ":table/")
}

// NameOf returns the name of the table that a text names: by an ARN, of which only the form
// matters, or by the name itself. It is not empty unless the text is.
func NameOf(text string) string {
	parts := strings.SplitN(text, ":", 6)
	if parts[0] != "arn" || len(parts) < 6 {
		return text
	}
	_, table, _ := strings.Cut(parts[5], "/")
	if table, _, _ = strings.Cut(table, "/"); table == "" {
		return text
	}
	return table
}

// Parse reads the ARN of a table or of an index. The error says which part is wrong, and
// what it should be.
func Parse(text string) (ARN, error) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 {
		return ARN{}, fmt.Errorf("the ARN %q has %d parts; write it like %s", text, len(parts), example)
	}
	a := ARN{Partition: parts[1], Region: parts[3], Account: parts[4]}
	switch {
	case parts[0] != "arn":
		return ARN{}, fmt.Errorf("the ARN %q does not begin with \"arn:\"", text)
	case !partition.MatchString(a.Partition):
		return ARN{}, fmt.Errorf("the ARN %q has the partition %q; it should be aws, aws-cn or aws-us-gov", text, a.Partition)
	case parts[2] != "dynamodb":
		return ARN{}, fmt.Errorf("the ARN %q is of the service %q, and not of dynamodb", text, parts[2])
	case !region.MatchString(a.Region):
		return ARN{}, fmt.Errorf("the ARN %q has the region %q; it should be one like eu-central-1", text, a.Region)
	case a.Region != "ddblocal" && isPartition(a.Partition) && PartitionOf(a.Region) != a.Partition:
		return ARN{}, fmt.Errorf("the ARN %q has the partition %s, and its region %s is of %s", text, a.Partition, a.Region, PartitionOf(a.Region))
	case !account.MatchString(a.Account):
		return ARN{}, fmt.Errorf("the ARN %q has the account %q; it should be 12 digits", text, a.Account)
	}
	if err := a.resource(parts[5]); err != nil {
		return ARN{}, fmt.Errorf("the ARN %q %w", text, err)
	}
	return a, nil
}

// resource reads the last part of an ARN.
func (a *ARN) resource(text string) error {
	words := strings.Split(text, "/")
	if words[0] != "table" || len(words) < 2 {
		return fmt.Errorf("names %q, and no table; it should end with table/ and a name", text)
	}
	a.Table = words[1]
	if !IsName(a.Table) {
		return fmt.Errorf("names the table %q, which is no legal name: it has %s", a.Table, Legal)
	}
	switch {
	case len(words) == 2:
		return nil
	case words[2] == "index" && len(words) == 4:
		a.Index = words[3]
		if !IsName(a.Index) {
			return fmt.Errorf("names the index %q, which is no legal name: it has %s", a.Index, Legal)
		}
		return nil
	case words[2] == "stream", words[2] == "backup", words[2] == "export", words[2] == "import":
		return fmt.Errorf("is that of a table's %s; write that of the table, or of an index", words[2])
	}
	return fmt.Errorf("has %q behind the table; only /index/ and the name of an index may stand there", strings.Join(words[2:], "/"))
}

// IsName reports whether a text is a legal name of a table or an index.
func IsName(text string) bool { return name.MatchString(text) }

// Legal says what a legal name of a table or an index has.
const Legal = "3 to 255 of the characters a-z, A-Z, 0-9, '_', '-' and '.'"

const example = "arn:aws:dynamodb:eu-central-1:111122223333:table/Users"

var (
	partition = regexp.MustCompile(`^aws(-[a-z]+)*$`)
	region    = regexp.MustCompile(`^([a-z]{2,}(-[a-z]+)+-[0-9]+|ddblocal)$`)
	account   = regexp.MustCompile(`^[0-9]{12}$`)
	name      = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`)
)

// Anywhere returns the ARN of a table in any account and region of the partition to which a
// region belongs; "" is one of AWS's own partition.
func Anywhere(region, table string) ARN {
	return ARN{Partition: PartitionOf(region), Region: "*", Account: "*", Table: table}
}

// partitions are the partitions that are known, but AWS's own, by how the names of their
// regions begin.
var partitions = []struct{ prefix, partition string }{
	{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"}, {"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"}, {"eusc-", "aws-eusc"},
}

// isPartition reports whether a partition is one that is known.
func isPartition(text string) bool {
	for _, p := range partitions {
		if p.partition == text {
			return true
		}
	}
	return text == "aws"
}

// PartitionOf returns the partition of a region.
func PartitionOf(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}

// String returns the ARN as a text.
func (a ARN) String() string {
	text := "arn:" + a.Partition + ":dynamodb:" + a.Region + ":" + a.Account + ":table/" + a.Table
	if a.Index != "" {
		text += "/index/" + a.Index
	}
	return text
}

// OfTable returns the ARN of the table itself.
func (a ARN) OfTable() ARN {
	a.Index = ""
	return a
}
