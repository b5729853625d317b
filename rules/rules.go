package rules

import (
	"fmt"
	"io"
	"os"

	"github.com/dynsync/dynsync"
)

// A File is the tables and defaults of a job. It is immutable and safe for
// concurrent use.
type File struct {
	tables   []*table
	defaults []dynsync.TableOption
}

// A Table says which tables a table of the file is read from and written to.
type Table struct {
	Name        string // by which the job knows it: the source, unless the file names it
	Source      string
	Destination string
}

// Load reads and parses the file of that path; see [Parse].
func Load(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	return Parse(data, path)
}

// Parse parses a file, YAML or JSON, of at most 1 MiB. The error is of type
// [Errors], and holds every fault of the file: what it cannot hold, and what
// [dynsync.New] would refuse. The name is for these errors.
func Parse(data []byte, name string) (*File, error) {
	p := &parser{name: name}
	file := p.file(data)
	if len(p.faults) > 0 {
		return nil, p.faults.sorted()
	}
	return file, nil
}

// Options returns the file as options of [dynsync.New]: [dynsync.WithTable] for
// each table, and [dynsync.WithDefaults].
func (f *File) Options() []dynsync.Option {
	opts := []dynsync.Option{dynsync.WithDefaults(f.defaults...)}
	for _, t := range f.tables {
		opts = append(opts, t.option())
	}
	return opts
}

// Tables returns the tables of the file, in its order.
func (f *File) Tables() []Table {
	all := make([]Table, len(f.tables))
	for i, t := range f.tables {
		all[i] = t.Table
	}
	return all
}
