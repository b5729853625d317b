package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/connect"
	"github.com/dynsync/dynsync/dynsynctest"
)

// A latencyBench measures how many items a second Sync copies when the network,
// and not the processor, is what takes time: an in-memory DynamoDB answers every
// page and every batch after a fixed time.
type latencyBench struct {
	page, batch time.Duration // until an answer
	pageItems   int           // of a read sweep; small, so that 64 readers leave the processor time
	seconds     float64       // that a measurement takes, if bound by latency
	rounds      int
	widths      []int

	trip struct{ page, batch time.Duration } // measured: what the SDK alone waits for an answer
}

func newLatencyBench() *latencyBench {
	return &latencyBench{page: 10 * time.Millisecond, batch: 8 * time.Millisecond, pageItems: 4, seconds: 2, rounds: 3, widths: []int{1, 2, 4, 8, 16, 32, 64}}
}

// A latencyRow is a measurement: medians of the rounds.
type latencyRow struct {
	Sweep string  `json:"sweep"`         // "read", "write" or "skew"
	Name  string  `json:"name"`          // what was read or written how
	Width int     `json:"width"`         // segments, or requests in flight
	Items float64 `json:"items_per_s"`   // measured
	Bound float64 `json:"bound_per_s"`   // by latency alone
	Part  float64 `json:"part_of_bound"` // Items / Bound
}

// run measures everything and prints it.
func (l *latencyBench) run(ctx context.Context, w io.Writer) ([]latencyRow, error) {
	if err := l.measureTrips(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "an answer to the SDK alone takes %v (page) and %v (batch)\n\n", l.trip.page.Round(10*time.Microsecond), l.trip.batch.Round(10*time.Microsecond))
	var rows []latencyRow
	for _, sweep := range []func(context.Context) ([]latencyRow, error){l.reads, l.writes, l.skew} {
		part, err := sweep(ctx)
		if err != nil {
			return nil, err
		}
		printLatency(w, part)
		rows = append(rows, part...)
	}
	return rows, nil
}

// reads varies the number of segments, where writing is no bound.
func (l *latencyBench) reads(ctx context.Context) ([]latencyRow, error) {
	rate := float64(l.pageItems) / l.trip.page.Seconds() // of one reader
	row := latencyRow{Sweep: "read", Name: "one SELECT", Width: 1, Bound: rate}
	rows := []latencyRow{row}
	for _, n := range l.widths {
		rows = append(rows, latencyRow{Sweep: "read", Name: fmt.Sprintf("%d segments", n), Width: n, Bound: float64(n) * rate})
	}
	for i := range rows {
		var opts []dynsync.TableOption
		if i > 0 {
			opts = append(opts, dynsync.WithSegments(rows[i].Width))
		}
		items := int(rows[i].Bound * l.seconds)
		if err := l.measure(ctx, &rows[i], items, append(opts, dynsync.WithPageSize(l.pageItems)), dynsync.WithWriteConcurrency(64)); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// writes varies how many requests may be in flight, where reading is no bound.
func (l *latencyBench) writes(ctx context.Context) ([]latencyRow, error) {
	var rows []latencyRow
	for _, n := range l.widths {
		row := latencyRow{Sweep: "write", Name: fmt.Sprintf("%d requests in flight", n), Width: n, Bound: float64(n) * batchSize / l.trip.batch.Seconds()}
		items := min(int(row.Bound*l.seconds), 50_000)
		if err := l.measure(ctx, &row, items, []dynsync.TableOption{dynsync.WithSegments(64), dynsync.WithPageSize(200)}, dynsync.WithWriteConcurrency(n)); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// skew reads a table of which one segment holds half of the items, next to one
// without such a segment. The bound is what its longest segment takes by itself.
func (l *latencyBench) skew(ctx context.Context) ([]latencyRow, error) {
	const segments = 8
	rate := float64(l.pageItems) / l.trip.page.Seconds()
	items := int(segments * rate * l.seconds / 2)
	even := latencyRow{Sweep: "skew", Name: "even", Width: segments, Bound: segments * rate}
	half := latencyRow{Sweep: "skew", Name: "half in one segment", Width: segments, Bound: 2 * rate}
	for _, row := range []*latencyRow{&even, &half} {
		hot := 0
		if row == &half {
			hot = items / 2
		}
		opts := []dynsync.TableOption{dynsync.WithSegments(segments), dynsync.WithPageSize(l.pageItems)}
		if err := l.measureTable(ctx, row, items, hot, opts, dynsync.WithWriteConcurrency(64)); err != nil {
			return nil, err
		}
	}
	return []latencyRow{even, half}, nil
}

func (l *latencyBench) measure(ctx context.Context, row *latencyRow, items int, table []dynsync.TableOption, opts ...dynsync.Option) error {
	return l.measureTable(ctx, row, items, 0, table, opts...)
}

// measureTable copies a table of so many items, of which hot have one partition
// key.
func (l *latencyBench) measureTable(ctx context.Context, row *latencyRow, items, hot int, table []dynsync.TableOption, opts ...dynsync.Option) error {
	server := dynsynctest.NewServer()
	defer server.Close()
	if err := fillLatency(ctx, server, items, hot); err != nil {
		return err
	}
	client := l.slow(server)
	table = append(table, dynsync.WithReadCapacity(dynsync.Unlimited()),
		dynsync.WithDefaultTransform(dynsync.Passthrough(), dynsync.KindS, dynsync.KindN, dynsync.KindB, dynsync.KindBOOL, dynsync.KindNULL))
	syncer, err := dynsync.New(append(opts, dynsync.WithSource(client), dynsync.WithDestination(client), dynsync.WithTable("Source", "Destination", table...))...)
	if err != nil {
		return err
	}
	var rates []float64
	for range l.rounds {
		report, err := syncer.Sync(ctx)
		if err != nil {
			return err
		}
		rep := report.Tables[0]
		if rep.Written != int64(items) {
			return fmt.Errorf("%d of %d items were written", rep.Written, items)
		}
		rates = append(rates, float64(items)/rep.Duration.Seconds())
	}
	row.Items = quartilesOf(rates).median
	row.Part = row.Items / row.Bound
	return nil
}

// slow makes the server slow, and returns a client of it.
func (l *latencyBench) slow(server *dynsynctest.Server) *dynamodb.Client {
	after := func(d time.Duration) func(*dynsynctest.Request) dynsynctest.Action {
		return func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Delay(d) }
	}
	for _, op := range []string{"ExecuteStatement", "Scan"} {
		server.Control(op, after(l.page))
	}
	server.Control("BatchWriteItem", after(l.batch))
	return server.Client(func(o *dynamodb.Options) { o.HTTPClient = connect.HTTPClient(160) })
}

// measureTrips measures how long the SDK alone waits for a page and a batch, one
// after the other: timers and the loopback add to what is asked for.
func (l *latencyBench) measureTrips(ctx context.Context) error {
	server := dynsynctest.NewServer()
	defer server.Close()
	if err := fillLatency(ctx, server, 100, 0); err != nil {
		return err
	}
	client := l.slow(server)
	page := func() error {
		_, err := client.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "Source"`), Limit: aws.Int32(int32(l.pageItems))})
		return err
	}
	batch := func() error {
		var puts []types.WriteRequest
		for i := range batchSize {
			puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: item{
				"Id": &types.AttributeValueMemberS{Value: "trip"}, "At": &types.AttributeValueMemberN{Value: fmt.Sprint(i)},
			}}})
		}
		_, err := client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Destination": puts}})
		return err
	}
	for of, trip := range map[*time.Duration]func() error{&l.trip.page: page, &l.trip.batch: batch} {
		const trips = 50
		var began time.Time
		for i := range trips + 1 {
			if i == 1 { // the first connects
				began = time.Now()
			}
			if err := trip(); err != nil {
				return err
			}
		}
		*of = time.Since(began) / trips
	}
	return nil
}

// fillLatency makes the tables, and the source's items of some 100 bytes.
func fillLatency(ctx context.Context, server *dynsynctest.Server, items, hot int) error {
	client := server.Client()
	for _, name := range []string{"Source", "Destination"} {
		_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName:   &name,
			BillingMode: types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{
				{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS},
				{AttributeName: aws.String("At"), AttributeType: types.ScalarAttributeTypeN},
			},
			KeySchema: []types.KeySchemaElement{
				{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash},
				{AttributeName: aws.String("At"), KeyType: types.KeyTypeRange},
			},
		})
		if err != nil {
			return err
		}
	}
	syncer, err := dynsync.New(dynsync.WithDestination(client), dynsync.WithTable("Made", "Source",
		dynsync.WithDefaultTransform(dynsync.Passthrough(), dynsync.KindS, dynsync.KindN, dynsync.KindB, dynsync.KindBOOL, dynsync.KindNULL)))
	if err != nil {
		return err
	}
	text := strings.Repeat("x", 60)
	_, err = syncer.Write(ctx, "Made", func(yield func(*dynsync.Record, error) bool) {
		for i := range items {
			id := fmt.Sprintf("item-%06d", i)
			if i < hot {
				id = "hot"
			}
			rec, err := dynsync.NewRecord(map[string]any{"Id": id, "At": i, "Text": text})
			if !yield(rec, err) {
				return
			}
		}
	})
	return err
}

// printLatency prints the rows of a sweep, and up to where it is near-linear.
func printLatency(w io.Writer, rows []latencyRow) {
	fmt.Fprintf(w, "%-28s %10s %16s %14s\n", rows[0].Sweep, "items/s", "latency-bound/s", "part of bound")
	linear := 0
	for _, r := range rows {
		fmt.Fprintf(w, "%-28s %10.0f %16.0f %14.2f\n", r.Name, r.Items, r.Bound, r.Part)
		if r.Part >= 0.8 && r.Width > linear {
			linear = r.Width
		}
	}
	if rows[0].Sweep != "skew" {
		fmt.Fprintf(w, "near-linear (0.8 of the bound or more) up to %d, then the longest segment and the processors, which the server shares, weigh in\n", linear)
	}
	fmt.Fprintln(w)
}

func writeLatencyJSON(rows []latencyRow) func(io.Writer) error {
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "\t")
		return e.Encode(rows)
	}
}

// writeLatencySVG plots the sweeps on logarithmic axes, with the bound as a line.
func writeLatencySVG(rows []latencyRow) func(io.Writer) error {
	const width, height, left, top, gap = 400.0, 260.0, 70.0, 50.0, 90.0
	return func(w io.Writer) error {
		fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f">
<style>text{font:12px sans-serif;fill:#222}.h{font-weight:bold}</style>
<rect width="100%%" height="100%%" fill="#fff"/>
`, 2*(width+gap), height+top+60)
		for i, sweep := range []string{"read", "write"} {
			x0 := left + float64(i)*(width+gap)
			x := func(n float64) float64 { return x0 + math.Log2(n)/6*width }
			y := func(perSecond float64) float64 { return top + height - math.Log10(perSecond/100)/4*height }
			title := map[string]string{"read": "segments read at a time (10 ms a page of 4 items)", "write": "requests in flight (8 ms a batch of 25 items)"}[sweep]
			fmt.Fprintf(w, "<text x=\"%.0f\" y=\"24\" class=\"h\">items a second</text>\n<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%s</text>\n", x0, x0+width/2, top+height+40, title)
			for n := 1; n <= 64; n *= 2 {
				fmt.Fprintf(w, "<line x1=\"%.1f\" x2=\"%[1]f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#eee\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%d</text>\n", x(float64(n)), top, top+height, x(float64(n)), top+height+18, n)
			}
			for v := 100.0; v <= 1e6; v *= 10 {
				fmt.Fprintf(w, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%[3]f\" stroke=\"#eee\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n", x0, x0+width, y(v), x0-6, y(v)+4, v)
			}
			var bound, got strings.Builder
			for _, r := range rows {
				if r.Sweep == sweep && r.Name != "one SELECT" {
					fmt.Fprintf(&bound, "%.1f,%.1f ", x(float64(r.Width)), y(r.Bound))
					fmt.Fprintf(&got, "%.1f,%.1f ", x(float64(r.Width)), y(r.Items))
				}
			}
			fmt.Fprintf(w, "<polyline points=\"%s\" fill=\"none\" stroke=\"#b0b0b0\" stroke-dasharray=\"5 4\"/>\n<polyline points=\"%s\" fill=\"none\" stroke=\"#0a7d5a\" stroke-width=\"2\"/>\n", bound.String(), got.String())
			fmt.Fprintf(w, "<text x=\"%.0f\" y=\"%.0f\" fill=\"#0a7d5a\">dynsync</text><text x=\"%[1]f\" y=\"%.0f\">dashed: bound by latency alone</text>\n", x0+14, top+14, top+30)
		}
		_, err := io.WriteString(w, "</svg>\n")
		return err
	}
}
