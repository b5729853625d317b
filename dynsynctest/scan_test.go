package dynsynctest_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"
)

// The segments of a scan have every item in exactly one of them, and each keeps
// the order of the whole.
func TestSegmentsPartitionTheTable(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 600, nil)
	whole := texts(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}), "pk")
	equal(t, sorted(slices.Clone(whole)), numbered(600))
	for total := range 64 {
		var joined []string
		for segment := range total + 1 {
			joined = append(joined, texts(scanAll(t, c, dynamodb.ScanInput{
				TableName: aws.String("Users"), Segment: aws.Int32(int32(segment)), TotalSegments: aws.Int32(int32(total + 1)), Limit: aws.Int32(50),
			}), "pk")...)
		}
		if !slices.Equal(joined, whole) {
			t.Fatalf("%d segments: %d items, or another order", total+1, len(joined))
		}
	}
}

func TestSegmentsOfIndexes(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	for i := range 40 {
		put(t, c, "Users", item{"pk": s(fmt.Sprint(i % 7)), "sk": n(strconv.Itoa(i)), "g": s(fmt.Sprint("g", i%5)), "l": s("x")})
	}
	for _, index := range []string{"byG", "byL"} {
		var seen []string
		for segment := range int32(8) {
			seen = append(seen, texts(scanAll(t, c, dynamodb.ScanInput{
				TableName: aws.String("Users"), IndexName: &index, Segment: &segment, TotalSegments: aws.Int32(8), Limit: aws.Int32(3),
			}), "sk")...)
		}
		slices.Sort(seen)
		if len(slices.Compact(seen)) != 40 {
			t.Errorf("%s: %d items", index, len(seen))
		}
	}
}

func TestManySegments(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	put(t, c, "Users", item{"pk": s("1")})
	for _, segment := range []int32{0, 999_999} {
		if _, err := c.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("Users"), Segment: &segment, TotalSegments: aws.Int32(1_000_000)}); err != nil {
			t.Error(err)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	put(t, c, "Users", item{"pk": s("1"), "sk": n("1")})
	// The key lies in one of two segments; the other must refuse it.
	other := int32(0)
	if len(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users"), Segment: aws.Int32(0), TotalSegments: aws.Int32(2)})) == 1 {
		other = 1
	}
	for _, test := range []struct {
		reason string
		change func(*dynamodb.ScanInput)
		text   string
	}{
		{"a segment alone", func(in *dynamodb.ScanInput) { in.Segment = aws.Int32(0) }, "The TotalSegments parameter is required"},
		{"a total alone", func(in *dynamodb.ScanInput) { in.TotalSegments = aws.Int32(1) }, "The Segment parameter is required"},
		{"a segment beyond the last", func(in *dynamodb.ScanInput) { in.Segment, in.TotalSegments = aws.Int32(2), aws.Int32(2) }, "must be less than parameter TotalSegments"},
		{"too many segments", func(in *dynamodb.ScanInput) { in.Segment, in.TotalSegments = aws.Int32(0), aws.Int32(1_000_001) }, "less than or equal to 1000000"},
		{"no segments", func(in *dynamodb.ScanInput) { in.Segment, in.TotalSegments = aws.Int32(0), aws.Int32(0) }, "greater than or equal to 1"},
		{"no items", func(in *dynamodb.ScanInput) { in.Limit = aws.Int32(0) }, "greater than or equal to 1"},
		{"no such index", func(in *dynamodb.ScanInput) { in.IndexName = aws.String("byX") }, "The table does not have the specified index: byX"},
		{"a consistent read of a global index", func(in *dynamodb.ScanInput) { in.IndexName, in.ConsistentRead = aws.String("byG"), aws.Bool(true) }, "not supported on global secondary indexes"},
		{"a start key of another segment", func(in *dynamodb.ScanInput) {
			in.Segment, in.TotalSegments, in.ExclusiveStartKey = &other, aws.Int32(2), item{"pk": s("1"), "sk": n("1")}
		}, "must lie within the segment"},
		{"half a start key", func(in *dynamodb.ScanInput) { in.ExclusiveStartKey = item{"pk": s("1")} }, "starting key is invalid"},
		{"an empty start key", func(in *dynamodb.ScanInput) { in.ExclusiveStartKey = item{} }, "starting key is invalid"},
		{"a start key of other types", func(in *dynamodb.ScanInput) { in.ExclusiveStartKey = item{"pk": n("1"), "sk": n("1")} }, "starting key is invalid"},
		{"a start key without the index's", func(in *dynamodb.ScanInput) {
			in.IndexName, in.ExclusiveStartKey = aws.String("byG"), item{"pk": s("1"), "sk": n("1")}
		}, "starting key is invalid"},
		{"what the index lacks", func(in *dynamodb.ScanInput) {
			in.IndexName, in.ProjectionExpression = aws.String("byG"), aws.String("z")
		}, "does not project [z]"},
		{"all of what the index lacks", func(in *dynamodb.ScanInput) { in.IndexName, in.Select = aws.String("byG"), types.SelectAllAttributes }, "its projection type is not ALL"},
		{"projected attributes of no index", func(in *dynamodb.ScanInput) { in.Select = types.SelectAllProjectedAttributes }, "not supported for non-index"},
		{"specific attributes, not said which", func(in *dynamodb.ScanInput) { in.Select = types.SelectSpecificAttributes }, "Must specify"},
		{"a count of some attributes", func(in *dynamodb.ScanInput) { in.Select, in.ProjectionExpression = types.SelectCount, aws.String("a") }, "Cannot specify the ProjectionExpression"},
		{"the ways of old", func(in *dynamodb.ScanInput) { in.AttributesToGet = []string{"a"} }, "AttributesToGet"},
		{"the ways of old and new", func(in *dynamodb.ScanInput) {
			in.AttributesToGet, in.ProjectionExpression = []string{"a"}, aws.String("a")
		}, "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"},
		{"two faults at once", func(in *dynamodb.ScanInput) { in.Select, in.ReturnConsumedCapacity = "SOME", "MUCH" }, "2 validation errors detected"},
	} {
		in := &dynamodb.ScanInput{TableName: aws.String("Users")}
		test.change(in)
		_, err := c.Scan(context.Background(), in)
		if fails(t, err, "ValidationException", test.text); t.Failed() {
			t.Fatal(test.reason)
		}
	}
}

// A page ends with the item that crosses 1 MB, whatever the filter and the
// projection leave of it.
func TestPagesEndAtOneMegabyte(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 200, item{"padding": s(strings.Repeat("x", 6000))})
	for _, test := range []struct {
		reason           string
		filter, project  string
		count, evaluated int32
	}{
		{reason: "everything", count: 175, evaluated: 175},
		{reason: "nothing passes the filter", filter: "attribute_not_exists(pk)", evaluated: 175},
		{reason: "little is returned", project: "pk", count: 175, evaluated: 175},
	} {
		in := &dynamodb.ScanInput{TableName: aws.String("Users")}
		if test.filter != "" {
			in.FilterExpression = &test.filter
		}
		if test.project != "" {
			in.ProjectionExpression = &test.project
		}
		out, err := c.Scan(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if out.Count != test.count || out.ScannedCount != test.evaluated || out.LastEvaluatedKey == nil {
			t.Errorf("%s: %d of %d items, key %v", test.reason, out.Count, out.ScannedCount, out.LastEvaluatedKey)
		}
	}
}

func TestLimitCountsEvaluatedItems(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 10, nil)
	in := &dynamodb.ScanInput{
		TableName: aws.String("Users"), Limit: aws.Int32(10), FilterExpression: aws.String("#n < :five"),
		ExpressionAttributeNames: map[string]string{"#n": "number"}, ExpressionAttributeValues: item{":five": n("5")},
	}
	out, err := c.Scan(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if out.Count != 5 || out.ScannedCount != 10 || out.LastEvaluatedKey == nil {
		t.Errorf("a page that ends with the last item has a key: %d of %d, %v", out.Count, out.ScannedCount, out.LastEvaluatedKey)
	}
	in.ExclusiveStartKey = out.LastEvaluatedKey
	if out, err = c.Scan(context.Background(), in); err != nil || out.ScannedCount != 0 || out.LastEvaluatedKey != nil {
		t.Errorf("and the next page is empty: %d, %v, %v", out.ScannedCount, out.LastEvaluatedKey, err)
	}
}

// A start key works after its item is gone, and need never have existed.
func TestStartKeyNeedNotExist(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 50, nil)
	whole := texts(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}), "pk")
	if _, err := c.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: aws.String("Users"), Key: item{"pk": s(whole[20])}}); err != nil {
		t.Fatal(err)
	}
	rest := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users"), ExclusiveStartKey: item{"pk": s(whole[20])}})
	equal(t, texts(rest, "pk"), whole[21:])
	scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users"), ExclusiveStartKey: item{"pk": s("never was")}})
}

func TestSortKeysAscend(t *testing.T) {
	_, c := newServer(t)
	for _, test := range []struct {
		kind string
		keys []types.AttributeValue // in order
	}{
		{"N", []types.AttributeValue{n("-1e125"), n("-20"), n("-3"), n("-2.5"), n("-1e-130"), n("0"), n("1e-130"), n("0.1"), n("3"), n("20"), n("21"), n("100"), n("1e125")}},
		{"S", []types.AttributeValue{s("A"), s("a"), s("aa"), s("b"), s("é"), s("\ue000"), s("\uffff"), s("\U00010000")}},
		{"B", []types.AttributeValue{b(0), b(0, 0), b(1), b(0x7F), b(0x80), b(0xFF), b(0xFF, 0)}},
	} {
		table := "Sorted" + test.kind
		createTable(t, c, table, "pk:S sk:"+test.kind)
		for i := range test.keys {
			put(t, c, table, item{"pk": s("p"), "sk": test.keys[(i*5+3)%len(test.keys)], "at": n(strconv.Itoa((i*5 + 3) % len(test.keys)))})
		}
		var want []string
		for i := range test.keys {
			want = append(want, strconv.Itoa(i))
		}
		equal(t, texts(scanAll(t, c, dynamodb.ScanInput{TableName: &table, Limit: aws.Int32(2)}), "at"), want)
	}
}

func TestIndexesAreSparseAndProject(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	put(t, c, "Users",
		item{"pk": s("1"), "sk": n("1"), "g": s("x"), "l": s("y"), "a": n("1"), "z": n("1")},
		item{"pk": s("1"), "sk": n("2"), "l": s("x"), "z": n("2")},
		item{"pk": s("2"), "sk": n("3"), "g": s("x"), "z": n("3")},
	)
	scan := func(index string, project *string, all types.Select) []item {
		items := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users"), IndexName: &index, ProjectionExpression: project, Select: all})
		slices.SortFunc(items, func(a, b item) int {
			return strings.Compare(fmt.Sprint(texts([]item{a}, "sk")), fmt.Sprint(texts([]item{b}, "sk")))
		})
		return items
	}
	equal(t, scan("byG", nil, ""), []item{{"pk": s("1"), "sk": n("1"), "g": s("x"), "a": n("1")}, {"pk": s("2"), "sk": n("3"), "g": s("x")}})
	equal(t, scan("byL", nil, ""), []item{{"pk": s("1"), "sk": n("1"), "l": s("y")}, {"pk": s("1"), "sk": n("2"), "l": s("x")}})
	equal(t, texts(scan("byL", aws.String("sk, z"), ""), "z"), []string{"1", "2"})
	equal(t, texts(scan("byL", nil, types.SelectAllAttributes), "z"), []string{"1", "2"})

	// An index follows its table.
	if _, err := c.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{TableName: aws.String("Users"), Key: item{"pk": s("1"), "sk": n("1")},
		UpdateExpression: aws.String("REMOVE g SET l = :m"), ExpressionAttributeValues: item{":m": s("m")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: aws.String("Users"), Key: item{"pk": s("1"), "sk": n("2")}}); err != nil {
		t.Fatal(err)
	}
	equal(t, texts(scan("byG", nil, ""), "sk"), []string{"3"})
	equal(t, texts(scan("byL", nil, ""), "l"), []string{"m"})
}

func TestScanCounts(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 7, nil)
	out, err := c.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("Users"), Select: types.SelectCount})
	if err != nil || out.Count != 7 || out.Items != nil {
		t.Errorf("%v, %v", out, err)
	}
}

// Readers go on while writers write; what was there from the beginning is seen.
func TestReadsBesideWrites(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	for i := range 200 {
		put(t, c, "Users", item{"pk": s("p" + strconv.Itoa(i%9)), "sk": n(strconv.Itoa(i)), "g": s("old")})
	}
	var group errgroup.Group
	for w := range 4 {
		group.Go(func() error {
			for i := range 100 {
				_, err := c.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: item{
					"pk": s("p" + strconv.Itoa(i%9)), "sk": n(strconv.Itoa(1000*(w+1) + i)), "g": s("new"),
				}})
				if err != nil {
					return err
				}
			}
			return nil
		})
		group.Go(func() error {
			for range 10 {
				old := 0
				in := &dynamodb.ScanInput{TableName: aws.String("Users"), Limit: aws.Int32(70)}
				if w%2 == 0 {
					in.IndexName = aws.String("byG")
				}
				for {
					out, err := c.Scan(context.Background(), in)
					if err != nil {
						return err
					}
					for _, g := range texts(out.Items, "g") {
						if g == "old" {
							old++
						}
					}
					if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
						break
					}
				}
				if old != 200 {
					return fmt.Errorf("a scan saw %d of 200 items", old)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	if items := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}); len(items) != 600 {
		t.Errorf("%d items in the end", len(items))
	}
}
