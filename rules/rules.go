package rules

import (
	"fmt"
	"io"
	"os"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/reason"
)

// A File holds the tables and defaults of a job. It is immutable and safe for
// concurrent use.
type File struct {
	tables   []*table
	defaults []dynsync.TableOption
}

// A Table names the source and the destination of a table of the file.
type Table struct {
	Name        string // within the job; the source unless the file sets a name
	Source      string
	Destination string
}

// Load reads the file at the path and parses it as [Parse] does.
func Load(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, unreadable(err)
	}
	return Parse(data, path)
}

// unreadable returns the error of a file that cannot be read: the configuration names it.
func unreadable(err error) error {
	return reason.Blame(reason.Configuration, fmt.Errorf("rules: %w", err))
}

// Parse parses a file in YAML or JSON of at most 1 MiB. The error is of type [Errors].
// It holds every fault of the file, including what [dynsync.New] would refuse. The name
// stands for the file in these errors.
func Parse(data []byte, name string) (*File, error) {
	p := &parser{name: name}
	file := p.file(data)
	if len(p.faults) > 0 {
		return nil, p.faults.sorted()
	}
	return file, nil
}

// Options returns the file as options of [dynsync.New]: a [dynsync.WithTable] for each
// table, and [dynsync.WithAllTables].
func (f *File) Options() []dynsync.Option {
	opts := []dynsync.Option{dynsync.WithAllTables(f.defaults...)}
	for _, t := range f.tables {
		opts = append(opts, t.option())
	}
	return opts
}

// Tables returns the tables in the order of the file.
func (f *File) Tables() []Table {
	all := make([]Table, len(f.tables))
	for i, t := range f.tables {
		all[i] = t.Table
	}
	return all
}
