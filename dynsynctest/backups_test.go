package dynsynctest_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// A test says which backups there are; without, there are none.
func TestEditBackups(t *testing.T) {
	t.Parallel()
	srv := dynsynctest.NewServer()
	defer srv.Close()
	client, ctx := srv.Client(), context.Background()
	createKeyed(t, client, "Users")
	ask := func() (types.PointInTimeRecoveryStatus, int, *time.Time) {
		t.Helper()
		pitr, err := client.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String("Users")})
		if err != nil {
			t.Fatal(err)
		}
		backups, err := client.ListBackups(ctx, &dynamodb.ListBackupsInput{TableName: aws.String("Users")})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range backups.BackupSummaries {
			if aws.ToString(b.TableName) != "Users" || b.BackupCreationDateTime == nil {
				t.Errorf("%+v", b)
			}
		}
		d := pitr.ContinuousBackupsDescription.PointInTimeRecoveryDescription
		return d.PointInTimeRecoveryStatus, len(backups.BackupSummaries), d.EarliestRestorableDateTime
	}
	if status, n, _ := ask(); status != types.PointInTimeRecoveryStatusDisabled || n != 0 {
		t.Errorf("%s, %d backups of a new table", status, n)
	}
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	srv.EditBackups("Users", func(b *dynsynctest.Backups) {
		b.Continuous.PointInTimeRecoveryDescription = &types.PointInTimeRecoveryDescription{PointInTimeRecoveryStatus: types.PointInTimeRecoveryStatusEnabled, EarliestRestorableDateTime: &since, RecoveryPeriodInDays: aws.Int32(7)}
		b.Summaries = []types.BackupSummary{{BackupName: aws.String("a"), BackupCreationDateTime: &since}, {BackupName: aws.String("b"), BackupCreationDateTime: &since}}
	})
	if status, n, from := ask(); status != types.PointInTimeRecoveryStatusEnabled || n != 2 || from == nil || !from.Equal(since) {
		t.Errorf("%s, %d backups, from %v", status, n, from)
	}
	all, err := client.ListBackups(ctx, &dynamodb.ListBackupsInput{})
	if err != nil || len(all.BackupSummaries) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	srv.EditBackups("Users", nil)
	if status, n, _ := ask(); status != types.PointInTimeRecoveryStatusDisabled || n != 0 {
		t.Errorf("%s, %d backups after the edit", status, n)
	}
	_, err = client.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String("Nowhere")})
	if err == nil {
		t.Error("a table that does not exist has backups")
	}
}

func createKeyed(t *testing.T, client *dynamodb.Client, name string) {
	t.Helper()
	_, err := client.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
}
