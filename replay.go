package dynsync

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// Replay tries the items of a file of [WithDeadLetters] again: it reads each by
// its key, and transforms and writes it as [Syncer.Sync] does. An item that is no
// longer there is not written, nor is one of a table that the job does not have,
// which is an error, nor one that [WithWhere] does not select any more. Keys that
// stand in the file twice are read once. Give the job another file for what fails
// again. A table that is read by [WithIndex] is refused: its items have attributes
// that the index may not.
//
// Replay blocks until everything is settled. The report and the error are those
// of Sync.
func (s *Syncer) Replay(ctx context.Context, path string) (*Report, error) {
	report := &Report{}
	if s.reader == nil || s.writer == nil {
		return report, errors.New("dynsync: Replay needs WithSource and WithDestination")
	}
	keys, err := s.readDeadLetters(path)
	if err != nil {
		return report, err
	}
	var errs []error
	for _, t := range s.tables {
		if len(keys[t.cfg.name]) == 0 {
			continue
		}
		rep, err := s.Write(ctx, t.cfg.name, s.byKeys(ctx, t, keys[t.cfg.name]))
		report.Tables = append(report.Tables, rep)
		if err != nil && rep.Err == nil && rep.Failed == 0 {
			errs = append(errs, err)
		}
	}
	return report, report.err(errs)
}

// readDeadLetters returns the keys of a file by table, without repetitions. Lines
// that were cut off are passed over.
func (s *Syncer) readDeadLetters(path string) (map[string][]*Record, error) {
	keys := map[string][]*Record{}
	seen := map[string]bool{}
	for line, err := range deadLines(path, s.key) {
		switch {
		case err != nil:
			return nil, fmt.Errorf("dynsync: Replay: %w", err)
		case line.state == lineTorn:
			continue
		case line.state != lineOK:
			return nil, fmt.Errorf("dynsync: Replay: line %d of the file %s", line.n, line.why)
		}
		table, key := line.letter.Table, line.letter.Key
		if err := s.canReplay(table); err != nil {
			return nil, fmt.Errorf("dynsync: Replay: line %d of the file is of %w", line.n, err)
		}
		if id := table + "\x00" + string(key.item); !seen[id] {
			seen[id] = true
			keys[table] = append(keys[table], key)
		}
	}
	return keys, nil
}

// canReplay reports why items of a table cannot be read by their keys.
func (s *Syncer) canReplay(name string) error {
	switch t := s.byName[name]; {
	case t == nil:
		return errors.New("a table that the job does not have")
	case t.cfg.index != "":
		return fmt.Errorf("table %s, which the job reads by WithIndex: an item read by its key has attributes that the index may not; run Sync again", name)
	case t.cfg.where != "" && t.read.cond == nil:
		return fmt.Errorf("table %s, whose WithWhere dynsync cannot evaluate, so that it does not know whether an item is still selected; run Sync again", name)
	}
	return nil
}

// byKeys reads the items of those keys, one request each.
func (s *Syncer) byKeys(ctx context.Context, t *table, keys []*Record) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		r := s.preflight(ctx, &job{}, []*table{t}, needs{source: true})[0]
		if r.report.Err != nil {
			yield(nil, r.report.Err)
			return
		}
		page := new(rawapi.Page)
		for _, key := range keys {
			rec, err := r.readByKey(ctx, key, page)
			if rec == nil && err == nil {
				continue
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// readByKey reads an item. It returns nil where there is none, or none that the
// job's condition selects.
func (r *run) readByKey(ctx context.Context, key *Record, page *rawapi.Page) (*Record, error) {
	in, err := selectByKey(r.table.cfg.source, r.plan.keys, key)
	if err == nil {
		err = r.request(ctx, r.s.cfg.giveUp, page, func(ctx context.Context) error { return r.s.reader.ExecuteStatement(ctx, in, page) })
	}
	if err != nil {
		return nil, r.readError(ctx, err)
	}
	if len(page.Items) == 0 {
		return nil, nil
	}
	rec, err := NewRecord(page.Item(0))
	if err != nil {
		return nil, err
	}
	selected, err := r.table.read.selects(rec)
	if err != nil {
		return nil, newTableError(r.table.cfg.name, "read", err)
	}
	if !selected {
		return nil, nil
	}
	return rec, nil
}
