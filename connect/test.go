package connect

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/given"
	"github.com/dynsync/dynsync/internal/probe"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/tablearn"
	"github.com/dynsync/dynsync/internal/tabledesc"
)

// A TestOption says what [Test] looks at.
type TestOption interface{ applyTest(*testConfig) }

type testOption func(*testConfig)

func (f testOption) applyTest(c *testConfig) { f(c) }

type testConfig struct {
	tables   []string
	writable map[string]bool
	simulate Simulator
	prober   *probe.Prober
	faults   []error
}

// Tables names tables that are read, each by its name or ARN. A second use adds to the
// first. By default Test looks at the first 100 tables that ListTables shows.
func Tables(names ...string) TestOption {
	return testOption(func(c *testConfig) { c.add("Tables", names) })
}

// Writable names tables whose permissions to write are asked for, too, each by its name or
// ARN. A second use adds to the first. By default no table gets a write. Of the writes that
// are tried, none changes anything; see [Test].
func Writable(names ...string) TestOption {
	return testOption(func(c *testConfig) {
		c.add("Writable", names)
		for _, name := range names {
			c.writable[name] = true
		}
	})
}

// Simulate has a Simulator asked about the actions that no harmless request tells of, such
// as dynamodb:PartiQLInsert. By default they stay unknown.
func Simulate(s Simulator) TestOption {
	return testOption(func(c *testConfig) {
		if s == nil {
			c.faults = append(c.faults, errors.New("Simulate was given nil"))
		}
		c.simulate = s
	})
}

// A Simulator says what the policies of a principal allow, by SimulatePrincipalPolicy of AWS
// IAM. principal is the ARN of a user or a role, and resource that of a table. The result
// has true for each of the actions that is allowed, and false for one that is denied; others
// stay unknown.
//
// With the IAM service of the SDK, a Simulator is
//
//	type simulator struct{ *iam.Client }
//
//	func (s simulator) Simulate(ctx context.Context, principal string, actions []string, resource string) (map[string]bool, error) {
//		out, err := s.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &principal, ActionNames: actions, ResourceArns: []string{resource}})
//		if err != nil {
//			return nil, err
//		}
//		allowed := map[string]bool{}
//		for _, r := range out.EvaluationResults {
//			allowed[*r.EvalActionName] = r.EvalDecision == types.PolicyEvaluationDecisionTypeAllowed
//		}
//		return allowed, nil
//	}
type Simulator interface {
	Simulate(ctx context.Context, principal string, actions []string, resource string) (allowed map[string]bool, err error)
}

func (c *testConfig) add(option string, names []string) {
	for _, name := range names {
		if _, err := tablearn.Parse(name); err != nil && !tablearn.IsName(name) {
			c.faults = append(c.faults, fmt.Errorf("%s: %q is neither a table's name, of 3 to 255 letters, digits and _.-, nor its ARN", option, name))
		}
		if !slices.Contains(c.tables, name) {
			c.tables = append(c.tables, name)
		}
	}
}

// mostTables is how many tables Test looks at that nobody named.
const mostTables = 100

// The actions that Test asks for.
var (
	readActions  = []string{"dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect"}
	writeActions = []string{"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"}
)

// A TestReport is the answer of [Test]. It holds no item and no secret.
type TestReport struct {
	Account     string // the caller's account; "" if it is not known
	Caller      string // the ARN of the caller; "" if it is not known
	NoCaller    string `json:",omitempty"` // why the caller is not known, or ""
	Region      string
	Endpoint    string
	Client      string // what Describe says of the client
	Tables      []*TableTest
	More        bool                 // there are further tables
	Permissions []dynsync.Permission // of the account: ListTables
	Findings    []dynsync.Finding
}

// A TableTest is what [Test] found of a table. What is not known is "" or 0.
type TableTest struct {
	Name, ARN          string
	Status             string // such as "ACTIVE"
	Items, Bytes       int64  // as DescribeTable counts them, every six hours or so
	Keys               []string
	Indexes            []string // each with its keys
	Capacity           string   // "on demand", or the provisioned units
	TTL                string   // the attribute, "off" or why it is not known
	Stream             string   // what it has, such as "NEW_IMAGE", or "off"
	DeletionProtection bool
	Permissions        []dynsync.Permission
	Err                error // why the table cannot be described, or nil
}

// Test finds out whether a client of DynamoDB is connected, to what, as whom, and what it
// may do: the Test Connection button of a program. It asks STS who the caller is (see
// [Caller]), describes the tables that [Tables] and [Writable] name, or else those that
// ListTables shows, and asks for each of the actions of a role that reads and writes tables.
//
// Test changes nothing. Each permission is asked for by a request that is harmless by its
// construction: a read of one item, or, for tables of Writable, a write to a key that is
// drawn at random and that no item has, under a condition that no item fulfils. A
// BatchWriteItem, which takes no condition, deletes such a key and costs a write unit. What
// has no harmless request, which is dynamodb:PartiQLInsert, is unknown, as is what is
// throttled or not answered.
//
// Test sends at most 5 requests a second, so that a table takes two seconds or three. The
// report is never nil. The error is non-nil exactly if the client does not come to DynamoDB,
// an option is wrong, a table is not there, or ctx ends; [dynsync.ExitCode] classifies it.
// What is denied is no error.
func Test(ctx context.Context, client *dynamodb.Client, opts ...TestOption) (*TestReport, error) {
	cfg := &testConfig{writable: map[string]bool{}, prober: probe.New()}
	for _, o := range given.Options("Test", opts, &cfg.faults) {
		o.applyTest(cfg)
	}
	r := &TestReport{Client: Describe(client)}
	if client == nil {
		cfg.faults = append(cfg.faults, errors.New("the client is nil"))
	}
	if len(cfg.faults) > 0 {
		return r, newOpenError("", cfg.faults...)
	}
	where := side.Of(client)
	r.Region, r.Endpoint = where.Region, where.Endpoint
	if fault := where.Fault(); fault != side.NoFault {
		return r, reason.Refuse(reason.Configuration, "%s", fault)
	}
	t := &tester{ctx: ctx, client: client, cfg: cfg, report: r, prober: cfg.prober}
	if err := t.connect(); err != nil {
		return r, err
	}
	t.who()
	return r, t.tables()
}

// A tester makes a report.
type tester struct {
	ctx    context.Context
	client *dynamodb.Client
	cfg    *testConfig
	report *TestReport
	prober *probe.Prober
	listed []string
}

// connect asks DynamoDB for the first time. The error says that there is no connection.
func (t *tester) connect() error {
	p := dynsync.Permission{Action: "dynamodb:ListTables", Resource: "*", Verdict: dynsync.VerdictAllowed}
	err := awserr.RetryTransient(t.ctx, 4*providerTimeout, t.client, func(ctx context.Context) error {
		out, err := t.client.ListTables(ctx, &dynamodb.ListTablesInput{Limit: aws.Int32(mostTables)}, awserr.Once)
		if err == nil {
			t.listed, t.report.More = out.TableNames, aws.ToString(out.LastEvaluatedTableName) != ""
		}
		return err
	})
	if d, denied := awserr.Refused(err); denied {
		p.Verdict, p.Why = dynsync.VerdictDenied, d.Why
		if len(t.cfg.tables) == 0 {
			p.Why += "; name the tables by Tables"
		}
	} else if err != nil {
		return &awserr.CallError{What: "the client (" + cmp.Or(side.Of(t.client).String(), "of unknown region and endpoint") + ")", Err: err}
	}
	t.report.Permissions = append(t.report.Permissions, p)
	return nil
}

// who finds the caller, and whether its key expires.
func (t *tester) who() {
	var err error
	if t.report.Account, t.report.Caller, err = Caller(t.ctx, t.client); err != nil {
		t.report.NoCaller = strings.TrimPrefix(awserr.OwnText(err), "dynsync: ")
	}
	if side.HasLongLivedKeys(t.ctx, t.client) {
		k := finding.LongLivedKeys.Kind()
		t.report.Findings = append(t.report.Findings, dynsync.Finding{Level: k.Level, Code: k.Name, Text: "the client signs with an access key that does not expire", Remedy: k.Remedy})
	}
}

// tables looks at the tables.
func (t *tester) tables() error {
	names := t.cfg.tables
	if len(names) > 0 {
		t.report.More = false
	} else {
		names = t.listed
	}
	var errs []error
	for _, name := range names {
		if err := t.ctx.Err(); err != nil {
			return errors.Join(append(errs, reason.Refuse(reason.Resumable, "the context ended before all tables were looked at"))...)
		}
		table := t.table(name)
		t.report.Tables = append(t.report.Tables, table)
		errs = append(errs, table.Err)
	}
	return errors.Join(errs...)
}

// table looks at one table.
func (t *tester) table(name string) *TableTest {
	table := &TableTest{Name: name}
	var d *types.TableDescription
	err := t.prober.LookUp(t.ctx, t.client, func(ctx context.Context) error {
		out, err := t.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name}, awserr.Once)
		if err == nil {
			d = out.Table
		}
		return err
	})
	if _, denied := awserr.Refused(err); err != nil && !denied && !awserr.Retryable(err) {
		table.Err = &awserr.CallError{What: fmt.Sprintf("table %q (%s)", name, side.Of(t.client)), Err: err}
	}
	at := probe.Of(d, "")
	at.Name, at.Writable = name, t.cfg.writable[name]
	if d != nil {
		table.describe(d)
		table.TTL = t.ttl(name)
	}
	if table.Err == nil {
		t.permissions(table, at, d != nil)
	}
	return table
}

// describe takes what matters of a description.
func (table *TableTest) describe(d *types.TableDescription) {
	table.ARN, table.Status = tabledesc.ARN(d), string(d.TableStatus)
	table.Items, table.Bytes = aws.ToInt64(d.ItemCount), aws.ToInt64(d.TableSizeBytes)
	table.DeletionProtection = aws.ToBool(d.DeletionProtectionEnabled)
	table.Keys = keysText(d, d.KeySchema)
	for _, g := range d.GlobalSecondaryIndexes {
		table.Indexes = append(table.Indexes, fmt.Sprintf("%s (global): %s", aws.ToString(g.IndexName), strings.Join(keysText(d, g.KeySchema), ", ")))
	}
	for _, l := range d.LocalSecondaryIndexes {
		table.Indexes = append(table.Indexes, fmt.Sprintf("%s (local): %s", aws.ToString(l.IndexName), strings.Join(keysText(d, l.KeySchema), ", ")))
	}
	table.Capacity = "on demand"
	if read, write := tabledesc.Provisioned(d); read > 0 || write > 0 {
		table.Capacity = fmt.Sprintf("provisioned, %d read and %d write units/s", read, write)
	}
	table.Stream = "off"
	if s := d.StreamSpecification; s != nil && aws.ToBool(s.StreamEnabled) {
		table.Stream = cmp.Or(string(s.StreamViewType), "on")
	}
}

// keysText returns the attributes of a key with their types.
func keysText(d *types.TableDescription, schema []types.KeySchemaElement) (keys []string) {
	for _, k := range schema {
		name, kind := aws.ToString(k.AttributeName), "partition key"
		if k.KeyType == types.KeyTypeRange {
			kind = "sort key"
		}
		keys = append(keys, fmt.Sprintf("%s %s (%s)", kind, name, tabledesc.AttributeType(d, name)))
	}
	return keys
}

// ttl returns the TTL attribute of a table, "off", or why it is not known.
func (t *tester) ttl(name string) string {
	var out *dynamodb.DescribeTimeToLiveOutput
	err := t.prober.LookUp(t.ctx, t.client, func(ctx context.Context) (err error) {
		out, err = probe.TimeToLive(ctx, t.client, name)
		return err
	})
	switch {
	case err != nil:
		return "unknown: " + probe.WhyUnknown(err)
	case out == nil || out.TimeToLiveDescription == nil:
		return "unknown: the answer does not tell"
	}
	return cmp.Or(aws.ToString(out.TimeToLiveDescription.AttributeName), "off")
}

// permissions asks for the permissions on a table.
func (t *tester) permissions(table *TableTest, at probe.Table, described bool) {
	resource := cmp.Or(table.ARN, table.Name)
	for _, action := range slices.Concat(readActions, writeActions) {
		p := dynsync.Permission{Action: action, Resource: resource}
		switch writes, _ := probe.Writes(action); {
		case action == "dynamodb:DescribeTable" && described:
			p.Verdict = dynsync.VerdictAllowed
		case writes && !at.Writable:
			p.Why = "not tried; name the table by Writable to ask"
		default:
			a := t.prober.Ask(t.ctx, t.client, action, at)
			p.Verdict, p.Why, p.Resource = dynsync.Verdict(a.Verdict), a.Why, cmp.Or(a.Resource, resource)
		}
		table.Permissions = append(table.Permissions, p)
	}
	t.simulate(table)
}

// simulate asks the Simulator for what is unknown of a table.
func (t *tester) simulate(table *TableTest) {
	principal := principalOf(t.report.Caller)
	if t.cfg.simulate == nil || principal == "" || table.ARN == "" {
		return
	}
	var actions []string
	for _, p := range table.Permissions {
		if p.Verdict == dynsync.VerdictUnknown {
			actions = append(actions, p.Action)
		}
	}
	if len(actions) == 0 {
		return
	}
	allowed, err := t.cfg.simulate.Simulate(t.ctx, principal, actions, table.ARN)
	for i := range table.Permissions {
		p := &table.Permissions[i]
		yes, told := allowed[p.Action]
		switch {
		case p.Verdict != dynsync.VerdictUnknown:
		case err != nil:
			p.Why += ", and the Simulator failed"
		case told && yes:
			p.Verdict, p.Why = dynsync.VerdictAllowed, "by a simulation of the policies of "+principal
		case told:
			p.Verdict, p.Why = dynsync.VerdictDenied, "by a simulation of the policies of "+principal
		}
	}
}

// principalOf returns the ARN of the user or role of a caller, whose policies can be
// simulated; "" for a root user or one that is not known. The ARN of a session does not have
// the path of its role.
func principalOf(caller string) string {
	parts := strings.SplitN(caller, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	kind, rest, _ := strings.Cut(parts[5], "/")
	switch kind {
	case "user", "role":
		return caller
	case "assumed-role":
		name, _, _ := strings.Cut(rest, "/")
		return strings.Join([]string{parts[0], parts[1], "iam", "", parts[4], "role/" + name}, ":")
	}
	return ""
}

// String returns the report as text, some lines for each table.
func (r *TestReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "client: %s\ncaller: %s\n", r.Client, cmp.Or(r.Caller, "unknown: "+cmp.Or(r.NoCaller, "it was not asked for")))
	for _, p := range r.Permissions {
		fmt.Fprintf(&b, "%v\n", p)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%v\n", f)
	}
	for _, t := range r.Tables {
		b.WriteString(t.String())
	}
	if r.More {
		fmt.Fprintf(&b, "and more tables; name those that matter by Tables\n")
	}
	return b.String()
}

// String returns what was found of the table as text.
func (table *TableTest) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:", table.Name)
	if table.Status != "" {
		fmt.Fprintf(&b, " %s, about %d items, %d bytes, %s, %s, stream %s, TTL %s", table.Status, table.Items, table.Bytes, strings.Join(table.Keys, ", "), table.Capacity, table.Stream, table.TTL)
		if table.DeletionProtection {
			b.WriteString(", protected against deletion")
		}
	}
	b.WriteString("\n")
	for _, x := range table.Indexes {
		fmt.Fprintf(&b, "  index %s\n", x)
	}
	for _, p := range table.Permissions {
		fmt.Fprintf(&b, "  %v\n", p)
	}
	if table.Err != nil {
		fmt.Fprintf(&b, "  %v\n", table.Err)
	}
	return b.String()
}

// MarshalJSON returns the test as JSON, with the error as text.
func (table *TableTest) MarshalJSON() ([]byte, error) {
	type plain TableTest // without this method
	out := struct {
		*plain
		Err string `json:",omitempty"`
	}{plain: (*plain)(table)}
	if table.Err != nil {
		out.Err = table.Err.Error()
	}
	return json.Marshal(out)
}
