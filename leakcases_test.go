package dynsync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/dynsynctest"
)

// copyByKeys copies items, with the S attributes of these names as their key, and returns
// the report of the table.
func copyByKeys(t *testing.T, keys []string, items []map[string]any, opts ...dynsync.TableOption) *dynsync.TableReport {
	t.Helper()
	srv := dynsynctest.NewServer()
	t.Cleanup(srv.Close)
	from := srv.Client()
	to := srv.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials("copy") })
	create := &dynamodb.CreateTableInput{TableName: aws.String("Items"), BillingMode: types.BillingModePayPerRequest}
	for i, name := range keys {
		create.AttributeDefinitions = append(create.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS})
		create.KeySchema = append(create.KeySchema, types.KeySchemaElement{AttributeName: aws.String(name), KeyType: []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]})
	}
	for _, c := range []*dynamodb.Client{from, to} {
		if _, err := c.CreateTable(t.Context(), create); err != nil {
			t.Fatal(err)
		}
	}
	for _, item := range items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := from.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Items"), Item: rec.AttributeValues()}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := dynsync.New(dynsync.WithSource(from), dynsync.WithDestination(to), dynsync.WithKey([]byte("0123456789abcdef0123456789abcdef")),
		dynsync.WithTable("Items", "Items", opts...))
	if err != nil {
		t.Fatal(err)
	}
	report, _ := s.Sync(t.Context())
	return report.Tables[0]
}

// Names of attributes and members that items have in common are the schema, and no place
// for an original; a name that somebody's data made is one.
func TestLeakCheckTakesNamesForSchema(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		item   map[string]any
		fails  bool
	}{
		{"types and kinds", map[string]any{"type": "user", "userId": "u-1", "kind": "summary", "summary": "x"}, false},
		{"a type in another name", map[string]any{"ProductCategory": "Bicycle", "BicycleType": "Hybrid"}, false},
		{"a state", map[string]any{"status": "shipped", "shippedAt": "x", "shipped": true}, false},
		{"a member", map[string]any{"channel": "newsletter", "settings": map[string]any{"newsletter": true, "newsletterDay": "x"}}, false},
		{"with separators", map[string]any{"unit": "line item", "line-item": "x", "line_item_count": 3}, false},
		{"in another case", map[string]any{"sort": "Description", "DESCRIPTION": "x"}, false},
		{"a member in a list", map[string]any{"field": "quantity", "lines": []any{map[string]any{"quantity": 1}}}, false},
		{"a member in JSON", map[string]any{"field": "quantity", "text": `{"quantity":1,"lines":[{"quantity":2}]}`}, false},
		{"a version", map[string]any{"api": "version2", "version2": "x"}, false},
		{"a path in a name", map[string]any{"root": "documents", "documents/2024": "x"}, false},
		{"an e-mail address", map[string]any{"Email": "alice.smith@corp.example", "by": map[string]any{"alice.smith@corp.example": 1}}, true},
		{"a name of a person", map[string]any{"Name": "Alice Winterbottom 0123", "by": map[string]any{"Alice Winterbottom 0123": 1}}, true},
		{"a phone", map[string]any{"Phone": "+49 171 5550123", "calls": map[string]any{"+491715550123": 1}}, true},
	} {
		var items []map[string]any
		for i := range 30 {
			item := map[string]any{"Id": fmt.Sprint(i)}
			for name, v := range tt.item {
				item[name] = numbered(v, i)
			}
			items = append(items, item)
		}
		opts := []dynsync.TableOption{dynsync.WithLeakCheck(), dynsync.WithTransform("text", dynsync.Passthrough(), dynsync.Optional())}
		report := copyByKeys(t, []string{"Id"}, items, opts...)
		if (report.Failed > 0 || report.Err != nil) != tt.fails {
			t.Errorf("%s: %d of 30 items failed: %v", tt.reason, report.Failed, report.Failures)
		}
	}
}

// numbered returns a value with a number in place of each 0123.
func numbered(v any, i int) any {
	text := func(s string) string { return strings.ReplaceAll(s, "0123", fmt.Sprint(1000+i)) }
	switch v := v.(type) {
	case string:
		return text(v)
	case map[string]any:
		out := map[string]any{}
		for name, m := range v {
			out[text(name)] = m
		}
		return out
	}
	return v
}

// The check finds a value in other spellings.
func TestLeakCheckReadsOtherSpellings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value string
		rule  dynsync.Transformer
		there []any
	}{
		{"alice.smith@corp.example", anon.Email(), []any{"see alice.smith@corp.example", "https://app.example/?u=alice.smith%40corp.example", "Alice.Smith (at) corp.example", "mailto:ALICE.SMITH@CORP.EXAMPLE"}},
		{"J\u00f6rg M\u00fcller", anon.FullName(), []any{"/people/J%C3%B6rg%20M%C3%BCller", "q=J%C3%B6rg+M%C3%BCller", "MUELLER, JOERG", "Jorg Muller"}},
		{"Jos\u00e9 Garc\u00eda", anon.FullName(), []any{"Jose\u0301 Garci\u0301a"}},
		{"Nora Brien", anon.FullName(), []any{"Nora\u00a0Brien", "brien_nora", "Nora&nbsp;Brien"}},
		{"+49 171 5550123", anon.Phone(), []any{"PHONE#+491715550123", "0049 171 5550123", "+49.171.5550123", "+49 (0)171 555 01 23", attributevalue.Number("491715550123"), "0171/5550123"}},
		{"512-555-0143", anon.Phone(), []any{"+1 (512) 555-0143", "15125550143", "512.555.0143"}},
		{"078-05-1120", anon.SSN(), []any{"078051120", "078 05 1120", attributevalue.Number("78051120")}},
	} {
		for _, there := range tt.there {
			report := copyByKeys(t, []string{"Id"}, []map[string]any{{"Id": "1", "V": tt.value, "W": there}},
				dynsync.WithTransform("V", tt.rule), dynsync.WithTransform("W", dynsync.Passthrough()), dynsync.WithLeakCheck())
			if report.Failed != 1 {
				t.Errorf("%s in %v: the item was written", tt.value, there)
			}
		}
	}
}

// orders are items of a single table: the type of each stands in its sort key, which is
// one of few, and so does the name of its customer.
func orders(n int) (items []map[string]any) {
	for i := range n {
		kind := []string{"invoice", "delivery", "complaint"}[i%3]
		items = append(items, map[string]any{
			"PK": fmt.Sprintf("C#%d", i), "SK": fmt.Sprintf("%s#Winterbottom-%d", strings.ToUpper(kind), i),
			"Type": kind, "Customer": fmt.Sprintf("Winterbottom %d", i), "Placed": "2024-05-18T10:11:12Z", "Log": "2024-05-18T10:11:12Z",
		})
	}
	return items
}

// Without the option, what items still contain is counted by pair of paths, and the items
// are written.
func TestLeaksAreCounted(t *testing.T) {
	t.Parallel()
	keepLog := dynsync.WithTransform("Log", dynsync.Passthrough())
	found := func(report *dynsync.TableReport) (texts []string) {
		for _, f := range report.Findings {
			if strings.HasSuffix(f.Code, "-left") {
				texts = append(texts, f.Code+": "+f.Text)
			}
		}
		slices.Sort(texts)
		return texts
	}
	want := []string{"common-values-left: 60 × Placed in Log", "common-values-left: 60 × Type in SK", "originals-left: 60 × Customer in SK"}
	report := copyByKeys(t, []string{"PK", "SK"}, orders(60), keepLog)
	if got := found(report); report.Written != 60 || !slices.Equal(got, want) {
		t.Errorf("%d were written, and the findings are %q", report.Written, got)
	}
	report = copyByKeys(t, []string{"PK", "SK"}, orders(60), keepLog, dynsync.WithLeakCheck(dynsync.LeakMinLength(0)))
	if got := found(report); report.Written != 60 || len(got) > 0 {
		t.Errorf("without a check, %d were written, and the findings are %q", report.Written, got)
	}
	report = copyByKeys(t, []string{"PK", "SK"}, orders(60), keepLog, dynsync.WithLeakCheck())
	if report.Leaked != 60 || !strings.Contains(report.String(), "the original value of Customer is in the sort key SK: add a rule for SK, or pass Customer") {
		t.Errorf("with WithLeakCheck, %d failed: %v", report.Leaked, report)
	}
	report = copyByKeys(t, []string{"PK", "SK"}, orders(60), keepLog, dynsync.WithTransform("Customer", dynsync.Passthrough()), dynsync.WithLeakCheck())
	if got := found(report); report.Written != 60 || !slices.Equal(got, want[:2]) {
		t.Errorf("with Customer passed, %d were written, and the findings are %q", report.Written, got)
	}
}

// A find of less than 20 items prints no name that no rule holds.
func TestFindsOfFewItemsPrintNoNames(t *testing.T) {
	t.Parallel()
	report := copyByKeys(t, []string{"PK", "SK"}, orders(10), dynsync.WithTransform("Log", dynsync.Remove()))
	for _, f := range report.Findings {
		if strings.Contains(f.Text, "Customer") || strings.Contains(f.From, "Customer") {
			t.Errorf("printed: %v", f)
		}
	}
	if text := report.String(); !strings.Contains(text, "20 × * in SK") {
		t.Errorf("the finds are not told: %s", text)
	}
}

// The tables are those of AWS's guides, in their shape, with values of our own. With the
// defaults, and with rules as a user chooses them, each pair of paths is a true find.
func TestSampleTables(t *testing.T) {
	t.Parallel()
	pass := func(paths ...string) (opts []dynsync.TableOption) {
		for _, p := range paths {
			opts = append(opts, dynsync.WithTransform(p, dynsync.Passthrough()))
		}
		return opts
	}
	forum := map[string]any{"Id": "Wire Protocols", "Category": "Amber Services", "Threads": 2, "Messages": 4, "Views": 1000}
	thread := map[string]any{"Id": "Wire Protocols#Handshake fails", "ForumName": "Wire Protocols", "Subject": "Handshake fails", "Message": "The handshake fails at times.",
		"LastPostedBy": "Quentin Marsh", "LastPostDateTime": "2031-09-15T19:58:22.514Z", "Views": 0, "Replies": 0, "Tags": []string{"handshake", "protocols"}}
	reply := map[string]any{"Id": "Wire Protocols#Handshake fails#2031-09-15", "ReplyDateTime": "2031-09-15T19:58:22.947Z", "Message": "Quentin Marsh is right.", "PostedBy": "Quentin Marsh"}
	bicycle := map[string]any{"Id": "205", "Title": "18-Bike-204", "Description": "205 Description", "BicycleType": "Hybrid", "Brand": "Brand-Company C", "Price": 500, "Color": []string{"Red", "Black"}, "ProductCategory": "Bicycle"}
	book := map[string]any{"Id": "101", "Title": "Book 101 Title", "ISBN": "111-1111111111", "Authors": []string{"Ophelia Brandt"}, "Price": 2, "Dimensions": "8.5 x 11.0 x 0.5", "PageCount": 500, "InPublication": true, "ProductCategory": "Book"}
	song := map[string]any{"Artist": "The Lanterns", "SongTitle": "Call Me Tomorrow", "AlbumTitle": "Songs of the Lanterns", "Awards": 2, "Year": 2031}
	game := map[string]any{"UserId": "103", "GameTitle": "Starship Y", "TopScore": 5842, "TopScoreDateTime": "2031-10-24:06:53:00", "Wins": 4, "Losses": 19}
	customer := map[string]any{"PK": "CUSTOMER#quentin.marsh@corp.example", "SK": "PROFILE", "Email": "quentin.marsh@corp.example", "Name": "Quentin Marsh", "Addresses": map[string]any{"home": map[string]any{"Street": "12 Amber Lane", "City": "Fernhill"}}}
	order := map[string]any{"PK": "CUSTOMER#7", "SK": "ORDER#2031-11-02#A-88123", "OrderId": "A-88123", "Status": "SHIPPED", "GSI1PK": "STATUS#SHIPPED", "Amount": 72}
	for _, tt := range []struct {
		reason string
		keys   []string
		item   map[string]any
		opts   []dynsync.TableOption
		want   []string // pairs of paths; in the text of the error
	}{
		{"Forum", []string{"Id"}, forum, nil, nil},
		{"Thread: the key is made of two attributes", []string{"Id"}, thread, nil, []string{"the original value of * (S) is in the partition key Id"}},
		{"Thread, with rules", []string{"Id"}, thread, append(pass("Id", "ForumName", "Subject", "Message", "Tags"), dynsync.WithTransform("LastPostedBy", anon.FullName())), nil},
		{"Reply: the author is in the message", []string{"Id"}, reply, append(pass("Id", "Message"), dynsync.WithTransform("PostedBy", anon.FullName())), []string{"the original value of PostedBy is in Message"}},
		{"Reply, with rules", []string{"Id"}, reply, append(pass("Id"), dynsync.WithTransform("PostedBy", anon.FullName()), dynsync.WithTransform("Message", anon.Text())), nil},
		{"Bicycle: a name is no place", []string{"Id"}, bicycle, nil, nil},
		{"Bicycle, with rules", []string{"Id"}, bicycle, pass("Id", "Brand", "BicycleType", "ProductCategory", "Title"), nil},
		{"Book", []string{"Id"}, book, nil, nil},
		{"Book, with rules", []string{"Id"}, book, append(pass("Id", "Title", "ProductCategory", "ISBN"), dynsync.WithTransform("Authors", anon.FullName())), nil},
		{"Song", []string{"Artist", "SongTitle"}, song, nil, nil},
		{"Song, with rules: the album keeps the artist", []string{"Artist", "SongTitle"}, song, append(pass("SongTitle", "AlbumTitle"), dynsync.WithTransform("Artist", anon.Token())), []string{"the original value of Artist is in AlbumTitle"}},
		{"Game", []string{"UserId", "GameTitle"}, game, nil, nil},
		{"Order: its number and its state are in keys", []string{"PK", "SK"}, order, nil, []string{"the original value of * (S) is in the sort key SK"}},
		{"Order, with rules", []string{"PK", "SK"}, order, pass("PK", "SK", "OrderId", "Status", "GSI1PK"), nil},
		{"Customer: the address is in the key", []string{"PK", "SK"}, customer, append(pass("PK"), dynsync.WithTransform("Email", anon.Email()), dynsync.WithTransform("Name", anon.FullName())), []string{" is in the partition key PK"}},
		{"Customer, with rules", []string{"PK", "SK"}, customer, []dynsync.TableOption{dynsync.WithTransform("PK", dynsync.Delimited("#", dynsync.Passthrough(), anon.Email())),
			dynsync.WithTransform("SK", dynsync.Passthrough()), dynsync.WithTransform("Email", anon.Email()), dynsync.WithTransform("Name", anon.FullName())}, nil},
	} {
		report := copyByKeys(t, tt.keys, []map[string]any{tt.item}, append(tt.opts, dynsync.WithLeakCheck())...)
		var text string
		for _, f := range report.Failures {
			text += f.Err.Error()
		}
		t.Logf("%-50s failed %d: %s", tt.reason, report.Failed, text)
		if (report.Failed > 0) != (len(tt.want) > 0) || report.Err != nil {
			t.Errorf("%s: %d failed: %s %v", tt.reason, report.Failed, text, report.Err)
		}
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q does not say %q", tt.reason, text, want)
			}
		}
	}
}
