package dynsynctest

import (
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// describe returns the table as DescribeTable shows it.
func (t *table) describe() types.TableDescription {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s := t.settings()
	d := types.TableDescription{
		AttributeDefinitions:      s.attributes,
		BillingModeSummary:        &types.BillingModeSummary{BillingMode: s.billing},
		CreationDateTime:          aws.Time(t.created),
		DeletionProtectionEnabled: aws.Bool(s.protected),
		ItemCount:                 aws.Int64(int64(t.rows.n)),
		KeySchema:                 t.keys.elements(),
		ProvisionedThroughput:     describeThroughput(s.throughput[""]),
		StreamSpecification:       s.stream,
		TableArn:                  aws.String(t.arn),
		TableId:                   aws.String(t.id),
		TableName:                 aws.String(t.name),
		TableSizeBytes:            aws.Int64(t.rows.bytes),
		TableStatus:               types.TableStatusActive,
	}
	if !s.onDemand.IsZero() {
		d.BillingModeSummary.LastUpdateToPayPerRequestDateTime = aws.Time(s.onDemand)
	}
	if !s.streamed.IsZero() {
		label := s.streamed.UTC().Format("2006-01-02T15:04:05.000")
		d.LatestStreamLabel, d.LatestStreamArn = aws.String(label), aws.String(t.arn+"/stream/"+label)
	}
	for _, x := range s.indexes {
		if x.global {
			d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, types.GlobalSecondaryIndexDescription{
				IndexArn: aws.String(x.arn), IndexName: aws.String(x.name), IndexStatus: types.IndexStatusActive,
				IndexSizeBytes: aws.Int64(x.rows.bytes), ItemCount: aws.Int64(int64(x.rows.n)),
				KeySchema: x.keys.elements(), Projection: &x.projection, ProvisionedThroughput: describeThroughput(s.throughput[x.name]),
			})
			continue
		}
		d.LocalSecondaryIndexes = append(d.LocalSecondaryIndexes, types.LocalSecondaryIndexDescription{
			IndexArn: aws.String(x.arn), IndexName: aws.String(x.name),
			IndexSizeBytes: aws.Int64(x.rows.bytes), ItemCount: aws.Int64(int64(x.rows.n)),
			KeySchema: x.keys.elements(), Projection: &x.projection,
		})
	}
	return d
}

func describeThroughput(t *types.ProvisionedThroughput) *types.ProvisionedThroughputDescription {
	d := &types.ProvisionedThroughputDescription{NumberOfDecreasesToday: aws.Int64(0), ReadCapacityUnits: aws.Int64(0), WriteCapacityUnits: aws.Int64(0)}
	if t != nil {
		d.ReadCapacityUnits, d.WriteCapacityUnits = t.ReadCapacityUnits, t.WriteCapacityUnits
	}
	return d
}

// sdkValue writes a value of the SDK's types as the service does. Members that
// have no value are left out, so that a test's edit can also take some away.
func (w *writer) sdkValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		w.sdkValue(v.Elem())
	case reflect.String:
		w.string(v.String())
	case reflect.Int32, reflect.Int64:
		w.int(v.Int())
	case reflect.Float64:
		w.float(v.Float())
	case reflect.Bool:
		w.bool(v.Bool())
	case reflect.Slice:
		w.array(func() {
			for i := range v.Len() {
				w.sdkValue(v.Index(i))
			}
		})
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			w.float(float64(t.UnixMilli()) / 1000)
			return
		}
		w.object(func() { w.sdkMembers(v) })
	}
}

func (w *writer) sdkMembers(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || v.Field(i).IsZero() {
			continue
		}
		w.name(f.Name)
		w.sdkValue(v.Field(i))
	}
}
