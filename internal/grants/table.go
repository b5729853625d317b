package grants

// A row is a grant, and the jobs that need it.
type row struct {
	Grant
	needed func(Job) bool
}

// The rows of the source.
var sourceRows = []row{
	{Grant{Action: "dynamodb:DescribeTable", Why: "reads the key schema, the size and the ARN of the table"}, reads},
	{Grant{Action: "dynamodb:PartiQLSelect", Why: "reads the items by SELECT"}, func(j Job) bool { return selects(j) && !j.Index }},
	{Grant{Action: "dynamodb:PartiQLSelect", On: Index, Why: "reads the items of the index by SELECT"}, func(j Job) bool { return selects(j) && j.Index }},
	{Grant{Action: "dynamodb:Scan", Why: "reads the items by Scan"}, func(j Job) bool { return scans(j) && !j.Index }},
	{Grant{Action: "dynamodb:Scan", On: Index, Why: "reads the items of the index by Scan"}, func(j Job) bool { return scans(j) && j.Index }},
	{Grant{Action: "dynamodb:Scan", Why: "reads on where a SELECT ended (ScanResume)", When: "a run that resumes after its token has expired"}, func(j Job) bool { return selects(j) && j.ScanResume && !j.Index }},
	{Grant{Action: "dynamodb:PartiQLSelect", Why: "reads each item again", When: "Replay"}, func(j Job) bool { return reads(j) && j.ReplaysBySelect && !j.Index }},
	{Grant{Action: "dynamodb:GetItem", Why: "reads each item again, since PartiQL does not take a name", When: "Replay"}, func(j Job) bool { return reads(j) && j.ReplaysByGet && !j.Index }},
	{Grant{Action: "dynamodb:DescribeTimeToLive", Why: "finds the TTL attribute, whose values stay", Optional: true,
		Lost: "the TTL attribute is treated like any other (finding ttl-unknown), unless WithTTLAttribute names it"}, func(j Job) bool { return reads(j) && !j.TTLNamed }},
}

// The rows of the destination.
var destinationRows = []row{
	{Grant{Action: "dynamodb:DescribeTable", Why: "reads the key schema and the ARN of the table, by which it is told from the source"}, writes},
	{Grant{Action: "dynamodb:BatchWriteItem", Why: "writes the items (ModePut)"}, mode(Put)},
	{Grant{Action: "dynamodb:UpdateItem", Why: "merges the items (ModeMerge)"}, mode(Merge)},
	{Grant{Action: "dynamodb:PartiQLInsert", Why: "inserts the items (ModeInsert)"}, func(j Job) bool { return j.Write == Insert && !j.NoStatement }},
	{Grant{Action: "dynamodb:PutItem", Why: "inserts the items (ModeInsert), since PartiQL does not take a name"}, func(j Job) bool { return j.Write == Insert && j.NoStatement }},
	{Grant{Action: "dynamodb:PutItem", Why: "inserts the items that no statement can hold (ModeInsert)"}, func(j Job) bool { return j.Write == Insert && !j.NoStatement }},
	{Grant{Action: "dynamodb:GetItem", Why: "reads an item that may be the run's own, and compares it (ModeInsert)", When: "a run that resumes, and one that lost an answer"}, mode(Insert)},
	{Grant{Action: "dynamodb:GetItem", Why: "reads an item that no update can hold (ModeMerge)"}, mode(Merge)},
	{Grant{Action: "dynamodb:PutItem", Why: "writes an item that no update can hold (ModeMerge)"}, mode(Merge)},
	{Grant{Action: "dynamodb:PartiQLInsert", Why: "inserts the items, which can collide", When: insertsLater}, func(j Job) bool { return inserts(j) && !j.NoStatement }},
	{Grant{Action: "dynamodb:PutItem", Why: "inserts the items that no statement can hold", When: insertsLater}, func(j Job) bool { return inserts(j) }},
	{Grant{Action: "dynamodb:GetItem", Why: "reads an item that may be the job's own, and compares it", When: insertsLater}, func(j Job) bool { return inserts(j) }},
	{Grant{Action: "dynamodb:DescribeTimeToLive", Why: "finds the TTL attribute, whose values stay", Optional: true,
		Lost: "the TTL attribute is treated like any other (finding ttl-unknown), unless WithTTLAttribute names it"}, func(j Job) bool { return writes(j) && !reads(j) && !j.TTLNamed }},
	{Grant{Action: "dynamodb:Scan", Why: "tells whether the table is empty, where DescribeTable counts no item", When: "Check", Optional: true,
		Lost: "Check does not say whether the destination is empty"}, writes},
	{Grant{Action: "dynamodb:DescribeTimeToLive", Why: "tells whether items of the copy will expire", When: "Check", Optional: true,
		Lost: "Check does not say whether TTL is on"}, writes},
	{Grant{Action: "dynamodb:DescribeContinuousBackups", Why: "tells whether earlier copies can be restored", When: "Check", Optional: true,
		Lost: "Check does not say whether point-in-time recovery is on"}, writes},
	{Grant{Action: "dynamodb:ListBackups", On: Account, Why: "tells whether earlier copies can be restored", When: "Check", Optional: true,
		Lost: "Check does not say whether there are backups"}, writes},
}

const insertsLater = "a run that resumes, replays, is a share, or follows another of the process"

// tested are actions whose permission connect.Test looks for, beside those of jobs.
var tested = []string{
	"dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:ListTables",
	"dynamodb:PartiQLDelete", "dynamodb:PartiQLUpdate", "dynamodb:Query",
}

func reads(j Job) bool   { return j.Read == Select || j.Read == Scan || j.Read == Either }
func selects(j Job) bool { return j.Read == Select || j.Read == Either }
func scans(j Job) bool   { return j.Read == Scan || j.Read == Either }
func writes(j Job) bool  { return j.Write != NoWrite }

// inserts reports whether some runs insert although the mode writes over items.
func inserts(j Job) bool { return (j.Write == Put || j.Write == Merge) && j.InsertsLater }

func mode(w Writing) func(Job) bool { return func(j Job) bool { return j.Write == w } }
