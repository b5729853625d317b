package dynsynctest

import (
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Backups are what DescribeContinuousBackups and ListBackups say of a table.
type Backups struct {
	Continuous types.ContinuousBackupsDescription
	Summaries  []types.BackupSummary
}

// EditBackups makes DescribeContinuousBackups and ListBackups return what edit made of
// their answers, for every table of this name in any account and region. Without an edit,
// point-in-time recovery is off, and there are no backups. A nil edit restores that. The
// server makes and restores no backup, and ListBackups returns all of them in one page,
// whatever its type, limit and times.
//
// Several goroutines may call edit at once.
func (s *Server) EditBackups(table string, edit func(*Backups)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if edit == nil {
		delete(s.backups, table)
		return
	}
	s.backups[table] = edit
}

// backupsOf returns the backups of a table with a test's edit.
func (s *Server) backupsOf(t *table) Backups {
	b := Backups{Continuous: types.ContinuousBackupsDescription{
		ContinuousBackupsStatus:        types.ContinuousBackupsStatusEnabled,
		PointInTimeRecoveryDescription: &types.PointInTimeRecoveryDescription{PointInTimeRecoveryStatus: types.PointInTimeRecoveryStatusDisabled},
	}}
	s.mu.RLock()
	edit := s.backups[t.name]
	s.mu.RUnlock()
	if edit != nil {
		edit(&b)
	}
	for i := range b.Summaries {
		x := &b.Summaries[i]
		x.TableName, x.TableArn, x.TableId = aws.String(t.name), aws.String(t.arn), aws.String(t.id)
	}
	return b
}

func (c *call) describeContinuousBackups() *apiError {
	t, err := c.lookup(c.tableName)
	switch {
	case err != nil:
		return err
	case t == nil:
		return &apiError{status: 400, kind: dynamoDBErrors + "TableNotFoundException", message: "Table not found: " + c.tableName}
	}
	c.out.name("ContinuousBackupsDescription")
	c.out.sdkValue(reflect.ValueOf(c.server.backupsOf(t).Continuous))
	return nil
}

// listBackups lists the backups of a table, or of all.
func (c *call) listBackups() *apiError {
	var tables []*table
	if c.named {
		t, err := c.lookup(c.tableName)
		if err != nil {
			return err
		}
		if t != nil { // backups outlive their table, but not here
			tables = append(tables, t)
		}
	} else {
		c.account.mu.RLock()
		for _, name := range sortedNames(c.account.tables) {
			tables = append(tables, c.account.tables[name])
		}
		c.account.mu.RUnlock()
	}
	c.out.name("BackupSummaries")
	c.out.array(func() {
		for _, t := range tables {
			for _, b := range c.server.backupsOf(t).Summaries {
				c.out.sdkValue(reflect.ValueOf(b))
			}
		}
	})
	return nil
}
